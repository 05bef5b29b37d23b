"""The words of the pages about gaps."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

GAPS: Mapping[str, Text] = {
    "gaps_title": Text("知识缺口", "Gaps"),
    "gaps_hint": Text(
        "机器人没答上、答错了的问题，同类的归在一起，问得最多的在前。",
        "Questions that the bot missed or answered wrongly, those of one kind together, what is asked most first.",
    ),
    "gaps_views": Text("看哪些", "Which"),
    "gaps_view_open": Text("待处理", "Open"),
    "gaps_view_mine": Text("交给我的", "Mine"),
    "gaps_view_done": Text("已结束", "Done"),
    "gaps_language": Text("语言", "Language"),
    "gaps_any": Text("全部", "any"),
    "gaps_language_zh": Text("中文", "Chinese"),
    "gaps_language_en": Text("英文", "English"),
    "gaps_show": Text("查看", "Show"),
    "gaps_found": Text("共 {count} 类问题", "Kinds of questions: {count}"),
    "gaps_nothing_open": Text(
        "没有待处理的缺口。机器人没答上的问题会自动出现在这里。",
        "There is no gap. What the bot cannot answer appears here by itself.",
    ),
    "gaps_nothing_mine": Text("没有交给您的缺口。", "No gap is assigned to you."),
    "gaps_nothing_done": Text("还没有结束的缺口。", "No gap is done yet."),
    "gaps_question": Text("问题", "Question"),
    "gaps_count": Text("次数", "Asked"),
    "gaps_times": Text("{count} 次", "{count}×"),
    "gaps_trend": Text("近 {weeks} 周", "Last {weeks} weeks"),
    "gaps_weeks": Text("近 {weeks} 周，每周 {counts} 次", "By week, of the last {weeks}: {counts}"),
    "gaps_who": Text("谁处理", "Assigned to"),
    "gaps_how": Text("结果", "Outcome"),
    "gaps_nobody": Text("还没有人", "nobody yet"),
    "gaps_due": Text("最晚 {day}", "by {day}"),
    "gaps_overdue": Text("已逾期", "overdue"),
    "gaps_reopened": Text("又出现了", "came back"),
    "gaps_erased": Text("（内容已删除）", "(its messages are erased)"),
    "gap_back": Text("全部缺口", "All gaps"),
    "gap_none": Text("没有这个缺口，可能是链接不完整。", "There is no such gap. The link may not be whole."),
    "gap_messages": Text("顾客怎么问的", "What customers asked"),
    "gap_messages_hint": Text(
        "号码、地址、姓名已隐去。带 * 的不会直接加进知识库。",
        "Without numbers, addresses and names. What holds an asterisk is not added as it is.",
    ),
    "gap_all": Text("最新的 {shown} 条，共 {count} 条", "The newest {shown} of {count}"),
    "gap_why_missed": Text("没把握", "not sure"),
    "gap_why_rejected": Text("说答得不对", "rejected"),
    "gap_why_unhelpful": Text("点了没帮上忙", "voted: not helpful"),
    "gap_why_handed_over": Text("答后要人工", "then wanted a person"),
    "gap_why_reopened": Text("工单重开", "ticket reopened"),
    "gap_why_disliked": Text("评价没解决", "survey: not solved"),
    "gap_answered_with": Text("当时答的是「{title}」", "was answered with “{title}”"),
    "gap_answers": Text("同事怎么答的", "What agents answered"),
    "gap_answers_hint": Text(
        "选一条，新建条目时会填在答案里。", "The chosen one is filled in as the new entry’s answer."
    ),
    "gap_no_answers": Text("还没有同事答过。", "No agent has answered it yet."),
    "gap_near": Text("最接近的条目", "Nearest entries"),
    "gap_no_near": Text("没有接近的条目。", "No entry is near."),
    "gap_make": Text("新建条目", "Make an entry"),
    "gap_make_hint": Text(
        "勾选的问法和同事的答案会填好，您看过再保存。",
        "Filled in with what is ticked; you look at it before you save.",
    ),
    "gap_add": Text("加进条目", "Add to the entry"),
    "gap_add_to": Text("已有条目", "An entry that is there"),
    "gap_scope": Text("不归机器人答", "Out of scope"),
    "gap_scope_hint": Text(
        "勾选的问法进「不回答的话」，缺口结束。",
        "What is ticked goes to what is not answered; the gap is done.",
    ),
    "gap_dismiss": Text("不算缺口", "Not a gap"),
    "gap_dismiss_hint": Text(
        "结束，以后同样的问题也不再打开它。", "Done; the same questions do not open it again."
    ),
    "gap_open": Text("重新打开", "Open again"),
    "gap_assign": Text("交给谁", "Assign"),
    "gap_assignee": Text("负责人", "Who"),
    "gap_due_on": Text("期限", "Due"),
    "gap_save": Text("保存", "Save"),
    "gap_entry": Text(
        "已改草稿里的「{title}」，发布后会重新问一遍这些问题。",
        "“{title}” was changed in the draft. Once it is published, these questions are asked again.",
    ),
    "gap_ended_answered": Text(
        "第 {version} 版用「{title}」答上了。", "Version {version} answers it with “{title}”."
    ),
    "gap_ended_answered_short": Text("第 {version} 版答上了", "answered by version {version}"),
    "gap_ended_out_of_scope": Text(
        "已归入「不回答的话」，发布后生效。", "Out of scope, once the draft is published."
    ),
    "gap_ended_out_of_scope_short": Text("不归机器人答", "out of scope"),
    "gap_ended_dismissed": Text("不算缺口。", "It is not a gap."),
    "gap_ended_dismissed_short": Text("不算缺口", "not a gap"),
    "gap_no_entry": Text(
        "草稿里没有「{id}」这一条，选一个已有的。", "The draft has no entry {id}. Choose one that is there."
    ),
    "gap_nothing_ticked": Text(
        "还没有勾选。先勾选要用的问法，再加进条目或设为不回答。",
        "Nothing is ticked. Tick the questions that you want, then add them or set them out of scope.",
    ),
    "gap_nothing_to_add": Text(
        "没有能加的：勾选的都已经有了，或带着 * 要先改写。可以用「新建条目」改好再保存。",
        "Nothing could be added: what is ticked is there already, or holds an asterisk. Make an entry, and word it yourself.",
    ),
    "gap_no_draft": Text(
        "还没有知识库草稿，先导入或新建一条。", "There is no draft yet. Import one, or add an entry."
    ),
    "gap_bad_assignee": Text("选一位能处理的同事。", "Choose somebody who can see to it."),
    "gap_bad_due": Text("期限要选今天或以后的日子。", "Choose today or a later day."),
    "gap_bad_buttons": Text(
        "这个条目有个按钮指向已经没有的条目。先打开它，改好按钮，再来加。",
        "A button of that entry leads to one that is gone. Open the entry, mend its buttons, then add these.",
    ),
    "audit_what_gap.assign": Text("交代了知识缺口", "assigned a gap"),
    "audit_what_gap.entry": Text("用条目补缺口", "filled a gap with an entry"),
    "audit_what_gap.end": Text("结束了知识缺口", "ended a gap"),
    "audit_what_gap.open": Text("重新打开知识缺口", "opened a gap again"),
    "audit_what_gap.answered": Text("缺口已被答上", "a gap is answered"),
}
