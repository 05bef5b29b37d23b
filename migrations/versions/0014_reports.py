"""Figures for the overview: roll-ups by day, what each session and ticket has added, and what has changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "conversation_changes",
        sa.Column("position", BIG, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_changes_conversation_id_conversations",
        ),
        sa.PrimaryKeyConstraint("position", name="pk_conversation_changes"),
    )
    op.create_table(
        "ticket_changes",
        sa.Column("position", BIG, autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_changes_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("position", name="pk_ticket_changes"),
    )
    for name, span in (("report_days", "day"), ("report_months", "month")):
        op.create_table(
            name,
            sa.Column(span, sa.Date(), nullable=False),
            sa.Column("figure", sa.String(), nullable=False),
            sa.Column("key", sa.String(), nullable=False),
            sa.Column("count", sa.BigInteger(), nullable=False),
            sa.Column("amount", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(span, "figure", "key", name=f"pk_{name}"),
        )
    op.create_table(
        "report_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("asked_at", TIME),
        sa.Column("ended_at", TIME, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("came_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_report_sessions_conversation_id_conversations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_sessions"),
        sa.UniqueConstraint(
            "conversation_id", "first_seq", name="uq_report_sessions_conversation_id_first_seq"
        ),
    )
    for name, subject, parent in (
        ("report_session_facts", "session_id", "report_sessions"),
        ("report_ticket_facts", "ticket_id", "tickets"),
    ):
        op.create_table(
            name,
            sa.Column(subject, sa.Uuid(), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            sa.Column("figure", sa.String(), nullable=False),
            sa.Column("key", sa.String(), nullable=False),
            sa.Column("count", sa.Integer(), nullable=False),
            sa.Column("amount", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint([subject], [f"{parent}.id"], name=f"fk_{name}_{subject}_{parent}"),
            sa.PrimaryKeyConstraint(subject, "day", "figure", "key", name=f"pk_{name}"),
        )
        op.create_index(f"ix_{name}_behind", name, ["figure", "day", subject, "key"])
