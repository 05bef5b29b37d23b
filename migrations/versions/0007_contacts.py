"""Contacts: what agents log of phone calls, visits and letters."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("logged_at", TIME, nullable=False),
        sa.Column("heard_id", sa.Uuid()),
        sa.Column("told_id", sa.Uuid()),
        sa.Column("origin", sa.String()),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_contacts_ticket_id_tickets"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_contacts_agent_id_agents"),
        sa.ForeignKeyConstraint(["heard_id"], ["messages.id"], name="fk_contacts_heard_id_messages"),
        sa.ForeignKeyConstraint(["told_id"], ["messages.id"], name="fk_contacts_told_id_messages"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("origin", name="uq_contacts_origin"),
    )
    op.create_index("ix_contacts_at", "contacts", ["at"])
    op.create_index("ix_contacts_ticket_id", "contacts", ["ticket_id"])
