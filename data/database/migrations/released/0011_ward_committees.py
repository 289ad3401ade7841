"""A committee belongs to a palika or to a ward: the column that names it says so."""

from alembic import op

revision = "released_0011"
down_revision = "released_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sign RENAME COLUMN palika_code TO unit_code")


def downgrade() -> None:
    op.execute("ALTER TABLE sign RENAME COLUMN unit_code TO palika_code")
