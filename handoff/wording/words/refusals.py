"""What an agent reads when an act is refused: `refused_` and the code of `handoff.refusals.Objection`."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

REFUSALS: Mapping[str, Text] = {
    "refused_state": Text(
        "工单 {number} 现在是“{state}”，这一步做不了。看一眼最新情况再决定。",
        "Ticket {number} is “{state}” now, so this cannot be done. Look at where it stands, then decide.",
    ),
    "refused_done": Text(
        "工单 {number} 已解决，现在由机器人接待这位顾客。还有事没办完，可以重新打开。",
        "Ticket {number} is resolved; the bot answers this customer again. Reopen it if something is left.",
    ),
    "refused_open": Text(
        "工单 {number} 已经是打开的，接着处理就好。", "Ticket {number} is open already; just go on with it."
    ),
    "refused_other_open": Text(
        "这位顾客已有打开的工单 {other}，请在那边接着处理。",
        "This customer has an open ticket already, {other}. Please go on there.",
    ),
    "refused_not_resolved": Text(
        "工单 {number} 现在是“{state}”，解决之后才能确认。",
        "Ticket {number} is “{state}”; only what is resolved can be confirmed.",
    ),
    "refused_no_incident": Text(
        "工单 {number} 不是突发事件。先在“分类”里改成突发事件，再写首报。",
        "Ticket {number} is no incident. Sort it as one first, then report it.",
    ),
    "refused_not_taken": Text(
        "请先接手工单 {number}，再做这一步。", "Take ticket {number} first, then do this."
    ),
    "refused_taken": Text(
        "{agent} 已先一步接手工单 {number}。您可以留内部备注，或从队列里接下一个。",
        "{agent} has taken ticket {number} already. Leave a note, or take the next one from the queue.",
    ),
    "refused_colleagues": Text(
        "工单 {number} 在 {agent} 手上。您可以留内部备注，或请对方转派给您。",
        "{agent} has ticket {number}. Leave a note, or ask them to transfer it to you.",
    ),
    "refused_has_it": Text("工单 {number} 已经在 {agent} 手上了。", "{agent} has ticket {number} already."),
    "refused_not_offered": Text(
        "工单 {number} 的转派已经结束：对方撤了回去，或已有人接受。",
        "The transfer of ticket {number} is over: somebody accepted it, or it lapsed.",
    ),
    "refused_offered_to": Text(
        "工单 {number} 是转给 {agent} 的，由对方决定。", "Ticket {number} is offered to {agent}, who decides."
    ),
    "refused_offered_to_queue": Text(
        "工单 {number} 是转给“{queue}”队列同事的。",
        "Ticket {number} is offered to colleagues of the queue “{queue}”.",
    ),
    "refused_not_first_owner": Text(
        "工单 {number} 的首问责任人是 {agent}，由首问责任人确认结果。",
        "{agent} is the first owner of ticket {number} and confirms the outcome.",
    ),
    "refused_not_supervisor": Text(
        "只有“{queue}”队列的主管能指派工单。您可以改用转派。",
        "Only a supervisor of the queue “{queue}” gives its tickets to others. Transfer it instead.",
    ),
    "refused_not_tier_setter": Text(
        "顾客等级由主管来改，请转告他们。",
        "A supervisor sets a customer’s tier; ask one of them.",
    ),
    "refused_not_author": Text(
        "只能改自己在这个工单里发的话。需要更正的话，请另发一条。",
        "Only your own messages in this ticket can be changed. To correct something else, send a message.",
    ),
    "refused_withdrawn": Text(
        "这条消息已经撤回了。要再说，请另发一条。",
        "This message has been taken back. Send a new one instead.",
    ),
    "refused_banned": Text("“{phrase}”：{why} 可以说：{better}", "“{phrase}”: {why} Better: {better}"),
    "refused_not_failed": Text("没有需要重发的消息了。", "There is nothing left to send again."),
    "refused_no_text": Text(
        "还没有内容，先写点什么。", "There is nothing to send yet; write something first."
    ),
    "refused_long_text": Text(
        "有 {count} 个字，一次最多 {most} 个，请分几次发。",
        "That is {count} characters; send at most {most} at a time.",
    ),
    "refused_many_files": Text(
        "一条消息最多带 {most} 个文件，这里有 {count} 个。什么都没有发出，请分几次发。",
        "One message takes at most {most} files; these are {count}. Nothing was sent; send them in turns.",
    ),
    "refused_large_files": Text(
        "文件一共 {size} MB，一条消息最多 {most} MB。什么都没有发出，请压缩一下、分几次发，或者发一个链接。",
        "The files have {size} MB together, and one message takes {most} MB. Nothing was sent: make them smaller, "
        "send them in turns, or send a link.",
    ),
    "refused_empty_file": Text(
        "「{file}」是空的。什么都没有发出，请重新选一次。",
        "“{file}” is empty. Nothing was sent; choose it again.",
    ),
    "refused_file_kind": Text(
        "「{file}」这种文件不能发给顾客（看的是内容，不是名字）。什么都没有发出。可以发：{kinds}。",
        "“{file}” cannot go to customers, by what is in it, whatever its name. Nothing was sent. These can: {kinds}.",
    ),
    "refused_note_files": Text(
        "文件只能发给顾客，备注里放不了。请去掉文件，或者贴一个链接。",
        "Files only go to customers, not into notes. Leave them out, or paste a link.",
    ),
    "file_kind_picture": Text("图片（JPEG、PNG、GIF、WebP）", "pictures (JPEG, PNG, GIF, WebP)"),
    "file_kind_pdf": Text("PDF", "PDF"),
    "file_kind_office": Text("Office 文档（不带宏）", "office documents without macros"),
    "file_kind_text": Text("纯文本", "plain text"),
    "file_kind_video": Text("视频（MP4、MOV）", "videos (MP4, MOV)"),
    "file_kind_zip": Text("ZIP 压缩包", "ZIP archives"),
    "refused_no_reason": Text(
        "请写一句理由，同事会看到。", "Please say why in a few words; colleagues see it."
    ),
    "refused_no_receiver": Text("请选一位同事或一个队列。", "Please choose a colleague or a queue."),
    "refused_yourself": Text("这是您自己，请选一位同事。", "This is you; please choose a colleague."),
    "refused_no_queue": Text(
        "没有“{queue}”这个队列了，请重新选一个。",
        "There is no queue “{queue}” any more; please choose another.",
    ),
    "refused_no_kind": Text("请选一项：这是什么事？", "Please choose what the ticket is about."),
    "refused_incident_class": Text(
        "突发事件要选一类或二类，其他类别不用选。",
        "An incident has a class, 1 or 2; other kinds have none. Please choose again.",
    ),
    "refused_no_category": Text(
        "没有这个归类了，请重新选一个。", "There is no such category any more; please choose another."
    ),
    "refused_no_tier": Text(
        "没有这个等级了，请重新选一个。", "There is no such tier any more; please choose another."
    ),
    "refused_long_tag": Text(
        "一个标签最多 {most} 个字。长的请写成内部备注。",
        "A tag has {most} characters at most; write a note for what is longer.",
    ),
    "refused_many_tags": Text(
        "一位顾客最多 {most} 个标签。先去掉用不着的。",
        "A customer has {most} tags at most; take some away that are of no use any more.",
    ),
    "refused_stage": Text(
        "投诉现在是「{stage}」，这一步还不能做，或已经做过了。",
        "The complaint is “{stage}”; this comes later, or is done already.",
    ),
    "refused_concerned": Text(
        "{agent} 是被投诉人，不能做这一步，请由同事来做。",
        "The complaint is about {agent}; a colleague has to do this.",
    ),
    "refused_handled": Text(
        "{agent} 经手过这件投诉，回访要由别的同事来做。",
        "{agent} has handled this; another colleague makes the visit.",
    ),
    "refused_not_proposer": Text(
        "投诉 {number} 的方案由负责人或调查人来提，请转告他们。",
        "The proposal in complaint {number} is for whoever has or investigates it; tell them what you have in mind.",
    ),
    "refused_investigated": Text(
        "{agent} 已经在调查了。请选 {agent}，或重新打开表单再看。",
        "{agent} is looking into it already. Choose them, or open the form again.",
    ),
    "refused_early_visit": Text(
        "工单 {number} 还没解决，解决之后再回访。",
        "Ticket {number} is not resolved yet; make the visit after that.",
    ),
    "refused_resolved_complaint": Text(
        "工单 {number} 已解决。先重新打开，再改成投诉。",
        "Ticket {number} is resolved. Reopen it, then sort it as a complaint.",
    ),
    "refused_still_complaint": Text(
        "投诉 {number} 已在「{stage}」，只有 {people} 能改成别的类型。",
        "Complaint {number} is “{stage}”; only {people} can say that it is none.",
    ),
    "refused_action_state": Text(
        "这项整改刚刚有了变化，这一步做不了。看一眼最新情况再决定。",
        "The corrective action has changed meanwhile, so this cannot be done. Look at where it stands, then decide.",
    ),
    "refused_others_action": Text(
        "这项整改由 {agent} 负责，做完由本人报告。", "This action is {agent}’s to do, and to report."
    ),
    "refused_own_action": Text(
        "做整改的人不能自己核实，请同事来看。",
        "Whoever did an action does not verify it; ask a colleague to look.",
    ),
    "refused_no_person": Text("没有这个人，请重新选择。", "There is no such person; choose again."),
    "refused_no_choice": Text("这一项也要选。", "Please choose this, too."),
    "refused_past_day": Text("期限要是今天或以后的日期。", "The date must be today or later."),
    "refused_otherwise": Text(
        "工单刚刚有了变化，这一步没有执行。看一眼最新情况再决定。",
        "The ticket has changed meanwhile, so this was not done. Look at where it stands, then decide.",
    ),
    "a_colleague": Text("同事", "a colleague"),
    "state_is_new": Text("等待接手", "waiting"),
    "state_is_assigned": Text("已派人", "assigned"),
    "state_is_in_progress": Text("处理中", "in progress"),
    "state_is_waiting": Text("等顾客回复", "waiting for the customer"),
    "state_is_resolved": Text("已解决", "resolved"),
    "state_is_closed": Text("已关闭", "closed"),
    "refused_spoken": Text(
        "工单 {number} 的顾客收不到消息。请打电话或当面说，再点「记录沟通」把说了什么记下来。",
        "The customer of ticket {number} gets no messages. Call them, then log what was said.",
    ),
    "refused_not_spoken": Text(
        "工单 {number} 的顾客收得到消息，直接回复就行。",
        "The customer of ticket {number} gets messages; just reply.",
    ),
    "refused_no_name": Text(
        "请写姓名，或者电话、邮箱，至少一样。", "Give a name, or a telephone number or an e-mail address."
    ),
    "refused_no_reach": Text(
        "这不像完整的电话或邮箱。座机请带区号，没有就留空。",
        "This is no whole telephone number or e-mail address. Add the area code, or leave it empty.",
    ),
    "refused_no_moment": Text(
        "这不是日期和时间，请重新选一次，或留空表示刚刚。",
        "This is no date and time. Choose it again, or leave it empty for now.",
    ),
    "refused_future": Text(
        "这个时间还没到，请填实际的时间。", "This has not come yet. Give the time when it was."
    ),
    "refused_long_ago": Text(
        "这是 {days} 天以前了，请看一眼日期对不对。", "This is more than {days} days ago. Is the date right?"
    ),
    "refused_answered_complaint": Text(
        "投诉答复过了也要按流程跟进：请选由您跟进，或交给队列。答复会一起记下。",
        "A complaint is followed up, also when it was answered: choose yourself or a queue. Your answer is kept.",
    ),
    "refused_no_username": Text(
        "用户名请用字母、数字和 . _ -，例如 wei。",
        "Use letters, digits and . _ - for the user name, for example: wei",
    ),
    "refused_username_taken": Text(
        "用户名 {username} 已经有人用了，请换一个。", "The user name {username} is taken. Choose another."
    ),
    "refused_no_email": Text(
        "这不像完整的邮箱，请改一下，或留空。",
        "This is no whole e-mail address. Mend it, or leave it empty.",
    ),
    "refused_email_taken": Text(
        "{email} 已经是{agent}的邮箱了，每人请用自己的。", "{email} is {agent}’s. Give each their own."
    ),
    "refused_short_password": Text(
        "密码至少要 {least} 个字符。用几个词连起来，好记又安全。",
        "The password needs at least {least} characters. A few words make a good one.",
    ),
    "refused_named_password": Text(
        "密码几乎就是用户名，请换一个。", "The password is little more than the user name. Choose another."
    ),
    "refused_wrong_password": Text(
        "现在的密码不对，请再试一次。", "That is not your present password. Please try again."
    ),
    "refused_last_admin": Text(
        "{agent}是最后一位能登录的管理员。请先让另一位同事当管理员。",
        "{agent} is the last admin who can sign in. Make somebody else an admin first.",
    ),
    "refused_left": Text(
        "{agent}的账号已停用。请选别人，或请管理员先恢复账号。",
        "{agent}’s account is deactivated. Choose somebody else, or ask an admin to reactivate it.",
    ),
    "refused_same_person": Text("这两位已经是同一位顾客了。", "These two are one customer already."),
    "refused_merged_since": Text(
        "其中一位后来又并入了别的顾客。请先撤销那次合并，或到那位顾客的页面操作。",
        "One of them was merged into another since. Undo that first, or go on there.",
    ),
    "refused_not_merged": Text("这次合并已经撤销了。", "This merge was undone already."),
}
