"""Who runs a booth."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0004"
down_revision = "holdings_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for language in ("en", "ne"):
        column = sa.Column(f"operator_{language}", sa.Text(), nullable=False, server_default="")
        op.add_column("site", column)


def downgrade() -> None:
    for language in ("en", "ne"):
        op.drop_column("site", f"operator_{language}")
