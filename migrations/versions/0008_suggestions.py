"""Suggestions: canned replies in the draft, and what each ticket is about, as the knowledge base sees it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.add_column(sa.Column("replies", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.alter_column("replies", server_default=None)
    op.add_column("tickets", sa.Column("topic", sa.String()))
    resolved = sa.text("resolved_at IS NOT NULL")
    op.create_index(
        "ix_tickets_topic",
        "tickets",
        ["topic", "language", "resolved_at"],
        postgresql_where=resolved,
        sqlite_where=resolved,
    )
