"""What processes know of their connections; who made a token of the HTTP API, and when it was last used."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("error_at", TIME),
        sa.PrimaryKeyConstraint("name", name="pk_connections"),
    )
    with op.batch_alter_table("api_tokens") as table:
        table.add_column(sa.Column("made_by", sa.String()))
        table.add_column(sa.Column("last_used_at", TIME))
