"""What Slack shows of tickets, as Block Kit: a ticket's card, which is kept current in place. Pure.

What people wrote stands in plain text, or is escaped: it mentions nobody and formats nothing.
"""

from collections.abc import Sequence

from channels.slack.markup import escape
from handoff.desk.blocks import (
    LINE,
    NAME,
    PIECE,
    TITLE,
    WHOLE,
    Block,
    Post,
    button,
    clock_line,
    context,
    date,
    line,
    marked,
    menu,
    plain,
    section,
)
from handoff.desk.procedure import Procedure, left_out
from handoff.kinds import Reason
from handoff.permits import Act
from handoff.wording.clocks import FullClock
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet

ASKED, ASKED_LINES = 200, 3  # of what the customer asked: characters of each, and how many, the last ones
TRIED = 5  # entries that the bot answered with, the last ones
COLLECTED = 8  # fields that the customer filled in
HOPS = 5  # the last ones of the chain of responsibility
TAGS = 8  # of the customer, the first ones
RATINGS = 3  # the last answers to surveys
# The act that must be open (None: always), the action id, the text.
_BUTTONS: Sequence[tuple[Act | None, str, str]] = (
    (Act.ANSWER_OFFER, "accept", "accept"),
    (Act.ANSWER_OFFER, "decline", "decline"),
    (Act.TAKE, "take", "take"),
    (Act.CONFIRM, "confirm", "confirm_outcome"),
    (None, "complaint", "complaint_handle"),
    (None, "visit", "complaint_visit"),
    (None, "said", "said_title"),
    (Act.RESOLVE, "resolve", "resolve"),
    (Act.REPORT, "report", "report"),
    (Act.WAIT, "wait", "wait_for_customer"),
    (Act.OFFER, "transfer", "transfer"),
    (Act.REPLY, "suggest", "suggest"),
    (Act.REOPEN, "reopen", "reopen"),
    (None, "note", "note"),
    (None, "customer", "customer"),
)
# What is rarely needed, in the menu beside them; Slack shows five entries at most.
_MENU: Sequence[tuple[Act | None, str, str]] = (
    (Act.HAND_BACK, "hand_back", "hand_back"),
    (Act.GIVE, "give", "give"),
    (Act.SORT, "sort", "sort"),
    (None, "actions", "actions"),
)
_WROTE = ("event_customer_wrote", "event_customer_said")
_NATURAL = ("accept", "take", "visit", "confirm", "complaint", "resolve")  # which comes next, if it is open


def card(sheet: Sheet, reader: Reader, procedure: Procedure | None = None) -> Post:
    """A ticket's card; its sheet is one of `DeskView(reader, None)`, for all who look at it. `procedure` is a complaint's.

    While only time passes it stays the same, but for the level of a deadline: moments are told as Slack dates.
    """
    row = sheet.row
    who = line(row.customer, NAME) or reader.t("author_customer")
    blocks = [
        {"type": "header", "text": plain(f"{row.number} · {who}", TITLE)},
        section(marked(_about(sheet, reader))),
        context(marked(_since(sheet, reader))),
        *_procedure(procedure, reader),
    ]
    if Act.REOPEN not in sheet.acts or Act.CONFIRM in sheet.acts:  # not closed
        blocks += [*_offer(sheet), *_deadlines(sheet, reader), *_story(sheet, reader), *_chain(sheet, reader)]
    blocks += [*_ratings(sheet, reader), _acts(sheet, reader, procedure)]
    asked = reader.masked(sheet.asked[-1]) if sheet.asked else ""
    told = [row.number, who, row.reason, sheet.state, line(asked, LINE)]
    return Post(text=escape(" · ".join(filter(None, told))), blocks=blocks)


def _about(sheet: Sheet, reader: Reader) -> str:
    """Where it stands, and what it is."""
    row = sheet.row
    state = f"*{escape(line(sheet.state, LINE))}*"
    if row.hot:
        state = f"🚨 *{reader.t('urgent') if row.urgent else escape(row.reason)}* · {state}"
    parts = (row.reason, row.kind, sheet.category, row.queue, sheet.tier, row.channel, row.language)
    told = [state, " · ".join(escape(line(part, NAME)) for part in parts if part)]
    if sheet.is_spoken:
        reach = escape(line(sheet.reach, NAME)) or reader.t("reach_unknown")
        told.append(f"☎️ {reader.t('labelled', label=reader.t('reach'), text=reach)}")
    if sheet.tags:
        tags = [escape(line(tag, NAME)) for tag in sheet.tags[:TAGS]]
        told.append(f"🏷️ {reader.listed(tags)}" + (" …" if len(sheet.tags) > TAGS else ""))
    return "\n".join(told)


def _since(sheet: Sheet, reader: Reader) -> str:
    is_contact = sheet.row.reason_id == Reason.CONTACT
    key = "contact_opened_now" if is_contact else "opened_now"
    opened = reader.t(key, time=date(sheet.row.opened_at, reader))
    return f"{opened} · {escape(line(sheet.first_owner, LINE))}" if sheet.first_owner else opened


def _procedure(procedure: Procedure | None, reader: Reader) -> list[Block]:
    """How far a complaint is, and what it lacks."""
    if procedure is None:
        return []
    t = reader.t
    due = procedure.visit_from
    visit = t("complaint_visit_due", time=date(due, reader)) if due else ""
    said = [f"*{escape(procedure.stage)}*", visit, escape(procedure.tries)]
    told = t("labelled", label=t("complaint_stage"), text=" · ".join(filter(None, said)))
    needs = t("complaint_needs", missing=escape(procedure.missing)) if procedure.missing else ""
    return [section(marked("\n".join(filter(None, (told, needs)))))]


def _offer(sheet: Sheet) -> list[Block]:
    return [section(plain(line(sheet.offer, PIECE), PIECE))] if sheet.offer else []


def _deadlines(sheet: Sheet, reader: Reader) -> list[Block]:
    def say(clock: FullClock) -> str:
        return clock_line(clock.level, clock.promise, clock.due_at, reader) + (" ⚠️" if clock.guessed else "")

    if not sheet.clocks:
        return []
    guessed = any(clock.guessed for clock in sheet.clocks)
    notes = [context(marked(reader.t("guessed")))] if guessed else []
    return [section(marked("\n".join(map(say, sheet.clocks)))), *notes]


def _story(sheet: Sheet, reader: Reader) -> list[Block]:
    """What the customer asked and gave, and what the bot tried."""
    t = reader.t
    blocks: list[Block] = []
    if sheet.row.reason_id != Reason.CONTACT:  # which the bot has not seen
        tried = reader.listed([line(each, NAME) for each in sheet.tried[-TRIED:]]) or t("tried_nothing")
        blocks.append(context(plain(t("labelled", label=t("tried"), text=tried), WHOLE)))
    if sheet.asked:
        asked = [f"• {line(each, ASKED)}" for each in sheet.asked[-ASKED_LINES:]]
        blocks.insert(0, section(plain("\n".join([t("asked"), *asked]), WHOLE)))
    if sheet.collected:
        fields = list(sheet.collected.items())[:COLLECTED]
        given = [
            "• " + t("labelled", label=line(name, NAME), text=line(value, NAME)) for name, value in fields
        ]
        blocks.append(section(plain("\n".join([t("collected"), *given]), WHOLE)))
    return blocks


def _chain(sheet: Sheet, reader: Reader) -> list[Block]:
    """Who had it, one after the other, and why it came to the last one; without times, for those change."""
    hops = sheet.chain[-HOPS:]
    if len(hops) < 2:
        return []
    first = reader.t("first_owner_tag")
    names = [line(hop.who, NAME) + (f" [{first}]" if hop.first else "") for hop in hops]
    earlier = ["…"] if len(sheet.chain) > HOPS else []
    way = " → ".join([*earlier, *names])
    title = reader.t("chain", count=len(sheet.chain))
    return [context(plain(f"{title} {way} · {line(hops[-1].how, LINE)}", WHOLE))]


def _ratings(sheet: Sheet, reader: Reader) -> list[Block]:
    """What the customer said of it: of all that customers do, a history tells this and that they wrote."""
    customer, wrote = reader.t("author_customer"), {reader.t(key) for key in _WROTE}
    said = [
        line(past.what, ASKED) for past in sheet.history if past.who == customer and past.what not in wrote
    ]
    told = " · ".join(said[-RATINGS:])
    return [context(plain(reader.t("labelled", label=reader.t("survey"), text=told), WHOLE))] if said else []


def _acts(sheet: Sheet, reader: Reader, procedure: Procedure | None) -> Block:
    """A button for whatever can be done now; what is rarely needed is in a menu."""
    closed = {*left_out(procedure), *(("suggest",) if sheet.is_spoken else ())}
    if not sheet.may_log:
        closed.add("said")
    legal = [
        (action, text)
        for act, action, text in _BUTTONS
        if action not in closed and (act is None or act in sheet.acts)
    ]
    is_complete = procedure is not None and not procedure.missing
    open_now = dict(legal).keys() - ({"complaint"} if is_complete else set())
    natural = next((each for each in _NATURAL if each in open_now), None)
    value = str(sheet.row.id)
    buttons = [button(reader.t(text), action, value, primary=action == natural) for action, text in legal]
    rare = {
        action: reader.t(text)
        for act, action, text in _MENU
        if action not in closed and (act is None or act in sheet.acts)
    }
    more = [menu("more", rare, value)] if rare else []
    return {"type": "actions", "block_id": "acts", "elements": [*buttons, *more]}
