"""After it was sent: what is in a sender's hands, and how far customers have read."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    added: tuple[tuple[str, sa.Column[Any]], ...] = (
        ("outbox", sa.Column("leased", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("conversations", sa.Column("read_seq", sa.Integer(), nullable=False, server_default="0")),
        ("slack_threads", sa.Column("read_seq", sa.Integer(), nullable=False, server_default="0")),
    )
    for name, column in added:
        with op.batch_alter_table(name) as table:
            table.add_column(column)
        with op.batch_alter_table(name) as table:
            table.alter_column(column.name, server_default=None)
    op.add_column("conversations", sa.Column("read_at", TIME))
