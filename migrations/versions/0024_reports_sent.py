"""Reports that go out by themselves, and alerts that are about no ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "report_sendings",
        sa.Column("unit", sa.String, primary_key=True),
        sa.Column("start", sa.Date, primary_key=True),
        sa.Column("way", sa.String, primary_key=True),
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("planned_at", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reached", sa.String),
        sa.Column("sent_at", TIME),
        sa.Column("error", sa.String),
    )
    op.create_index(
        "ix_report_sendings_due_at",
        "report_sendings",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("ticket_id", existing_type=sa.Uuid(), nullable=True)
