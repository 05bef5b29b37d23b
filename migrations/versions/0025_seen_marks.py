"""What agents have seen of tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "seen_marks",
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_seen_marks_agent_id_agents"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_seen_marks_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("agent_id", "ticket_id", name="pk_seen_marks"),
    )
    op.create_index("ix_seen_marks_ticket_id", "seen_marks", ["ticket_id"])
    op.create_index("ix_seen_marks_agent_at", "seen_marks", ["agent_id", "at"])
