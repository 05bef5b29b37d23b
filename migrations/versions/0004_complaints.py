"""Complaints: their procedure, and the register of corrective actions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)
HAS_STEP = sa.text("next_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("stage", sa.String()))
        tickets.add_column(sa.Column("proposal_owed_at", TIME))
        tickets.add_column(sa.Column("visited_at", TIME))
    _make_complaints()
    _make_actions()
    _accept_complaints()


def _make_complaints() -> None:
    agents = ("about_id", "investigator_id", "proposer_id", "visitor_id")
    op.create_table(
        "complaints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("accepted_at", TIME, nullable=False),
        sa.Column("about_id", sa.Uuid()),
        sa.Column("investigator_id", sa.Uuid()),
        sa.Column("proposal_id", sa.Uuid()),
        sa.Column("proposer_id", sa.Uuid()),
        sa.Column("proposed_at", TIME),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("answer", sa.String()),
        sa.Column("answered_at", TIME),
        sa.Column("cause", sa.String()),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("visit_tries", sa.Integer(), nullable=False),
        sa.Column("visitor_id", sa.Uuid()),
        sa.Column("outcome", sa.String()),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_complaints_ticket_id_tickets"),
        *(
            sa.ForeignKeyConstraint([name], ["agents.id"], name=f"fk_complaints_{name}_agents")
            for name in agents
        ),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.UniqueConstraint("ticket_id", "episode", name="uq_complaints_ticket_id_episode"),
        sa.UniqueConstraint("proposal_id", name="uq_complaints_proposal_id"),
    )


def _make_actions() -> None:
    agents = ("owner_id", "set_by_id", "done_by_id", "verifier_id")
    op.create_table(
        "corrective_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("set_by_id", sa.Uuid()),
        sa.Column("since", TIME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("done_by_id", sa.Uuid()),
        sa.Column("done_at", TIME),
        sa.Column("verifier_id", sa.Uuid()),
        sa.Column("verified_at", TIME),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("next_at", TIME),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_corrective_actions_ticket_id_tickets"
        ),
        *(
            sa.ForeignKeyConstraint([name], ["agents.id"], name=f"fk_corrective_actions_{name}_agents")
            for name in agents
        ),
        sa.PrimaryKeyConstraint("id", name="pk_corrective_actions"),
    )
    op.create_index("ix_corrective_actions_ticket_id", "corrective_actions", ["ticket_id"])
    op.create_index(
        "ix_corrective_actions_next_at",
        "corrective_actions",
        ["next_at"],
        postgresql_where=HAS_STEP,
        sqlite_where=HAS_STEP,
    )


def _accept_complaints() -> None:
    """Complaints that agents have in hand begin the procedure, as their events say."""
    tickets = sa.table(
        "tickets",
        sa.column("id", sa.Uuid()),
        *(sa.column(name) for name in ("kind", "state", "stage", "episode")),
        sa.column("taken_at", TIME),
        sa.column("proposal_owed_at", TIME),
    )
    taken = sa.and_(
        tickets.c.kind == "complaint",
        tickets.c.state.in_(("assigned", "in_progress", "waiting")),
        tickets.c.taken_at.is_not(None),
    )
    connection = op.get_bind()
    connection.execute(
        tickets.update().where(taken).values(stage="accepted", proposal_owed_at=tickets.c.taken_at)
    )
    complaints = sa.table(
        "complaints",
        sa.column("id", sa.Uuid()),
        sa.column("ticket_id", sa.Uuid()),
        sa.column("accepted_at", TIME),
        *(sa.column(name) for name in ("episode", "stage", "proposal", "finding", "visit_tries")),
    )
    for ticket in connection.execute(sa.select(tickets).where(taken)).mappings().all():
        connection.execute(
            complaints.insert().values(
                id=ticket["id"],  # unique here as well
                ticket_id=ticket["id"],
                episode=ticket["episode"],
                stage="accepted",
                accepted_at=ticket["taken_at"],
                proposal="",
                finding="",
                visit_tries=0,
            )
        )
