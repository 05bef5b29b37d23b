"""What could be better in a knowledge base: mistakes, warnings and advice, for the people who write it."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.languages import REPLY_LANGUAGES, ReplyLanguage
from nlu.knowledge.entries import HUMAN, Collect, Entry, HandOver, KnowledgeBase
from nlu.normalise import bare, normalise

FEW = 8  # phrasings per language; with fewer, an entry is often not understood
ENOUGH = 12
LONG_ANSWER = 1000  # characters
CONFUSED_PAIRS = 10  # are told, the most confused first
CONFUSED_AT_LEAST = 2  # phrasings, for a pair to be told
CONFUSED_SHARE = 0.1  # of a pair's phrasings: from here on it is a warning
EXAMPLES = 3

_IN_ZH: dict[ReplyLanguage, str] = {"zh": "中文", "en": "英文"}


class Severity(StrEnum):
    """How much it matters."""

    MISTAKE = "mistake"  # the bot would do something wrong: mend it before publishing
    WARNING = "warning"  # the bot will answer worse than it could
    ADVICE = "advice"


class Topic(StrEnum):
    """What a finding is about; the value is its heading."""

    SHARED = "The same phrasing in two entries"
    MISSING = "Texts that are missing"
    QUEUE = "Queues that do not exist"
    BUTTON = "Buttons that lead nowhere"
    VALIDITY = "Days of validity"
    BANNED = "Banned phrases in answers"
    STRAY = "Phrasings nearer to another entry"
    CONFUSED = "Entries that are taken for each other"
    FEW = "Few phrasings"
    LONG = "Long answers"
    LANGUAGE = "Texts in the other language"
    REPLIES = "Canned replies"
    WORDINGS = "Banned phrases of your own"
    REPEATED = "The same phrasing twice in an entry"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to mend or to look at, and the entries that it is about, the first most; in English and Chinese."""

    severity: Severity
    topic: Topic
    entries: tuple[str, ...]
    text: str
    zh: str


@dataclass(frozen=True, kw_only=True)
class LeftOutPhrasing:
    """A phrasing as the engine takes it when it has learned from all others, but not from this one."""

    text: str
    entry: str  # whose phrasing it is
    guess: str  # the entry that it is taken for
    probability: float  # of the guess
    closeness: float  # cosine to the nearest other phrasing of its own entry; -1 where there is none
    other: str  # the entry that has the nearest phrasing among all other entries
    other_text: str  # that phrasing
    other_closeness: float


def check(
    knowledge: KnowledgeBase, left_out: Sequence[LeftOutPhrasing], *, today: date, queues: Collection[str]
) -> list[Finding]:
    """All findings, mistakes first. `queues` are the names that the configuration knows."""
    entries = knowledge.entries
    findings = [*_find_shared(knowledge), *_find_stray(left_out), *_find_confused(left_out)]
    for entry in entries.values():
        findings += _find_missing(entry)
        findings += _find_few(entry)
        findings += _find_long(entry)
        findings += _find_language(entry)
        findings += _find_validity(entry, today)
        findings += _find_buttons(entry, knowledge, today)
        findings += _find_queue(entry, queues)
    findings += _find_queues_of_replies(knowledge, queues)
    severities, topics = list(Severity), list(Topic)
    return sorted(findings, key=lambda each: (severities.index(each.severity), topics.index(each.topic)))


def describe(findings: Sequence[Finding], *, limit: int = 10) -> str:
    """The findings for a terminal, grouped, at most `limit` of each topic."""
    if not findings:
        return "Nothing to mend."
    counts = Counter(finding.severity for finding in findings)
    lines = [", ".join(_count(counts[severity], severity) for severity in Severity if counts[severity])]
    for severity in Severity:
        for topic in Topic:
            group = [each for each in findings if each.severity is severity and each.topic is topic]
            if group:
                lines += ["", f"{topic} ({severity})"]
                lines += [f"  {', '.join(finding.entries)}: {finding.text}" for finding in group[:limit]]
                if len(group) > limit:
                    lines.append(f"  … and {len(group) - limit} more")
    return "\n".join(lines)


def _count(number: int, severity: Severity) -> str:
    if severity is Severity.ADVICE:
        return f"{number} {'piece' if number == 1 else 'pieces'} of advice"
    return f"{number} {severity}{'' if number == 1 else 's'}"


def _find_shared(knowledge: KnowledgeBase) -> Iterator[Finding]:
    """Texts that are the same to the engine, twice in an entry or in several."""
    phrasings: defaultdict[str, list[tuple[str, str]]] = defaultdict(
        list
    )  # (entry, text) by what is compared
    titles: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in knowledge.entries.values():
        for text in (text for texts in entry.phrasings.values() for text in texts):
            phrasings[key_of(text)].append((entry.id, text))
        for text in entry.title.values():
            titles[key_of(text)][entry.id] = text
    for owned in phrasings.values():
        owners = Counter(owner for owner, _ in owned)
        for owner, count in owners.items():
            if count > 1:
                same = _quoted(list(dict.fromkeys(text for name, text in owned if name == owner)))
                text = f"{same}, {count} times. To the engine they are one: other ways to ask help more"
                zh = f"{same} 出现了 {count} 次。对机器人来说是同一句：换几种问法更有用"
                yield _advice(Topic.REPEATED, (owner,), text, zh)
        if len(owners) > 1:
            text = f"{_quoted([owned[0][1]])}. Leave it where it is answered best, or join the entries"
            zh = f"{_quoted([owned[0][1]])}。只留在答得最好的那一条里，或者把几条合并"
            yield _mistake(Topic.SHARED, tuple(owners), text, zh)
    for key, named in titles.items():
        others = {owner for owner, _ in phrasings.get(key, ())} - named.keys()
        if len(named) > 1 or others:
            title = _quoted(list(named.values())[:1])
            text = f"{title} is a title. As a button it tells too little: make it more exact"
            zh = f"{title} 是标题，作为按钮说得太笼统，写得更具体些"
            yield _warning(Topic.SHARED, (*named, *sorted(others)), text, zh)
    for text in (text for texts in knowledge.out_of_scope.values() for text in texts):
        if owned := phrasings.get(key_of(text), []):
            problem = f"{_quoted([text])} also stands in out_of_scope. Delete one of the two"
            zh = f"{_quoted([text])} 也在「不回答的话」里。两处删掉一处"
            yield _mistake(Topic.SHARED, tuple(dict.fromkeys(owner for owner, _ in owned)), problem, zh)


def key_of(text: str) -> str:
    """What is the same of texts that are one to the engine."""
    plain = normalise(text)
    return bare(plain) or plain


def _find_stray(left_out: Sequence[LeftOutPhrasing]) -> Iterator[Finding]:
    """Phrasings nearer to another entry; a warning where they are also taken for it."""
    groups: defaultdict[tuple[str, str, bool], list[LeftOutPhrasing]] = defaultdict(list)
    for each in left_out:
        if each.other_closeness > each.closeness:
            groups[each.entry, each.other, each.guess == each.other].append(each)
    for (entry, other, taken), group in sorted(groups.items(), key=lambda item: -len(item[1])):
        group.sort(key=lambda each: each.closeness - each.other_closeness)
        shown = "; ".join(
            f"{_quoted([each.text])} is like {_quoted([each.other_text])}" for each in group[:EXAMPLES]
        )
        zh = "；".join(f"{_quoted([each.text])} 像 {_quoted([each.other_text])}" for each in group[:EXAMPLES])
        if len(group) > EXAMPLES:
            more = len(group) - EXAMPLES
            shown, zh = f"{shown}; and {more} more", f"{zh}；还有 {more} 句"
        if taken:
            text = f"{shown}. Taken for {other}: should they move there?"
            yield _warning(Topic.STRAY, (entry, other), text, f"{zh}。会被当成 {other}：要不要移过去？")
        else:
            yield _advice(Topic.STRAY, (entry, other), shown, zh)


def _find_confused(left_out: Sequence[LeftOutPhrasing]) -> Iterator[Finding]:
    """The pairs of entries whose phrasings are taken for each other most."""
    totals = Counter(each.entry for each in left_out)
    pairs: defaultdict[tuple[str, str], list[LeftOutPhrasing]] = defaultdict(list)
    for each in left_out:
        if each.guess != each.entry:
            first, second = sorted((each.entry, each.guess))
            pairs[first, second].append(each)
    for (one, two), group in sorted(pairs.items(), key=lambda item: -len(item[1]))[:CONFUSED_PAIRS]:
        total = totals[one] + totals[two]
        if len(group) < CONFUSED_AT_LEAST:
            continue
        group.sort(key=lambda each: -each.probability)
        shown = "; ".join(f"{_quoted([each.text])} is taken for {each.guess}" for each in group[:EXAMPLES])
        text = f"{len(group)} of {total} phrasings, when left out of training: {shown}"
        told = "；".join(f"{_quoted([each.text])} 会被当成 {each.guess}" for each in group[:EXAMPLES])
        zh = f"{total} 句里有 {len(group)} 句没学过时会弄混：{told}"
        severity = Severity.WARNING if len(group) >= CONFUSED_SHARE * total else Severity.ADVICE
        yield Finding(severity=severity, topic=Topic.CONFUSED, entries=(one, two), text=text, zh=zh)


def _find_missing(entry: Entry) -> Iterator[Finding]:
    for noun, zh, part in (
        ("title", "标题", entry.title),
        ("phrasing", "问法", entry.phrasings),
        ("answer", "答案", entry.answers),
    ):
        for language in REPLY_LANGUAGES:
            if not part.get(language):
                text = f"no {noun} in {language}. Add it"
                yield _mistake(Topic.MISSING, (entry.id,), text, f"缺{_IN_ZH[language]}{zh}，补上")


def _find_few(entry: Entry) -> Iterator[Finding]:
    counts = {language: len(entry.phrasings.get(language, ())) for language in REPLY_LANGUAGES}
    few = {language: count for language, count in counts.items() if 0 < count < ENOUGH}
    if few:
        said = " and ".join(f"{count} in {language}" for language, count in few.items())
        text = f"{said}. {ENOUGH} or more are good, each another way to ask"
        told = "，".join(f"{_IN_ZH[language]} {count} 句" for language, count in few.items())
        zh = f"{told}。最好有 {ENOUGH} 句以上，各换一种问法"
        add = _warning if min(few.values()) < FEW else _advice
        yield add(Topic.FEW, (entry.id,), text, zh)


def _find_long(entry: Entry) -> Iterator[Finding]:
    for language, place, answer in _answers(entry):
        if len(answer) > LONG_ANSWER:
            text = f"{len(answer):,} characters in {language}{place}. Few people read that on a phone: shorten it, or link"
            zh = f"{_IN_ZH[language]}答案有 {len(answer):,} 个字符。手机上很少有人读完：写短些，或放个链接"
            yield _warning(Topic.LONG, (entry.id,), text, zh)


def _find_language(entry: Entry) -> Iterator[Finding]:
    """An answer that is the same in both languages: somebody had only one, and its other customers cannot read it."""
    if entry.answers.get("zh") == entry.answers.get("en") and entry.answers.get("zh"):
        text = "the answer is the same in zh and in en. Translate it before customers of the other language get it"
        zh = "中文和英文的答案一样。先翻译好，别让另一种语言的顾客看不懂"
        yield _warning(Topic.LANGUAGE, (entry.id,), text, zh)


def _answers(entry: Entry) -> Iterator[tuple[ReplyLanguage, str, str]]:
    for language, answer in entry.answers.items():
        yield language, "", answer
    for channel, wording in entry.answers_on.items():
        for language, answer in wording.items():
            yield language, f" on {channel}", answer


def _find_validity(entry: Entry, today: date) -> Iterator[Finding]:
    first, last = entry.valid_from, entry.valid_until
    if first and last and last < first:
        text = f"valid_until {last} is before valid_from {first}. Swap them"
        yield _mistake(Topic.VALIDITY, (entry.id,), text, f"截止日 {last} 早于起始日 {first}，对调一下")
    elif last and last < today:
        text = f"ended on {last} and is not answered any more. Delete it, or set a later valid_until"
        yield _warning(Topic.VALIDITY, (entry.id,), text, f"{last} 已过期，不再回答。删掉，或改晚截止日")
    elif first and first > today:
        yield _advice(Topic.VALIDITY, (entry.id,), f"is not answered before {first}", f"{first} 之前不回答")


def _find_buttons(entry: Entry, knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    for button in entry.buttons:
        if button == HUMAN:
            continue
        target = knowledge.entries.get(button)
        if target is None:
            text = f"there is no entry {button}. Delete the button"
            yield _mistake(Topic.BUTTON, (entry.id,), text, f"没有 {button} 这一条，删掉这个按钮")
        elif not target.is_valid(today):
            text = f"{button} is not answered today. Delete the button, or change the days of {button}"
            zh = f"{button} 今天不回答。删掉这个按钮，或改 {button} 的日期"
            yield _warning(Topic.BUTTON, (entry.id, button), text, zh)


def _find_queue(entry: Entry, queues: Collection[str]) -> Iterator[Finding]:
    match entry.action:
        case HandOver(queue=str(queue)) | Collect(queue=str(queue)) if queue not in queues:
            yield _mistake(Topic.QUEUE, (entry.id,), *_no_queue(queue, queues))


def _find_queues_of_replies(knowledge: KnowledgeBase, queues: Collection[str]) -> Iterator[Finding]:
    for reply in knowledge.replies.values():
        for queue in reply.queues:
            if queue not in queues:
                yield _warning(Topic.REPLIES, (reply.id,), *_no_queue(queue, queues))


def _no_queue(queue: str, queues: Collection[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(queue, queues, n=1)
    mend = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(queues))}"
    return f"there is no queue {queue}. {mend}", f"没有 {queue} 这个队列。现有：{'、'.join(sorted(queues))}"


def _quoted(texts: Sequence[str]) -> str:
    return ", ".join(f"“{text if len(text) <= 60 else text[:57] + '…'}”" for text in texts)


def _mistake(topic: Topic, entries: tuple[str, ...], text: str, zh: str) -> Finding:
    return Finding(severity=Severity.MISTAKE, topic=topic, entries=entries, text=text, zh=zh)


def _warning(topic: Topic, entries: tuple[str, ...], text: str, zh: str) -> Finding:
    return Finding(severity=Severity.WARNING, topic=topic, entries=entries, text=text, zh=zh)


def _advice(topic: Topic, entries: tuple[str, ...], text: str, zh: str) -> Finding:
    return Finding(severity=Severity.ADVICE, topic=topic, entries=entries, text=text, zh=zh)
