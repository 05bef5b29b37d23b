"""Files in Slack: fetched with our token, which goes to nobody but Slack, and uploaded.

https://docs.slack.dev/reference/objects/file-object and https://docs.slack.dev/apis/slack-connect/#check_file_info
"""

import contextlib
import math
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientTimeout

from channels.base import ChannelError, OpenedAttachment, OutgoingFile, TemporaryFailure, Undeliverable
from channels.slack.client import Slack
from core.messages import Attachment

MAX_BYTES = 100_000_000  # of a file that an agent may fetch
CHUNK = 65_536  # bytes
DOWNLOAD_SECONDS = 300
UPLOAD_SECONDS = 40
SLACK = "slack.com"


@contextlib.asynccontextmanager
async def open_file(slack: Slack, attachment: Attachment) -> AsyncIterator[OpenedAttachment]:
    """Stream a file, of which the attachment has the id. Raises `ChannelError`, and like `Slack.call`."""
    file = (await slack.call("files.info", file=attachment.ref))["file"]
    url = str(file.get("url_private") or "")
    if file.get("is_external") or not is_slacks(url, api_url=slack.client.base_url):
        raise Undeliverable("this file does not lie at Slack")
    if (file.get("size") or 0) > MAX_BYTES:
        raise Undeliverable(f"this file has more than {MAX_BYTES // 1_000_000} MB")
    async with contextlib.AsyncExitStack() as stack:
        with _translated():
            request = slack.session.get(
                url,
                headers={"Authorization": f"Bearer {slack.token}"},
                allow_redirects=False,  # to a page for signing in, where we may not
                timeout=ClientTimeout(total=DOWNLOAD_SECONDS),
            )
            response = await stack.enter_async_context(request)
        if response.status != 200:
            raise _refused(response.status)
        yield OpenedAttachment(
            name=file.get("name") or attachment.name,
            mime=file.get("mimetype") or attachment.mime,
            content=_read(response),
        )


async def upload_file(
    slack: Slack,
    file: OutgoingFile,
    *,
    channel: str,
    thread: str | None,
    longest_wait: float = math.inf,
) -> str:
    """Put a file of ours into a channel, or a thread of it; its id. Raises `ChannelError`, and like `Slack.call`.

    https://docs.slack.dev/reference/methods/files.getUploadURLExternal
    """
    place = await slack.call(
        "files.getUploadURLExternal",
        longest_wait=longest_wait,
        filename=file.name,
        length=len(file.content),
    )
    url, file_id = str(place["upload_url"]), str(place["file_id"])
    if not is_slacks(url, api_url=slack.client.base_url):
        raise Undeliverable("Slack names an address for the upload that is not its own")
    with _translated("upload"):
        async with slack.session.post(
            url, data=file.content, allow_redirects=False, timeout=ClientTimeout(total=UPLOAD_SECONDS)
        ) as response:
            if response.status != 200:
                raise TemporaryFailure(f"Slack's file server answers {response.status}")
    where: dict[str, Any] = {"channel_id": channel, **({"thread_ts": thread} if thread else {})}
    # Not to wait here: what was uploaded would be uploaded again.
    await slack.call("files.completeUploadExternal", files=[{"id": file_id, "title": file.name}], **where)
    return file_id


def is_file(vendor_id: str) -> bool:
    """Whether what Slack calls a part that was sent is a file's id, and not a message's ts. Pure."""
    return vendor_id.startswith("F")


def is_slacks(url: str, *, api_url: str) -> bool:
    """Whether an address is Slack's own, or of the server that we call in its place. Pure."""
    parts, api = urlsplit(url), urlsplit(api_url)
    if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
        return True
    host = parts.hostname or ""
    is_theirs = any(host == each or host.endswith(f".{each}") for each in (SLACK, api.hostname or SLACK))
    return is_theirs and parts.scheme == "https" and parts.port is None and parts.username is None


async def _read(response: ClientResponse) -> AsyncIterator[bytes]:
    count = 0
    with _translated():
        async for chunk in response.content.iter_chunked(CHUNK):
            count += len(chunk)
            if count > MAX_BYTES:
                raise Undeliverable(f"this file has more than {MAX_BYTES // 1_000_000} MB")
            yield chunk


@contextlib.contextmanager
def _translated(what: str = "download") -> Iterator[None]:
    try:
        yield
    except (ClientError, TimeoutError) as error:
        raise TemporaryFailure(f"the {what} broke off ({type(error).__name__})") from error


def _refused(status: int) -> ChannelError:
    if status == 429 or status >= 500:
        return TemporaryFailure(f"Slack's file server answers {status}")
    if 300 <= status < 400:
        return TemporaryFailure("Slack does not let us have this file: the app needs the scope files:read")
    return Undeliverable(f"Slack does not have this file any more ({status})")
