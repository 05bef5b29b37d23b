"""How often entries answer, and how often that did not help: by day."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "entry_uses",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("handed_over", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "entry", "lane", name="pk_entry_uses"),
    )
