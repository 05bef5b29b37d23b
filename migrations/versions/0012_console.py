"""The console: roles, the audit log, edits of the draft entry by entry, golden questions, and how entries are used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("agents") as agents:
        agents.add_column(sa.Column("role", sa.String(), nullable=False, server_default="agent"))
    with op.batch_alter_table("agents") as agents:
        agents.alter_column("role", server_default=None)
    # Who plays both sides on their own machine also teaches the bot.
    op.execute("UPDATE agents SET role = 'admin' WHERE username = 'demo' AND password_hash IS NULL")
    op.create_table(
        "audit_log",
        sa.Column("position", BIG, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_log"),
    )
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.add_column(sa.Column("revision", BIG, nullable=False, server_default="1"))
        draft.add_column(sa.Column("revisions", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("knowledge_draft") as draft:
        draft.alter_column("revision", server_default=None)
        draft.alter_column("revisions", server_default=None)
    with op.batch_alter_table("knowledge_draft_entries") as entries:
        entries.add_column(sa.Column("revision", BIG, nullable=False, server_default="1"))
    with op.batch_alter_table("knowledge_draft_entries") as entries:
        entries.alter_column("revision", server_default=None)
    op.create_table(
        "golden_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("entry", sa.String()),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_golden_questions"),
    )
