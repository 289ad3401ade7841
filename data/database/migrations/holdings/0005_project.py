"""The project: states of its files, organisations, places, and changes that were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0005"
down_revision = "holdings_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("hash", sa.Text(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("noted_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "organisation",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ne", sa.Text(), nullable=False),
    )
    op.create_table(
        "programme_place",
        sa.Column("unit_code", sa.Text(), sa.ForeignKey("unit.unit_code"), primary_key=True),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
    )
    op.create_table(
        "project_change",
        sa.Column("change_id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.Text()),
        sa.CheckConstraint(
            "state IN ('asked', 'agreed', 'declined')", name="project_change_state_known"
        ),
    )


def downgrade() -> None:
    for name in ("project_change", "programme_place", "organisation", "project"):
        op.drop_table(name)
