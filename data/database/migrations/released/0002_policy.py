"""The policy's text in each release, so that a reader knows by which rules it was made."""

import sqlalchemy as sa
from alembic import op

revision = "released_0002"
down_revision = "released_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_number"),
    )


def downgrade() -> None:
    op.drop_table("policy")
