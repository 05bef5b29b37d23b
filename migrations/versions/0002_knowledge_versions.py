"""The knowledge base: its draft, its versions, their models, and which one was live when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "knowledge_draft",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("out_of_scope", JSON, nullable=False),
        sa.Column("synonyms", JSON, nullable=False),
        sa.Column("files", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_draft")),
    )
    op.create_table(
        "knowledge_draft_entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_draft_entries")),
    )
    op.create_table(
        "knowledge_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("snapshot", JSON, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("figures", JSON, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_knowledge_versions")),
    )
    op.create_table(
        "knowledge_models",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"],
            ["knowledge_versions.number"],
            name=op.f("fk_knowledge_models_version_knowledge_versions"),
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_knowledge_models")),
    )
    op.create_table(
        "knowledge_live",
        sa.Column("position", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"],
            ["knowledge_versions.number"],
            name=op.f("fk_knowledge_live_version_knowledge_versions"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_knowledge_live")),
    )
