"""The texts of complaints and of the register, in Chinese and English side by side."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

COMPLAINTS: Mapping[str, Text] = {
    "complaint": Text("投诉", "Complaint"),
    "complaint_stages": Text("投诉处理阶段", "Stages of the complaint"),
    "complaint_not_taken": Text("接手后受理", "accepted when somebody takes it"),
    "stage_accepted": Text("已受理", "Accepted"),
    "stage_investigating": Text("调查中", "Investigating"),
    "stage_proposed": Text("已提方案", "Proposed"),
    "stage_fed_back": Text("已反馈", "Fed back"),
    "stage_followed_up": Text("已回访", "Followed up"),
    "stage_closed": Text("已办结", "Closed"),
    # What is missing
    "complaint_needs": Text("解决前还差：{missing}", "Before it is resolved: {missing}"),
    "complaint_incomplete": Text(
        "工单 {number} 是投诉，还不能这样做。还差：{missing}。在上面的「投诉」里补齐。",
        "Ticket {number} is a complaint and cannot do that yet. It needs: {missing}. "
        "You can add it under “Complaint” above.",
    ),
    "missing_taker": Text("有人接手", "somebody who takes it"),
    "missing_answer": Text("顾客对方案的答复", "an answer to a proposal"),
    "missing_cause": Text("根本原因", "the root cause"),
    "missing_action": Text("整改措施", "a corrective action"),
    "missing_visit": Text(
        "回访（由没经手的同事做）", "the follow-up visit (by a colleague who did not handle it)"
    ),
    # Whom it is about, and who looks into it
    "complaint_about": Text("被投诉人", "About"),
    "complaint_nobody": Text("不针对某个人", "Nobody in particular"),
    "complaint_served_before": Text("{agent}（上次接待过这位顾客）", "{agent} (served this customer before)"),
    "complaint_save": Text("保存", "Save"),
    "complaint_investigator": Text("调查人", "Investigator"),
    "complaint_nobody_yet": Text("还没有", "Nobody yet"),
    "complaint_investigate": Text("开始调查", "Start"),
    "complaint_concerns_you": Text(
        "这件投诉与您有关，由同事来处理。您可以留内部备注。",
        "This complaint is about you; a colleague handles it. You can leave a note.",
    ),
    # The proposal and its answer
    "complaint_proposal": Text("处理方案", "Proposal"),
    "complaint_proposal_hint": Text(
        "顾客会看到方案和「接受 / 不接受」两个按钮。",
        "The customer gets it with the buttons “Accept” and “Not acceptable”.",
    ),
    "complaint_proposal_placeholder": Text(
        "给顾客的方案：怎么办、何时办好……", "What we will do, and by when…"
    ),
    "complaint_propose": Text("发给顾客", "Send"),
    "complaint_propose_again": Text("换一个方案", "Send another"),
    "complaint_insist": Text(
        "坚持原话的理由（有服务忌语时才填）", "Why send it as it is (only if it was held back)"
    ),
    "complaint_held": Text(
        "还没发出。「{phrase}」：{why} 可以改成：{better} 要坚持原话，写明理由再发一次。",
        "Not sent yet. “{phrase}”: {why} Better: {better} To send it as it is, give a reason and send again.",
    ),
    "complaint_answer": Text("顾客答复", "Answer"),
    "complaint_record_answer": Text("记录答复", "Record"),
    "complaint_answer_note": Text("怎么得知的，如「12-03 电话」", "How you know, such as “by phone, 3 Dec”"),
    "answer_none": Text("等顾客答复", "Waiting for the customer"),
    "answer_accepted": Text("接受", "Accepted"),
    "answer_declined": Text("不接受", "Not acceptable"),
    "answer_withdrawn": Text("撤回投诉", "Withdrawn"),
    "answer_not_reached": Text("联系不上", "Not reached"),
    # Cause and actions
    "complaint_cause": Text("根本原因", "Root cause"),
    "complaint_finding": Text("查到了什么", "What was found"),
    "cause_process": Text("流程", "Process"),
    "cause_people": Text("人员", "People"),
    "cause_product": Text("产品", "Product"),
    "cause_policy": Text("政策", "Policy"),
    "actions": Text("整改措施", "Corrective actions"),
    "action_text": Text("做什么，才不再发生", "What is done so that it does not happen again"),
    "action_owner": Text("负责人", "Owner"),
    "action_due": Text("期限", "Due"),
    "action_add": Text("加一项", "Add"),
    "action_line": Text("{owner} · {due} 前", "{owner} · by {due}"),
    "action_state_open": Text("进行中", "Open"),
    "action_state_done": Text("待核实", "To verify"),
    "action_state_verified": Text("已核实", "Verified"),
    "action_late": Text("逾期", "Overdue"),
    "action_failures": Text("核实未通过 {count} 次", "failed verification {count}×"),
    "action_erased": Text("（内容已按隐私要求清除）", "(erased for privacy)"),
    "action_finish": Text("做好了", "Done"),
    "action_finish_note": Text("做了什么", "What was done"),
    "action_verify": Text("有效", "It helps"),
    "action_fail": Text("没有用，重做", "It does not; do it again"),
    "action_fail_note": Text("哪里不行", "What is wrong"),
    "action_done_by": Text("{agent} 报告完成", "reported done by {agent}"),
    # The visit
    "complaint_visit": Text("回访", "Follow-up visit"),
    "complaint_visit_due": Text("该在 {time} 后回访", "to be made from {time} on"),
    "complaint_visit_tries": Text("已试 {count} 次没联系上", "tried {count}× in vain"),
    "complaint_visit_not_yours": Text(
        "回访由没有经手的同事来做。", "A colleague who did not handle it makes the visit."
    ),
    "complaint_visit_note": Text("顾客怎么说", "What the customer says"),
    "complaint_record_visit": Text("记录回访", "Record"),
    "outcome_satisfied": Text("满意", "Satisfied"),
    "outcome_dissatisfied": Text("不满意（重新打开工单）", "Dissatisfied (reopens the ticket)"),
    "outcome_not_reached": Text("没联系上", "Not reached"),
    # The page
    "register": Text("投诉台账", "Complaints"),
    "visits": Text("待回访", "Follow-up visits"),
    "no_visits": Text("没有要做的回访。", "No visits to make."),
    "visit_overdue": Text("逾期", "Overdue"),
    "visit_now": Text("该回访了", "Due now"),
    "visit_later": Text("{time} 起", "from {time}"),
    "visit_by": Text("{time} 前完成", "by {time}"),
    "visit_open": Text("去回访", "Open"),
    "actions_late": Text("逾期", "Overdue"),
    "actions_open": Text("进行中", "Open"),
    "actions_done": Text("待核实", "To verify"),
    "actions_verified": Text("已核实", "Verified"),
    "no_actions": Text(
        "还没有整改措施。它们在投诉工单里登记。", "None yet. They are added in the tickets of complaints."
    ),
    # What was refused
    # History
    "event_complained_of": Text("登记了被投诉人", "said whom it is about"),
    "event_investigates": Text("指定了调查人", "named the investigator"),
    "event_proposed": Text("提了处理方案", "made a proposal"),
    "event_agreed": Text("顾客接受了方案", "the proposal was accepted"),
    "event_refused": Text("顾客不接受方案", "the proposal was not accepted"),
    "event_waived": Text("记录：不再等顾客答复", "no answer is to be expected"),
    "event_found_cause": Text("记录了根本原因", "named the root cause"),
    "event_visit_tried": Text("回访没联系上", "tried the follow-up visit"),
    "event_visited": Text("做了回访", "made the follow-up visit"),
    "event_action_set": Text("登记了整改措施", "added a corrective action"),
    "event_action_reminded": Text("提醒了整改负责人", "reminded the owner of an action"),
    "event_action_breached": Text("整改逾期，已告知主管", "an action is late; the supervisor was told"),
    "event_action_escalated": Text(
        "整改逾期已久，已告知经理", "an action is long late; the manager was told"
    ),
    "event_action_done": Text("报告整改完成", "reported an action done"),
    "event_action_verified": Text("核实整改有效", "verified an action"),
    "event_action_failed": Text("核实未通过，整改重做", "found that an action does not help"),
    "event_unanswered": Text("顾客没有回复，转回我们处理", "the customer did not answer; it is ours again"),
}
