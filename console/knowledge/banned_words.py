"""The words of the page of banned phrases, in Chinese and English."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

BANNED: Mapping[str, Text] = {
    "kb_tab_banned": Text("服务忌语", "Banned phrases"),
    "kb_list_banned": Text("服务忌语", "Banned phrases"),
    "kb_topic_wordings": Text("服务忌语的说法", "Banned phrases of your own"),
    "kb_banned_hint": Text(
        "坐席回复里有这些话就先拦下，给一句更好的说法。出厂词表一直生效，这里加自己的，也可以放行或改写出厂的。",
        "A reply with one of these is held back, with a better wording to send instead. The shipped list always counts; "
        "add your own here, switch shipped ones off, or give them another wording.",
    ),
    "kb_banned_none": Text(
        "还没有自己的忌语。想到一句不该说的，就从它开始。",
        "None of your own yet. Begin with a sentence that nobody should say.",
    ),
    "kb_banned_new": Text("新建忌语", "New banned phrases"),
    "kb_banned_phrases": Text("忌语", "Phrases"),
    "kb_banned_phrases_hint": Text(
        "一行一句，同一个道理的放一起；标点、空格、大小写和繁简都不影响。",
        "One a line, those that are wrong for the same reason together; punctuation, spaces and case do not matter.",
    ),
    "kb_banned_hold": Text("遇到时", "What happens"),
    "kb_hold_off": Text("放行：我们可以这样说", "Nothing: we may say it"),
    "kb_hold_warn": Text("提醒，坐席坚持就发出", "Warn: sent when the agent insists"),
    "kb_hold_block": Text("拦下，写了理由才发出", "Block: sent with a reason only"),
    "kb_banned_family": Text("问题在哪", "What is wrong"),
    "kb_family_hitting_back": Text("顶撞", "hitting back"),
    "kb_family_shifting_blame": Text("推诿", "shifting blame"),
    "kb_family_ordering": Text("命令", "ordering about"),
    "kb_family_giving_up": Text("敷衍、放弃", "giving up"),
    "kb_family_mocking": Text("嘲讽", "mocking"),
    "kb_banned_better": Text("更好的说法", "Better wording"),
    "kb_banned_why": Text("为什么不能说", "Why not"),
    "kb_banned_off_hint": Text(
        "放行的不用填其他三项。", "What is switched off needs none of the other three."
    ),
    "kb_banned_saved": Text(
        "已保存到草稿，发布后几秒内对所有坐席生效。",
        "Saved to the draft. It counts for all agents seconds after that is published.",
    ),
    "kb_banned_deleted": Text(
        "已从草稿删除，发布后生效。", "Deleted from the draft; it counts once that is published."
    ),
    "kb_banned_theirs": Text("别人刚保存的", "What somebody else has just saved"),
    "kb_banned_theirs_gone": Text(
        "刚才有别人删了这一条。再点保存，就用您的内容新建。",
        "Somebody else has just deleted it. Save again to make it anew from your text.",
    ),
    "kb_banned_catches": Text("知识库里这些地方会被拦下", "Caught in the knowledge base"),
    "kb_banned_catches_nothing": Text(
        "常用语、答案和必答题里都没有这些话。",
        "No canned reply, answer or golden question has it.",
    ),
    "kb_caught_reply": Text("常用语", "Canned reply"),
    "kb_caught_answer": Text("答案", "Answer"),
    "kb_caught_golden": Text("必答题", "Golden question"),
    "kb_banned_instead": Text(
        "「{phrase}」出厂词表里也有，发布后以这里的为准。",
        "“{phrase}” is shipped, too; once published, only this counts.",
    ),
    "kb_banned_off_for_nothing": Text(
        "「{phrase}」不在出厂词表里，放行它没有作用。",
        "“{phrase}” is not shipped: switching it off does nothing.",
    ),
    "kb_banned_try": Text("试一句话", "Try a sentence"),
    "kb_banned_try_it": Text("看看", "Try it"),
    "kb_banned_fine": Text("这句话可以发。", "This may be sent."),
    "kb_banned_live_differs": Text("以上按草稿。现在线上：", "That is the draft. What is live says:"),
    "kb_banned_live_fine": Text("可以发。", "it may be sent."),
    "kb_banned_change": Text("改这一句", "Change this phrase"),
    "kb_banned_shipped": Text("出厂词表", "The shipped list"),
    "kb_banned_shipped_hint": Text(
        "共 {count} 句。搜一句，点它就能放行或改写；* 列出全部。",
        "Phrases: {count}. Look one up, and press it to switch it off or give it another wording; * lists all.",
    ),
    "kb_banned_search": Text("在出厂词表里找", "Look in the shipped list"),
    "kb_banned_find": Text("查找", "Look"),
    "kb_banned_not_shipped": Text("出厂词表里没有。", "The shipped list has none like it."),
    "kb_banned_changed": Text("已改", "changed"),
    "kb_fault_better": Text(
        "更好的说法里有「{phrase}」，它自己就是忌语",
        "The better wording says “{phrase}”, which is banned itself",
    ),
    "kb_fault_two_languages": Text(
        "中文和英文分开写：更好的说法只有一种语言",
        "Keep Chinese and English apart: the better wording is in one language",
    ),
    "kb_fault_phrase_twice": Text(
        "「{phrase}」已经在您的忌语里了", "“{phrase}” is among your banned phrases already"
    ),
    "kb_fault_phrase_letters": Text("「{phrase}」里没有字", "“{phrase}” has no letter in it"),
    "kb_fault_phrase_long": Text("一句忌语最多 100 字", "A phrase has 100 characters at most"),
    "kb_fault_wording_long": Text("最多 500 字", "At most 500 characters"),
}
