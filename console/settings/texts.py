"""The words of the settings' pages."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

SETTINGS: Mapping[str, Text] = {
    "settings_title": Text("设置", "Settings"),
    "settings_hint": Text(
        "这里改的保存后几秒内就生效，不用重启。没在这里改的，按 config.yml；config.yml 也没写的，按出厂默认。",
        "What is changed here is in force within seconds, without a restart. The rest is as config.yml says, or as shipped.",
    ),
    "settings_parts": Text("设置的各部分", "Parts of the settings"),
    "settings_none": Text("没有这一页。请从「设置」进入。", "There is no such page. Begin at Settings."),
    "settings_part_overview": Text("总览", "Overview"),
    "settings_part_queues": Text("队列", "Queues"),
    "settings_part_people": Text("人员", "People"),
    "settings_part_hours": Text("时间与例外", "Hours"),
    "settings_part_standards": Text("时限标准", "Standards"),
    "settings_part_care": Text("评价与回访", "Surveys and care"),
    "settings_part_categories": Text("分类", "Categories"),
    "settings_about_queues": Text(
        "队列的名称、成员、负责人、技能、时间，以及什么事进哪个队列。",
        "Their names, people, owners, skills and hours, and what goes into which.",
    ),
    "settings_about_people": Text(
        "每个人的技能、语言、接待量和班次，主管和经理是谁。",
        "Skills, languages, room and shifts of each, and who supervises.",
    ),
    "settings_about_hours": Text(
        "每周的营业时间、法定节假日、您自己的例外。",
        "Opening hours by weekday, public holidays, days of your own.",
    ),
    "settings_about_standards": Text(
        "接手、响应、解决要在多久之内，分三级。",
        "By when tickets are taken, answered, resolved; three tiers.",
    ),
    "settings_about_care": Text(
        "满意度调查、投诉跟进、关怀回访、可发的文件。",
        "Surveys, how complaints are followed up, care visits, files.",
    ),
    "settings_about_categories": Text(
        "结案时选的分类。", "What a resolved ticket was about, to choose from."
    ),
    "settings_unchanged": Text("没有在这里改过", "nothing changed here"),
    "settings_changed_count": Text("这里改了 {count} 处", "{count} changed here"),
    "settings_read_only": Text("您可以查看；要改动，请找管理员。", "You may look; an admin makes changes."),
    "settings_saved": Text(
        "已保存，几秒内在所有进程生效。", "Saved. It is in force everywhere within seconds."
    ),
    "settings_save": Text("保存", "Save"),
    "settings_add": Text("添加", "Add"),
    "settings_remove": Text("删除", "Remove"),
    "settings_back": Text("恢复 config.yml 的值", "Back to config.yml"),
    "settings_undo": Text("撤销这里的改动", "Undo the change"),
    "settings_restore": Text("恢复", "Restore"),
    "settings_gone": Text("在这里删掉的", "Removed here"),
    "settings_from_here": Text("在这里改的：{who}，{when}", "changed here by {who}, {when}"),
    "settings_from_config": Text("来自 config.yml", "from config.yml"),
    "settings_from_shipped": Text("出厂默认", "as shipped"),
    "settings_unset": Text("没有设置", "not set"),
    "settings_config_says": Text("config.yml 的值：{value}", "config.yml says: {value}"),
    "settings_shipped_is": Text("出厂默认：{value}", "shipped: {value}"),
    "settings_says_nothing": Text("没写", "nothing"),
    "settings_not_saved": Text("没有保存。请看标红的地方。", "Not saved. See what is marked in red."),
    "settings_overtaken": Text(
        "您打开之后，别人先保存了。两边不同的，对方的值写在您的下面；再按一次保存，就以您的为准。",
        "Somebody else saved after you had opened this. Where you differ, theirs stands below yours; save again to have yours.",
    ),
    "settings_theirs": Text("对方保存的：{value}", "They saved: {value}"),
    "settings_left_out": Text("没有生效的改动", "Changes that are left out"),
    "settings_left_out_hint": Text(
        "config.yml 改过以后，下面这些和它对不上了，先不用。改成合适的值，或恢复 config.yml 的值。",
        "config.yml has changed, and these do not fit it any more. Change them, or go back to what config.yml says.",
    ),
    "settings_wanted": Text("原来想改成：{value}", "was to be: {value}"),
    "settings_strangers": Text("没有账号的用户名", "User names without an account"),
    "settings_stranger": Text(
        "{name} 没有账号，派不到单。请核对，或先添加账号。",
        "{name} has no account and gets nothing. Check the name, or add the account.",
    ),
    "settings_tickets": Text("未办完 {count} 单", "{count} open"),
    "settings_id": Text("标识", "Id"),
    "settings_id_hint": Text(
        "小写字母开头，只用小写字母、数字、- 和 _；以后不能改。",
        "Begins with a small letter; small letters, digits, - and _. It stays for good.",
    ),
    "settings_date": Text("日期", "Date"),
    "settings_title_zh": Text("中文名", "Name in Chinese"),
    "settings_title_en": Text("英文名", "Name in English"),
    "settings_language_zh": Text("中文", "Chinese"),
    "settings_language_en": Text("英文", "English"),
    # Queues
    "settings_routes": Text("什么事进哪个队列", "What goes where"),
    "settings_routes_hint": Text(
        "知识库条目里写明队列的，按条目。", "An entry of the knowledge base that names a queue goes before."
    ),
    "settings_route_default": Text("默认队列", "the default queue"),
    "settings_field_default_queue": Text("默认队列", "Default queue"),
    "settings_queue_new": Text("添加队列", "Add a queue"),
    "settings_queue_hours": Text("这个队列自己的时间", "Hours of its own"),
    "settings_part_members": Text("成员", "Members"),
    "settings_part_owner": Text("负责人", "Owner"),
    "settings_part_supervisor": Text("主管", "Supervisor"),
    "settings_part_skills": Text("技能", "Skills"),
    "settings_hint_members": Text(
        "用户名，用逗号分开；空着就是所有人。", "User names, separated by commas; empty: everybody."
    ),
    "settings_hint_owner": Text(
        "还没有人接手时，这张单归谁管。", "Answers for a ticket that nobody has taken yet."
    ),
    "settings_hint_supervisor": Text(
        "超时了告诉谁；空着就告诉「人员」页里的主管。",
        "Is told when a deadline has passed; empty: the supervisors of the page People.",
    ),
    "settings_hint_queue_skills": Text(
        "接单的人要会什么，用逗号分开。", "What whoever gets its tickets has to know, separated by commas."
    ),
    "settings_in_use": Text("还有 {count} 单没办完，删不掉：", "Open tickets in it: {count}. So it stays:"),
    "settings_see_tickets": Text("看看是哪些，转到别的队列", "see them, and transfer them to another queue"),
    # People
    "settings_leaders": Text("主管与经理", "Supervisors and managers"),
    "settings_leaders_hint": Text(
        "这里的主管管没有自己主管的队列；超时很久、重大事件，告诉经理。",
        "Supervisors of queues that name none; managers hear of grave incidents and of deadlines long passed.",
    ),
    "settings_field_supervisors": Text("主管（用户名）", "Supervisors (user names)"),
    "settings_field_managers": Text("经理（用户名）", "Managers (user names)"),
    "settings_field_away_after_minutes": Text(
        "多少分钟没动静算离开", "Minutes without a sign of life until away"
    ),
    "settings_part_languages": Text("会的语言", "Languages"),
    "settings_part_capacity": Text("同时最多几单", "Tickets at once"),
    "settings_hint_skills": Text("用逗号分开。", "Separated by commas."),
    "settings_hint_languages": Text("一个都不选，就是都会。", "None chosen: all."),
    "settings_hint_capacity": Text(
        "等顾客回复的不算；空着是 5。", "Those that wait for customers do not count; empty: 5."
    ),
    "settings_shifts": Text(
        "班次（都空着：自己说上班就上班）", "Shifts (all empty: whenever they say that they are on duty)"
    ),
    # Hours
    "settings_hours": Text("营业时间", "Opening hours"),
    "settings_hours_hint": Text(
        "按店铺所在时区。承诺的工作时间按这里算；改了以后，没办完的工单马上按新的重算。",
        "In the shop’s time zone. Working time is counted by them; deadlines of open tickets follow a change at once.",
    ),
    "settings_week": Text("每周", "Every week"),
    "settings_windows_hint": Text(
        "写成 09:00-12:00, 13:00-18:00；空着就是不上班。",
        "As 09:00-12:00, 13:00-18:00; empty: closed.",
    ),
    "settings_day_mon": Text("周一", "Mon"),
    "settings_day_tue": Text("周二", "Tue"),
    "settings_day_wed": Text("周三", "Wed"),
    "settings_day_thu": Text("周四", "Thu"),
    "settings_day_fri": Text("周五", "Fri"),
    "settings_day_sat": Text("周六", "Sat"),
    "settings_day_sun": Text("周日", "Sun"),
    "settings_field_holidays": Text("放哪里的法定节假日", "Public holidays of"),
    "settings_holidays_hint": Text(
        "如 CN（连调休一起算）、US、DE-BY；空着就不放。",
        "Such as CN (with its make-up days), US, DE-BY; empty: none.",
    ),
    "settings_exception_new": Text("添加例外", "Add an exception"),
    "settings_open": Text("开放时间", "Open"),
    "settings_open_hint": Text(
        "写成 10:00-16:00；空着就是当天休息。例外比节假日和每周时间都优先。",
        "As 10:00-16:00; empty: closed. An exception goes before holidays and the week.",
    ),
    "settings_exception": Text("例外", "exception"),
    "settings_made_up": Text("调休上班", "make-up day"),
    "settings_closed": Text("休息", "closed"),
    "settings_calendar": Text("{month} 的工作日历", "The working calendar of {month}"),
    "settings_calendar_year": Text("{year} 年和平时不一样的日子", "Days of {year} that are not like others"),
    "settings_earlier": Text("上个月", "Earlier"),
    "settings_later": Text("下个月", "Later"),
    "settings_year_none": Text("没有。", "None."),
    # Standards
    "settings_standards_hint": Text(
        "改了以后，没办完的工单马上按新标准重算时限，记在工单的经过里；已经提醒过、超时的不会再来一遍。空着的按出厂默认，增值标准空着的按基本标准。",
        "Deadlines of all open tickets follow a change at once, and the tickets’ histories say so; "
        "what was warned of is not warned of again. "
        "Empty: as shipped, or in the value-added standard as in the basic one.",
    ),
    "settings_tier_basic": Text("基本标准", "Basic standard"),
    "settings_tier_value_added": Text("增值标准", "Value-added standard"),
    "settings_tier_value_added_hint": Text(
        "只写比基本标准更快的。", "Say only what is quicker than the basic standard."
    ),
    "settings_tier_emergency": Text("应急标准", "Emergency standard"),
    "settings_field_complaints_follow_up": Text("投诉解决后多久回访", "Follow-up visit of a complaint after"),
    "settings_field_standards_customer_tiers": Text(
        "哪些等级的顾客有增值标准", "Tiers of customers who have it"
    ),
    "settings_unit": Text("单位", "Unit"),
    "settings_unit_m": Text("分钟", "minutes"),
    "settings_unit_h": Text("小时", "hours"),
    "settings_unit_d": Text("天", "days"),
    "settings_basis": Text("按什么时间算", "Which time counts"),
    "settings_basis_working": Text("工作时间", "working"),
    "settings_basis_calendar": Text("自然时间", "calendar"),
    # Surveys, complaints, care, files
    "settings_surveys": Text("满意度调查", "Surveys"),
    "settings_field_surveys_every": Text("同一位顾客至少隔多久才再问", "No customer is asked again within"),
    "settings_field_surveys_nps_share": Text(
        "改问是否愿意推荐的比例", "Share asked whether they would recommend you"
    ),
    "settings_share_hint": Text("0 到 1，如 0.1 是一成。", "From 0 to 1; 0.1 is one in ten."),
    "settings_field_surveys_skip": Text("哪些工单不问", "Kinds of tickets that are not asked about"),
    "settings_complaints": Text("投诉跟进", "Complaints"),
    "settings_field_complaints_visit_tries": Text(
        "回访联系不上，最多试几次", "Tries until a visit is given up"
    ),
    "settings_field_complaints_remind_days": Text(
        "整改到期前几天提醒", "Days before an action’s date to remind"
    ),
    "settings_field_complaints_verify_days": Text(
        "整改做完后几天内核实", "Days within which an action is verified"
    ),
    "settings_care": Text("关怀回访", "Care visits"),
    "settings_field_care_every": Text("同一位顾客至少隔多久", "No customer is visited again within"),
    "settings_plan_after_purchase": Text("回访计划：购买之后", "Visit after a purchase"),
    "settings_plan_birthday": Text("回访计划：生日", "Visit on a birthday"),
    "settings_plan_renewal": Text("回访计划：会员到期前", "Visit before a renewal"),
    "settings_part_after_months": Text("购买后几个月", "Months after it"),
    "settings_part_before_days": Text("到期前几天", "Days before it"),
    "settings_hint_numbers": Text("数字，用逗号分开，如 1, 4, 7。", "Numbers, separated by commas: 1, 4, 7."),
    "settings_visit_zh": Text("中文内容", "Text in Chinese"),
    "settings_visit_en": Text("英文内容", "Text in English"),
    "settings_visit_hint": Text(
        "{name} 会换成顾客的称呼。都空着就没有这个计划。",
        "{name} becomes the customer’s name. All empty: there is no such plan.",
    ),
    "settings_files": Text("坐席可以发的文件", "Files that agents send"),
    "settings_field_files_most_megabytes": Text("一条消息最多多少 MB", "Megabytes of one message, at most"),
    "settings_field_files_kinds": Text("哪些文件", "Kinds"),
    "settings_category_new": Text("添加分类", "Add a category"),
    # Mistakes
    "settings_bad_missing": Text("请填写。", "Fill this in."),
    "settings_bad_name": Text("请先填标识或日期。", "Fill in the id or the date first."),
    "settings_bad_taken": Text(
        "{given} 已经有了，直接改它就行。", "{given} exists already; change that one."
    ),
    "settings_bad_none_chosen": Text("至少要有一个。", "There has to be at least one."),
    "settings_bad_too_long": Text("太长了，最多 {limit} 个字。", "Too long; at most {limit} characters."),
    "settings_bad_too_much": Text("最多是 {limit}。", "At most {limit}."),
    "settings_bad_too_little": Text("最少是 {limit}。", "At least {limit}."),
    "settings_bad_no_number": Text(
        "这里要填数字，不能是「{given}」。", "This has to be a number, not “{given}”."
    ),
    "settings_bad_no_id": Text(
        "标识「{given}」不行：小写字母开头，只用小写字母、数字、- 和 _。",
        "“{given}” is no id: begin with a small letter; small letters, digits, - and _.",
    ),
    "settings_bad_no_day": Text("没有「{given}」这一天。", "There is no day “{given}”."),
    "settings_bad_not_known": Text(
        "不认识「{given}」，请从列出的里面选。", "“{given}” is not known; choose one of those offered."
    ),
    "settings_bad_no_queue": Text(
        "没有队列「{queue}」。可选：{queues}。", "There is no queue “{queue}”. Choose one of: {queues}."
    ),
    "settings_bad_in_use": Text(
        "还有 {count} 单没办完，删不掉。先办完，或转到别的队列。",
        "Open tickets in it: {count}. Resolve them, or transfer them to another queue, and remove it then.",
    ),
    "settings_bad_window": Text(
        "「{given}」不是一段时间，写成 09:00-21:00。",
        "“{given}” is no stretch of the day; write 09:00-21:00.",
    ),
    "settings_bad_no_time": Text(
        "「{given}」里有不存在的时间，用 00:00 到 24:00。",
        "“{given}” holds a time that does not exist; use 00:00 to 24:00.",
    ),
    "settings_bad_backwards": Text(
        "「{given}」结束得比开始早；跨夜的请拆到两天。",
        "“{given}” ends before it starts; split a night into two days.",
    ),
    "settings_bad_country": Text(
        "没有「{given}」的节假日，写成 CN 或 DE-BY。",
        "The holidays of “{given}” are not known; write CN, or DE-BY.",
    ),
    "settings_bad_term": Text(
        "「{given}」不是时长，填整数，选单位。",
        "“{given}” is no stretch of time; give a whole number and choose its unit.",
    ),
    "settings_bad_working_days": Text(
        "工作日长短不一，不能按天算。请用小时，或选自然时间。",
        "Working days differ in length. Use hours, or choose calendar.",
    ),
    "settings_bad_span": Text(
        "「{given}」不是时长，填整数，选单位。", "“{given}” is no stretch of time; give a whole number."
    ),
    "settings_bad_braces": Text(
        "{given} 不会被替换，只能用 {{name}}。", "{given} is not filled in; only {{name}} is."
    ),
    "settings_bad_place": Text("这一项不能在控制台改。", "This cannot be changed in the console."),
    "settings_bad_elsewhere": Text("{place}：{problem}", "{place}: {problem}"),
    "settings_bad_other": Text("这个值不合适：{problem}", "This does not fit: {problem}"),
    "audit_what_settings.change": Text("改了设置", "Settings changed"),
    "audit_what_settings.back": Text("恢复了 config.yml 的值", "Settings back to config.yml"),
}
