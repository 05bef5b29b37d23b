"""Surveys, dates of customers, and care visits."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.Column("solved", sa.Boolean()),
        sa.Column("score", sa.Integer()),
        sa.Column("comment", sa.String()),
        sa.Column("answered_at", TIME),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_surveys_ticket_id_tickets"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_surveys_customer_id_customers"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_surveys_conversation_id_conversations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.UniqueConstraint("ticket_id", "episode", name="uq_surveys_ticket_id_episode"),
    )
    op.create_index("ix_surveys_customer_id_sent_at", "surveys", ["customer_id", "sent_at"])
    op.create_table(
        "customer_dates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("consent_at", TIME),
        sa.Column("opted_out_at", TIME),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_dates_customer_id_customers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_customer_dates"),
        sa.UniqueConstraint("customer_id", "kind", name="uq_customer_dates_customer_id_kind"),
    )
    op.create_index("ix_customer_dates_kind_day", "customer_dates", ["kind", "day"])
    op.create_table(
        "care_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("sent_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_care_visits_customer_id_customers"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_care_visits_conversation_id_conversations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_care_visits"),
        sa.UniqueConstraint(
            "customer_id", "plan", "occasion", name="uq_care_visits_customer_id_plan_occasion"
        ),
    )
    op.create_index("ix_care_visits_customer_id_sent_at", "care_visits", ["customer_id", "sent_at"])
