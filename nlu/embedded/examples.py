"""Texts that are known to mean an entry, in the order in which the engine learns them."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlu.embedded.reading import Reader
from nlu.knowledge.entries import KnowledgeBase
from nlu.normalise import bare


@dataclass(frozen=True)
class Labelled:
    """Texts as the reader reads them, by label; and what is counted when it is asked how good we are."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...]  # the language of each; "" for a title, which is learned from but not asked
    out_of_scope: tuple[str, ...] = ()  # texts that are about none of them
    synonyms: tuple[tuple[str, ...], ...] = ()

    @property
    def entries(self) -> tuple[str, ...]:
        """The labels, each once, in order."""
        return tuple(dict.fromkeys(self.labels))

    def exact(self) -> dict[str, int]:
        """By bare text, the number of the entry; only texts that belong to one entry."""
        owners: dict[str, set[str]] = {}
        for text, label in zip(self.texts, self.labels, strict=True):
            if key := bare(text):
                owners.setdefault(key, set()).add(label)
        number = {entry: place for place, entry in enumerate(self.entries)}
        return {key: number[next(iter(labels))] for key, labels in owners.items() if len(labels) == 1}


def of_knowledge(knowledge: KnowledgeBase, unrelated: Sequence[str]) -> Labelled:
    """All phrasings and titles; out of scope is what the knowledge base names so, and what no shop answers."""
    entries = knowledge.entries.values()
    phrasings = [
        (text, entry.id, language)
        for entry in entries
        for language in entry.phrasings
        for text in entry.phrasings[language]
    ]
    titles = [(text, entry.id, "") for entry in entries for text in entry.title.values()]
    outside = [text for texts in knowledge.out_of_scope.values() for text in texts]
    return _of_rows(phrasings + titles, [*outside, *unrelated], knowledge.synonyms)


def of_pairs(pairs: Sequence[tuple[str, str]], unrelated: Sequence[str]) -> Labelled:
    """Plain (text, label) pairs."""
    return _of_rows([(text, label, "all") for text, label in pairs], unrelated, ())


def _of_rows(
    rows: Sequence[tuple[str, str, str]], outside: Sequence[str], synonyms: tuple[tuple[str, ...], ...]
) -> Labelled:
    """A text stands once below a label, so that it is never left out in vain."""
    reader = Reader(synonyms)
    groups: dict[tuple[str, str], str] = {}
    for text, label, group in rows:
        groups.setdefault((label, reader.read(text)), group)
    ordered = sorted(groups)
    texts = tuple(text for _, text in ordered)
    answered = set(texts)
    strangers = dict.fromkeys(map(reader.read, outside))
    return Labelled(
        texts=texts,
        labels=tuple(label for label, _ in ordered),
        groups=tuple(groups[row] for row in ordered),
        out_of_scope=tuple(text for text in strangers if text and text not in answered),
        synonyms=synonyms,
    )
