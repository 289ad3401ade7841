"""What somebody chose to let wait or to hide in the release of a request."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0009"
down_revision = "holdings_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_choice",
        sa.Column(
            "request_id", sa.Integer(), sa.ForeignKey("request.request_id"), primary_key=True
        ),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("indicator", sa.Text(), primary_key=True),
        sa.Column("place_code", sa.Text(), primary_key=True),
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('wait', 'hide')", name="release_choice_kind_known"),
    )


def downgrade() -> None:
    op.drop_table("release_choice")
