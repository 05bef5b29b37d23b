"""The words of the pages of customers, in Chinese and English."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

CUSTOMERS: Mapping[str, Text] = {
    "nav_customers": Text("顾客", "Customers"),
    "people_title": Text("顾客", "Customers"),
    "people_search": Text(
        "姓名、电话、邮箱、标签、工单号或渠道编号", "Name, phone, e-mail, tag, ticket or channel id"
    ),
    "people_find": Text("查找", "Find"),
    "people_tag": Text("标签", "Tag"),
    "people_tier": Text("等级", "Tier"),
    "people_any": Text("全部", "Any"),
    "people_known_as": Text("渠道", "Known as"),
    "people_tickets": Text("工单", "Tickets"),
    "people_count": Text("{count} 个工单", "{count} in all"),
    "people_open": Text("{count} 个未结", "{count} open"),
    "people_none": Text(
        "没有找到。姓名写一部分就行；电话、邮箱、标签和工单号要写全。",
        "Nobody found. Part of a name will do; write numbers, addresses, tags and tickets in full.",
    ),
    "people_empty": Text("还没有顾客来过。", "No customer has come yet."),
    "people_erased": Text(
        "已清除。{messages} 条消息、{tickets} 个工单只留下数目，内容和身份都不在了。",
        "Erased: what was said and by whom is gone. Messages that still count: {messages}, tickets: {tickets}.",
    ),
    "people_erased_knowledge": Text(
        "知识库里他们说过的话也去掉了。线上版本如果用过这些话，请重启 worker。",
        "Phrasings made of their words are gone from the knowledge base, too. If the live version had them, restart a worker.",
    ),
    "person_unnamed": Text("顾客", "Customer"),
    "person_gone": Text(
        "没有这位顾客，可能已被清除。", "There is no such customer; they may have been erased."
    ),
    "person_since": Text("{day} 起", "since {day}"),
    "person_reaches": Text("留过的联系方式", "Left with the bot"),
    "person_about": Text("基本情况", "About"),
    "person_save": Text("保存", "Save"),
    "person_no_tier": Text("没有等级", "no tier"),
    "person_notes": Text("内部备注", "Notes"),
    "person_notes_hint": Text("只有同事看得到，顾客看不到。", "For colleagues. The customer never sees it."),
    "person_note_add": Text("记下", "Add the note"),
    "person_note_by": Text("{by}，{at}", "{by}, {at}"),
    "person_consent": Text("关怀回访的同意", "Consent to care visits"),
    "person_consent_none": Text(
        "没有登记日期，不会发关怀消息。", "No dates are kept, so no care messages are sent."
    ),
    "person_consent_yes": Text("{at} 同意", "agreed {at}"),
    "person_consent_no": Text("没有同意", "has not agreed"),
    "person_consent_out": Text("{at} 退订", "opted out {at}"),
    "person_withdraw": Text("撤回同意", "Withdraw consent"),
    "person_withdraw_hint": Text(
        "以后不再发任何关怀消息，不能替顾客恢复。",
        "No care messages from now on; nobody can consent again in their place.",
    ),
    "date_kind_birthday": Text("生日", "Birthday"),
    "date_kind_purchase": Text("购买日", "Purchase"),
    "date_kind_renewal": Text("续期日", "Renewal"),
    "person_history": Text("全部往来", "History"),
    "person_history_none": Text("还没有往来。", "Nothing has happened yet."),
    "happened_conversation": Text("开始会话：{what}", "Began to write: {what}"),
    "happened_ticket": Text("工单：{what}", "Ticket: {what}"),
    "happened_contact": Text("来电来访：{what}", "Contact: {what}"),
    "happened_survey": Text("评价：{state} 分", "Rated {state}"),
    "happened_survey_none": Text("答了满意度问题", "Answered the survey"),
    "happened_care": Text("关怀回访：{what}", "Care visit: {what}"),
    "conversation_title": Text("会话", "Conversation"),
    "said_file": Text("文件：{name}", "File: {name}"),
    "said_nothing": Text("还没有说过什么。", "Nothing has been said yet."),
    "people_whole": Text("全部往来与备注", "Whole history and notes"),
    "person_files": Text("发给顾客的文件", "Files sent to them"),
    "person_size": Text("{size} KB", "{size} KB"),
    "person_merges": Text("合并", "Merges"),
    "person_merged_with": Text("已并入：{other}", "Merged in: {other}"),
    "person_merged_by": Text("{by}，{at}", "{by}, {at}"),
    "person_unmerge": Text("撤销合并", "Undo the merge"),
    "person_unmerge_hint": Text(
        "移过来的原样移回去，又是两位顾客。", "What was moved goes back; they are two customers again."
    ),
    "merge_maybe": Text("可能是同一个人", "Maybe the same person"),
    "merge_all": Text("可能是同一个人的顾客", "Customers who may be one"),
    "merge_all_hint": Text(
        "留过同一个电话或邮箱。合并可以撤销。",
        "They share a number or an e-mail address. A merge can be undone.",
    ),
    "merge_none": Text("没有可疑的重复。", "Nobody looks like somebody else."),
    "merge_list": Text("看看谁可能是同一个人", "Who may be the same person"),
    "evidence_reach": Text("同一个联系方式：{value}", "The same number or address: {value}"),
    "evidence_name": Text(
        "几天内在两个渠道用同一个名字：{value}", "The same name on two channels within days: {value}"
    ),
    "merge_into": Text("并入这位顾客", "Merge into this customer"),
    "merge_do": Text("合并", "Merge"),
    "merge_dismiss": Text("不是同一个人", "They are two"),
    "merge_done": Text("已合并，随时可以撤销。", "Merged. It can be undone at any time."),
    "merge_undone": Text("已撤销，又是两位顾客。", "Undone: they are two customers again."),
    "merge_only_supervisors": Text("由主管合并。", "Supervisors merge them."),
    "person_saved": Text("已保存。", "Saved."),
    "person_copy": Text("资料导出与清除", "Export and erase"),
    "person_export": Text("导出全部资料（JSON）", "Export everything (JSON)"),
    "person_export_hint": Text(
        "含内部备注，交给顾客前请先看一遍。会记入操作日志。",
        "Notes are in it: read it before you hand it out. The audit log keeps who exported.",
    ),
    "person_erase": Text("清除这位顾客", "Erase this customer"),
    "person_erase_hint": Text(
        "姓名、身份、说过的话都会去掉，只留数目，不能恢复。备份、日志和知识库文件里的要另外处理。",
        "Name, identities and all that was said go; only counts stay. It cannot be undone. "
        "Backups, logs and the knowledge base’s files are yours to look after.",
    ),
    "person_erase_confirm": Text("输入「{word}」来确认", "Type “{word}” to confirm"),
    "person_erase_wrong": Text("输入的不一样，什么也没清除。", "That is not it; nothing was erased."),
    "person_erase_open": Text(
        "工单 {number} 还没结束，坐席要靠它回复顾客。先解决工单，再清除。",
        "Ticket {number} is open: an agent needs it to answer. Resolve it first, then erase.",
    ),
}
