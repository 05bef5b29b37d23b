"""Files that are to be put into a ticket's thread."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    column = sa.Column("uploads", sa.JSON(), nullable=False, server_default="[]")
    with op.batch_alter_table("slack_threads") as table:
        table.add_column(column)
    with op.batch_alter_table("slack_threads") as table:
        table.alter_column("uploads", server_default=None)
