"""A committee belongs to a palika or to a ward: the column that names it says so."""

from alembic import op

revision = "holdings_0006"
down_revision = "holdings_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sign RENAME COLUMN palika_code TO unit_code")


def downgrade() -> None:
    op.execute("ALTER TABLE sign RENAME COLUMN unit_code TO palika_code")
