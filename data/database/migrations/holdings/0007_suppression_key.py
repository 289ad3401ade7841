"""The secret by which the release gate chooses further cells; it is made when it is needed."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0007"
down_revision = "holdings_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suppression_key",
        sa.Column("request_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("suppression_key")
