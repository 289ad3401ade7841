"""Signing in: passwords, invitations, scopes, visits, and the log of who did what."""

import sqlalchemy as sa
from alembic import op

from data.database import engines

revision = "access_0002"
down_revision = "access_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("scope", sa.Text(), nullable=False, server_default=""))
        account.add_column(sa.Column("state", sa.Text(), nullable=False, server_default="active"))
        for name in ("password", "second_secret"):
            account.add_column(sa.Column(name, sa.Text()))
        account.add_column(sa.Column("second_step", sa.Integer()))
        for name in ("invitation", "invited_until", "identity"):
            account.add_column(sa.Column(name, sa.Text()))
        account.add_column(sa.Column("wrong", sa.Integer(), nullable=False, server_default="0"))
        account.add_column(sa.Column("wait_until", sa.Text()))
    op.create_index("account_by_identity", "account", ["identity"], unique=True)
    op.create_table(
        "visit",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text()),
        sa.Column("purpose", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("visit_by_account", "visit", ["account"])
    texts = ("at", "kind", "actor", "audience", "subject", "place", "purpose", "previous", "hash")
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "audit_name",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    engines.refuse_changes(op.get_bind(), ("audit_event",))


def downgrade() -> None:
    raise NotImplementedError("what the log holds must not be lost")
