"""Slack as a channel that is called to deliver."""

import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import structlog

from channels.base import (
    CannotAmend,
    OpenedAttachment,
    OutgoingFile,
    RetryLater,
    TemporaryFailure,
    Undeliverable,
    check_room,
)
from channels.degrade import has_words, linked, numbered, parts_of_files, split_text, told
from channels.slack.client import CUSTOMER_PRESS, Slack, SlackAway, SlackBusy, SlackRefusal
from channels.slack.files import is_file, open_file, upload_file
from channels.slack.mapping import NAME, Place
from channels.slack.markup import escape, fit
from core.messages import Address, Attachment, Button, OutgoingMessage

log = structlog.get_logger(__name__)

Block = dict[str, Any]

# Characters. Slack advises against more than 4,000, and refuses about 13,200 over all blocks.
MAX_TEXT = 3_000
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
MAX_LABEL = 75  # characters of a button
MAX_VALUE = 2_000  # characters of what comes back with it
TOGETHER = 25  # buttons: https://docs.slack.dev/reference/block-kit/blocks/actions-block
PARALLEL = 20
# Seconds. Who would wait longer comes again later; as long as this the whole workspace's limit can spare without others
# being held up by it.
LONGEST_WAIT = 2.0
# Trying again changes nothing: https://docs.slack.dev/reference/methods/chat.postMessage, files.info
GONE = frozenset(
    {
        "cannot_reply_to_message",
        "channel_not_found",
        "file_deleted",
        "file_not_found",
        "invalid_blocks",
        "is_archived",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "user_not_found",
    }
)
# What was sent stays as it is: https://docs.slack.dev/reference/methods/chat.update, chat.delete, files.delete
FIXED = frozenset(
    {
        "cant_delete_file",
        "cant_delete_message",
        "cant_update_message",
        "compliance_exports_prevent_deletion",
        "delete_not_allowed",
        "edit_window_closed",
        "file_deleting_disabled",
        "message_not_found",
    }
)
DELETED = frozenset({"file_deleted", "file_not_found", "message_not_found"})  # already

# We may not upload there: the app has not the scope, or the workspace does not let apps do it.
NO_UPLOADS = frozenset(
    {
        "missing_scope",
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "file_type_blocked",
        "file_upload_size_restricted",
    }
)

# Nothing doubtful: Slack refuses the whole message for an address that is none.
_URL = re.compile(
    r"https?://(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?::\d{1,5})?(?:[/?#][!-~]*)?(?<![.,;:!?'\")\]}>])"
)


class SlackChannel:
    """Sends texts with buttons and files, changes and deletes them, and fetches customers' files.

    Implements `channels.base.PushChannel` and `Amending`.
    """

    name = NAME
    parallel = PARALLEL

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        """A text cut where it is too long, with the addresses of its files below it and its buttons under the last part.

        Where an action is too long for Slack, all buttons become a numbered list instead: the dialogue takes a
        typed number for a press. Files that we keep come first.
        """
        uploaded, message = parts_of_files(message)
        if uploaded and not has_words(message):
            return uploaded
        message = replace(message, text=linked(message.text, message.attachments), attachments=())
        fits = all(len(button.action) <= MAX_VALUE for button in message.buttons)
        votes = tuple(each for each in message.buttons if each.is_vote)
        *texts, last = split_text(message.text if fits else numbered(message.text, message.buttons), MAX_TEXT)
        parts = [replace(message, text=text, buttons=()) for text in texts]
        return [*uploaded, *parts, replace(message, text=last, buttons=message.buttons if fits else votes)]

    async def send(self, part: OutgoingMessage) -> str:
        """Post a part when the pace allows it. Raises `RetryLater` when that would be long."""
        place = _place(part.address)
        text = part.text
        with _translated():
            for file in part.attachments:
                assert isinstance(file, OutgoingFile)  # of others `split` has made links
                try:
                    return await upload_file(
                        self._slack,
                        file,
                        channel=place.channel,
                        thread=place.thread,
                        longest_wait=LONGEST_WAIT,
                    )
                except SlackRefusal as error:
                    if error.code not in NO_UPLOADS:
                        raise
                    log.warning("slack.no_upload", error=error.code, mend="add the scope files:write")
                    text = told(file)
            return await self._slack.post(
                place.channel,
                escape(text),  # for notifications; who reads it sees the blocks
                [*said(text), *choices(part.buttons)],
                longest_wait=LONGEST_WAIT,
                **({"thread_ts": place.thread} if place.thread else {}),
            )

    async def amend(self, vendor_ids: Sequence[str], message: OutgoingMessage) -> None:
        """Update the parts that were sent; those that a shorter text has no use for are deleted."""
        channel = _place(message.address).channel
        parts = self.split(message)
        check_room(vendor_ids, parts)
        for vendor_id, part in zip(vendor_ids, parts, strict=False):
            if part.attachments:
                continue
            blocks = [*said(part.text), *choices(part.buttons)]
            with _translated():
                await self._slack.call(
                    "chat.update",
                    longest_wait=LONGEST_WAIT,
                    channel=channel,
                    ts=vendor_id,
                    text=escape(part.text),
                    blocks=blocks,
                )
        await self.withdraw(vendor_ids[len(parts) :], message.address)

    async def withdraw(self, vendor_ids: Sequence[str], address: Address) -> None:
        """Delete the parts that were sent; what is not there any more is deleted."""
        channel = _place(address).channel
        for vendor_id in vendor_ids:
            with _translated():
                try:
                    await self._delete(channel, vendor_id)
                except SlackRefusal as error:
                    if error.code not in DELETED:
                        raise

    async def _delete(self, channel: str, vendor_id: str) -> None:
        if is_file(vendor_id):
            await self._slack.call("files.delete", longest_wait=LONGEST_WAIT, file=vendor_id)
        else:
            await self._slack.call("chat.delete", longest_wait=LONGEST_WAIT, channel=channel, ts=vendor_id)

    @contextlib.asynccontextmanager
    async def open_attachment(self, attachment: Attachment) -> AsyncIterator[OpenedAttachment]:
        """Stream a customer's file, up to 100 MB."""
        async with contextlib.AsyncExitStack() as stack:
            with _translated():
                opened = await stack.enter_async_context(open_file(self._slack, attachment))
            yield opened


def said(text: str) -> list[Block]:
    """A text in which nothing has a meaning but web addresses, which can be opened. Pure."""
    elements: list[Block] = []
    end = 0
    for found in _URL.finditer(text):
        elements += [_text(text[end : found.start()]), {"type": "link", "url": found[0]}]
        end = found.end()
    elements = [each for each in [*elements, _text(text[end:])] if each.get("text") != ""]
    if not elements:
        return []
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]


def choices(buttons: Sequence[Button]) -> list[Block]:
    """The buttons, as many in a block as Slack takes, and votes in one of their own. Pure."""
    made = [
        (
            button.is_vote,
            {
                "type": "button",
                # No two of a block may have the same id.
                "action_id": f"{CUSTOMER_PRESS}:{number}",
                "text": {"type": "plain_text", "text": fit(button.label, MAX_LABEL), "emoji": False},
                "value": button.action,
            },
        )
        for number, button in enumerate(buttons)
    ]
    parts = [[each for is_vote, each in made if is_vote is votes] for votes in (False, True)]
    return [
        {"type": "actions", "elements": part[start : start + TOGETHER]}
        for part in parts
        for start in range(0, len(part), TOGETHER)
    ]


def _place(address: Address) -> Place:
    """Where it goes. Raises `Undeliverable`."""
    try:
        return Place.parse(address.chat)
    except ValueError as error:
        raise Undeliverable(str(error)) from error


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what the client raises in the block into a `ChannelError`."""
    try:
        yield
    except SlackBusy as error:
        raise RetryLater(error.seconds) from error
    except SlackAway as error:
        raise TemporaryFailure(str(error)) from error
    except SlackRefusal as error:
        if error.code in FIXED:
            raise CannotAmend(str(error)) from error
        # A refused token, a missing scope, an app that was not invited: the operator can mend it meanwhile.
        raise (Undeliverable if error.code in GONE else TemporaryFailure)(str(error)) from error
