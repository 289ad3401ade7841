"""Which organisation made an upload."""

import sqlalchemy as sa
from alembic import op

revision = "holdings_0003"
down_revision = "holdings_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("organisation", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("batch", "organisation")
