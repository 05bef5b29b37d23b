"""What the bot says by itself, in Chinese and English. Answers come from the knowledge base, handoffs from `handoff.notices`."""

import re
from collections.abc import Iterable, Sequence

from bot.decisions import ENTRY, SKIP, Ask, Clarify, Entries, Thank
from bot.state import Asking, Cause
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.messages import Button
from nlu.knowledge.entries import HUMAN, Collect, Field
from nlu.understanding import Understanding

# Letters of English that change the language of a Chinese conversation: more than "ok" or "hi".
SAYS_SOMETHING = 4
_NAME = re.compile(r"\S*(?:\d|[a-z][A-Z])\S*")  # an order number, an iPhone: no words of a language

_LABELS: dict[ReplyLanguage, dict[str, str]] = {
    "zh": {HUMAN: "转人工", SKIP: "跳过"},
    "en": {HUMAN: "Talk to a person", SKIP: "Skip this"},
}

_MISS_WITH_OPTIONS: dict[ReplyLanguage, str] = {
    "zh": "我想确认一下，您问的是下面哪一个？都不是的话，换个说法再发一次就好。",
    "en": "Let me make sure: is it one of these? If not, just put it another way.",
}

_HINTS: dict[ReplyLanguage, dict[Cause, str]] = {
    "zh": {
        Cause.MISS: "这句我没太明白。换个说法试试，比如「我的订单到哪了」；也可以直接找人工。",
        Cause.REJECTED: "没答到点上。您再说一下想问的是什么？也可以直接找人工。",
        Cause.UNHELPFUL: "抱歉没帮上忙，谢谢您告诉我。您最想弄清楚的是什么？换个说法再问我一次；也可以直接找人工。",
        Cause.VOICE: "语音我还听不了，麻烦用文字简单写一下；想直接说给人听，就点「转人工」。",
        Cause.FILE: "文件收到了，已经存好。用一句话告诉我它是关于什么的？",
        Cause.STICKER: "收到 😊 有什么要问的，用文字告诉我就行。",
        Cause.EMPTY: "这条消息里没有我能读的文字。您想问什么？打几个字就行。",
        Cause.LONG: "内容很长，我都存好了。麻烦用一两句话说说最想解决的问题；想让同事从头看，就点「转人工」。",
        Cause.FLOOD: "消息来得有点快，我都记下了。请把问题合成一句再发给我，或者点「转人工」。",
        Cause.LANGUAGE: "好的，接下来我用中文。您想问什么？",
        Cause.CANCELLED: "好的，先不办了。还有别的要问，直接告诉我；想让同事来办，就点「转人工」。",
    },
    "en": {
        Cause.MISS: "I did not quite get that. Try other words, such as “where is my order”, or ask for a person.",
        Cause.REJECTED: "That missed the point. What would you like to know? You can also ask for a person.",
        Cause.UNHELPFUL: "Sorry that did not help, and thank you for saying so. What would you like to know most? "
        "Put it another way, or ask for a person.",
        Cause.VOICE: "I cannot listen to voice messages yet. Please type it in a few words, "
        "or ask for a person to hear it.",
        Cause.FILE: "Got your file and kept it. In one sentence, what is it about?",
        Cause.STICKER: "Got it 😊 If you have a question, just type it.",
        Cause.EMPTY: "There were no words in that message. What would you like to know?",
        Cause.LONG: "That is long, and I have kept all of it. What is the main thing, in a sentence or two? "
        "Or ask for a person to read it.",
        Cause.FLOOD: "Your messages come faster than I can answer; I have kept them all. "
        "Please put your question into one message, or ask for a person.",
        Cause.LANGUAGE: "Sure, in English from now on. What would you like to know?",
        Cause.CANCELLED: "All right, I have left that. Just ask if there is anything else, "
        "or ask for a person to do it for you.",
    },
}


_THANKS: dict[ReplyLanguage, dict[bool, str]] = {
    "zh": {
        True: "能帮上就好 😊",
        False: "抱歉没帮上忙，谢谢您告诉我们，我们会改。要是还没解决，点「转人工」就有同事来帮您。",
    },
    "en": {
        True: "Glad that helped 😊",
        False: "Sorry that did not help. Thank you for telling us; we will mend it. "
        "If you still need something, a person can help you.",
    },
}
_SKIPPED: dict[ReplyLanguage, str] = {
    "zh": "没关系，先跳过这一项。",
    "en": "Never mind, we can do without it.",
}
_AGAIN: dict[ReplyLanguage, str] = {"zh": "接着刚才的：", "en": "Back to where we were:"}


def clarify(decision: Clarify, language: ReplyLanguage) -> str:
    """The text of a clarifying question."""
    if decision.cause in (Cause.MISS, Cause.LANGUAGE) and decision.entries:
        return _MISS_WITH_OPTIONS[language]
    return _HINTS[language][decision.cause]


def thank(decision: Thank, language: ReplyLanguage) -> str:
    """For a vote."""
    return _THANKS[language][decision.helpful]


def ask(decision: Ask, entries: Entries, language: ReplyLanguage) -> str:
    """The question for a field, or why it is asked again."""
    wanted = _field(decision.asking, entries)
    match decision.cause:
        case Cause.WRONG:
            return wanted.hint[language]
        case Cause.SKIPPED:
            return join([_SKIPPED[language], wanted.ask[language]], language)
        case _:
            return wanted.ask[language]


def ask_after_answer(asking: Asking, entries: Entries, language: ReplyLanguage) -> str:
    """The question for a field behind an answer: for the first time, or again after an interruption."""
    question = _field(asking, entries).ask[language]
    return join([_AGAIN[language], question], language) if asking.reminded else question


def _field(asking: Asking, entries: Entries) -> Field:
    action = entries[asking.entry].action
    if not isinstance(action, Collect):
        raise TypeError(f"nothing is collected for {asking.entry}")
    return action.fields[asking.field]


def join(sentences: Iterable[str], language: ReplyLanguage) -> str:
    """Sentences in one line, as the language spaces them."""
    return ("" if language == "zh" else " ").join(sentences)


def buttons(actions: Sequence[str], entries: Entries, language: ReplyLanguage) -> tuple[Button, ...]:
    """The buttons of these actions."""
    labels = _LABELS[language]
    return tuple(
        Button(action=action, label=labels.get(action) or entries[action.removeprefix(ENTRY)].title[language])
        for action in actions
    )


def reply_language(
    current: str | None, understanding: Understanding | None, default: ReplyLanguage
) -> ReplyLanguage:
    """The language to reply in: the customer's, and where that does not show, the conversation's or the default."""
    now: ReplyLanguage | None = next((language for language in REPLY_LANGUAGES if language == current), None)
    match understanding.language if understanding else "other":
        case "zh-Hans" | "zh-Hant":
            return "zh"
        case "en" if now != "zh" or _count_letters(understanding) >= SAYS_SOMETHING:
            return "en"
    return now or default


def _count_letters(understanding: Understanding | None) -> int:
    text = _NAME.sub("", understanding.text) if understanding else ""
    return sum(character.isalpha() for character in text)
