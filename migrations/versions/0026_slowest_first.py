"""An index by which the tickets behind a duration are read, the slowest first."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

ARE_DURATIONS = sa.text("figure IN ('first_response', 'first_response_by', 'resolution')")


def upgrade() -> None:
    op.create_index(
        "ix_report_ticket_facts_slowest",
        "report_ticket_facts",
        ["figure", "amount", "day", "ticket_id"],
        postgresql_where=ARE_DURATIONS,
        sqlite_where=ARE_DURATIONS,
    )
