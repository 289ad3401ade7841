"""What browsers are sent of the boundaries, made once and named by content."""

import sqlalchemy as sa
from alembic import op

revision = "released_0003"
down_revision = "released_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geometry_file",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("within", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("brotli", sa.LargeBinary(), nullable=False),
        sa.Column("gzip", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("form IN ('outline', 'tiles')", name="geometry_file_form_known"),
        sa.PrimaryKeyConstraint("boundaries_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("geometry_file")
