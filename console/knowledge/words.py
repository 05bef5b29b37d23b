"""The words of the knowledge base's pages, in Chinese and English."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

KNOWLEDGE: Mapping[str, Text] = {
    "kb_title": Text("知识库", "Knowledge base"),
    "kb_parts": Text("知识库各部分", "Parts of the knowledge base"),
    "kb_tab_entries": Text("条目", "Entries"),
    "kb_tab_synonyms": Text("同义词", "Synonyms"),
    "kb_tab_out_of_scope": Text("不回答的话", "Out of scope"),
    "kb_tab_golden": Text("必答题", "Golden questions"),
    "kb_tab_try": Text("试一试", "Try it"),
    "kb_tab_publish": Text("发布", "Publish"),
    "kb_tab_history": Text("历史", "History"),
    "kb_tab_transfer": Text("导入导出", "Import, export"),
    "kb_changed": Text("有改动", "changed"),
    "kb_read_only": Text("您可以看，不能改。", "You can look at this, not change it."),
    "kb_save": Text("保存到草稿", "Save to the draft"),
    "kb_saved": Text(
        "已保存到草稿，顾客还看不到。发布后才生效。",
        "Saved to the draft. Customers see it once it is published.",
    ),
    "kb_not_saved": Text("还没保存：请改好标出的地方。", "Not saved yet: mend what is marked."),
    "kb_conflict": Text(
        "刚才有别人改了这里，所以没有保存。对照两个版本，再决定用哪个。",
        "Somebody else changed this just now, so yours was not saved. Compare the two and choose.",
    ),
    "kb_conflict_deleted": Text(
        "刚才有别人删了这一条。再点一次保存，就用您的内容新建。",
        "Somebody else deleted this just now. Save again to make it anew from your text.",
    ),
    "kb_theirs": Text("别人的版本", "Theirs"),
    "kb_yours": Text("您的版本", "Yours"),
    "kb_take_theirs": Text("用别人的版本", "Take theirs"),
    "kb_keep_yours": Text("下面是您的内容；再点保存就用它。", "Below is your text; save again to keep it."),
    "kb_no_entry": Text("没有这一条，可能已被删除。", "There is no such entry; it may have been deleted."),
    "kb_gone": Text("找不到", "Not found"),
    "kb_only_entry": Text(
        "这是唯一的一条，先加一条再删。", "This is the only entry. Add another before you delete it."
    ),
    "kb_back": Text("返回列表", "Back to the list"),
    "kb_leave": Text("还有没保存的内容。", "There is text you have not saved."),
    # List
    "kb_new": Text("新建条目", "New entry"),
    "kb_search": Text("搜索", "Search"),
    "kb_search_hint": Text("标题、问法、答案或编号", "Title, phrasing, answer or id"),
    "kb_any": Text("全部", "All"),
    "kb_stand": Text("状态", "State"),
    "kb_stand_live": Text("已上线", "live"),
    "kb_stand_changed": Text("已改动", "changed"),
    "kb_stand_new": Text("新建", "new"),
    "kb_stand_removed": Text("已删除", "removed"),
    "kb_term": Text("有效期", "Validity"),
    "kb_term_valid": Text("有效", "valid"),
    "kb_term_not_yet": Text("未生效", "not yet"),
    "kb_term_expired": Text("已过期", "expired"),
    "kb_few": Text("问法偏少", "Few phrasings"),
    "kb_order": Text("排序", "Sort by"),
    "kb_order_written": Text("原有顺序", "as written"),
    "kb_order_title": Text("标题", "title"),
    "kb_order_used": Text("最常用", "most used"),
    "kb_order_helpful": Text("最没帮上忙", "least helpful"),
    "kb_order_phrasings": Text("问法最少", "fewest phrasings"),
    "kb_show": Text("查看", "Show"),
    "kb_entry": Text("条目", "Entry"),
    "kb_phrasings": Text("问法", "Phrasings"),
    "kb_uses": Text("近 {days} 天回答", "Answered in {days} days"),
    "kb_success": Text("帮上忙", "Helped"),
    "kb_success_hint": Text(
        "回答之后，顾客没有说不对、没有点「没帮上忙」、也没有接着转人工的比例",
        "The share of answers that the customer did not reject, voted not against, and got no person after",
    ),
    "kb_found": Text("共 {count} 条", "Entries: {count}"),
    "kb_nothing": Text(
        "没有找到。换个词，或者新建一条。", "Nothing found. Try another word, or add an entry."
    ),
    # Editor
    "kb_id": Text("编号", "Id"),
    "kb_id_hint": Text(
        "字母、数字和下划线；空着就按英文标题起",
        "Letters, digits and _; left empty, it is made of the English title",
    ),
    "kb_language_zh": Text("中文", "Chinese"),
    "kb_language_en": Text("英文", "English"),
    "kb_field_title": Text("标题", "Title"),
    "kb_title_hint": Text("也是按钮上的字", "Also what stands on buttons"),
    "kb_phrasings_hint": Text(
        "顾客会怎么问，一行一句，可以一次粘贴很多", "How customers ask, one a line; paste as many as you like"
    ),
    "kb_field_answers": Text("答案", "Answer"),
    "kb_on_channels": Text("某个渠道另有答案", "Other answers on single channels"),
    "kb_on_channels_hint": Text("空着就用上面的答案", "Left empty, the answer above is used"),
    "kb_channel_webchat": Text("网页聊天", "Web chat"),
    "kb_channel_telegram": Text("Telegram", "Telegram"),
    "kb_channel_slack": Text("Slack", "Slack"),
    "kb_channel_http_api": Text("应用接口", "HTTP API"),
    "kb_plain": Text("纯文字", "Plain text"),
    "kb_buttons": Text("接下来的按钮", "Buttons for what comes next"),
    "kb_buttons_hint": Text(
        "条目的编号，输入几个字会提示；human 是转人工",
        "Ids of entries, suggested as you type; human is a person",
    ),
    "kb_button": Text("按钮 {number}", "Button {number}"),
    "kb_button_human": Text("转人工", "Talk to a person"),
    "kb_files": Text("附件", "Attachments"),
    "kb_file_url": Text("网址（https）", "Address (https)"),
    "kb_file_name": Text("名称", "Name"),
    "kb_file_mime": Text("类型", "Type"),
    "kb_action": Text("回答之后", "After the answer"),
    "kb_action_answer": Text("只回答", "Only answer"),
    "kb_action_handoff": Text("转给人工", "Hand over to a person"),
    "kb_action_progress": Text("查顾客自己的工单进度", "Tell the customer’s own tickets’ progress"),
    "kb_action_collect": Text("先收集信息，再转人工", "Collect particulars, then hand over"),
    "kb_queue": Text("队列", "Queue"),
    "kb_queue_usual": Text("按原因分派", "Where such questions go"),
    "kb_collected": Text("要收集的信息", "What is collected"),
    "kb_collected_hint": Text("只用于「先收集信息」", "Used only for “collect particulars”"),
    "kb_field_name": Text("名称", "Name"),
    "kb_field_pattern": Text("格式", "Form"),
    "kb_field_pattern_hint": Text("类别名或正则表达式", "A kind, or a regular expression"),
    "kb_ask": Text("怎么问", "Question"),
    "kb_hint": Text("填错时的提示", "Hint when it does not fit"),
    "kb_add_row": Text("再加一行", "Add a row"),
    "kb_validity": Text("有效日期", "Days of validity"),
    "kb_valid_from": Text("从", "From"),
    "kb_valid_until": Text("到", "Until"),
    "kb_preview": Text("预览", "Preview"),
    "kb_no_preview": Text(
        "填好标题、问法和答案后，这里会显示样子。",
        "Once title, phrasings and answer are filled in, this shows how it looks.",
    ),
    "kb_duplicate": Text("复制一条", "Duplicate"),
    "kb_delete": Text("删除", "Delete"),
    "kb_delete_hint": Text(
        "从草稿删除；发布后顾客才问不到。",
        "Deletes it from the draft; customers lose it once that is published.",
    ),
    "kb_delete_buttons": Text(
        "指向这一条的按钮也会去掉：{entries}", "Buttons that lead here go, too: {entries}"
    ),
    "kb_undo": Text("撤销改动", "Undo changes"),
    "kb_undo_hint": Text("恢复成线上的样子", "Back to what is live"),
    "kb_restore": Text("恢复这一条", "Bring it back"),
    "kb_removed_told": Text(
        "这一条已从草稿删除，发布后就不再回答。",
        "This was removed from the draft. Once that is published, it is not answered any more.",
    ),
    "kb_differences": Text("和线上的差别", "What differs from the live version"),
    "kb_more_acts": Text("更多操作", "More"),
    "kb_use_line": Text(
        "近 {days} 天回答 {count} 次，帮上忙 {share}",
        "Answered in the last {days} days: {count}, helped: {share}",
    ),
    "kb_votes_line": Text(
        "顾客评价：👍 {liked} · 👎 {disliked}", "Customers’ votes: 👍 {liked} · 👎 {disliked}"
    ),
    "kb_votes_list": Text("看没帮上的会话", "The conversations that it did not help"),
    # Faults
    "kb_fault_id": Text(
        "编号用字母、数字、下划线、连字符和点，最多 80 个",
        "An id is made of letters, digits, _, - and ., at most 80",
    ),
    "kb_fault_id_taken": Text("编号 {id} 已被用了，换一个", "The id {id} is taken. Choose another"),
    "kb_fault_id_human": Text("编号 {id} 专指转人工，换一个", "The id {id} means a person. Choose another"),
    "kb_fault_missing": Text("这里要填", "Fill this in"),
    "kb_fault_empty": Text("这里是空的，填上或删掉", "This is empty. Fill it in, or take it away"),
    "kb_fault_invisible": Text(
        "里面有看不见的字符（{code}），删掉它", "An invisible character stands here ({code}). Delete it"
    ),
    "kb_fault_date": Text("日期写成 2026-05-01 这样", "Write a date such as 2026-05-01"),
    "kb_fault_dates": Text("截止日早于起始日，对调一下", "The last day is before the first. Swap them"),
    "kb_fault_url": Text(
        "第 {row} 个附件：网址要以 https:// 开头，不含空格",
        "Attachment {row}: use an address that begins with https:// and has no spaces",
    ),
    "kb_fault_button": Text("第 {row} 个按钮：没有 {id} 这一条", "Button {row}: there is no entry {id}"),
    "kb_fault_button_twice": Text(
        "第 {row} 个按钮：{id} 是这一条自己，或已经有了",
        "Button {row}: {id} is this entry itself, or is there already",
    ),
    "kb_fault_no_field": Text(
        "至少收集一项，或改成「转给人工」", "Collect at least one thing, or choose “hand over”"
    ),
    "kb_fault_field_name": Text(
        "第 {row} 项：名称用字母、数字和下划线", "Field {row}: a name is made of letters, digits and _"
    ),
    "kb_fault_field_twice": Text(
        "第 {row} 项：名称已经有了，换一个", "Field {row}: this name is there already. Choose another"
    ),
    "kb_fault_field_part": Text(
        "第 {row} 项：中英文的问题和提示都要填", "Field {row}: fill in question and hint in both languages"
    ),
    "kb_fault_pattern": Text(
        "第 {row} 项：格式不是类别名，也不是正确的正则表达式",
        "Field {row}: the form is neither a kind nor a regular expression",
    ),
    "kb_fault_line": Text(
        "第 {row} 行读不了：有看不见的字符，或是空的",
        "Line {row} cannot be read: it has an invisible character, or is empty",
    ),
    "kb_fault_group": Text(
        "第 {row} 行：一组至少两个词，用 = 隔开",
        "Line {row}: a group has two words or more, with = between them",
    ),
    "kb_fault_word_twice": Text(
        "第 {row} 行：「{word}」已经在别的组里", "Line {row}: “{word}” already stands in a group"
    ),
    "kb_fault_outside_shared": Text(
        "「{text}」也是「{title}」的问法，两处删掉一处",
        "“{text}” is also a phrasing of “{title}”. Delete one of the two",
    ),
    "kb_fault_no_entry": Text("没有 {id} 这一条", "There is no entry {id}"),
    "kb_fault_golden": Text(
        "写至少一个问题，每个不超过 1000 字，总共不超过 2000 个。",
        "Write at least one question, of at most 1,000 characters, 2,000 in all.",
    ),
    "kb_shared": Text(
        "「{text}」也是「{title}」的问法：发布前留一处",
        "“{text}” is also a phrasing of “{title}”: keep one before you publish",
    ),
    "kb_shared_outside": Text(
        "「{text}」也在「不回答的话」里：发布前留一处",
        "“{text}” is also out of scope: keep one before you publish",
    ),
    "kb_shared_title": Text(
        "另一条也叫这个名字，写得更具体些", "Another entry has this title, too. Make it more exact"
    ),
    # Lists
    "kb_lists_hint_synonyms": Text(
        "对您的店来说意思一样的词，一行一组，用 = 隔开：冰箱 = 雪柜 = fridge",
        "Words that mean the same to your shop, a group a "
        "line, with = between: fridge = icebox = refrigerator",
    ),
    "kb_lists_hint_out_of_scope": Text(
        "机器人不该回答的话，一行一句：天气、笑话、同行的事",
        "What the bot should not answer, one a line: the weather, jokes, other shops",
    ),
    "kb_words": Text("同义词组", "Groups of words"),
    "kb_list_saved": Text("已保存到草稿。", "Saved to the draft."),
    "kb_list_theirs": Text("别人刚保存的内容", "What somebody else has just saved"),
    "kb_golden_hint": Text(
        "不管怎么改，都必须答对的问题。每次发布前都会问一遍。",
        "Questions that must be taken rightly whatever changes. They are asked before every publication.",
    ),
    "kb_golden_questions": Text("问题，一行一个", "Questions, one a line"),
    "kb_golden_entry": Text("应该用哪一条回答", "The entry that must answer"),
    "kb_golden_none": Text("空着表示不该回答", "Left empty: none must"),
    "kb_golden_add": Text("添加", "Add"),
    "kb_golden_nobody": Text("不回答", "not answered"),
    "kb_golden_empty": Text(
        "还没有必答题。从最常问的十个问题开始。",
        "There are none yet. Begin with the ten questions asked most.",
    ),
    "kb_golden_delete": Text("删除「{question}」", "Delete “{question}”"),
    # Trying out
    "kb_try": Text("试问一句", "Try a question"),
    "kb_question": Text("顾客的问题", "A customer’s question"),
    "kb_ask_it": Text("试问", "Ask"),
    "kb_draft_would": Text("草稿会这样回答", "The draft would"),
    "kb_live_does": Text("线上这样回答", "The live version does"),
    "kb_learning": Text("正在学习草稿，几秒就好……", "Learning the draft, a few seconds…"),
    "kb_look_again": Text("再看一次", "Look again"),
    "kb_answers_with": Text("用这一条回答", "Answers with"),
    "kb_asks_back": Text("没有把握，会反问", "Not sure enough: asks back"),
    "kb_person": Text("直接转人工", "Gets a person"),
    "kb_person_emergency": Text("听出紧急情况", "it sounds like an emergency"),
    "kb_person_wants_human": Text("要找人工", "a person is asked for"),
    "kb_person_complaint": Text("听出投诉", "it sounds like a complaint"),
    "kb_confidence": Text("把握 {share}，需要 {needed}", "{share} sure, needs {needed}"),
    "kb_others": Text("其次可能是", "Next likeliest"),
    "kb_why": Text("为什么", "Why"),
    "kb_nearest": Text("最接近的问法", "Nearest phrasings"),
    "kb_nowhere": Text("不属于任何条目", "of no entry"),
    "kb_terms": Text("最起作用的词", "Terms that weigh most"),
    "kb_no_live": Text("这里没有线上版本的模型。", "There is no model of the live version here."),
    "kb_not_learned": Text("没学成：{reason}", "It could not be learned: {reason}"),
    "kb_teach": Text("用这句新建条目", "Teach this as a new entry"),
    # Publishing
    "kb_publish": Text("发布", "Publish"),
    "kb_publishing": Text("正在发布……", "Publishing…"),
    "kb_publish_note": Text("说明（给以后看历史的人）", "Note, for who looks at the history later"),
    "kb_published": Text("第 {number} 版已上线。", "Version {number} is live."),
    "kb_nothing_to_publish": Text(
        "草稿和线上一样，没有要发布的。", "The draft is what is live: there is nothing to publish."
    ),
    "kb_changes": Text("改了什么", "What changes"),
    "kb_kind_added": Text("新增", "added"),
    "kb_kind_changed": Text("改动", "changed"),
    "kb_kind_removed": Text("删除", "removed"),
    "kb_kind_list": Text("列表", "list"),
    "kb_list_synonyms": Text("同义词", "Synonyms"),
    "kb_list_out_of_scope": Text("不回答的话", "Out of scope"),
    "kb_check": Text("检查结果", "What the check says"),
    "kb_check_fine": Text("没有要改的。", "Nothing to mend."),
    "kb_severity_mistake": Text("必须改", "mistake"),
    "kb_severity_warning": Text("提醒", "warning"),
    "kb_severity_advice": Text("建议", "advice"),
    "kb_more": Text("还有 {count} 项。", "{count} more."),
    "kb_topic_shared": Text("两条里有同样的问法", "The same phrasing in two entries"),
    "kb_topic_missing": Text("缺少内容", "Texts that are missing"),
    "kb_topic_queue": Text("队列不存在", "Queues that do not exist"),
    "kb_topic_button": Text("按钮没有去处", "Buttons that lead nowhere"),
    "kb_topic_validity": Text("有效日期", "Days of validity"),
    "kb_topic_banned": Text("答案里有服务忌语", "Banned phrases in answers"),
    "kb_topic_stray": Text("问法更像别的条目", "Phrasings nearer to another entry"),
    "kb_topic_confused": Text("容易弄混的条目", "Entries that are taken for each other"),
    "kb_topic_few": Text("问法偏少", "Few phrasings"),
    "kb_topic_long": Text("答案太长", "Long answers"),
    "kb_topic_repeated": Text("一条里重复的问法", "The same phrasing twice in an entry"),
    "kb_blocked": Text(
        "还不能发布：先改好标为「必须改」的地方。",
        "It cannot be published yet: mend what is marked as a mistake first.",
    ),
    "kb_outdated": Text(
        "刚才草稿又变了。请再看一遍下面的改动，然后发布。",
        "The draft has just changed again. Look at the changes below, then publish.",
    ),
    "kb_second_pair": Text(
        "最后一次改动是您做的，请另一位管理员来发布。",
        "The last edit was yours: another admin has to publish it.",
    ),
    "kb_no_draft": Text(
        "还没有草稿。先导入，或新建一条。", "There is no draft yet. Import one, or add an entry."
    ),
    "kb_not_published": Text(
        "没有发布成功，线上没有变化：{reason}", "It was not published, and nothing changed: {reason}"
    ),
    "kb_only_admins": Text("只有管理员可以发布。", "Only admins can publish."),
    "kb_figures": Text("学习结果", "What was measured"),
    "kb_figure": Text("指标", "Figure"),
    "kb_before": Text("线上", "Live"),
    "kb_after": Text("草稿", "Draft"),
    "kb_figure_accuracy_zh": Text("中文问法认得对", "Chinese phrasings taken rightly"),
    "kb_figure_accuracy_en": Text("英文问法认得对", "English phrasings taken rightly"),
    "kb_figure_answered_zh": Text("中文问法有把握回答", "Chinese phrasings answered"),
    "kb_figure_answered_en": Text("英文问法有把握回答", "English phrasings answered"),
    "kb_figure_answered_right": Text("回答的里面答对", "Right among what was answered"),
    "kb_figure_unknown": Text("不会的没有乱答", "Unknown questions not answered"),
    "kb_flips": Text("谁的回答会变", "Whose answer would flip"),
    "kb_flips_told": Text(
        "最近 {asked} 条顾客消息里，{count} 句的回答会变。",
        "Customers’ messages looked at: {asked}. Questions that would be answered otherwise: {count}.",
    ),
    "kb_flip_question": Text("问题", "Question"),
    "kb_times": Text("次数", "Times"),
    "kb_golden_told": Text(
        "{total} 个必答题，{wrong} 个不对。", "Golden questions: {total}, taken wrongly: {wrong}."
    ),
    "kb_expected": Text("应该是", "Must be"),
    "kb_right": Text("对", "right"),
    "kb_wrong": Text("不对", "wrong"),
    # History
    "kb_version": Text("版本", "Version"),
    "kb_made": Text("时间", "When"),
    "kb_by": Text("谁", "Who"),
    "kb_note": Text("说明", "Note"),
    "kb_accuracy": Text("认得对（中 / 英）", "Taken rightly (zh / en)"),
    "kb_is_live": Text("线上", "live"),
    "kb_roll_back": Text("回到这一版", "Roll back"),
    "kb_roll_back_sure": Text(
        "马上换回第 {number} 版，草稿不变。", "Version {number} goes live at once; the draft stays as it is."
    ),
    "kb_rolled_back": Text(
        "已回到第 {number} 版，草稿没有变。", "Version {number} is live again. The draft is as it was."
    ),
    "kb_compare": Text("比较", "Compare"),
    "kb_compare_old": Text("从", "From"),
    "kb_compare_new": Text("到", "To"),
    "kb_compared": Text("{old} 到 {new} 的差别", "What differs between {old} and {new}"),
    "kb_the_draft": Text("草稿", "the draft"),
    "kb_version_number": Text("第 {number} 版", "version {number}"),
    "kb_no_difference": Text("没有差别。", "There is no difference."),
    "kb_went_live": Text("什么时候上线了哪一版", "What went live when"),
    "kb_no_version": Text("没有这个版本。", "There is no such version."),
    "kb_live_already": Text("第 {number} 版已经在线上。", "Version {number} is live already."),
    # Import and export
    "kb_export": Text("导出草稿", "Export the draft"),
    "kb_export_hint": Text("Excel 里改好，可以再导入。", "Change it in Excel, and import it again."),
    "kb_import": Text("导入", "Import"),
    "kb_import_file": Text(
        "文件（.yml、.csv、.xlsx，最大 {most} MB）", "File (.yml, .csv or .xlsx, at most {most} MB)"
    ),
    "kb_import_hint": Text(
        "整个草稿会换成文件里的内容；有一处不对就什么也不改。线上不变。",
        "The whole draft becomes what is in the file; if anything "
        "in it is wrong, nothing changes. What is live stays.",
    ),
    "kb_import_nothing": Text("请选一个文件。", "Choose a file."),
    "kb_import_rows": Text(
        "什么也没有导入。要改的地方：{count} 处", "Nothing was imported. Places to mend: {count}"
    ),
    "kb_import_refused": Text("这个文件不能导入：", "This file cannot be imported:"),
    "kb_imported": Text(
        "已导入草稿：新增 {added}，改动 {changed}，删除 {removed}。",
        "Imported into the draft: {added} added, {changed} changed, {removed} removed.",
    ),
    "kb_imported_same": Text("文件和草稿一样，没有变化。", "The file is what the draft is: nothing changed."),
    "kb_to_publish": Text("去看改动并发布", "See the changes, and publish"),
    # Fields of differences
    "kb_part_title": Text("标题", "Title"),
    "kb_part_phrasings": Text("问法", "Phrasings"),
    "kb_part_answers": Text("答案", "Answer"),
    "kb_gone_lines": Text("去掉", "Gone"),
    "kb_come_lines": Text("加上", "New"),
    # Audit log
    "audit_title": Text("操作日志", "Audit log"),
    "audit_hint": Text("谁在什么时候改了什么；最新的在前。", "Who changed what and when; newest first."),
    "audit_search": Text("人、操作或对象", "Who, what or object"),
    "audit_when": Text("时间", "When"),
    "audit_who": Text("谁", "Who"),
    "audit_what": Text("做了什么", "What"),
    "audit_object": Text("对象", "Object"),
    "audit_change": Text("前后", "Before and after"),
    "audit_nothing": Text("没有记录。", "Nothing found."),
    "audit_older": Text("更早的", "Older"),
    "audit_newest": Text("最新的", "Newest"),
    "audit_what_knowledge.edit": Text("改了条目或列表", "edited"),
    "audit_what_knowledge.add": Text("新建了条目", "added an entry"),
    "audit_what_knowledge.delete": Text("删了条目", "deleted an entry"),
    "audit_what_knowledge.import": Text("导入了文件", "imported a file"),
    "audit_what_knowledge.publish": Text("发布了版本", "published"),
    "audit_what_knowledge.rollback": Text("回到了旧版本", "rolled back"),
    "audit_what_golden.add": Text("加了必答题", "added a golden question"),
    "audit_what_golden.delete": Text("删了必答题", "deleted a golden question"),
    "audit_what_customer.merge": Text("合并了两位顾客", "merged two customers"),
    "audit_what_customer.unmerge": Text("撤销了合并", "undid a merge"),
    "audit_what_customer.no_merge": Text("认定是两位顾客", "said that two customers are two"),
    "audit_what_customer.export": Text("导出了顾客资料", "exported a customer"),
    "audit_what_customer.erase": Text("清除了顾客", "erased a customer"),
    "audit_what_customer.consent": Text("撤回了同意", "withdrew a customer’s consent"),
}
