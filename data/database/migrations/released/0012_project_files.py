"""The files of the project that say what a release's figures mean."""

import sqlalchemy as sa
from alembic import op

revision = "released_0012"
down_revision = "released_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "policy", sa.Column("project_files", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("policy", "project_files")
