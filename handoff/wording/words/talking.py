"""Words for what agents are told in Slack about what they wrote."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

TALKING: Mapping[str, Text] = {
    "slack_not_linked": Text(
        "您的 Slack 账号还没有对应的坐席，所以这句话没有发给顾客。请管理员运行：shouwen slack link 您的用户号 坐席名",
        "Your Slack account is not linked to an agent yet, so this did not go to the customer. "
        "Ask an admin for: shouwen slack link YOUR-ID AGENT",
    ),
    "slack_stranger": Text(
        "您的 Slack 账号还没有对应的坐席。请管理员运行：shouwen slack link 您的用户号 坐席名",
        "Your Slack account is not linked to an agent yet. Ask an admin for: shouwen slack link YOUR-ID AGENT",
    ),
    "slack_viewer": Text(
        "您的角色是只读用户，所以什么都没有改变，写的话也只留在 Slack，没有发给顾客。"
        "要处理工单，请管理员运行：shouwen user role 您的用户名 agent",
        "You are a viewer: nothing was changed, and what you write stays in Slack; the customer does not see it. "
        "To work on tickets, ask an admin for: shouwen user role YOUR-NAME agent",
    ),
    "slack_note_mention": Text(
        "您提到了同事，所以这句话只留在内部，顾客看不到。要发给顾客，请去掉 @ 再发一次。",
        "You mentioned a colleague, so this stays between us; the customer does not see it. "
        "To tell the customer, send it again without the @.",
    ),
    "slack_note_not_yours": Text(
        "{number} 不在您手上，这句话只留作内部备注，顾客看不到。先点「接手」，再回复顾客。",
        "{number} is not yours, so this is kept as an internal note; the customer does not see it. "
        "Press Take first, then reply.",
    ),
    "slack_file_not_yours": Text(
        "{number} 不在您手上，文件只留在这个讨论串里，没有发给顾客。先点「接手」，再发一次文件。",
        "{number} is not yours, so the file stays in this thread and did not go to the customer. "
        "Press Take first, then share it again.",
    ),
    "slack_file_unreached": Text(
        "「{file}」从 Slack 取不到：可能被删了，或者存在别的网站上。什么都没有发给顾客，请上传到这里再发，或者贴一个链接。",
        "“{file}” cannot be fetched from Slack: it may be deleted, or lie on another site. Nothing went to the "
        "customer. Upload it here and send it again, or paste a link.",
    ),
    "slack_files_unreached": Text(
        "文件没能从 Slack 取到，试了几次都不行。什么都没有发给顾客，请过一会儿再发一次，或者贴一个链接。",
        "The file could not be fetched from Slack, after several tries. Nothing went to the customer. Send it again "
        "later, or paste a link.",
    ),
    "slack_given_up": Text(
        "这句话没能处理，顾客没有收到。请再发一次；还不行就告诉管理员。",
        "This could not be handled, and the customer did not get it. Send it again; if that fails, tell an admin.",
    ),
    "slack_unchanged": Text(
        "{told} 顾客看到的还是原来的话。需要更正的话，请另发一句。",
        "{told} The customer still has the original. To correct it, send another message.",
    ),
    "slack_never_sent": Text(
        "顾客没有收到过这句话，改了也不会发出去。请另发一条。",
        "The customer never got this, and the edit does not send it. Write a new message instead.",
    ),
    "slack_no_note_any_more": Text(
        "这句话顾客已经收到，再改成备注（// 或 @同事）也收不回来，顾客看到的还是原来的话。要撤回，请把它删掉。",
        "The customer has this already, and // or an @ does not make a note of it any more; they still see the original. "
        "Delete it to take it back.",
    ),
    "slack_not_corrected": Text(
        "没能更正，顾客看到的还是原来的话：{reason}。请另发一句更正。",
        "This could not be changed, and the customer still has the original: {reason}. "
        "Send another message to correct it.",
    ),
    "slack_not_withdrawn": Text(
        "没能撤回，顾客看到的还是原来的话：{reason}。需要的话，请另发一句更正。",
        "This could not be taken back, and the customer still has it: {reason}. "
        "If need be, send another message to correct it.",
    ),
    "slack_failed_message": Text(
        "“{text}”没有送到顾客那里：{reason}。", "“{text}” did not reach the customer: {reason}."
    ),
    "slack_arrived_after_all": Text(
        "重发的消息送到了：“{text}”", "What was sent again has arrived: “{text}”"
    ),
    "slack_corrected": Text("{agent} 更正为：“{text}”", "{agent} corrected it to: “{text}”"),
    "slack_not_delivered": Text(
        "没有送到顾客那里：{reason}。请换个方式联系，或稍后再发一次。",
        "This did not reach the customer: {reason}. Try another way, or send it again later.",
    ),
    "slack_moved": Text(
        "{number} 已转到「{queue}」，在那里继续。", "{number} has moved to “{queue}”; it goes on there."
    ),
    "slack_no_ticket": Text(
        "没有找到这个工单。请从最新的卡片上再试一次。",
        "There is no such ticket. Please try again from its newest card.",
    ),
    "slack_away": Text(
        "刚才没办成，什么都没有改变。请稍等几秒再点一次。",
        "That did not work just now, and nothing was changed. Wait a few seconds and press again.",
    ),
    "slack_held_gone": Text(
        "这句话已经处理过了，不用再发。", "This one is done with already; there is no need to send it again."
    ),
    "slack_no_such_number": Text(
        "没有找到 {number}。工单号像 SW-2611-0042，请再核对一下。",
        "There is no {number}. A ticket's number looks like SW-2611-0042; please check it.",
    ),
    "nothing_mine_slack": Text(
        "您手上没有工单。在频道里的卡片上点「接手」就有了。",
        "You have no tickets. Press Take on a card in a channel.",
    ),
    "slack_help": Text(
        "可以这样用：\n"
        "• `/shouwen 2611 42` 找一个工单，并打开它的讨论串\n"
        "• `/shouwen 进度 2611 42` 看顾客问起时会听到什么\n"
        "• `/shouwen 我的` 列出您手上的工单\n"
        "• `/shouwen 整改` 打开整改台账，报告或核实\n"
        "• `/shouwen 登记` 记下一个来电、来访或一封来信\n"
        "• `/shouwen 上班`、`离开`、`下班` 说您在不在",
        "You can say:\n"
        "• `/shouwen 2611 42` finds a ticket and leads to its thread\n"
        "• `/shouwen progress 2611 42` says what its customer is told when they ask\n"
        "• `/shouwen mine` lists your tickets\n"
        "• `/shouwen actions` opens the corrective actions, to report and to verify them\n"
        "• `/shouwen log` logs a phone call, a visit or a letter\n"
        "• `/shouwen on`, `away`, `off` say whether you are there",
    ),
}
