"""Golden questions: what must be understood whatever else changes, and as which entry (None: as none)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.database import Base, table_of
from core.errors import BadInput
from core.ids import new_id
from core.languages import ReplyLanguage

MOST = 2_000
LONGEST = 1_000  # characters


class GoldenQuestion(Base):
    """A question with the entry that must answer it; None: nothing must."""

    __tablename__ = "golden_questions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question: Mapped[str]
    language: Mapped[str]
    entry: Mapped[str | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]


async def list_golden(session: AsyncSession) -> Sequence[GoldenQuestion]:
    """All, newest first."""
    return (await session.scalars(select(GoldenQuestion).order_by(GoldenQuestion.id.desc()))).all()


async def add_golden(
    session: AsyncSession,
    question: str,
    language: ReplyLanguage,
    entry: str | None,
    *,
    by: str,
    now: datetime,
) -> UUID:
    """Add one. Raises `BadInput` where there is no question, or too many."""
    question = " ".join(question.split())
    if not question:
        raise BadInput("question", "is empty")
    if len(question) > LONGEST:
        raise BadInput("question", f"is longer than {LONGEST} characters")
    if len(await list_golden(session)) >= MOST:
        raise BadInput("question", f"there are {MOST} already")
    row: dict[str, Any] = {"id": new_id(), "question": question, "language": language, "entry": entry}
    await session.execute(insert(table_of(GoldenQuestion)), row | {"made_by": by, "made_at": now})
    await note_act(
        session,
        who=by,
        what="golden.add",
        object=entry or "-",
        after={"question": question, "entry": entry},
        now=now,
    )
    return UUID(str(row["id"]))


async def delete_golden(session: AsyncSession, golden_id: UUID, *, by: str, now: datetime) -> None:
    """Delete one; nothing where it is gone already."""
    found = await session.get(GoldenQuestion, golden_id)
    if found is None:
        return
    await session.execute(delete(GoldenQuestion).where(GoldenQuestion.id == golden_id))
    before = {"question": found.question, "entry": found.entry}
    await note_act(session, who=by, what="golden.delete", object=found.entry or "-", before=before, now=now)
