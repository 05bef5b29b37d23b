"""Files that agents send to customers: looked at before they are kept, all of a message or none."""

import asyncio
from collections.abc import Sequence

from core.file_types import FileKind, find_type, name_as, shown_name
from core.files import MEGABYTE, MOST_FILES, FileLimits, NewFile, Upload
from handoff.refusals import Objection, Unfit

FIELD = "files"  # by which forms and errors name them


async def check_files(uploads: Sequence[Upload], limits: FileLimits) -> list[NewFile]:
    """The files as they are kept. Raises `Unfit`, which says of which file what is wrong."""
    check_count(len(uploads))
    check_size(sum(len(each.content) for each in uploads), limits)
    return [await asyncio.to_thread(_check, each, limits) for each in uploads]


def check_count(count: int) -> None:
    """Raises `Unfit` where one message has too many."""
    if count > MOST_FILES:
        raise Unfit(FIELD, Objection.MANY_FILES, count=count, most=MOST_FILES)


def check_size(size: int, limits: FileLimits) -> None:
    """Raises `Unfit` where the files of one message are too large together; `size` is in bytes."""
    if size > limits.most_bytes:
        raise Unfit(FIELD, Objection.LARGE_FILES, size=_megabytes(size), most=_megabytes(limits.most_bytes))


def _check(upload: Upload, limits: FileLimits) -> NewFile:
    if not upload.content:
        raise Unfit(FIELD, Objection.EMPTY_FILE, file=shown_name(upload.name))
    found = find_type(upload.content)
    if found is None or found.kind not in limits.kinds:
        kinds = tuple(kind for kind in FileKind if kind in limits.kinds)
        raise Unfit(FIELD, Objection.FILE_KIND, file=shown_name(upload.name), kinds=kinds)
    return NewFile(name=name_as(found, upload.name), mime=found.mime, content=upload.content)


def _megabytes(size: int) -> str:
    """Rounded up to a tenth, so that what is too large never looks as if it fitted."""
    tenths = -(-size * 10 // MEGABYTE)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"
