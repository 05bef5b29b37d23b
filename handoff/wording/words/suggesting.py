"""Suggestions for a reply, canned replies, and saving an answer as FAQ; on both desks."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

SUGGESTING: Mapping[str, Text] = {
    "suggest": Text("推荐回复", "Suggest a reply"),
    "suggest_title": Text("推荐回复", "Suggested replies"),
    "suggest_hint": Text(
        "选一条，改成适合这位顾客的话再发。标 * 的地方是隐去的内容，请补上或删掉。",
        "Choose one, and make it fit this customer before you send it. Where there is a *, something was taken out: "
        "fill it in or delete it.",
    ),
    "suggest_answers": Text("知识库的回答", "From the knowledge base"),
    "suggest_colleagues": Text("同事答过类似的问题", "What colleagues answered to the like"),
    "suggest_canned": Text("常用语", "Canned replies"),
    "suggest_canned_choose": Text("选一条常用语……", "Choose a canned reply…"),
    "suggest_by": Text("{agent} 的回答", "{agent} answered"),
    "suggest_liked": Text("顾客满意", "the customer was content"),
    "suggest_nothing": Text(
        "这个问题还没有可参考的回答。等您答好，可以存为常见问题，下次就有了。",
        "There is nothing to go by for this question yet. Once you have answered it, save it as FAQ: next time it is here.",
    ),
    "suggest_use": Text("用这条", "Use this"),
    "suggest_write_title": Text("改好再发", "Change and send"),
    "suggest_write": Text("发给顾客的话", "What the customer gets"),
    "suggest_send": Text("发送", "Send"),
    "suggest_gone": Text(
        "这条推荐刚刚变了。请关掉，再点一次「推荐回复」。",
        "This suggestion has just changed. Close this, and press “Suggest a reply” again.",
    ),
    "suggest_held_hint": Text(
        "还没发给顾客。请换个说法；一定要这样发，就在下面写明理由。",
        "The customer has not got it yet. Say it another way; to send it as it is, say why below.",
    ),
    "back_to_ticket": Text("回到工单", "Back to the ticket"),
    # Save as FAQ
    "faq_save": Text("存为常见问题", "Save as FAQ"),
    "faq_hint": Text(
        "存进知识库的草稿，管理员发布后机器人就会这样答。请去掉只和这位顾客有关的内容。",
        "It goes into the draft of the knowledge base; once an admin publishes it, the bot answers so. "
        "Leave out what only concerns this customer.",
    ),
    "faq_title": Text("标题", "Title"),
    "faq_title_hint": Text("例如：怎么开发票", "For example: Get an invoice"),
    "faq_question": Text("顾客怎么问", "How customers ask"),
    "faq_answer": Text("怎么回答", "The answer"),
    "faq_other": Text(
        "另一种语言（会的话请写上；不写就先用同样的文字，由管理员翻译）",
        "In the other language, if you can; otherwise the same words are kept for an admin to translate",
    ),
    "faq_other_title": Text("另一种语言的标题", "Title in the other language"),
    "faq_other_question": Text("另一种语言怎么问", "Question in the other language"),
    "faq_other_answer": Text("另一种语言的回答", "Answer in the other language"),
    "faq_send": Text("存入草稿", "Save to the draft"),
    "faq_saved": Text(
        "「{title}」已存进知识库草稿，编号 {id}。管理员发布后，机器人就会这样回答。",
        "“{title}” is in the draft of the knowledge base, as {id}. The bot answers so once an admin publishes it.",
    ),
    "faq_no_draft": Text(
        "知识库还没有草稿，存不进去。请管理员先导入知识库。",
        "The knowledge base has no draft yet, so this was not saved. Ask an admin to import one first.",
    ),
    "faq_only_answers": Text(
        "这里只能存同事给顾客的回答：请在工单的讨论串里，对同事的回复使用。",
        "Only what a colleague told a customer can be saved: use this on an agent's reply in a ticket's thread.",
    ),
}
