"""What the bot says by itself, in Chinese and English. Answers come from the knowledge base, handoffs from `handoff.notices`."""

from bot.dialogue import ENTRY, HUMAN, Cause, Clarify, buttons_of
from core.languages import ReplyLanguage
from core.messages import Button
from nlu.knowledge import KnowledgeBase

HUMAN_LABEL: dict[ReplyLanguage, str] = {"zh": "转人工", "en": "Talk to a person"}

_MISS_WITH_OPTIONS: dict[ReplyLanguage, str] = {
    "zh": "我想确认一下，您问的是下面哪一个？都不是的话，换个说法再发一次就好。",
    "en": "Let me make sure: is it one of these? If not, just put it another way.",
}

_HINTS: dict[ReplyLanguage, dict[Cause, str]] = {
    "zh": {
        Cause.MISS: "这句我没太明白。换个说法试试，比如「我的订单到哪了」；也可以直接找人工。",
        Cause.REJECTED: "没答到点上。您再说一下想问的是什么？也可以直接找人工。",
        Cause.VOICE: "语音我还听不了，麻烦用文字简单写一下；想直接说给人听，就点「转人工」。",
        Cause.FILE: "文件收到了，已经存好。用一句话告诉我它是关于什么的？",
        Cause.STICKER: "收到 😊 有什么要问的，用文字告诉我就行。",
        Cause.EMPTY: "这条消息里没有我能读的文字。您想问什么？打几个字就行。",
        Cause.LONG: "内容很长，我都存好了。麻烦用一两句话说说最想解决的问题；想让同事从头看，就点「转人工」。",
        Cause.FLOOD: "消息来得有点快，我都记下了。请把问题合成一句再发给我，或者点「转人工」。",
    },
    "en": {
        Cause.MISS: "I did not quite get that. Try other words, such as “where is my order”, or ask for a person.",
        Cause.REJECTED: "That missed the point. What would you like to know? You can also ask for a person.",
        Cause.VOICE: "I cannot listen to voice messages yet. Please type it in a few words, "
        "or ask for a person to hear it.",
        Cause.FILE: "Got your file and kept it. In one sentence, what is it about?",
        Cause.STICKER: "Got it 😊 If you have a question, just type it.",
        Cause.EMPTY: "There were no words in that message. What would you like to know?",
        Cause.LONG: "That is long, and I have kept all of it. What is the main thing, in a sentence or two? "
        "Or ask for a person to read it.",
        Cause.FLOOD: "Your messages come faster than I can answer; I have kept them all. "
        "Please put your question into one message, or ask for a person.",
    },
}


def clarify(
    decision: Clarify, knowledge: KnowledgeBase, language: ReplyLanguage
) -> tuple[str, tuple[Button, ...]]:
    """The text and the buttons of a clarifying question."""
    text = _HINTS[language][decision.cause]
    if decision.cause is Cause.MISS and decision.entries:
        text = _MISS_WITH_OPTIONS[language]
    labels = {ENTRY + entry: knowledge.entries[entry].title[language] for entry in decision.entries}
    labels[HUMAN] = HUMAN_LABEL[language]
    return text, tuple(Button(action=action, label=labels[action]) for action in buttons_of(decision))
