"""Which organisations reported from where, for partners."""

import sqlalchemy as sa
from alembic import op

revision = "released_0004"
down_revision = "released_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("palika_code", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ne", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_number", "palika_code", "theme", "year", "organisation"),
    )


def downgrade() -> None:
    op.drop_table("presence")
