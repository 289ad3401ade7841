"""The licence of a release's figures: its SPDX identifier and where its text stands."""

import sqlalchemy as sa
from alembic import op

revision = "released_0009"
down_revision = "released_0008"
branch_labels = None
depends_on = None

_NAMES = ("figures_licence", "licence_address")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("policy", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in _NAMES:
        op.drop_column("policy", name)
