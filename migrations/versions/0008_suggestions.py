"""Suggestions: canned replies in the draft."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0006"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.add_column(sa.Column("replies", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.alter_column("replies", server_default=None)
