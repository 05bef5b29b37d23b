"""Knowledge bases for tests: one small entry, one that uses everything, and any that hypothesis can think of."""

from typing import Any

from hypothesis import strategies as st

from nlu.knowledge.banned import Family
from nlu.knowledge.documents import from_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.variables import find_problems

ENTRY = """\
entries:
  - id: greeting
    title: {zh: 打招呼, en: Hello}
    phrasings:
      zh: [你好]
      en: [hello, no]
    answers:
      zh: 您好
      en: Hi there
"""  # a file


def entry(entry_id: str = "greeting", **changes: Any) -> dict[str, Any]:
    """An entry as plain data; None takes a key away."""
    whole = {
        "id": entry_id,
        "title": {"zh": f"标题 {entry_id}", "en": f"Title {entry_id}"},
        "phrasings": {"zh": [f"问 {entry_id}"], "en": [f"ask {entry_id}"]},
        "answers": {"zh": "您好", "en": "Hi there"},
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def field(name: str = "order", **changes: Any) -> dict[str, Any]:
    """A field to collect, as plain data."""
    return {
        "name": name,
        "ask": {"zh": "订单号是多少？", "en": "Which order number?"},
        "pattern": "order_number",
        "hint": {"zh": "订单号在「我的订单」里。", "en": "You find it under My orders."},
        **changes,
    }


EVERYTHING: dict[str, Any] = {
    "entries": [
        entry(
            "invoice",
            answers_on={"telegram": {"zh": "发票\n请点链接"}, "http_api": {"zh": "发票", "en": "Invoice"}},
            buttons=["repair", "human"],
            attachments=[
                {"url": "https://shop.example/a%20b.pdf", "name": "a b.pdf", "mime": "application/pdf"},
                {"url": "https://shop.example/x", "name": "left | right", "mime": "image/png"},
            ],
            valid_from="2026-05-01",
            valid_until="2026-05-31",
        ),
        entry("progress", action="progress"),
        entry("person", action="handoff"),
        entry("care", action={"handoff": "care"}),
        entry(
            "repair",
            action={"collect": {"queue": "care", "fields": [field(), field("room", pattern=r"[1-9]\d{2}")]}},
        ),
    ],
    "out_of_scope": {"zh": ["今天天气怎么样", "讲个笑话"], "en": ["tell me a joke"]},
    "synonyms": [["冰箱", "雪柜", "fridge"], ["退货", "退貨單"]],
    "replies": [
        {
            "id": "invoice",
            "title": {"zh": "问候", "en": "Greeting"},
            "text": {"zh": "您好[，{customer}]！\n我是{agent}。", "en": "=Hello[ {customer}], {agent} here"},
            "queues": ["care", "service"],
        },
        {"id": "wait", "title": {"zh": "稍等", "en": "Wait"}, "text": {"zh": "[图片]", "en": "'-1 ]["}},
    ],
    "banned": [
        {
            "id": "money",
            "phrases": ["你买不起", "没钱就别买"],
            "hold": "block",
            "family": "mocking",
            "better": "我给您看看更实惠的款式。",
            "why": "嫌顾客穷。\n会被投诉",
        },
        {
            "id": "as_i_said",
            "phrases": ["=as I said", "like I said"],
            "hold": "warn",
            "family": "hitting_back",
            "better": "Let me put it another way.",
            "why": "-1",
        },
        {"id": "hold_on", "phrases": ["hold on"], "hold": "off"},
    ],
}

NASTY = [
    "no", "Yes", "~", "null", "true", "12:30", "007", "0x1F", "1e5", "1_000", ".5", ".inf", "2026-05-01", "<<", "=",
    "- item", "# not a comment", "a: b", "a #b", "key:", "{a}", "[b]", "&anchor", "*alias", "!tag", "|", ">", "%", "@",
    "`", "'", '"', "''quoted''", "'=1+1", "''=1", "=1+1", "=cmd|' /C calc'!A0", "+86 10", "-5", "@SUM(A1)", "＝1+1",
    "#N/A", "#REF!", "TRUE", "_x000D_", "_x005F_x0041_", "a,b", "a;b", "a\tb", "x | y | z", "😀 👨‍👩‍👧 🇨🇳", "é", "\ufeffbom",
    "中\u2028文", "a\u2029b", "\u00a0x\u3000y", "\u200bz", "</t>&amp;<![CDATA[", "\\n \\u0041", "line\n\n- two\n  # three",
    "a \nb", "\ttab\n\tb", "end:\n", "?", "? a", "---", "...", "--- x\n...", "% d\n%e", "{\"a\": 1}", "progress", "handoff",
]  # fmt: skip

_characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
_texts = (
    st.sampled_from(NASTY)
    | st.text(_characters | st.sampled_from("\n\r\t'\"=-:#,|_x0041"), min_size=1, max_size=30)
    | st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map("\n".join)
).filter(lambda text: bool(text.strip()))
_ids = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,12}\Z").filter(lambda name: name != "human")


def _in_both(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"zh": values, "en": values})


def _in_some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["zh", "en"]), values, min_size=1)


_fields = st.lists(
    st.fixed_dictionaries(
        {
            "name": _ids,
            "ask": _in_both(_texts),
            "pattern": st.sampled_from(["phone", "text", r"\d{3} ?#: '\"", " =a", "[一-龥]+", r"a|b\n"]),
            "hint": _in_both(_texts),
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: str(one["name"]),
)
_actions = (
    st.sampled_from(["answer", "progress", "handoff"])
    | st.fixed_dictionaries({"handoff": _ids})
    | st.fixed_dictionaries({"collect": st.fixed_dictionaries({"fields": _fields}, optional={"queue": _ids})})
)
_attachments = st.fixed_dictionaries(
    {
        "url": st.sampled_from(
            ["https://a.example/x.png", "https://a.example/?q=1|2#f", "https://b.example/%E4%B8%AD"]
        )
    },
    optional={"name": _texts, "mime": st.sampled_from(["image/png", "text/plain; charset=utf-8"])},
)
_said = (_texts | st.sampled_from(["[, {customer}]", "{agent}", "[]", "[x", "｛shop｝"])).filter(
    lambda text: not list(find_problems(text))
)
_replies = st.lists(
    st.fixed_dictionaries(
        {"id": _ids, "title": _in_both(_texts), "text": _in_both(_said)},
        optional={"queues": st.lists(_ids, max_size=2, unique=True)},
    ),
    max_size=2,
    unique_by=lambda one: str(one["id"]),
)
_banned = st.lists(
    st.fixed_dictionaries(
        {
            "id": _ids,
            "phrases": st.sampled_from(["yes", "{a}", "-x"]).map(
                lambda word: [f"= say {word}", f"{word}, {word}y"]
            ),
            "hold": st.sampled_from(["off", "warn", "block"]),
            "family": st.sampled_from(list(Family)).map(str),
            "better": _texts,
            "why": _texts,
        }
    ),
    max_size=2,
    unique_by=(lambda one: str(one["id"]), lambda one: str(one["phrases"])),
)
_validity = st.fixed_dictionaries(
    {},
    optional={
        "valid_from": st.just("2026-05-01"),
        "valid_until": st.sampled_from(["2026-05-01", "2027-01-31"]),
    },
)


@st.composite
def knowledge_bases(draw: st.DrawFn) -> KnowledgeBase:
    """Any knowledge base that can be written, hostile texts included."""
    ids = draw(st.lists(_ids, min_size=1, max_size=4, unique=True))
    entries = []
    for entry_id in ids:
        others = [name for name in [*ids, "human"] if name != entry_id]
        entries.append(
            {
                "id": entry_id,
                "title": draw(_in_both(_texts)),
                "phrasings": draw(_in_both(st.lists(_texts, min_size=1, max_size=4))),
                "answers": draw(_in_both(_texts)),
                "answers_on": draw(
                    st.dictionaries(st.sampled_from(["telegram", "web", "no"]), _in_some(_texts), max_size=2)
                ),
                "buttons": draw(st.lists(st.sampled_from(others), max_size=3, unique=True)),
                "attachments": draw(st.lists(_attachments, max_size=2)),
                "action": draw(_actions),
                **draw(_validity),
            }
        )
    numbers = st.lists(st.integers(0, 999), min_size=4, max_size=4, unique=True)
    words = [f"{draw(_texts)} n{number}" for number in draw(numbers)] if draw(st.booleans()) else []
    return from_data(
        {
            "entries": entries,
            "out_of_scope": draw(_in_some(st.lists(_texts, max_size=3))),
            "synonyms": [words[:2], words[2:]] if words else [],
            "replies": draw(_replies),
            "banned": draw(_banned),
        }
    )
