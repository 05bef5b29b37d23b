"""Contacts: what agents log of phone calls, visits and letters, and what a ticket of theirs says."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

CONTACTS: Mapping[str, Text] = {
    "channel_phone": Text("电话", "Phone"),
    "channel_visit": Text("来访", "Visit"),
    "channel_letter": Text("来信", "Letter"),
    "reason_contact": Text("坐席登记", "Logged by an agent"),
    # The form
    "contact_log": Text("登记来电来访", "Log a contact"),
    "contact_hint": Text(
        "有人打电话、上门或来信？登记下来，和其他工单一样有时限、有人负责。",
        "Somebody phoned, came or wrote a letter? Logged here, it has deadlines and an owner like any other ticket.",
    ),
    "contact_how": Text("方式", "How"),
    "contact_name": Text("顾客姓名", "Customer’s name"),
    "contact_reach": Text("电话或邮箱", "Telephone or e-mail"),
    "contact_reach_hint": Text(
        "号码或邮箱相同，就认出是同一位顾客；座机带区号，没有就留空",
        "The same number or address finds the same customer again. With the area code; empty if there is none",
    ),
    "contact_kind": Text("类型", "Kind"),
    "contact_text": Text("顾客说了什么", "What the customer said"),
    "contact_then": Text("怎么处理", "What now"),
    "then_answered": Text("当场答复，办完了", "Answered at once, nothing is left"),
    "then_mine": Text("我来跟进", "I follow it up"),
    "then_queue": Text("交给“{queue}”", "To “{queue}”"),
    "contact_then_hint": Text("投诉一律要跟进", "Complaints are always followed up"),
    "contact_answer": Text("您答复了什么", "What you said"),
    "contact_answer_hint": Text(
        "当场答复的必须写；要跟进的，说过什么也记下来",
        "Needed if it was answered at once; else whatever you have told them",
    ),
    "contact_at": Text("时间", "When"),
    "contact_at_hint": Text("不填就是现在", "Empty means now"),
    "contact_save": Text("登记", "Log it"),
    # What became of it
    "logged_answered": Text("已登记并办结：{number}。", "Logged and closed: {number}."),
    "logged_followed_up": Text(
        "已登记为 {number}，由 {holder} 跟进。", "Logged as {number}; {holder} follows it up."
    ),
    "logged_queued": Text(
        "已登记为 {number}，等人接手；首问责任人是您。",
        "Logged as {number}. Somebody of the queue takes it; you stay its first owner.",
    ),
    "logged_added": Text(
        "这位顾客已有打开的工单 {number}（{holder}），这次说的已加进去。",
        "This customer has an open ticket, {number} ({holder}); what was said is added to it.",
    ),
    "holder_waiting": Text("等待接手", "waiting"),
    # A ticket whose customer gets no messages
    "reach": Text("联系方式", "Reach them at"),
    "reach_unknown": Text("没有留联系方式", "left no number or address"),
    "contact_mark": Text("{how} · {agent} 登记", "{how} · logged by {agent}"),
    "contact_opened_now": Text("{time} 联系", "contact {time}"),
    "contact_opened_at": Text("{time} 联系，已 {waited}", "contact {time}, {waited} ago"),
    "event_opened_contact": Text("登记了{how}，进入“{queue}”", "logged it ({how}), into “{queue}”"),
    "event_customer_said": Text("又来联系", "was in touch again"),
    "chain_opened_contact": Text("{by} 登记", "logged by {by}"),
    "event_replied_contact": Text("告诉了顾客（{how}）", "told the customer ({how})"),
    "alert_warning_call": Text(
        "工单 {number}：顾客一直没来消息，请打个电话",
        "Ticket {number}: nothing from the customer; give them a call",
    ),
    "said_title": Text("记录沟通", "Log what was said"),
    "said_hint": Text(
        "这位顾客收不到消息：请打电话或当面说，再把说了什么记在这里。",
        "This customer gets no messages: call or meet them, then write down here what was said.",
    ),
    "said_heard": Text("顾客说了什么", "What the customer said"),
    "said_told": Text("您说了什么", "What you said"),
    "said_told_hint": Text("只有负责人能答复顾客", "Only its assignee answers the customer"),
    "said_by_customer": Text("顾客说的", "Customer said"),
    "said_by_me": Text("我说的", "I said"),
    "said_heard_placeholder": Text("顾客刚才说了什么……", "What the customer has said…"),
    "said_told_placeholder": Text(
        "您对顾客说了什么……不会发出去", "What you have told the customer… It is not sent"
    ),
    "said_save": Text("记下来", "Log it"),
    "slack_note_spoken": Text(
        "{number} 的顾客收不到消息，这句话没有发出去，只留作内部备注。请打电话或当面说，再点卡片上的「记录沟通」。",
        "The customer of {number} gets no messages: this was not sent, and is kept as an internal note. "
        "Call them, then press Log what was said on the card.",
    ),
    "spoken_take_hint": Text(
        "接手后由您联系顾客；系统不会给顾客发消息。",
        "Once you take it you contact the customer; no messages are sent.",
    ),
    "spoken_resolve_hint": Text(
        "顾客不会收到通知，该说的请先打电话说。",
        "The customer is not told; call first if there is something to tell.",
    ),
    "spoken_transfer_hint": Text(
        "对方接受之前，工单仍由您负责。顾客不会收到通知。",
        "It stays yours until they accept. The customer is not told.",
    ),
    "spoken_hand_back_to_queue": Text(
        "退回“{queue}”队列，顾客不会收到通知。",
        "It goes back to the queue “{queue}”. The customer is not told.",
    ),
    "spoken_reopen_hint": Text(
        "回到上次处理的人手上，顾客不会收到通知。",
        "It goes back to who had it last. The customer is not told.",
    ),
    "spoken_complaint_proposal_hint": Text(
        "顾客收不到消息：先打电话把方案说给顾客听，再记在这里；答复记在下面。",
        "This customer gets no messages: tell them the proposal first, then log it here, and their answer below.",
    ),
    "spoken_complaint_propose": Text("已告诉顾客", "They were told"),
    "spoken_complaint_propose_again": Text("换一个方案，已告诉顾客", "They were told another"),
    # The register
    "contacts": Text("来电来访登记", "Contacts"),
    "contacts_title": Text("来电来访登记", "Register of contacts"),
    "contacts_search": Text("姓名、号码、内容或工单号", "Name, number, words or ticket"),
    "contacts_from": Text("从", "From"),
    "contacts_to": Text("到", "To"),
    "contacts_find": Text("查找", "Find"),
    "contacts_all": Text("全部", "All"),
    "contacts_none": Text("还没有登记。", "Nothing is logged yet."),
    "contacts_none_found": Text(
        "没有找到。换个说法，或放宽日期。", "Nothing found. Try other words, or other dates."
    ),
    "contacts_by": Text("{agent} 登记", "logged by {agent}"),
    "contacts_told": Text("答复", "Told"),
    "result_answered": Text("当场办结", "Answered at once"),
    "result_followed_up": Text("跟进", "Followed up"),
    "result_added": Text("加到已有工单", "Added to a ticket"),
    "result_told": Text("告知顾客", "Customer told"),
}
