"""Lists of the draft whose items are edited one by one, so that two who edit two of them do not meet."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from console.knowledge.library import Library
from nlu.knowledge.documents import to_data
from nlu.knowledge.drafts import lock_draft
from nlu.knowledge.editing import find_list, put_list
from nlu.knowledge.schema import FileModel, to_knowledge

Data = Mapping[str, Any]


class ItemConflict(Exception):
    """Somebody else was faster; `theirs` is None where they deleted it."""

    def __init__(self, theirs: Data | None) -> None:
        super().__init__("somebody else has changed this item")
        self.theirs = theirs


def seen_of(name: str, data: Data) -> str:
    """What tells whether an item of that list is still what it was."""
    (plain,) = to_data(to_knowledge([FileModel.model_validate({name: [data]})]))[name]
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


async def put_item(
    library: Library, name: str, item_id: str, data: Data | None, *, seen: str, by: str
) -> None:
    """Put an item in the place of the one that was seen, or at the end; None deletes it. Raises `ItemConflict`."""
    async with library.database.write() as session:
        await lock_draft(session)
        kept = await find_list(session, name)
        theirs = next((each for each in kept.data if each["id"] == item_id), None)
        if (seen_of(name, theirs) if theirs else "") != seen:
            raise ItemConflict(theirs)
        changed = [data if each is theirs else each for each in kept.data]
        whole = [each for each in (changed if theirs else [*kept.data, data]) if each is not None]
        await put_list(session, name, whole, seen=kept.revision, by=by, now=library.clock())
