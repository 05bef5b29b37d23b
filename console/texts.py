"""Every text of the console's pages, in Chinese and English side by side; those of the desk are in `console.words`."""

from collections.abc import Mapping

from console.words.complaints import COMPLAINTS
from console.words.desk import DESK
from console.words.past import PAST
from console.words.refusals import REFUSALS
from console.words.status import STATUS
from console.words.text import Text
from core.languages import ReplyLanguage

TEXTS: Mapping[str, Text] = {
    **COMPLAINTS,
    **DESK,
    **PAST,
    **REFUSALS,
    **STATUS,
    # Everywhere
    "brand": Text("首问 Shouwen", "Shouwen 首问"),
    "other_language": Text("English", "中文"),
    "not_found": Text(
        "没有这个工单，可能是链接不完整。回到队列再找找。",
        "There is no such ticket. Go back to the queue and look there.",
    ),
    # Home
    "home_title": Text("首问 · 一个人演两边", "Shouwen · play both sides"),
    "home_hint": Text(
        "试试看：作为顾客问「我的订单到哪了」，再抱怨一句「等了一周还没到，我要投诉」，然后作为坐席接手、回答。",
        "Try it: as the customer ask “where is my order”, then complain “a week late, this is unacceptable”, "
        "then take it and answer as the agent.",
    ),
    "home_hint_chat": Text(
        "试试看：问一句「我的订单到哪了」，或说「转人工」。",
        "Try it: ask “where is my order”, or ask for a person.",
    ),
    "home_customer": Text("我是顾客", "I am the customer"),
    "home_agent": Text("我是坐席", "I am the agent"),
    "home_sign_in": Text("坐席登录", "Agent sign-in"),
    # Sign-in
    "sign_in_title": Text("坐席登录", "Agent sign-in"),
    "username": Text("用户名", "User name"),
    "password": Text("密码", "Password"),
    "sign_in": Text("登录", "Sign in"),
    "sign_out": Text("退出", "Sign out"),
    "wrong_password": Text(
        "用户名或密码不对，请再试一次。", "That user name or password is not right. Please try again."
    ),
    "sign_in_throttled": Text(
        "试的次数太多了，请 {minutes} 分钟后再试。", "Too many attempts. Please try again in {minutes} min."
    ),
    "sign_in_needed": Text("登录已过期，请重新登录。", "You are signed out. Please sign in again."),
    "no_account": Text(
        "还没有账号？请运行服务的人执行 shouwen user add 用户名。",
        "No account yet? Ask whoever runs this server for: shouwen user add NAME",
    ),
    "demo_sign_in": Text("以演示坐席进入", "Enter as the demo agent"),
    "demo_explained": Text(
        "演示登录不需要密码，只在这台机器上有效。",
        "The demo sign-in needs no password and works on this machine only.",
    ),
    "demo_refused": Text(
        "演示登录只在运行首问的那台机器上有效。请用账号登录；没有账号就执行 shouwen user add 用户名。",
        "The demo sign-in works only on the machine that runs Shouwen. Please sign in with an account; "
        "make one with: shouwen user add NAME",
    ),
    "demo_name_taken": Text(
        "用户名 demo 已是带密码的账号，请用密码登录。",
        "The user name demo belongs to an account with a password; please sign in with it.",
    ),
    "cross_origin": Text(
        "这个请求不是从本站页面发出的，没有执行。请刷新页面再试。",
        "This request did not come from a page of this site, so nothing was done. Reload and try again.",
    ),
    # The desk: queue
    "desk_title": Text("工作台", "Desk"),
    "skip_to_ticket": Text("跳到工单", "Skip to the ticket"),
    "queue": Text("队列", "Queue"),
    "back_to_queue": Text("返回队列", "Back to the queue"),
    "waiting": Text("等待接手", "Waiting"),
    "mine": Text("我的工单", "Mine"),
    "colleagues": Text("同事的工单", "Colleagues’"),
    "nobody_waits": Text("没有人在等，喝口水吧。", "Nobody is waiting. Time for some tea."),
    "nothing_mine": Text(
        "您手上没有工单。接手一个，它就会出现在这里。", "None yet. Take one and it appears here."
    ),
    "more_waiting": Text("还有 {count} 个更晚的没有列出。", "{count} later ones are not listed."),
    "unanswered": Text("待回复", "awaiting reply"),
    "by_agent": Text("坐席：", "Agent: "),
    "choose_ticket": Text(
        "从队列里选一个工单，对话会显示在这里。", "Choose a ticket from the queue to read it here."
    ),
    "choose_ticket_hint": Text(
        "机器人没把握、顾客投诉或要找人工时，新工单会自动出现，不用刷新。",
        "When the bot is unsure, or a customer complains or asks for a person, a ticket appears by itself.",
    ),
    "connection_lost": Text(
        "连接断开，正在重连……您写的内容都在。", "Connection lost, trying again… What you typed is kept."
    ),
    # Reasons, priority, channels, languages
    "reason_emergency": Text("紧急", "Emergency"),
    "reason_complaint": Text("投诉", "Complaint"),
    "reason_wants_human": Text("转人工", "Asked for a person"),
    "reason_low_confidence": Text("没把握", "Bot unsure"),
    "reason_fault": Text("系统故障", "Our fault"),
    "reason_entry": Text("需人工办理", "Needs a person"),
    "urgent": Text("加急", "Urgent"),
    "channel_webchat": Text("网页", "Web chat"),
    "channel_api": Text("接口", "API"),
    "channel_terminal": Text("终端", "Terminal"),
    "channel_telegram": Text("Telegram", "Telegram"),
    "language_zh": Text("中文", "Chinese"),
    "language_en": Text("英文", "English"),
    "tier": Text("等级 {tier}", "Tier {tier}"),
    # Time
    "just_now": Text("刚刚", "just now"),
    "minutes": Text("{count} 分钟", "{count} min"),
    "hours": Text("{count} 小时", "{count} h"),
    "days": Text("{count} 天", "{count} d"),
    "opened_at": Text("{time} 转人工，已 {waited}", "handed over {time}, {waited} ago"),
    "opened_now": Text("{time} 转人工", "handed over {time}"),
    # The ticket
    "ticket": Text("工单 {number}", "Ticket {number}"),
    "state_new": Text("等待接手", "Waiting"),
    "state_mine": Text("您在处理", "Yours"),
    "state_colleague": Text("{agent} 在处理", "With {agent}"),
    "state_waiting_mine": Text("您在等顾客回复", "Yours, waiting for the customer"),
    "state_waiting": Text("{agent} 在等顾客回复", "{agent} is waiting for the customer"),
    "state_resolved": Text("{agent} 已解决", "Resolved by {agent}"),
    "state_resolved_nobody": Text("已解决", "Resolved"),
    "asked": Text("顾客问了", "Asked"),
    "tried": Text("机器人答过", "Bot tried"),
    "collected": Text("顾客提供", "Given"),
    "tried_nothing": Text("没有给出答案", "No answer given"),
    "conversation": Text("对话", "Conversation"),
    "earlier_left_out": Text("只显示最近 {count} 条。", "Only the last {count} messages are shown."),
    "author_customer": Text("顾客", "Customer"),
    "author_bot": Text("机器人", "Bot"),
    "author_agent": Text("坐席", "Agent"),
    "author_system": Text("通知", "Notice"),
    "author_note": Text("内部备注 · {agent}", "Internal note · {agent}"),
    "answered_with": Text("条目：{title}", "Entry: {title}"),
    "handed_over_mark": Text("转人工 · {reason}", "Handed over · {reason}"),
    "kind_press": Text("点了按钮", "pressed"),
    "kind_edit": Text("改成了", "changed to"),
    "kind_sticker": Text("[表情]", "[sticker]"),
    "kind_voice": Text("[语音]", "[voice message]"),
    "kind_file": Text("[文件]", "[file]"),
    "kind_other": Text("[其他内容]", "[other content]"),
    "kind_text": Text("[没有文字]", "[no text]"),
    "attachment": Text("附件", "Attachment"),
    "attachment_gone": Text(
        "这个附件已经取不到了，请让顾客再发一次。",
        "This file can no longer be fetched. Ask the customer to send it again.",
    ),
    "attachment_failed": Text(
        "暂时取不到附件：{reason}。稍后再点一次。",
        "The file could not be fetched: {reason}. Try again in a while.",
    ),
    "delivery_waiting": Text("正在发送", "Sending"),
    "delivery_retrying": Text("还没送出，稍后自动重试：{reason}", "Not sent yet, trying again: {reason}"),
    "delivery_sent": Text("已送出", "Sent"),
    "delivery_dropped": Text("未发送：人工已接手", "Not sent: a person took over"),
    "delivery_buried": Text("发送失败：{reason}", "Could not be sent: {reason}"),
    "delivery_unknown_reason": Text("渠道没有说明原因", "the channel gave no reason"),
    "jump_to_end": Text("有新消息 ↓", "New messages ↓"),
    "by_bot": Text("机器人", "Bot"),
    # Acts
    "take": Text("接手", "Take"),
    "take_hint": Text(
        "接手后机器人不再插话，顾客会看到您的名字。",
        "Once you take it the bot keeps quiet, and the customer sees your name.",
    ),
    "wait": Text("等顾客", "Wait"),
    "wait_hint": Text(
        "需要顾客先回复时用：顾客一写就回到处理中",
        "When the customer has to answer first; it is yours again when they write",
    ),
    "resolve": Text("解决", "Resolve"),
    "resolve_unsent": Text(
        "还有没发出的内容。仍然标记为已解决？", "There is text you have not sent. Resolve anyway?"
    ),
    "reply": Text("回复顾客", "Reply"),
    "note": Text("内部备注", "Note"),
    "reply_placeholder": Text("回复顾客……", "Reply to the customer…"),
    "enter_sends": Text("Enter 发送 · Shift+Enter 换行", "Enter sends · Shift+Enter for a new line"),
    "note_placeholder": Text(
        "写给同事的备注，顾客看不到……", "A note for colleagues; the customer never sees it…"
    ),
    "send_reply": Text("发送", "Send"),
    "save_note": Text("保存备注", "Save note"),
    "text": Text("内容", "Text"),
    "held_title": Text("这句话换个说法再发？", "Say this another way?"),
    "held_better_hint": Text(
        "点一下，用它换掉输入框里的话（可以撤销）",
        "Press to put this in place of your text (you can undo it)",
    ),
    "held_reason": Text(
        "一定要这样发？写下理由，会留在工单记录里", "Why send it as it is? Kept in the ticket's history"
    ),
    "held_send_anyway": Text("仍然发送", "Send anyway"),
    "send_failed": Text(
        "服务器没有确认收到，内容还在。看一眼上面的对话，没有就再发一次。",
        "The server did not confirm it. Your text is kept: look at the conversation, then send it again.",
    ),
}


class Texts:
    """The texts in one language: `texts("taken_by", agent=…, number=…)`."""

    def __init__(self, language: ReplyLanguage) -> None:
        self.language: ReplyLanguage = language

    def __call__(self, key: str, **values: object) -> str:
        text = TEXTS[key]
        return (text.zh if self.language == "zh" else text.en).format(**values)

    def named(self, prefix: str, name: str) -> str:
        """The text `prefix_name` where there is one, or the bare name (e.g. of a channel added later)."""
        key = f"{prefix}_{name}"
        return self(key) if key in TEXTS else name
