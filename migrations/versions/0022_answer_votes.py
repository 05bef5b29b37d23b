"""Votes on answers: whether they helped. Banned phrases in the draft of the knowledge base."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0020"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "answer_votes",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_answer_votes_message_id_messages"),
        sa.PrimaryKeyConstraint("message_id", name="pk_answer_votes"),
    )
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.add_column(sa.Column("banned", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.alter_column("banned", server_default=None)
