"""The texts of the overview and its reports, in Chinese and English side by side. Each figure tells its formula."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

OVERVIEW: Mapping[str, Text] = {
    "overview_title": Text("概览", "Overview"),
    "overview_counting": Text(
        "历史数据正在统计，下面的数字还不完整，稍后刷新。",
        "Earlier days are still being counted; these figures are not complete yet. Reload in a while.",
    ),
    "overview_bad_period": Text(
        "这个日期范围看不懂，已改为本周。一次最多 {days} 天。",
        "That range of days cannot be read; this week is shown. At most {days} days at a time.",
    ),
    "formula": Text("怎么算的", "How it is counted"),
    "nothing_yet": Text("这段时间没有。", "Nothing in this period."),
    "overview_empty": Text(
        "这段时间还没有人来过。有顾客来问，几秒后就会出现在这里。",
        "Nobody wrote in this period. When customers do, it shows here within seconds.",
    ),
    # Now
    "now": Text("现在", "Now"),
    "now_waiting": Text("等待接手", "Waiting"),
    "now_oldest": Text("最久的已等 {time}", "oldest for {time}"),
    "now_nobody": Text("没有人在等", "nobody waits"),
    "now_at_risk": Text("有风险", "At risk"),
    "now_late": Text("其中 {count} 个已超时", "{count} of them late"),
    "now_on_duty": Text("在岗", "On duty"),
    "now_others": Text("离开 {away} · 离线 {offline}", "{away} away · {offline} offline"),
    "now_open": Text("未结工单", "Open tickets"),
    "now_of_them": Text(
        "等待 {new} · 处理中 {held} · 等顾客 {waiting}",
        "{new} new · {held} in hand · {waiting} with customer",
    ),
    "now_queues": Text("按队列", "By queue"),
    # Choosing days
    "unit_day": Text("日", "Day"),
    "unit_week": Text("周", "Week"),
    "unit_month": Text("月", "Month"),
    "earlier": Text("前一段", "Earlier"),
    "later": Text("后一段", "Later"),
    "days_from": Text("从", "From"),
    "days_to": Text("到", "To"),
    "show": Text("查看", "Show"),
    "to_print": Text("报告（可打印）", "Report to print"),
    "before_that": Text("上期 {value}", "before: {value}"),
    # Tiles
    "tile_conversations": Text("会话", "Conversations"),
    "tile_messages": Text("消息", "Messages"),
    "tile_answered": Text("机器人答上的消息", "Messages the bot answered"),
    "tile_solved": Text("机器人解决（从严）", "Solved by the bot (strict)"),
    "tile_contained": Text("没转人工（通常口径）", "No handover (usual count)"),
    "tile_opened": Text("转人工工单", "Tickets opened"),
    "tile_first_response": Text("首次响应（中位）", "First response (median)"),
    "tile_resolution": Text("解决用时（中位）", "Resolution (median)"),
    "tile_at_once": Text("一次解决率", "First-contact resolution"),
    "tile_reopened": Text("重开率", "Reopened"),
    "tile_complaints": Text("投诉占工单", "Complaints of tickets"),
    "tile_csat": Text("满意度", "CSAT"),
    "tile_nps": Text("净推荐值", "NPS"),
    "nine_of_ten": Text("九成在 {time} 内", "90% within {time}"),
    "so_many_of": Text("{part} / {whole}", "{part} of {whole}"),
    "responded": Text("回复率 {share}", "{share} responded"),
    # Tables
    "table_days": Text("走势", "Over time"),
    "table_channels": Text("渠道", "Channels"),
    "table_languages": Text("语言", "Languages"),
    "table_authors": Text("谁说的", "Who wrote"),
    "table_fates": Text("会话的结果", "What became of conversations"),
    "table_reasons": Text("为什么转人工", "Why people were asked for"),
    "table_topics": Text("什么话题转人工", "Handovers by topic"),
    "table_kinds": Text("工单类型", "Tickets by kind"),
    "table_entries": Text("最常回答的条目", "Top entries"),
    "table_promises": Text("承诺达成", "Promises kept"),
    "table_causes": Text("投诉根因", "Root causes of complaints"),
    "table_csat": Text("满意度打分", "CSAT scores"),
    "table_nps": Text("推荐意愿打分", "NPS scores"),
    "table_agents": Text("坐席", "Agents"),
    "column_day": Text("时间", "When"),
    "column_table": Text("表", "Table"),
    "column_column": Text("指标", "Figure"),
    "column_name": Text("项目", "Item"),
    "column_number": Text("数量", "Number"),
    "column_share": Text("占比", "Share"),
    "column_conversations": Text("会话", "Conversations"),
    "column_messages": Text("消息", "Messages"),
    "column_opened": Text("工单", "Tickets"),
    "column_resolved": Text("解决", "Resolved"),
    "column_kept": Text("做到", "Kept"),
    "column_missed": Text("没做到", "Missed"),
    "column_taken": Text("接手", "Taken"),
    "column_reopened": Text("重开", "Reopened"),
    "column_first_response": Text("首次响应（平均）", "First response (mean)"),
    "column_score": Text("满意度（平均分）", "CSAT (mean)"),
    "column_scores": Text("评价数", "Scores"),
    "fate_people": Text("有人工参与", "with a person"),
    "fate_unanswered": Text("机器人没答上", "bot had no answer"),
    "fate_returned": Text("答了，三天内又来", "answered, but came back"),
    "fate_solved": Text("机器人解决", "solved by the bot"),
    "no_topic": Text("没有先答过什么", "nothing was answered before"),
    "no_cause": Text("还没查明", "not found yet"),
    "no_language": Text("不清楚", "not known"),
    "no_agent": Text("没有坐席", "no agent"),
    "csat_unanswered": Text("没有回复", "no answer"),
    "csat_unscored": Text("只说了是否解决", "only said whether it is solved"),
    # Lists
    "list_number": Text("共 {count}", "{count} in all"),
    "list_nothing": Text("这里没有内容了。", "There is nothing here."),
    "list_gone": Text(
        "找不到这段会话，可能数据刚重新统计过。回到概览再点一次。",
        "This conversation is not here, perhaps since figures were counted anew. Go back and try again.",
    ),
    "list_when": Text("时间", "When"),
    "list_asked": Text("顾客先说", "First words"),
    "list_outcome": Text("结果", "Outcome"),
    "no_words": Text("（没有文字）", "(no words)"),
    "session_title": Text("会话", "Conversation"),
    "course_kept": Text("做到", "kept"),
    "course_missed": Text("没做到", "missed"),
    "ending_at_once": Text("一次解决", "at first contact"),
    "ending_later": Text("已解决", "resolved"),
    "ending_reopened": Text("后来重开", "reopened later"),
    "list_of_messages": Text("消息所在的会话", "Conversations with these messages"),
    "list_of_decisions": Text("机器人怎么应对", "What the bot did"),
    "list_of_answers": Text("答过这个条目", "Answered with"),
    "list_of_no_help": Text("答了没帮上", "Answers that were no help"),
    "list_of_votes": Text("顾客点的有没有帮助", "Whether answers helped, by votes"),
    "list_of_topics": Text("转人工的话题", "Handed over about"),
    "list_of_conversations": Text("会话", "Conversations"),
    "list_of_opened": Text("开出的工单", "Tickets opened"),
    "list_of_taken": Text("接手", "Taken"),
    "list_of_first_response": Text("首次响应，最慢的在前", "First responses, slowest first"),
    "list_of_first_response_by": Text("首次响应，最慢的在前", "First responses, slowest first"),
    "list_of_resolution": Text("解决用时，最长的在前", "Resolution times, longest first"),
    "list_of_resolved": Text("解决的工单", "Tickets resolved"),
    "list_of_promises": Text("承诺", "Promises"),
    "list_of_csat": Text("满意度", "CSAT"),
    "list_of_csat_by": Text("满意度", "CSAT"),
    "list_of_nps": Text("推荐意愿", "NPS"),
    "list_of_causes": Text("投诉根因", "Root causes"),
    "decision_answer": Text("回答", "answered"),
    "decision_tell": Text("告知进度", "told the progress"),
    "vote_yes": Text("有帮助", "helpful"),
    "vote_no": Text("没帮上忙", "not helpful"),
    # Report
    "report_week": Text("周报 {name}", "Report of week {name}"),
    "report_month": Text("月报 {name}", "Report of {name}"),
    "report_days": Text("{start} 至 {end}", "{start} to {end}"),
    "report_clock": Text(
        "时长一律按自然时间（不扣非工作时间和等顾客的时间）；承诺按服务标准的工作时间。",
        "Durations are by the clock on the wall, nights and waiting for customers included; promises are by the "
        "standards’ working time.",
    ),
    # Formulas
    "formula_conversations": Text(
        "一个渠道上一位顾客的消息，中间静默不超过 1 小时算一段会话；顾客写过话才算，记在顾客先写的那天。",
        "One customer’s messages on one channel without an hour of silence between; counted if the customer wrote, "
        "on the day of their first words.",
    ),
    "formula_messages": Text(
        "顾客、机器人、坐席和系统通知的每一条消息，记在它的那天。",
        "Every message by customers, the bot, agents, and notices of the system, on its day.",
    ),
    "formula_answered": Text(
        "顾客消息中机器人直接回答（条目或进度）的 ÷ 全部顾客消息（不含点评价等按钮）。",
        "Customers’ messages that the bot answered (an entry, or progress) ÷ all of them, without presses on surveys "
        "and the like.",
    ),
    "formula_solved": Text(
        "机器人答了、没有转人工、这位顾客 3 天内在任何渠道都没再来的会话 ÷ 全部会话。最近 3 天的还会往下走。",
        "Conversations in which the bot answered, nobody was asked for, and the customer did not come back on any "
        "channel within 3 days ÷ all conversations. Of the last 3 days it may still fall.",
    ),
    "formula_contained": Text(
        "没有人工参与的会话 ÷ 全部会话。没答上、答错了又来的也算在内，所以总比从严的好看。",
        "Conversations without a person ÷ all conversations. What was not answered, or came back, counts too: so it "
        "always looks better than the strict count.",
    ),
    "formula_opened": Text(
        "开出的工单，记在开单那天。类型是现在的类型。",
        "Tickets, on the day they were opened. Their kind is the present one.",
    ),
    "formula_first_response": Text(
        "从开单（或重开）到坐席第一次回复，自然时间，记在回复那天。1 小时以内精确到分钟，更长的误差不超过 5%。",
        "From opening (or reopening) until an agent first replied, by the clock on the wall, on the day of the reply. "
        "Exact to the minute up to an hour, within 5% beyond.",
    ),
    "formula_resolution": Text(
        "从开单（或重开）到标记解决，自然时间，含等顾客的时间，记在解决那天。",
        "From opening (or reopening) until resolved, by the clock on the wall, waiting for the customer included, on "
        "the day it was resolved.",
    ),
    "formula_at_once": Text(
        "第一次就解决、只经过一位坐席、至今没重开的 ÷ 全部解决。以后重开会往下走。",
        "Resolved the first time, by the only agent who had it, and not reopened so far ÷ all resolutions. Later "
        "reopenings lower it.",
    ),
    "formula_reopened": Text(
        "解决后又重开的 ÷ 全部解决，记在解决那天。",
        "Resolutions that were reopened later ÷ all, on the day of resolving.",
    ),
    "formula_complaints": Text(
        "投诉工单 ÷ 全部工单，按开单那天。",
        "Tickets that are complaints ÷ all tickets, by the day they were opened.",
    ),
    "formula_csat": Text(
        "打 4、5 分的 ÷ 打了分的。回复率：有任何回复的 ÷ 发出的。都记在发出那天。",
        "Scores of 4 and 5 ÷ all scores. Response rate: surveys with any answer ÷ surveys sent. By the day of sending.",
    ),
    "formula_nps": Text(
        "9–10 分的占比减去 0–6 分的占比，从 −100 到 100，记在发出那天。",
        "The share of 9 and 10 minus the share of 0 to 6, from −100 to 100, by the day of sending.",
    ),
    "formula_days": Text(
        "每天的数量，超过 92 天按月；日期按店铺所在时区。",
        "How many on each day, beyond 92 days in each month, of the shop’s time zone.",
    ),
    "formula_channels": Text("会话和消息各自所在的渠道。", "The channel of conversations and of messages."),
    "formula_languages": Text(
        "会话里最后一次听懂顾客所用的语言。",
        "The language that the customer was understood in last, in each conversation.",
    ),
    "formula_authors": Text("每条消息是谁写的。", "Who wrote each message."),
    "formula_fates": Text(
        "每段会话只算一种：有人工参与 ＞ 机器人没答上 ＞ 答了但三天内又来 ＞ 机器人解决。",
        "Each conversation counts once: with a person, else without an answer, else come back within 3 days, else solved.",
    ),
    "formula_reasons": Text("开单时的原因。", "Why the ticket was opened."),
    "formula_topics": Text(
        "转人工那一刻，机器人刚回答过（或正要人办理）的条目。",
        "The entry that the bot had just answered, or that needs people, when it handed over.",
    ),
    "formula_kinds": Text("工单现在的类型。", "The present kind of the tickets opened."),
    "formula_entries": Text("机器人用每个条目回答的次数。", "How often the bot answered with each entry."),
    "formula_promises": Text(
        "按服务标准（工作时间）到期前做到的 ÷ 已了结的，记在了结那天；还在走的不算，在“现在”里看。",
        "Kept before its deadline, by the standards’ working time ÷ all that are over, on the day they ended. What still "
        "runs is under “Now”.",
    ),
    "formula_causes": Text(
        "投诉的根因，记在受理那天。", "Root causes of complaints, by the day they were accepted."
    ),
    "formula_agents": Text(
        "接手、首次响应按发生那天，解决和重开按解决那天，评价按发出那天算给解决它的坐席。",
        "Taken and first responses on their day, resolved and reopened on the day of resolving; scores go to who resolved, "
        "by the day of sending.",
    ),
}
