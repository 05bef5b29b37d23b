"""Categories of what was resolved, and customers' tags."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tickets", sa.Column("category", sa.String()))
    op.create_table(
        "customer_tags",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_tags_customer_id_customers"
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["agents.id"], name="fk_customer_tags_added_by_id_agents"),
        sa.PrimaryKeyConstraint("customer_id", "key", name="pk_customer_tags"),
    )
