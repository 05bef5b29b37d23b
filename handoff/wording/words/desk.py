"""The desk's lists, and what can be done with a ticket."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

DESK: Mapping[str, Text] = {
    # Lists
    "offers": Text("转给我的", "Offered to me"),
    "to_confirm": Text("待我确认", "To confirm"),
    "given_to_you": Text("派给您：请接手", "Given to you: take it"),
    "offer_row": Text("{agent} 请您接手：{because}", "{agent} offers you this: {because}"),
    "offer_row_queue": Text(
        "{agent} 请“{queue}”接手：{because}", "{agent} offers this to “{queue}”: {because}"
    ),
    "kind_is_enquiry": Text("咨询", "Enquiry"),
    "kind_is_fault": Text("故障报修", "Fault"),
    "kind_is_complaint": Text("投诉", "Complaint"),
    "kind_is_suggestion": Text("建议", "Suggestion"),
    "kind_is_praise": Text("表扬", "Praise"),
    "kind_is_incident": Text("突发事件", "Incident"),
    "incident_class_1": Text("突发事件一类", "Incident, class 1"),
    "incident_class_2": Text("突发事件二类", "Incident, class 2"),
    "incident_class_1_hint": Text(
        "马上告知经理，两小时内首报", "managers are told at once, first report within 2 hours"
    ),
    "incident_class_2_hint": Text("登记在案", "is put on record"),
    # The ticket
    "about": Text("工单情况", "About the ticket"),
    "state_given_mine": Text("派给您，等您接手", "Given to you, take it"),
    "state_given": Text("派给 {agent}，等待接手", "Given to {agent}, not taken yet"),
    "state_closed": Text("已关闭", "Closed"),
    "offered_mine": Text(
        "已请 {to} 接手，接受前仍由您负责。", "Offered to {to}; it is yours until they accept."
    ),
    "offered_to_you": Text("{agent} 请您接手：{because}", "{agent} asks you to take this over: {because}"),
    "offered_to_others": Text("{agent} 已请 {to} 接手。", "{agent} has offered this to {to}."),
    "cancel": Text("取消", "Cancel"),
    "reason": Text("理由", "Reason"),
    "accept": Text("接受", "Accept"),
    "decline": Text("不接", "Decline"),
    "decline_title": Text("不接这个工单", "Decline this ticket"),
    "decline_reason": Text("为什么不接？{agent} 会看到", "Why not? {agent} sees it"),
    "transfer": Text("转派", "Transfer"),
    "transfer_title": Text("请别人接手", "Ask somebody to take over"),
    "transfer_hint": Text(
        "对方接受之前，工单仍由您负责。顾客会知道换了谁。",
        "It stays yours until they accept. The customer is told who goes on.",
    ),
    "transfer_to": Text("转给", "To"),
    "transfer_choose": Text("请选择……", "Choose…"),
    "transfer_people": Text("同事", "Colleagues"),
    "transfer_queues": Text("队列（谁接受归谁）", "Queues (whoever accepts)"),
    "transfer_reason": Text("为什么转？例如：要查财务系统", "Why? For example: needs the accounts system"),
    "transfer_send": Text("发出转派", "Send"),
    "hand_back": Text("退回", "Hand back"),
    "hand_back_title": Text("退回这个工单", "Hand this ticket back"),
    "hand_back_to_sender": Text("退给转来的 {agent}。", "It goes back to {agent}, who transferred it."),
    "hand_back_to_queue": Text(
        "退回“{queue}”队列，顾客会收到通知。",
        "It goes back to the queue “{queue}”, and the customer is told.",
    ),
    "hand_back_reason": Text("为什么退回？", "Why do you hand it back?"),
    "give": Text("指派", "Give to"),
    "give_title": Text("指派给一位同事", "Give it to a colleague"),
    "give_hint": Text("不用对方同意，但要由对方接手。", "They are not asked, but have to take it."),
    "give_reason": Text("为什么指派？", "Why them?"),
    "sort": Text("分类", "Sort"),
    "sort_title": Text("这是什么事？", "What is it about?"),
    "sort_save": Text("保存", "Save"),
    "report": Text("写首报", "Report"),
    "report_title": Text("首报", "First report"),
    "report_hint": Text(
        "发生了什么、影响到谁、正在怎么处理。", "What happened, whom it affects, what is being done."
    ),
    "report_send": Text("提交首报", "Send the report"),
    "confirm_outcome": Text("确认已办好", "Confirm"),
    "confirm_hint": Text(
        "您是首问责任人：看一眼对话，顾客的事办好了就确认，没办好就重新打开。",
        "You are the first owner: look at the conversation; confirm if the customer has an answer, reopen if not.",
    ),
    "reopen": Text("重新打开", "Reopen"),
    "reopen_title": Text("重新打开这个工单", "Reopen this ticket"),
    "reopen_hint": Text(
        "回到上次处理的人手上，顾客会收到通知。", "It goes back to who had it last, and the customer is told."
    ),
    "reopen_reason": Text("还有什么没办好？", "What is left to do?"),
    "menu": Text("菜单", "Menu"),
}
