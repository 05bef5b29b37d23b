"""The texts of the console's pages, in Chinese and English side by side; what agents read of tickets is in `handoff.wording`."""

from collections.abc import Mapping, Sequence

from console.account_texts import ACCOUNTS
from console.channel_texts import CHANNELS
from console.customer_words import CUSTOMERS
from console.desk_texts import DESK
from console.gaps_texts import GAPS
from console.knowledge.banned_words import BANNED
from console.knowledge.reply_words import REPLIES
from console.knowledge.words import KNOWLEDGE
from console.overview_texts import OVERVIEW
from console.reports.texts import REPORTS
from console.settings.texts import SETTINGS
from console.tickets_texts import FOUND
from handoff.wording.texts import WORDS, Texts
from handoff.wording.words.text import Text

EVERYWHERE: Mapping[str, Text] = {
    "brand": Text("首问 Shouwen", "Shouwen 首问"),
    "other_language": Text("English", "中文"),
    "brand_short": Text("首问", "Shouwen"),
    "nav": Text("控制台各部分", "Parts of the console"),
    "nav_desk": Text("工作台", "Desk"),
    "nav_contacts": Text("来电来访", "Contacts"),
    "nav_overview": Text("概览", "Overview"),
    "nav_complaints": Text("投诉", "Complaints"),
    "nav_knowledge": Text("知识库", "Knowledge"),
    "nav_gaps": Text("缺口", "Gaps"),
    "nav_settings": Text("设置", "Settings"),
    "nav_setup": Text("管理", "Set up"),
    "nav_audit": Text("操作日志", "Audit log"),
    "skip_to_main": Text("跳到正文", "Skip to the page"),
    "pager": Text("翻页", "Pages"),
    "pager_earlier": Text("上一页", "Previous page"),
    "pager_later": Text("下一页", "Next page"),
    "pager_here": Text("第 {page} 页", "Page {page}"),
    "pager_of": Text("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "forbidden_title": Text("没有权限", "Not allowed"),
    "forbidden": Text(
        "您的角色是{role}，这里需要{needed}。请管理员在「人员」里修改您的角色。",
        "Your role is {role}; this needs {needed}. An admin can change it under “People”.",
    ),
    "problem_back": Text("去工作台", "To the desk"),
    "problem_unknown_title": Text("没有这个页面", "There is no such page"),
    "problem_unknown": Text(
        "可能是链接不完整，或者内容已经删除。从上面的工作台重新找找。",
        "The link may be incomplete, or what it led to is gone. Look for it from the desk.",
    ),
    "problem_unreadable_title": Text("这个请求看不懂", "This could not be read"),
    "problem_unreadable": Text(
        "地址或表单里有一处写得不对，什么都没有改动。按浏览器的“后退”可以回去改，写的内容还在。",
        "Something in the address or the form is not right; nothing was changed. "
        "Your browser’s Back button leads to what you typed.",
    ),
    "problem_unavailable_title": Text("数据库暂时没有回应", "The database does not answer just now"),
    "problem_unavailable": Text(
        "什么都没有保存。请稍等片刻再试一次；按浏览器的“后退”，写的内容还在。",
        "Nothing was stored. Please try again in a moment; your browser’s Back button leads to what you typed.",
    ),
    "problem_fault_title": Text("我们这里出错了", "Something went wrong on our side"),
    "problem_fault": Text(
        "错误已经记到日志里。请再试一次；还是不行，就把时间和刚才做的事告诉运维同事。",
        "It is in the log. Please try once more; if it stays, tell who runs the service when it was and what you did.",
    ),
    "role_admin": Text("管理员", "admin"),
    "role_supervisor": Text("主管", "supervisor"),
    "role_agent": Text("坐席", "agent"),
    "role_viewer": Text("只读用户", "viewer"),
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
        "还没有账号，或忘了密码？请管理员在「人员」里邀请您。",
        "No account yet, or no password any more? Ask an admin to invite you under “People”.",
    ),
    "demo_sign_in": Text("以演示坐席进入", "Enter as the demo agent"),
    "demo_explained": Text(
        "演示登录不需要密码，只在这台机器上有效。",
        "The demo sign-in needs no password and works on this machine only.",
    ),
    "demo_refused": Text(
        "演示登录只在运行首问的那台机器上有效。请用账号登录；没有账号就执行 shouwen user invite 用户名。",
        "The demo sign-in works only on the machine that runs Shouwen. Please sign in with an account; "
        "make one with: shouwen user invite NAME",
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
    "colleagues": Text("同事的工单", "Colleagues’"),
    "more_waiting": Text("还有 {count} 个更晚的没有列出。", "Later ones that are not listed: {count}."),
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
    # Acts
    "take_hint": Text(
        "接手后机器人不再插话，顾客会看到您的名字。",
        "Once you take it the bot keeps quiet, and the customer sees your name.",
    ),
    "wait": Text("等顾客", "Wait"),
    "wait_hint": Text(
        "需要顾客先回复时用：顾客一写就回到处理中",
        "When the customer has to answer first; it is yours again when they write",
    ),
    "resolve_unsent": Text(
        "还有没发出的内容。仍然标记为已解决？", "There is text you have not sent. Resolve anyway?"
    ),
    "reply": Text("回复顾客", "Reply"),
    "reply_placeholder": Text("回复顾客……", "Reply to the customer…"),
    "enter_sends": Text("Enter 发送 · Shift+Enter 换行", "Enter sends · Shift+Enter for a new line"),
    "note_placeholder": Text(
        "写给同事的备注，顾客看不到；@用户名 提醒同事……",
        "A note for colleagues, which the customer never sees; @name tells one of them…",
    ),
    "send_reply": Text("发送", "Send"),
    "add_files": Text("添加图片或文件", "Add pictures or files"),
    "add_files_hint": Text(
        "添加图片或文件，一共不超过 {most} MB；也可以拖进来，或直接粘贴图片",
        "Add pictures or files, at most {most} MB together; you can also drop them here, or paste a picture",
    ),
    "file_does_not_fit": Text(
        "「{file}」没有加上：一条回复的文件一共最多 {most} MB。请压缩一下、分几次发，或者发一个链接。",
        "“{file}” was not added: the files of one reply have at most {most} MB together. Make it smaller, send it "
        "by itself, or send a link.",
    ),
    "file_too_many": Text(
        "「{file}」没有加上：一条回复最多 {most} 个文件，其余的请下一条再发。",
        "“{file}” was not added: one reply takes at most {most} files. Send the rest with the next one.",
    ),
    "remove_file": Text("去掉 {file}", "Leave out {file}"),
    "drop_files": Text("松开就添加到回复里", "Drop to add to your reply"),
    "refused_by_proxy": Text(
        "没有发出：服务器前面的代理不让这么大的文件通过。请压缩一下，或请管理员放宽代理的上限。",
        "Not sent: the proxy before the server lets no such large file through. Make it smaller, or ask an admin "
        "to raise the proxy's limit.",
    ),
    "files_again": Text("文件要重新选一次。", "Please choose the files again."),
    "text": Text("内容", "Text"),
    "held_better_hint": Text(
        "点一下，用它换掉输入框里的话（可以撤销）",
        "Press to put this in place of your text (you can undo it)",
    ),
    "send_failed": Text(
        "服务器没有确认收到，内容还在。看一眼上面的对话，没有就再发一次。",
        "The server did not confirm it. Your text is kept: look at the conversation, then send it again.",
    ),
}

# No name stands in two of them; a test looks.
PARTS: Sequence[Mapping[str, Text]] = (
    WORDS,
    ACCOUNTS,
    KNOWLEDGE,
    REPLIES,
    BANNED,
    CUSTOMERS,
    DESK,
    OVERVIEW,
    GAPS,
    CHANNELS,
    REPORTS,
    SETTINGS,
    FOUND,
    EVERYWHERE,
)
TEXTS: Mapping[str, Text] = {name: text for part in PARTS for name, text in part.items()}


class PageTexts(Texts):
    """The texts in one language, those of the pages among them."""

    texts = TEXTS
