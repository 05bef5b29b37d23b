"""The desk in Slack: cards, threads, forms and the home tab."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

SLACK: Mapping[str, Text] = {
    # Cards
    "take": Text("接手", "Take"),
    "resolve": Text("解决", "Resolve"),
    "note": Text("内部备注", "Note"),
    "wait_for_customer": Text("等顾客回复", "Wait for customer"),
    "customer": Text("顾客资料", "Customer"),
    "clock_late": Text("已超时", "overdue"),
    "clock_soon": Text("快到时限", "nearly due"),
    "clock_calm": Text("来得及", "in time"),
    "labelled": Text("{label}：{text}", "{label}: {text}"),
    "survey": Text("顾客评价", "Customer’s rating"),
    # Threads
    "before_handoff": Text("转人工之前的对话", "Before the handoff"),
    "rest_at_browser_desk": Text(
        "内容太长，其余请到网页工作台看。", "Too long for Slack; read the rest at the browser desk."
    ),
    "file_at_browser_desk": Text("{file}：请到网页工作台打开", "{file}: please open it at the browser desk"),
    "file_from_host": Text("{file}（来自 {host}）", "{file} (from {host})"),
    "held_title": Text("这句话换个说法再发？", "Say this another way?"),
    "held_hint": Text(
        "还没发给顾客。请在帖子里换个说法重写一条。",
        "The customer has not got it yet. Please write it another way in the thread.",
    ),
    "held_better": Text("可以说：{better}", "Better: {better}"),
    "held_send_anyway": Text("仍然发送", "Send anyway"),
    "held_reason": Text(
        "一定要这样发？写下理由，会留在工单记录里", "Why send it as it is? Kept in the ticket's history"
    ),
    # Forms
    "colleagues_cut": Text(
        "只列出前 {count} 位同事，在岗的在前；其他同事请到网页工作台选。",
        "Only the first {count} colleagues, those who are there first; choose others at the browser desk.",
    ),
    "queues_cut": Text(
        "只列出前 {count} 个队列；其他队列请到网页工作台选。",
        "Only the first {count} queues; choose others at the browser desk.",
    ),
    "resolve_title": Text("标记为已解决", "Resolve this ticket"),
    "resolve_hint": Text(
        "顾客会收到通知，之后由机器人接待。", "The customer is told, and the bot answers them again."
    ),
    "closing_note": Text("收尾备注", "Closing note"),
    "closing_note_hint": Text("只有同事看得到", "Only colleagues see it"),
    "complaint_handle": Text("投诉处理", "Complaint"),
    "complaint_stage": Text("处理阶段", "Stage"),
    "complaint_complete": Text("该有的都有了，可以解决。", "Nothing is missing; it can be resolved."),
    "complaint_about_hint": Text(
        "针对某位坐席时才选；此人从此不能经手这件投诉。",
        "Only if it is about an agent, who can do nothing in it from then on.",
    ),
    "complaint_again_hint": Text(
        "换人就要重新调查：阶段回到「调查中」。",
        "With another one it is looked into again: the stage goes back.",
    ),
    "complaint_visit_outcome": Text("回访结果", "Outcome"),
    "complaint_visit_note_hint": Text("满意时可以不写", "Not needed if they are satisfied"),
    "complaint_above_is_done": Text(
        "{told} 上面填的已经办好，再发一次不会重复。",
        "{told} What you filled in above is done; sending this again does not repeat it.",
    ),
    "nobody_to_give": Text("还没有别的同事可以指派。", "There is nobody else to give it to yet."),
    "actions_cut": Text(
        "只列出 {count} 项；全部在网页工作台的「投诉台账」里。",
        "Only {count} are listed; the browser desk has them all under “Complaints”.",
    ),
    "action_verify_note": Text("看到了什么", "What you have seen"),
    "action_fail_title": Text("没有用，重做", "Do it again"),
    "action_due_again": Text("新的期限", "New date"),
    "action_save": Text("保存", "Save"),
    "note_hint": Text("只有同事看得到，顾客看不到", "Colleagues see it, the customer never does"),
    "save_note": Text("保存备注", "Save note"),
    "identities": Text("渠道身份", "Known as"),
    "language": Text("语言", "Language"),
    "customer_save": Text("保存", "Save"),
    # The home tab
    "mine": Text("我的工单", "Mine"),
    "nothing_mine": Text(
        "您手上没有工单。接手一个，它就会出现在这里。", "None yet. Take one and it appears here."
    ),
    "more_mine": Text("还有 {count} 个更晚到时限的没有列出。", "{count} that are due later are not listed."),
    "open_ticket": Text("打开", "Open"),
    "my_queues": Text("我的队列", "My queues"),
    "queue_waits": Text(
        "{queue} · {count} 个在等，最早的从 {since} 开始",
        "{queue} · {count} waiting, the oldest since {since}",
    ),
    "queues_more": Text("还有 {count} 个队列也有人在等。", "Customers wait in {count} more queues, too."),
    "queues_idle": Text("其他 {count} 个队列没有人在等。", "Nobody waits in the other {count}."),
    "nobody_waits": Text("没有人在等，喝口水吧。", "Nobody is waiting. Time for some tea."),
    "customer_home": Text("您好，有什么可以帮您？", "Hello, how can we help?"),
    "customer_home_write": Text(
        "点上面的「消息」，直接写给我们就行：订单、物流、退换货，什么都可以问，也可以发图片和文件。",
        "Open “Messages” above and just write to us: about orders, delivery, returns or anything else. "
        "Pictures and files are fine, too.",
    ),
    "customer_home_answer": Text(
        "机器人马上回答；它答不了，或者您说「转人工」，同事会接着回复您。",
        "The bot answers at once; what it cannot answer, or when you ask for a person, a colleague does.",
    ),
    "customer_home_progress": Text(
        "想知道办到哪一步了，写「我反映的问题处理得怎么样了」就会告诉您。",
        "To hear how far we are, write “any progress on my request?”.",
    ),
    "customer_home_agents": Text(
        "您是坐席？请管理员运行：shouwen slack link 您的用户号 坐席名",
        "Are you an agent? Ask an admin for: shouwen slack link YOUR-ID AGENT",
    ),
    "today": Text("今天", "Today"),
    "today_figures": Text(
        "接手 {taken} · 回复 {replied} · 解决 {resolved}",
        "took {taken} · replied {replied} · resolved {resolved}",
    ),
}
