"""Customers as whole persons: notes, ways to reach them, merges, and indexes for finding them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "customer_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_notes_customer_id_customers"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_customer_notes_agent_id_agents"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_notes"),
    )
    op.create_index("ix_customer_notes_customer_id", "customer_notes", ["customer_id"])
    op.create_table(
        "customer_reaches",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_reaches_customer_id_customers"
        ),
        sa.PrimaryKeyConstraint("customer_id", "reach", name="pk_customer_reaches"),
    )
    op.create_index("ix_customer_reaches_reach", "customer_reaches", ["reach"])
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("moved", JSON, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("undone_by_id", sa.Uuid()),
        sa.Column("undone_at", TIME),
        sa.ForeignKeyConstraint(["kept_id"], ["customers.id"], name="fk_customer_merges_kept_id_customers"),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["customers.id"], name="fk_customer_merges_merged_id_customers"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["agents.id"], name="fk_customer_merges_by_id_agents"),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["agents.id"], name="fk_customer_merges_undone_by_id_agents"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_customer_merges"),
    )
    op.create_index("ix_customer_merges_kept_id", "customer_merges", ["kept_id"])
    op.create_index("ix_customer_merges_merged_id", "customer_merges", ["merged_id"])
    is_merged = sa.text("state = 'merged'")
    op.create_index(
        "uq_customer_merges_merged",
        "customer_merges",
        ["merged_id"],
        unique=True,
        postgresql_where=is_merged,
        sqlite_where=is_merged,
    )
    # Customers are found by name, tier, tag and whatever a channel knows them by.
    op.create_index("ix_customers_name", "customers", ["name"])
    op.create_index("ix_customers_tier", "customers", ["tier"])
    op.create_index("ix_identities_external_id", "identities", ["external_id"])
    op.create_index("ix_customer_tags_key", "customer_tags", ["key"])
