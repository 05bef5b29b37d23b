"""Lists of tickets: when the last word was said, indexes for their orders and filters, and filters under names."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

LISTED = [
    *(
        "state",
        "kind",
        "reason",
        "queue",
        "assignee_id",
        "first_owner_id",
        "language",
        "tier",
        "category",
        "stage",
    ),
    *("priority", "episode", "resolved_at", "customer_id", "conversation_id"),
]
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("tickets") as table:
        table.add_column(sa.Column("said_at", TIME))
    said = "CASE WHEN replied_at > opened_at THEN replied_at ELSE opened_at END"
    op.execute(
        f"UPDATE tickets SET said_at = CASE WHEN unanswered_at > ({said}) THEN unanswered_at ELSE ({said}) END"
    )
    with op.batch_alter_table("tickets") as table:
        table.alter_column("said_at", existing_type=TIME, nullable=False)
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at", "id"], postgresql_include=LISTED)
    op.create_index("ix_tickets_said_at", "tickets", ["said_at", "id"])
    is_not_closed = sa.text("state <> 'closed'")
    op.create_index(
        "ix_tickets_not_closed",
        "tickets",
        ["opened_at", "id"],
        postgresql_where=is_not_closed,
        sqlite_where=is_not_closed,
    )
    was_missed = sa.text("course = 'missed'")
    op.create_index(
        "ix_deadlines_missed",
        "deadlines",
        ["ticket_id"],
        postgresql_include=["promise"],
        postgresql_where=was_missed,
        sqlite_where=was_missed,
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Uuid()),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_saved_filters_agent_id_agents"),
        sa.ForeignKeyConstraint(["made_by_id"], ["agents.id"], name="fk_saved_filters_made_by_id_agents"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filters"),
    )
    for name, columns, condition in (
        ("uq_saved_filters_shared", ["list", "key"], sa.text("agent_id IS NULL")),
        ("uq_saved_filters_own", ["agent_id", "list", "key"], sa.text("agent_id IS NOT NULL")),
    ):
        op.create_index(
            name,
            "saved_filters",
            columns,
            unique=True,
            postgresql_where=condition,
            sqlite_where=condition,
        )
