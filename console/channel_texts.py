"""The words of the page about channels, and of what a test of one finds; `shouwen doctor` says the same."""

from collections.abc import Mapping

from core.findings import Finding
from handoff.wording.texts import Texts
from handoff.wording.words.text import Text

CHANNELS: Mapping[str, Text] = {
    "nav_channels": Text("渠道", "Channels"),
    "channels_title": Text("渠道", "Channels"),
    "channels_hint": Text(
        "顾客从哪里来、每个渠道现在怎么样。变量写在 .env 或环境里，其余写在 config.yml，改完重启。",
        "Where customers come from, and how each channel does. Variables go into .env or the environment, all else into "
        "config.yml; restart after a change.",
    ),
    "channel_title_webchat": Text("网页聊天", "Web chat"),
    "channel_title_api": Text("HTTP 接口", "HTTP API"),
    "channel_title_telegram": Text("Telegram", "Telegram"),
    "channel_title_slack": Text("Slack 里的顾客", "Customers in Slack"),
    "channel_title_slack_desk": Text("Slack 工作台", "The desk in Slack"),
    "channel_about_webchat": Text(
        "由这台服务器直接提供：/chat，或网站里的挂件。",
        "Served by this very server: /chat, or the widget on your site.",
    ),
    "channel_about_api": Text(
        "给自家应用用，凭下面的令牌。", "For apps of your own, with a token from below."
    ),
    "channel_about_telegram": Text("一个机器人，私聊和群都行。", "One bot, in private chats and groups."),
    "channel_about_slack": Text(
        "顾客在 Slack 里私信应用，或在给顾客的频道里写。",
        "Customers write to the app, or in channels that are for them.",
    ),
    "channel_about_slack_desk": Text(
        "坐席在队列的频道里接单、回复。", "Agents take and answer tickets in the channels of queues."
    ),
    "channel_way_polling": Text("轮询", "polling"),
    "channel_way_webhook": Text("webhook", "webhook"),
    "channel_way_socket": Text("Socket Mode", "Socket Mode"),
    "channel_way_https": Text("https 回调", "https"),
    # How it does
    "channel_state_fine": Text("正常", "Fine"),
    "channel_state_trouble": Text("出问题了", "Trouble"),
    "channel_state_silent": Text("没有消息", "Silent"),
    "channel_state_off": Text("未启用", "Off"),
    "channel_wire_telegram.receive": Text("接收", "Receiving"),
    "channel_wire_telegram.send": Text("发送", "Sending"),
    "channel_wire_slack.receive": Text("接收", "Receiving"),
    "channel_wire_slack.send": Text("发送给顾客", "Sending to customers"),
    "channel_wire_slack.call": Text("调用 Slack", "Calling Slack"),
    "channel_since": Text("{ago}起", "since {ago}"),
    "channel_since_now": Text("刚刚变化", "since a moment ago"),
    "channel_silent_since": Text("最后一次有动静：{ago}", "last sign of life {ago}"),
    "channel_never_seen": Text("还没有进程报告过", "no process has told of it yet"),
    "channel_just_now": Text("刚刚", "just now"),
    "channel_ago": Text("{span}前", "{span} ago"),
    "channel_not_lately": Text("最近没有", "not lately"),
    "channel_last_error": Text("最近一次错误，{ago}：{error}", "Last error, {ago}: {error}"),
    "channel_no_reason": Text("没有给出原因", "no reason given"),
    "channel_last_in": Text("最近收到", "Last message in"),
    "channel_last_out": Text("最近发出", "Last message out"),
    "channel_waiting": Text("等待发送", "Waiting to be sent"),
    "channel_buried": Text("一天内放弃的", "Given up within a day"),
    "channel_buried_list": Text("放弃了哪些", "Which were given up"),
    "channel_buried_open": Text("看会话", "Read the conversation"),
    "channel_wants": Text("要启用，请设置：", "To use it, set:"),
    "channel_wants_token": Text("在下面建一个令牌就启用了。", "Make a token below, and it is on."),
    "channel_mend_silent": Text(
        "看看负责它的进程在不在跑：发送和轮询由 sender 负责。",
        "Look whether the process that has it runs: sending and polling is for the role sender.",
    ),
    "channel_mend_telegram.receive": Text(
        "点“测试”看原因。常见：令牌换了，另一个程序也在收，webhook 地址 Telegram 打不开。",
        "Press Test to see why. Often: the token was changed, another program receives, or Telegram cannot reach the webhook.",
    ),
    "channel_mend_telegram.send": Text(
        "消息没丢，会自动重发。点“测试”看令牌和网络。",
        "Nothing is lost, it is sent again by itself. Press Test to look at the token and the network.",
    ),
    "channel_mend_slack.receive": Text(
        "点“测试”看原因。Socket Mode 检查 SLACK_APP_TOKEN，https 检查签名密钥和回调地址。",
        "Press Test to see why. For Socket Mode check SLACK_APP_TOKEN, for https the signing secret and the request URL.",
    ),
    "channel_mend_slack.send": Text(
        "消息没丢，会自动重发。点“测试”看令牌和权限。",
        "Nothing is lost, it is sent again by itself. Press Test to look at the token and its scopes.",
    ),
    "channel_mend_slack.call": Text(
        "点“测试”看令牌、权限和频道。", "Press Test to look at the token, its scopes and the channels."
    ),
    # The test
    "channel_test": Text("测试", "Test"),
    "channel_test_of": Text("测试{title}", "Test {title}"),
    "channel_tested_fine": Text("测试通过。", "The test went well."),
    "channel_tested_warning": Text("能用，但有要留意的。", "It works, with something to look at."),
    "channel_tested_broken": Text("测试没通过。", "The test failed."),
    "channel_only_admins": Text(
        "测试、建立和撤销令牌由管理员来做。", "Testing, and making and revoking tokens, is for admins."
    ),
    "grade_fine": Text("正常", "Fine"),
    "grade_warning": Text("留意", "Look at this"),
    "grade_broken": Text("要处理", "To mend"),
    # What is found
    "found_config": Text("{error}", "{error}"),
    "found_slow": Text(
        "{seconds} 秒内没有回答。检查网络，稍后再试。",
        "no answer within {seconds} s. Check the network, and try again",
    ),
    "found_webchat_fine": Text(
        "一位测试访客连上了，页面在 /chat。", "a visitor was let in for a try; the page is /chat"
    ),
    "found_webchat_away": Text(
        "聊天没有接待测试访客：{error}。重启 web 进程，再看日志。",
        "the chat did not let a visitor in: {error}. Restart the web process, and look into its log",
    ),
    "found_feed_away": Text(
        "消息流没有回应：{error}。检查数据库；不行就重启 web 进程。",
        "the feed does not answer: {error}. Check the database, or restart the web process",
    ),
    "found_api_fine": Text(
        "数据库和消息流都有回应；应用用下面的令牌。", "the database and the feed answer; apps use a token"
    ),
    "found_api_no_token": Text(
        "还没有令牌，没有应用能进来。在这一页建一个，或执行 shouwen token add 名字。",
        "no app has a token yet. Make one on this page, or run: shouwen token add NAME",
    ),
    "found_telegram_name": Text("@{name}", "@{name}"),
    "found_telegram_away": Text(
        "{error}。检查网络和 TELEGRAM_API_URL，或从 @BotFather 重新复制令牌。",
        "{error}. Check the network and TELEGRAM_API_URL, or copy the token from @BotFather again",
    ),
    "found_telegram_webhook": Text(
        "Telegram 还在往 {url} 送消息，这里收不到。sender 进程启动时会取消它；若那是您另外的程序，只留一个。",
        "Telegram hands messages over to {url}, and nothing comes here. A sender removes that when it starts; if it is "
        "another program of yours, keep one of them",
    ),
    "found_telegram_no_webhook": Text(
        "Telegram 的 webhook 是 {url}，应当是 {wanted}。重启 web 进程会重新登记。",
        "Telegram hands over to {url} instead of {wanted}. Restart the web process: it registers the webhook",
    ),
    "found_telegram_hook_failed": Text(
        "Telegram 送不到我们的 webhook：{error}。从外面打开 PUBLIC_URL 看看证书和代理。",
        "Telegram cannot hand over to our webhook: {error}. Open PUBLIC_URL from outside; look at certificate and proxy",
    ),
    "found_telegram_waiting": Text(
        "有 {count} 条消息在 Telegram 那边等着。看看接收的进程在不在跑。",
        "messages waiting at Telegram: {count}. Look whether the process that receives runs",
    ),
    "found_slack_fine": Text("权限和频道都没问题", "scopes and channels are in order"),
    "found_slack_no_token": Text(
        "channels.slack 写了顾客在那里说话，但没有设置 SLACK_BOT_TOKEN：docs/slack.md",
        "channels.slack says that customers write there, but SLACK_BOT_TOKEN is not set: docs/slack.md",
    ),
    "found_slack_no_queue": Text(
        "没有队列有频道。设置 desk.slack.channels：docs/slack.md",
        "no queue has a channel. Set desk.slack.channels: docs/slack.md",
    ),
    "found_slack_no_way_in": Text(
        "收不到任何东西。设置 SLACK_APP_TOKEN（Socket Mode）或 SLACK_SIGNING_SECRET（https）",
        "nothing comes in. Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (https)",
    ),
    "found_slack_refused": Text(
        "令牌被拒绝（{error}）。重新复制：OAuth & Permissions → Bot User OAuth Token",
        "the token is refused ({error}). Copy it again: OAuth & Permissions → Bot User OAuth Token",
    ),
    "found_slack_away": Text(
        "{error}。检查网络和 SLACK_API_URL", "{error}. Check the network and SLACK_API_URL"
    ),
    "found_slack_scopes": Text(
        "缺少权限 {scopes}。在 OAuth & Permissions 里加上，然后重新安装应用",
        "the scopes {scopes} are missing. Add them under OAuth & Permissions, then reinstall",
    ),
    "found_slack_no_channel": Text(
        "频道 {channel}（{what_for}）：{error}。改正 {setting}；私有频道要先邀请应用进去",
        "the channel {channel} {what_for}: {error}. Correct {setting}, or, if it is private, invite the app there first",
    ),
    "found_slack_channel_unseen": Text(
        "没能查看频道 {channel}（{what_for}）：{error}",
        "the channel {channel} {what_for} could not be looked at: {error}",
    ),
    "found_slack_not_in": Text(
        "应用不在 #{channel} 里。在那里写：/invite @Shouwen",
        "the app is not in #{channel}. Write there: /invite @Shouwen",
    ),
    "found_slack_archived": Text(
        "#{channel} 已归档。给{what_for}另选一个", "#{channel} is archived. Choose another {what_for}"
    ),
    "found_of_queue": Text("队列 {queue}", "of the queue {queue}"),
    "found_for_customers": Text("顾客", "for customers"),
    "found_for_reports": Text("报告", "for reports"),
    # Tokens
    "tokens_title": Text("接口令牌", "API tokens"),
    "tokens_hint": Text(
        "一个令牌代表一个应用：它可以替自己的顾客发消息、读自己的会话、登记顾客的日期；看不到别的应用的顾客，也进不了控制台。",
        "A token stands for one app: it may send messages of its own customers, read its own conversations and keep dates of "
        "customers. It sees no other app’s customers, and does not open the console.",
    ),
    "tokens_name": Text("名字", "Name"),
    "tokens_made": Text("建立", "Made"),
    "tokens_made_by": Text("{day}，{who}", "{day} by {who}"),
    "tokens_used": Text("最近使用", "Last used"),
    "tokens_used_at": Text("{ago}用过", "used {ago}"),
    "tokens_never": Text("从未用过", "never used"),
    "tokens_none": Text("还没有令牌。", "There is no token yet."),
    "tokens_new": Text("新令牌的名字", "Name of the new token"),
    "tokens_new_hint": Text(
        "字母、数字、- 和 _，例如 web-shop", "letters, digits, - and _, for example web-shop"
    ),
    "tokens_make": Text("建立令牌", "Make a token"),
    "tokens_shown": Text(
        "{name} 的令牌，只显示这一次，现在就复制保存：",
        "The token of {name}. It is shown this once: copy it now.",
    ),
    "tokens_copy": Text("复制", "Copy"),
    "tokens_copied": Text("已复制", "Copied"),
    "tokens_revoke": Text("撤销", "Revoke"),
    "tokens_revoke_sure": Text(
        "{name} 从下一个请求起就会被拒绝。它的顾客和会话都保留；再建同名的令牌就能接着用。",
        "{name} is refused from its next request on. Its customers and conversations stay; a new token of this name has "
        "them again.",
    ),
    "tokens_revoke_yes": Text("确定撤销", "Revoke it"),
    "tokens_revoked": Text("已撤销 {name}。", "{name} is revoked."),
    "tokens_gone": Text(
        "没有叫 {name} 的令牌，可能已经撤销。", "There is no token {name}; it may be revoked already."
    ),
    "tokens_bad_name": Text(
        "名字只能用字母、数字、- 和 _，最多 {most} 个，例如 web-shop。",
        "Use up to {most} letters, digits, - and _, for example web-shop.",
    ),
    "tokens_taken": Text(
        "已经有叫 {name} 的令牌了，换个名字。", "There is a token {name} already; choose another name."
    ),
    "audit_what_token.add": Text("建立了接口令牌", "made an API token"),
    "audit_what_token.revoke": Text("撤销了接口令牌", "revoked an API token"),
}


def tell_finding(finding: Finding, t: Texts) -> str:
    """What was found, and how to mend it."""
    facts = dict(finding.facts)
    if "queue" in facts:  # of the desk, or none: for customers or reports
        is_report = facts["setting"].startswith("reports.")
        others = t("found_for_reports") if is_report else t("found_for_customers")
        facts["what_for"] = t("found_of_queue", queue=facts["queue"]) if facts["queue"] else others
    return t(f"found_{finding.code}", **facts)
