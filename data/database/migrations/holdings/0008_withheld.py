"""Withdrawals, and the figures that they named: these must not be shown again."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0008"
down_revision = "holdings_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("audience", sa.Text(), primary_key=True),
        sa.Column("release_number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=False),
        sa.CheckConstraint("audience IN ('public', 'partner')", name="withdrawal_audience_known"),
    )
    op.create_table(
        "withheld_figure",
        sa.Column("audience", sa.Text(), primary_key=True),
        sa.Column("release_number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("indicator", sa.Text(), primary_key=True),
        sa.Column("unit_code", sa.Text(), primary_key=True),
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("named_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience", "release_number"],
            ["withdrawal.audience", "withdrawal.release_number"],
            name="withheld_figure_of_withdrawal",
        ),
    )


def downgrade() -> None:
    for name in ("withheld_figure", "withdrawal"):
        op.drop_table(name)
