"""Files that are to be put into a ticket's thread."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    column = sa.Column("uploads", JSON, nullable=False, server_default="[]")
    attempts = sa.Column("share_attempts", sa.Integer, nullable=False, server_default="0")
    with op.batch_alter_table("slack_threads") as table:
        table.add_column(column)
        table.add_column(sa.Column("share_at", sa.DateTime(timezone=True)))
        table.add_column(attempts)
    with op.batch_alter_table("slack_threads") as table:
        table.alter_column("uploads", server_default=None)
        table.alter_column("share_attempts", server_default=None)
    op.create_index(
        "ix_slack_threads_share_at",
        "slack_threads",
        ["channel", "share_at"],
        postgresql_where=sa.text("share_at IS NOT NULL"),
        sqlite_where=sa.text("share_at IS NOT NULL"),
    )
