"""The service desk: the whole life of a ticket, its deadlines, who is there, alerts."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
IS_OPEN = sa.text("state NOT IN ('resolved', 'closed')")
IS_HELD = "state IN ('assigned', 'in_progress', 'waiting')"
KINDS = {"emergency": "incident", "complaint": "complaint"}


def upgrade() -> None:
    with op.batch_alter_table("agents") as agents:
        agents.add_column(sa.Column("duty", sa.String(), nullable=False, server_default="off"))
        agents.add_column(sa.Column("duty_since", TIME))
        agents.add_column(sa.Column("seen_at", TIME))
    with op.batch_alter_table("agents") as agents:
        agents.alter_column("duty", server_default=None)
    _change_tickets()
    _make_deadlines()
    _make_alerts()


def _change_tickets() -> None:
    op.drop_index("uq_tickets_open_conversation", "tickets")
    op.drop_index("ix_tickets_queue_state", "tickets")
    with op.batch_alter_table("tickets") as tickets:
        tickets.alter_column("number", existing_type=sa.Integer(), type_=sa.String())
        for name, kind, default in (
            ("kind", sa.String(), "enquiry"),
            ("hand_backs", sa.Integer(), "0"),
            ("episode", sa.Integer(), "1"),
            ("pauses", JSON, "[]"),
            ("told", JSON, "{}"),
        ):
            tickets.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        for name, kind in (("incident", sa.Integer()), ("tier", sa.String()), ("offered_queue", sa.String())):
            tickets.add_column(sa.Column(name, kind))
        for name in ("first_owner_id", "sender_id", "offered_to_id"):
            tickets.add_column(sa.Column(name, sa.Uuid()))
            tickets.create_foreign_key(f"fk_tickets_{name}_agents", "agents", [name], ["id"])
        for name in (
            "offered_at",
            "episode_at",
            "queued_at",
            "assigned_at",
            "first_replied_at",
            "replied_at",
            "unanswered_at",
            "raised_at",
            "reported_at",
            "closed_at",
        ):
            tickets.add_column(sa.Column(name, TIME))
    _fill_tickets()
    with op.batch_alter_table("tickets") as tickets:
        for name in ("kind", "hand_backs", "episode", "pauses", "told"):
            tickets.alter_column(name, server_default=None)
        for name in ("episode_at", "queued_at"):
            tickets.alter_column(name, existing_type=TIME, nullable=False)
    op.create_index(
        "uq_tickets_open_conversation",
        "tickets",
        ["conversation_id"],
        unique=True,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_index(
        "ix_tickets_waiting",
        "tickets",
        ["queue", "priority", "queued_at"],
        postgresql_where=sa.text("state = 'new'"),
        sqlite_where=sa.text("state = 'new'"),
    )
    op.create_index(
        "ix_tickets_held",
        "tickets",
        ["assignee_id", "priority", "opened_at"],
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_index("ix_tickets_taken", "tickets", ["queue", "taken_at"])
    for name, columns, where in (
        ("ix_tickets_next", ["priority", "queued_at"], "state = 'new'"),
        ("ix_tickets_at_work", ["priority", "opened_at"], IS_HELD),
        ("ix_tickets_offered", ["offered_at"], "offered_at IS NOT NULL"),
        ("ix_tickets_to_confirm", ["first_owner_id", "resolved_at"], "state = 'resolved'"),
    ):
        op.create_index(
            name, "tickets", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )


def _fill_tickets() -> None:
    """What the new columns say of tickets that are there, by their events; these get what they did not say yet."""
    connection = op.get_bind()
    tickets = sa.table(
        "tickets",
        *(sa.column(name) for name in ("id", "number", "reason", "assignee_id", "state")),
        *(sa.column(name) for name in ("kind", "first_owner_id", "incident")),
        sa.column("pauses", JSON),
        *(
            sa.column(name, TIME)
            for name in (
                "opened_at",
                "episode_at",
                "queued_at",
                "first_replied_at",
                "replied_at",
                "unanswered_at",
                "raised_at",
            )
        ),
    )
    events = sa.table(
        "ticket_events",
        *(sa.column(name) for name in ("position", "ticket_id", "kind", "agent_id")),
        sa.column("at", TIME),
        sa.column("data", JSON),
    )
    for ticket in connection.execute(sa.select(tickets)).mappings().all():
        story = connection.execute(
            sa.select(events).where(events.c.ticket_id == ticket["id"]).order_by(events.c.position)
        ).mappings()
        values: dict[str, Any] = {
            "number": f"SW-{ticket['opened_at']:%y%m}-{int(ticket['number']):04}",
            "kind": KINDS.get(ticket["reason"], "enquiry"),
            "incident": 1 if ticket["reason"] == "emergency" else None,
            "first_owner_id": ticket["assignee_id"],
            "episode_at": ticket["opened_at"],
            "queued_at": ticket["opened_at"],
            "raised_at": ticket["opened_at"] if ticket["reason"] == "emergency" else None,
            "unanswered_at": ticket["opened_at"],
            "pauses": [],
        }
        for event in story.all():
            _follow(values, event, connection, events)
        connection.execute(tickets.update().where(tickets.c.id == ticket["id"]).values(**values))


def _follow(values: dict[str, Any], event: Any, connection: Any, events: Any) -> None:
    kind, at = event["kind"], event["at"]
    pauses = values["pauses"]
    if pauses and pauses[-1][1] is None and kind in ("customer_wrote", "replied", "resolved"):
        pauses[-1][1] = _iso(at)
    match kind:
        case "opened":
            known = {"ticket_kind": values["kind"], "incident": values["incident"], "tier": None}
            data = {**event["data"], **known, "first_owner": None}
            change = events.update().where(events.c.position == event["position"])
            connection.execute(change.values(data=data))
        case "customer_wrote":
            values["unanswered_at"] = values["unanswered_at"] or at
        case "replied":
            values["replied_at"], values["unanswered_at"] = at, None
            values.setdefault("first_replied_at", at)
        case "waits":
            pauses.append([_iso(at), None])
        case "raised":
            values["incident"], values["raised_at"] = 1, values["raised_at"] or at
            if values["kind"] != "complaint":
                values["kind"] = "incident"


def _iso(at: datetime) -> str:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def _make_deadlines() -> None:
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("guessed", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("ended_at", TIME),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_deadlines_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("id", name="pk_deadlines"),
    )
    op.create_index("ix_deadlines_ticket_id", "deadlines", ["ticket_id"])
    for name, columns, where in (
        ("ix_deadlines_next_at", ["next_at"], "next_at IS NOT NULL"),
        ("ix_deadlines_open", ["ticket_id"], "ended_at IS NULL"),
    ):
        op.create_index(
            name, "deadlines", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("promise", sa.String()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_alerts_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("cause", name="uq_alerts_cause"),
    )
    op.create_index("ix_alerts_ticket_id", "alerts", ["ticket_id"])
    op.create_table(
        "alert_recipients",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", TIME),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_recipients_alert_id_alerts"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_alert_recipients_agent_id_agents"),
        sa.PrimaryKeyConstraint("alert_id", "agent_id", name="pk_alert_recipients"),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("port", sa.String(), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String()),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_deliveries_alert_id_alerts"),
        sa.PrimaryKeyConstraint("alert_id", "port", name="pk_alert_deliveries"),
    )
    for name, table, columns, where in (
        ("ix_alert_recipients_unseen", "alert_recipients", ["agent_id", "alert_id"], "seen_at IS NULL"),
        ("ix_alert_deliveries_due_at", "alert_deliveries", ["due_at"], "due_at IS NOT NULL"),
    ):
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
