"""An agent's own status: duty, and what needs attention."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

STATUS: Mapping[str, Text] = {
    "duty": Text("上班状态", "Duty"),
    "duty_on": Text("上班", "On duty"),
    "duty_away": Text("小休", "Away"),
    "duty_off": Text("下班", "Off"),
    "duty_on_hint": Text("有空就自动派单给您", "You are given tickets when you have room"),
    "duty_away_hint": Text("先不派新工单，一会儿回来", "No new tickets for now; back soon"),
    "duty_off_hint": Text("不派单；您仍可以自己接手", "No tickets are given to you; you may still take some"),
    "presence_online": Text("在线", "Online"),
    "presence_away": Text("离开", "Away"),
    "presence_offline": Text("离线", "Offline"),
    "presence_shift_over": Text(
        "班次已结束，不再派单。要继续，请再点一次“上班”。",
        "Your shift is over, so you get no tickets. Press “On duty” again to go on.",
    ),
    "attention": Text("需要留意（{count}）", "Needs attention ({count})"),
    "attention_many": Text("{count}+", "{count}+"),
    "seen": Text("知道了", "Got it"),
    "seen_all": Text("全部知道了", "Got them all"),
    "alert_warning": Text("工单 {number}：{promise}快到时限了", "Ticket {number}: {promise} is nearly due"),
    "alert_breach": Text(
        "工单 {number}：{promise}已超时，现在在 {holder}",
        "Ticket {number}: {promise} is overdue; now with {holder}",
    ),
    "alert_escalation": Text(
        "工单 {number}：{promise}超时已久，请介入；现在在 {holder}",
        "Ticket {number}: {promise} is long overdue, please step in; now with {holder}",
    ),
    "alert_page": Text(
        "突发事件一类：工单 {number}，请马上看", "Incident of class 1: ticket {number}, please look at once"
    ),
    "alert_delivery": Text(
        "工单 {number}：有一条消息没有送到顾客那里：{because}",
        "Ticket {number}: a message did not reach the customer: {because}",
    ),
    "alert_mention": Text(
        "工单 {number}：{by}在备注里提到了您：{because}",
        "Ticket {number}: {by} mentions you in a note: {because}",
    ),
    "alert_report": Text(
        "报告 {report} 没能发给 {to}：{because}。改好后可以补发：shouwen report send",
        "The report {report} could not be sent to {to}: {because}. Once that is mended: shouwen report send",
    ),
    "alerts_warning": Text("{queue}：{count} 个承诺快到时限了", "{queue}: {count} promises are nearly due"),
    "alerts_breach": Text("{queue}：{count} 个承诺已超时", "{queue}: {count} promises are overdue"),
    "alerts_escalation": Text(
        "{queue}：{count} 个承诺超时已久，请介入",
        "{queue}: {count} promises are long overdue, please step in",
    ),
    "alerts_delivery": Text(
        "{queue}：{count} 条消息没有送到顾客那里，请看看渠道是不是断了",
        "{queue}: {count} messages did not reach their customers; see whether the channel is down",
    ),
    "alerts_more": Text("还有 {count} 个，见工作台", "{count} more; see the desk"),
    "alert_survey_low_score": Text(
        "工单 {number}：顾客打了低分，请看一眼", "Ticket {number}: the customer gave a low score; have a look"
    ),
    "alert_survey_complaint": Text(
        "工单 {number}：顾客在评价里投诉了", "Ticket {number}: the customer complains in the survey"
    ),
    "alert_complaint_about_assignee": Text(
        "投诉 {number} 针对它的负责人 {holder}，请换人处理",
        "Complaint {number} is about {holder}, who has it; give it to somebody else",
    ),
    "alert_complaint_investigate": Text("请调查投诉 {number}", "Please investigate complaint {number}"),
    "alert_complaint_declined": Text(
        "投诉 {number}：顾客不接受方案", "Complaint {number}: the customer did not accept the proposal"
    ),
    "alert_complaint_dissatisfied": Text(
        "投诉 {number}：回访不满意，已重新打开",
        "Complaint {number}: not satisfied at the follow-up visit, so it is open again",
    ),
    "alert_complaint_no_answer": Text(
        "投诉 {number}：顾客没有回复，请联系或记录结果",
        "Complaint {number}: the customer did not answer; call, or record what became of it",
    ),
    "alert_action_given": Text(
        "投诉 {number}：有一项整改由您负责", "Complaint {number}: a corrective action is yours"
    ),
    "alert_action_near": Text(
        "投诉 {number}：整改快到期了", "Complaint {number}: a corrective action is nearly due"
    ),
    "alert_action_late": Text("投诉 {number}：整改已逾期", "Complaint {number}: a corrective action is late"),
    "alert_action_very_late": Text(
        "投诉 {number}：整改逾期很久了", "Complaint {number}: a corrective action is very late"
    ),
    "alert_action_late_to_verify": Text(
        "投诉 {number}：整改待核实，已过期限", "Complaint {number}: a corrective action waits to be verified"
    ),
    "alert_action_very_late_to_verify": Text(
        "投诉 {number}：整改一直没人核实",
        "Complaint {number}: a corrective action has waited long to be verified",
    ),
    "alert_action_done": Text(
        "投诉 {number}：整改已完成，请核实",
        "Complaint {number}: a corrective action is done; please verify it",
    ),
    "alert_action_failed": Text(
        "投诉 {number}：整改没通过核实，请重做",
        "Complaint {number}: your corrective action did not help; do it again",
    ),
    "alert_offered": Text(
        "{by} 请您接手工单 {number}：{because}", "{by} asks you to take over ticket {number}: {because}"
    ),
    "alert_declined": Text("{by} 没有接工单 {number}：{because}", "{by} declined ticket {number}: {because}"),
    "alert_handed_back": Text(
        "{by} 把工单 {number} 退回给您：{because}", "{by} handed ticket {number} back to you: {because}"
    ),
    "alert_given": Text(
        "{by} 指派了工单 {number}，现在在 {holder}：{because}",
        "{by} gave ticket {number} to {holder}: {because}",
    ),
    "alert_lapsed": Text(
        "工单 {number} 没人及时接受，仍由您负责", "Nobody accepted ticket {number} in time; it is still yours"
    ),
    "alert_silent": Text(
        "工单 {number} 您没有及时接手，已回到队列",
        "You did not take ticket {number} in time; it is back in the queue",
    ),
    "alert_gone": Text(
        "您不在时，工单 {number} 已回到队列",
        "Ticket {number} went back to the queue while you were not there",
    ),
    "alert_bounced": Text(
        "工单 {number} 被退回两次，请您定夺",
        "Ticket {number} was handed back twice; please decide what to do",
    ),
    "alert_left_behind": Text(
        "{holder}已停用，工单 {number} 还在名下，请转给别人",
        "{holder} has left and still has ticket {number}; please give it to somebody",
    ),
    "holder_nobody": Text("队列里", "nobody"),
}
