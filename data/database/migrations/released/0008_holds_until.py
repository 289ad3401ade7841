"""Until which day each sign of a committee holds, as known on the day of the release."""

import sqlalchemy as sa
from alembic import op

revision = "released_0008"
down_revision = "released_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign", sa.Column("holds_until", sa.Date()))
    op.add_column("sign", sa.Column("beyond_calendar", sa.Boolean()))


def downgrade() -> None:
    for name in ("holds_until", "beyond_calendar"):
        op.drop_column("sign", name)
