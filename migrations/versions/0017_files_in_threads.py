"""Files that are to be put into a ticket's thread."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    column = sa.Column("uploads", JSON, nullable=False, server_default="[]")
    with op.batch_alter_table("slack_threads") as table:
        table.add_column(column)
    with op.batch_alter_table("slack_threads") as table:
        table.alter_column("uploads", server_default=None)
