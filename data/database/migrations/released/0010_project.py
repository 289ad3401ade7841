"""The hash of the project's files under which a release was made."""

import sqlalchemy as sa
from alembic import op

revision = "released_0010"
down_revision = "released_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policy", sa.Column("project", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("policy", "project")
