"""Files that agents send to customers, kept by us: whatever desk they come from, whatever channel they go to.

A message refers to one as `file:ID`. It lives as long as its message: it is erased, removed, and withdrawn with it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Database, table_of
from core.errors import NotFound
from core.file_types import PICTURES, FileKind
from core.ids import new_id
from core.messages import Attachment

SCHEME = "file:"  # begins the `ref` of an attachment that we keep
MEGABYTE = 1_000_000  # bytes
MOST_FILES = 10  # of one message


class File(Base):
    """A file of a conversation. It never changes."""

    __tablename__ = "files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    name: Mapped[str]
    mime: Mapped[str]  # by its content
    size: Mapped[int]  # bytes
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class FileLimits:
    """What may be sent. `most_bytes` is of a message's files together."""

    most_bytes: int = 20 * MEGABYTE
    kinds: Collection[FileKind] = (
        FileKind.PICTURE,
        FileKind.PDF,
        FileKind.OFFICE,
        FileKind.TEXT,
        FileKind.VIDEO,
    )


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it comes from an agent. Its name is whatever they, or their machine, made it."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that was looked at and may be kept."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that we keep."""

    name: str
    mime: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it in place."""
        return self.mime in PICTURES


async def keep_files(
    session: AsyncSession, conversation_id: UUID, files: Sequence[NewFile], *, now: datetime
) -> list[Attachment]:
    """Keep files of a conversation; as its message refers to them."""
    ids = [new_id() for _ in files]
    rows = [
        {
            "id": file_id,
            "conversation_id": conversation_id,
            "name": file.name,
            "mime": file.mime,
            "size": len(file.content),
            "content": file.content,
            "created_at": now,
        }
        for file_id, file in zip(ids, files, strict=True)
    ]
    if rows:
        await session.execute(insert(table_of(File)), rows)
    return [
        Attachment(ref=f"{SCHEME}{file_id}", name=file.name, mime=file.mime, size=len(file.content))
        for file_id, file in zip(ids, files, strict=True)
    ]


async def delete_files(session: AsyncSession, attachments: Iterable[Attachment]) -> None:
    """Those of a message that we keep: whoever has an address of one finds nothing there any more."""
    if ids := [file_id for each in attachments if (file_id := file_id_of(each))]:
        await session.execute(delete(File).where(File.id.in_(ids)))


def is_ours(attachment: Attachment) -> bool:
    """Whether we keep the file; others lie at a web address, or at the channel they came by."""
    return attachment.ref.startswith(SCHEME)


def file_id_of(attachment: Attachment) -> UUID | None:
    """Which file of ours an attachment is; None where it lies elsewhere."""
    return UUID(attachment.ref.removeprefix(SCHEME)) if is_ours(attachment) else None


class Files:
    """Reads what is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, file_id: UUID) -> StoredFile:
        """The whole file. Raises `NotFound` where there is none, or none any more."""
        query = select(File.name, File.mime, File.content).where(File.id == file_id)
        async with self._database.read() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            raise NotFound("file", file_id)
        return StoredFile(name=row.name, mime=row.mime, content=row.content)
