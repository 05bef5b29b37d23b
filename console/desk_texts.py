"""The words of the desk's tabs, unread marks, typing signs, notifications and keys."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

DESK: Mapping[str, Text] = {
    "open_tickets": Text("打开的工单", "Open tickets"),
    "tab_close": Text("关闭 {customer}", "Close {customer}"),
    "unread": Text("{count} 条没看过的消息", "New messages: {count}"),
    "unread_label": Text("条新消息", "new"),
    "customer_types": Text("顾客正在输入…", "The customer is typing…"),
    "queue_filter": Text("筛选列表", "Filter the lists"),
    "queue_filter_nothing": Text(
        "列表里没有符合的。更早的工单请到「顾客」里找。",
        "Nothing in the lists matches. Look for older tickets under Customers.",
    ),
    "check_more": Text("还有 {count} 处", "and {count} more"),
    "close": Text("关闭", "Close"),
    # Notifications
    "notify_title": Text("桌面通知", "Desktop notifications"),
    "notify_hint": Text(
        "有工单派给或转给您、您的顾客来了新消息、有事需要留意时提醒，只在没看着这个页面的时候。号码和地址会打码。",
        "For tickets given or offered to you, new messages of your customers and alerts, only while you are not "
        "looking at this page. Numbers and addresses are masked.",
    ),
    "notify_on": Text("在桌面上提醒我", "Notify me on the desktop"),
    "notify_without_text": Text("不显示顾客和内容", "Without names and text"),
    "notify_sound": Text("同时响一声", "With a short sound"),
    "notify_given": Text("派给您：{customer}", "Given to you: {customer}"),
    "notify_offered": Text("请您接手：{customer}", "Offered to you: {customer}"),
    "notify_wrote": Text("{customer} 来消息了", "New message from {customer}"),
    "notify_alerted": Text("有事需要您留意", "Something needs your attention"),
    "notify_given_plain": Text("有工单派给您", "A ticket was given to you"),
    "notify_offered_plain": Text("有工单请您接手", "A ticket is offered to you"),
    "notify_wrote_plain": Text("您的顾客来了新消息", "A customer of yours wrote"),
    "notify_denied": Text(
        "浏览器不允许本站发通知。请点地址栏左边的图标，把「通知」改为允许，再打开一次。",
        "Your browser does not let this site notify you. Allow notifications by the icon beside the address, then try again.",
    ),
    "notify_missing": Text(
        "这个浏览器在这里发不了桌面通知：需要 https，手机上也不支持。",
        "This browser cannot show desktop notifications here: they need https, and do not work on phones.",
    ),
    # Keys
    "keys_title": Text("键盘快捷键", "Keyboard shortcuts"),
    "keys_hint": Text(
        "打字时和对话框打开时不起作用。", "They do nothing while you type, or while a dialog is open."
    ),
    "keys_on": Text("使用这些快捷键", "Use these keys"),
    "keys_rows": Text("列表里下一个、上一个", "next and previous in the lists"),
    "keys_open": Text("打开所在的这一个", "open the one you are at"),
    "keys_tabs": Text("上一个、下一个打开的工单", "previous and next open ticket"),
    "keys_nth": Text("第几个打开的工单", "the first to ninth open ticket"),
    "keys_close": Text("关闭这个标签", "close this tab"),
    "keys_search": Text("筛选列表", "filter the lists"),
    "keys_take": Text("接手，或接受转派", "take it, or accept a transfer"),
    "keys_reply": Text("回复顾客", "reply to the customer"),
    "keys_note": Text("写备注", "write a note"),
    "keys_suggest": Text("推荐回复", "suggest a reply"),
    "keys_wait": Text("等顾客", "wait for the customer"),
    "keys_transfer": Text("转派", "transfer"),
    "keys_resolve": Text("到「解决」按钮，或打开它的对话框", "to the button Resolve, or its dialog"),
    "keys_contact": Text("登记来电来访", "log a contact"),
    "keys_help": Text("这一页", "this list"),
    "keys_escape": Text("离开输入框，关闭对话框", "leave the field, close a dialog"),
}
