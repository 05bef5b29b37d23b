"""The desk in Slack: threads of tickets, events that came in, and who is who."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "slack_people",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", TIME, nullable=False),
        sa.Column("home", sa.String()),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_slack_people_agent_id_agents"),
        sa.PrimaryKeyConstraint("user_id", name="pk_slack_people"),
        sa.UniqueConstraint("agent_id", name="uq_slack_people_agent_id"),
    )
    op.create_table(
        "slack_threads",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String()),
        sa.Column("card", sa.String()),
        sa.Column("seq", sa.Integer()),
        sa.Column("position", BIG, nullable=False),
        sa.Column("awaiting", JSON, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("erase", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_slack_threads_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("ticket_id", "channel", name="pk_slack_threads"),
        sa.UniqueConstraint("channel", "ts", name="uq_slack_threads_channel_ts"),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_slack_threads_due",
        "slack_threads",
        ["channel", "due_at"],
        postgresql_where=due,
        sqlite_where=due,
    )
    op.create_table(
        "slack_events",
        sa.Column("position", BIG, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("event", JSON, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handled_at", TIME),
        sa.PrimaryKeyConstraint("position", name="pk_slack_events"),
        sa.UniqueConstraint("event_id", name="uq_slack_events_event_id"),
    )
    pending = sa.text("handled_at IS NULL")
    op.create_index(
        "ix_slack_events_pending",
        "slack_events",
        ["lane", "position"],
        postgresql_where=pending,
        sqlite_where=pending,
    )
