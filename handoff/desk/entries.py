"""What stands in a ticket's thread, and what only one agent sees: messages, notes, lines across, whispers. Pure.

What people wrote stands in plain text, or is escaped: it mentions nobody and formats nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit
from uuid import UUID

from channels.slack.markup import escape, pieces
from core.messages import Author
from handoff.desk.blocks import (
    LINE,
    MOST_WEIGHT,
    NAME,
    PIECE,
    UNSEEN,
    WHOLE,
    Block,
    Post,
    button,
    context,
    line,
    marked,
    plain,
    section,
    weigh,
)
from handoff.wording.reader import Reader
from handoff.wording.stream import Item, Link
from handoff.work import Held

NOTICE = 300  # what it weighs to say that a text was cut
FOLDED = 20  # messages before the thread
LINKS, ADDRESS = 5, 300  # attachments of a message, and the characters of an address that is made a link
SAID = 200  # characters of what became of a message
OFFENCES = 6  # of a reply that is held back
TOGETHER = 15  # alerts of a burst that are shown


def entry(item: Item, reader: Reader, *, customer: str, channel: str, base: str = "") -> Post:
    """A message of the conversation, or a note. `base` is the web address of our pages, for links to attachments."""
    if item.side == "mark":
        return changed(item.text)
    who = [line(item.who, NAME)]
    if item.side == Author.CUSTOMER:
        who = [line(customer, NAME) or who[0], channel, item.act]
    after = list(_after(item, reader, base))
    head = context(marked(f"*{escape(who[0])}*" + "".join(f" · {escape(more)}" for more in who[1:] if more)))
    text = UNSEEN.sub("", item.text).strip() or ("" if item.links else reader.t("kind_text"))
    said: list[Block] = []
    for piece in filter(str.strip, pieces(text, PIECE)):  # Slack refuses what is nothing but space
        if weigh([head, *said, section(plain(piece, PIECE)), *after]) > MOST_WEIGHT - NOTICE:
            said.append(context(plain(reader.t("rest_at_browser_desk"), LINE)))
            break
        said.append(section(plain(piece, PIECE)))
    told = reader.t("labelled", label=who[0], text=line(text, LINE) or reader.t("attachment"))
    return Post(text=escape(told), blocks=[head, *said, *after])


def folded(items: Sequence[Item], reader: Reader) -> Post:
    """What was said before the thread: the last messages, each in a line."""
    t = reader.t
    said = [item for item in items if item.side != "mark"]
    head = t("before_handoff")
    if len(said) > FOLDED:
        head += " · " + t("earlier_left_out", count=FOLDED)
    lines = [_folded_line(item, reader) for item in said[-FOLDED:]]
    return Post(text=head, blocks=[context(marked(head)), section(plain("\n".join(lines) or "—", WHOLE))])


def changed(what: str) -> Post:
    """A line across: what became of the ticket."""
    return Post(text=escape(line(what, LINE)), blocks=[context(plain(what, PIECE))])


def called(users: Sequence[str], what: str) -> Post:
    """A line across, with a mention of those whom it is for."""
    post = changed(what)
    mention = " ".join(f"<@{user}>" for user in users)
    if not mention:
        return post
    return Post(text=f"{mention} {post.text}", blocks=[section(marked(mention)), *post.blocks])


def summed_up(
    users: Sequence[str],
    head: str,
    alerts: Sequence[tuple[str, str]],
    links: Mapping[str, str],
    reader: Reader,
) -> Post:
    """A burst of alerts, each a ticket's number and what is told of it; the number leads to where `links` says."""
    told: list[str] = []
    for number, text in alerts[:TOGETHER]:
        shown = escape(line(text, LINE))
        if number in links:
            shown = shown.replace(number, f"<{links[number]}|{number}>")
        if len("\n".join([*told, shown])) > WHOLE - LINE:
            break
        told.append(f"• {shown}")
    if left := len(alerts) - len(told):
        told.append(escape(reader.t("alerts_more", count=left)))
    post = called(users, head)
    return Post(text=post.text, blocks=[*post.blocks, section(marked("\n".join(told)))])


def failed(users: Sequence[str], told: str, reader: Reader, *, ticket_id: UUID, message_id: str) -> Post:
    """A message did not arrive: why, with a mention of who has the ticket, and the button that has it sent again."""
    post = called(users, told)
    if not message_id:
        return post
    send = button(reader.t("send_again"), "send_again", f"{ticket_id}:{message_id}")
    return Post(text=post.text, blocks=[*post.blocks, {"type": "actions", "elements": [send]}])


def held(held: Held, reader: Reader, *, held_id: str) -> Post:
    """To the agent alone: why a reply was not sent, and how to say it better. `held_id` comes back with the button."""
    t = reader.t
    send = button(t("held_send_anyway"), "send_anyway", held_id)
    blocks = [*offences(held, t("held_hint"), reader), {"type": "actions", "elements": [send]}]
    return Post(text=t("held_hint"), blocks=blocks)


def offences(held: Held, hint: str, reader: Reader) -> list[Block]:
    """What the language guard has against a reply, and how to say it better."""
    t = reader.t
    blocks = [section(marked(f"*{t('held_title')}*\n{hint}"))]
    for each in held.offences[:OFFENCES]:
        phrase, why, better = (
            escape(line(part, LINE)) for part in (each.phrase, each.rule.why, each.rule.better)
        )
        told = t("labelled", label=f"“{phrase}”", text=why) + f"\n> {t('held_better', better=better)}"
        blocks.append(section(marked(told)))
    return blocks


def refused(told: str) -> Post:
    """To the agent alone: why something was not done."""
    return Post(text=escape(line(told, LINE)), blocks=[section(plain(told, PIECE))])


def _after(item: Item, reader: Reader, base: str) -> Iterator[Block]:
    """What stands under a message: its files and buttons, whence it is, and whether it did not arrive."""
    for link in item.links[:LINKS]:
        yield section(marked(_link(link, reader, base)))
    if len(item.links) > LINKS:
        yield context(plain(reader.t("rest_at_browser_desk"), LINE))
    if item.buttons:
        yield context(plain(" ".join(f"[{line(label, NAME)}]" for label in item.buttons), PIECE))
    if item.entry:
        yield context(plain(line(item.entry, LINE), LINE))
    if item.amended:
        yield context(plain(item.amended, LINE))
    if item.delivery and item.delivery.state in ("retrying", "dropped", "buried"):
        yield context(plain(line(item.delivery.text, SAID), SAID))


def _link(link: Link, reader: Reader, base: str) -> str:
    """An attachment. Of an address that is not ours the host is named: the name is what the customer made it."""
    name = line(link.name, NAME) or reader.t("attachment")
    address = link.href if link.outside else base.rstrip("/") + link.href
    host, quoted = _host(address), _quote(address)
    if not host or len(quoted) > ADDRESS:
        return escape(reader.t("file_at_browser_desk", file=name))
    shown = f"<{quoted}|{escape(name)}>"
    told = reader.t("file_from_host", file=shown, host=escape(host)) if link.outside else shown
    return f"{told} {link.size}".rstrip()


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in ("http", "https") else ""


def _quote(address: str) -> str:
    """Without what would end the address in Slack's markup."""
    return quote(address, safe=":/?#[]@!$&'()*+,;=%~").replace("&", "&amp;")


def _folded_line(item: Item, reader: Reader) -> str:
    said = " ".join([item.text, *(f"[{link.name}]" for link in item.links)])
    if item.entry:
        said = f"{line(said, LINE // 2)} [{line(item.entry, LINE // 3)}]"
    return reader.t("labelled", label=line(item.who, NAME // 3), text=line(said, LINE))
