"""Certificates of releases, who agreed to a lower policy, and restatements."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0002"
down_revision = "holdings_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.request_id"]),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "policy_consent",
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("policy_hash", "account"),
    )
    op.add_column("request", sa.Column("restates", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("request", "restates")
    op.drop_table("policy_consent")
    op.drop_table("certificate")
