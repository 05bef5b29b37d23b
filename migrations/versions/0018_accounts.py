"""Accounts: how people sign in, invitations, and those who have left."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("agents") as table:
        for name in ("email", "issuer", "subject"):
            table.add_column(sa.Column(name, sa.String()))
        table.add_column(sa.Column("sign_ins", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("signed_in_at", TIME))
        table.add_column(sa.Column("left_at", TIME))
        table.create_unique_constraint("uq_agents_email", ["email"])
        table.create_unique_constraint("uq_agents_identity", ["issuer", "subject"])
    with op.batch_alter_table("agents") as table:
        table.alter_column("sign_ins", server_default=None)
    op.create_table(
        "invitations",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Uuid()),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_invitations_agent_id_agents"),
        sa.UniqueConstraint("agent_id", name="uq_invitations_agent_id"),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_invitations"),
    )
