"""Gaps: kinds of questions without a right answer, and the customers' messages that asked them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("due_on", sa.Date()),
        sa.Column("entry", sa.String()),
        sa.Column("ended", sa.String()),
        sa.Column("ended_at", TIME),
        sa.Column("version", sa.Integer()),
        sa.Column("reopened_at", TIME),
        sa.ForeignKeyConstraint(["assignee_id"], ["agents.id"], name="fk_gaps_assignee_id_agents"),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
    )
    op.create_table(
        "gap_messages",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Uuid()),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("answered", sa.String()),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_gap_messages_message_id_messages"),
        sa.ForeignKeyConstraint(["gap_id"], ["gaps.id"], name="fk_gap_messages_gap_id_gaps"),
        sa.PrimaryKeyConstraint("message_id", name="pk_gap_messages"),
    )
    op.create_index("ix_gap_messages_gap_id_at", "gap_messages", ["gap_id", "at"])
