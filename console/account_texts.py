"""The texts of accounts, invitations and signing in, in Chinese and English."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

ACCOUNTS: Mapping[str, Text] = {
    "nav_accounts": Text("人员", "People"),
    # Everybody's accounts
    "accounts_title": Text("人员", "People"),
    "accounts_hint": Text(
        "谁能登录、能做什么。每次改动都记在操作日志里。",
        "Who may sign in, and what they may do. Every change is in the audit log.",
    ),
    "accounts_person": Text("姓名", "Name"),
    "accounts_role": Text("角色", "Role"),
    "accounts_way": Text("登录方式", "Signs in with"),
    "accounts_seen": Text("最近在线", "Last seen"),
    "accounts_state": Text("状态", "State"),
    "accounts_never": Text("还没来过", "never"),
    "accounts_none": Text("还没有人。先邀请一位同事。", "Nobody yet. Invite a colleague."),
    "accounts_back": Text("全部人员", "Everybody"),
    "way_password": Text("密码", "Password"),
    "way_openid": Text("OpenID Connect", "OpenID Connect"),
    "way_demo": Text("演示登录", "Demo sign-in"),
    "way_none": Text("还没有", "Nothing yet"),
    "account_is_active": Text("正常", "Active"),
    "account_is_invited": Text("已邀请", "Invited"),
    "account_is_lapsed": Text("无法登录", "No way in"),
    "account_is_demo": Text("演示", "Demo"),
    "account_is_left": Text("已停用", "Deactivated"),
    "invite": Text("邀请同事", "Invite somebody"),
    "invite_do": Text("生成邀请链接", "Make the link"),
    "invite_hint": Text(
        "会得到一个一次性链接，7 天内有效。发给本人，由本人完成登录设置。",
        "You get a link that works once, within 7 days. Send it to them: they choose by themselves how they sign in.",
    ),
    "account_name": Text("姓名", "Name"),
    "account_name_hint": Text("顾客看到的名字", "As customers see it"),
    "account_username_hint": Text(
        "登录用，例如 wei；以后不能改。", "To sign in with, for example wei. It stays."
    ),
    "account_email": Text("邮箱", "E-mail"),
    "account_email_hint": Text(
        "用{provider}第一次登录时按它认人；可以留空。",
        "By it somebody is known who comes with {provider} for the first time. May be empty.",
    ),
    "invited_title": Text("把这个链接发给{name}", "Send this link to {name}"),
    "invited_once": Text(
        "链接只显示这一次，{until} 前有效，用过一次就失效。拿到它的人就能以{name}的身份登录，请只发给本人。",
        "It is shown only now, works once, and until {until}. Whoever has it comes in as {name}: send it to nobody "
        "else.",
    ),
    "invited_link": Text("邀请链接", "Invitation link"),
    "copy": Text("复制", "Copy"),
    "copied": Text("已复制", "Copied"),
    "account_save": Text("保存", "Save"),
    "account_done_saved": Text("已保存。", "Saved."),
    "account_invite_again": Text("重新邀请", "Invite again"),
    "account_invite_again_hint": Text(
        "忘了密码或链接过期时用：生成新链接，本人重新设置密码；旧链接立即失效。",
        "For a forgotten password or a link that has ended: with a new one they set another password. The old link "
        "works no more.",
    ),
    "account_open_link": Text(
        "有一个邀请链接，{until} 前有效。", "There is an invitation link until {until}."
    ),
    "account_revoke": Text("撤销邀请链接", "Revoke the link"),
    "account_done_revoked": Text("邀请链接已失效。", "The link works no more."),
    "account_sign_out": Text("退出所有登录", "Sign out everywhere"),
    "account_sign_out_hint": Text(
        "所有浏览器和设备上的登录立即结束，需要重新登录。",
        "All sessions end at once, in every browser, and have to sign in again.",
    ),
    "account_done_signed_out": Text("所有登录都已结束。", "All sessions have ended."),
    "account_deactivate": Text("停用账号", "Deactivate"),
    "account_deactivate_hint": Text(
        "立即退出，不能再登录，也不再分到或接到工单，Slack 里也不能操作。手上的工单留着，请主管转给别人。",
        "They are signed out, cannot sign in, get no tickets by routing or transfer, and cannot act from Slack. What "
        "they have stays theirs until a supervisor gives it to somebody.",
    ),
    "account_done_deactivated": Text("账号已停用。", "The account is deactivated."),
    "account_reactivate": Text("恢复账号", "Reactivate"),
    "account_reactivate_hint": Text("用原来的方式登录。", "They sign in as they did before."),
    "account_done_reactivated": Text("账号已恢复。", "The account is active again."),
    "account_holds": Text("手上的工单", "Tickets they have"),
    "account_holds_left": Text(
        "{name}已停用，这些工单还在名下。请主管打开后转给别人。",
        "{name} has left and still has these. A supervisor opens each and gives it to somebody.",
    ),
    "account_gone": Text("没有这个人，可能是链接不完整。", "There is nobody with this address. Is it whole?"),
    # One's own account
    "my_account": Text("我的账号", "My account"),
    "my_language": Text("语言", "Language"),
    "my_password": Text("修改密码", "Change your password"),
    "my_password_old": Text("现在的密码", "Your present password"),
    "my_password_new": Text("新密码", "New password"),
    "my_password_hint": Text(
        "至少 {least} 个字符，不能是用户名。改好后其他登录都会结束。",
        "At least {least} characters, and not your user name. Your other sessions end.",
    ),
    "my_password_saved": Text(
        "密码已修改，其他登录都已结束。", "Your password is changed, and your other sessions have ended."
    ),
    "my_sign_out_hint": Text(
        "在公用电脑上忘了退出？这会结束所有登录，包括这里。",
        "Forgot to sign out somewhere? This ends all your sessions, this one too.",
    ),
    # An invitation, as the invited see it
    "invitation_title": Text("欢迎加入", "Welcome"),
    "invitation_for": Text("{name}（{username}）", "{name} ({username})"),
    "invitation_role": Text("您的角色：{role}", "Your role: {role}"),
    "invitation_until": Text("链接在 {until} 前有效，只能用一次。", "This link works once, until {until}."),
    "invitation_set_up": Text("创建第一个管理员", "Make the first admin"),
    "invitation_set_up_hint": Text(
        "还没有人能登录。请给自己建一个账号，之后在「人员」里邀请同事。",
        "Nobody can sign in yet. Make an account for yourself; then invite colleagues under “People”.",
    ),
    "invitation_password": Text("设置密码", "Choose a password"),
    "invitation_password_hint": Text(
        "至少 {least} 个字符，不能是用户名。", "At least {least} characters, and not your user name."
    ),
    "invitation_accept": Text("设置并进入", "Set it and enter"),
    "invitation_openid": Text("用{provider}继续", "Continue with {provider}"),
    "invitation_once": Text("进入控制台", "Enter"),
    "invitation_once_hint": Text(
        "这里不用密码登录；管理员可以凭这个链接进来一次。",
        "Here one does not sign in with a password; this link lets an admin in once.",
    ),
    "invitation_gone_title": Text("链接已失效", "This link works no more"),
    "invitation_gone": Text(
        "它用过了、过期了（7 天）或被新链接取代了。设置过密码就直接登录；否则请管理员重新邀请您。",
        "It was used, has ended after 7 days, or was replaced. If you have set a password, sign in with it; "
        "otherwise ask an admin to invite you again.",
    ),
    # The sign-in page
    "sign_in_openid": Text("用{provider}登录", "Sign in with {provider}"),
    "sign_in_set_up": Text(
        "还没有任何账号。打开 shouwen run 启动时打印的设置链接，或执行 shouwen user invite 用户名 --role admin。",
        "There are no accounts yet. Open the set-up link that shouwen run has printed, or run: "
        "shouwen user invite NAME --role admin",
    ),
    "sign_in_openid_only": Text(
        "这里不用密码登录，请用上面的按钮。",
        "Here one does not sign in with a password: use the button above.",
    ),
    "sign_in_left": Text(
        "这个账号已停用。如果弄错了，请联系管理员恢复。",
        "This account is deactivated. If that is a mistake, ask an admin to reactivate it.",
    ),
    # What may stand against signing in by way of a provider
    "openid_title": Text("没有登录成功", "You are not signed in"),
    "openid_again": Text("再试一次", "Try again"),
    "openid_back": Text("回到登录页", "Back to the sign-in page"),
    "openid_down": Text(
        "{provider}的登录服务现在连不上。过几分钟再试；一直不行就告诉管理员。",
        "The server of {provider} does not answer. Try again in a few minutes; if it stays so, tell an admin.",
    ),
    "openid_misconfigured": Text(
        "{provider}的登录设置不对。请管理员执行 shouwen doctor，并核对 OIDC_ISSUER。",
        "Signing in with {provider} is not set up right. Ask an admin to run shouwen doctor, and to check OIDC_ISSUER.",
    ),
    "openid_refused": Text(
        "{provider}没有确认这次登录。再试一次；还是不行，请管理员核对 OIDC_CLIENT_ID、OIDC_CLIENT_SECRET 和回调地址。",
        "{provider} has not confirmed it. Try again; if it stays so, ask an admin to check OIDC_CLIENT_ID, "
        "OIDC_CLIENT_SECRET and the redirect address.",
    ),
    "openid_declined": Text(
        "您在登录页上取消了，或{provider}不允许您使用这里。",
        "You cancelled there, or {provider} does not let you use this.",
    ),
    "openid_untrusted": Text(
        "收到的登录凭证无法确认是{provider}签发给这里的，没有采用。再试一次；还是不行，请告诉管理员。",
        "What came back cannot be trusted to be of {provider}, and for us. Try again; if it stays so, tell an admin.",
    ),
    "openid_clock": Text(
        "登录凭证的时间不对。再试一次；还是不行，请管理员校准服务器的时钟。",
        "What came back is of another time. Try again; if it stays so, ask an admin to set the server’s clock.",
    ),
    "openid_stale": Text(
        "这次登录等得太久，或不是从这个浏览器开始的。请重新登录。",
        "It took too long, or was not begun in this browser. Please begin again.",
    ),
    "openid_stranger": Text(
        "{email} 在这里还没有账号。请管理员在「人员」里用这个邮箱邀请您。",
        "{email} has no account here yet. Ask an admin to invite you with this address under “People”.",
    ),
    "openid_no_email": Text(
        "{provider}没有给出已验证的邮箱，认不出您是谁。请管理员发一个邀请链接，从链接进来。",
        "{provider} tells no verified e-mail address by which you are known. Ask an admin for an invitation link, and "
        "come in by it.",
    ),
    "openid_left": Text(
        "您在这里的账号已停用。如果弄错了，请联系管理员恢复。",
        "Your account here is deactivated. If that is a mistake, ask an admin to reactivate it.",
    ),
    "openid_other": Text(
        "{email} 的账号绑定的是{provider}的另一个人。如果确实是您，请管理员重新邀请您。",
        "The account of {email} belongs to somebody else at {provider}. If it is yours, ask an admin to invite you "
        "again.",
    ),
    "openid_taken": Text(
        "您在这里已经有另一个账号了，这个邀请是给别人的。请直接登录。",
        "You have another account here, and this invitation is for somebody else. Sign in without it.",
    ),
    "openid_no_invitation": Text(
        "邀请链接已失效。设置过就直接登录，否则请管理员重新邀请您。",
        "The invitation works no more. If you came by it before, just sign in; otherwise ask an admin for another.",
    ),
    # The audit log
    "audit_what_user.role": Text("改了角色", "changed a role"),
    "audit_what_user.change": Text("改了账号", "changed an account"),
    "audit_what_user.invite": Text("邀请了", "invited"),
    "audit_what_user.revoke": Text("撤销了邀请", "revoked an invitation"),
    "audit_what_user.accept": Text("接受了邀请", "accepted an invitation"),
    "audit_what_user.password": Text("改了密码", "changed their password"),
    "audit_what_user.sign_out": Text("结束了所有登录", "ended all sessions"),
    "audit_what_user.deactivate": Text("停用了账号", "deactivated an account"),
    "audit_what_user.reactivate": Text("恢复了账号", "reactivated an account"),
    "audit_what_user.openid": Text("绑定了 OpenID 身份", "came by OpenID Connect"),
}
