"""The first schema of the holdings store."""

import sqlalchemy as sa
from alembic import op

from data.database.engines import index_shapes, refuse_changes
from data.database.tables import Shape

revision = "holdings_0001"
down_revision = None
branch_labels = ("holdings",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "text", "district_code"),
    )
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("figures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
        sa.UniqueConstraint("content_hash"),
    )
    op.create_table(
        "boundary_set",
        sa.Column("boundary_set", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("vintage", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("boundary_set", "admin_level"),
    )
    op.create_table(
        "request",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("last_batch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("release_number", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'declined')", name="request_state_known"
        ),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "site",
        sa.Column("site_code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ne", sa.Text(), nullable=False),
        sa.Column("palika_code", sa.Text(), nullable=False),
        sa.Column("border_point", sa.Text(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("closed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_code"),
    )
    op.create_table(
        "store_info",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ne", sa.Text(), nullable=False),
        sa.Column("palika_type", sa.Text(), nullable=True),
        sa.Column("ward_number", sa.Integer(), nullable=True),
        sa.Column("population_2021", sa.Integer(), nullable=True),
        sa.Column("border_district", sa.Boolean(), nullable=False),
        sa.Column("programme_district", sa.Boolean(), nullable=False),
        sa.Column("touches_border", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("unit_code"),
    )
    op.create_table(
        "boundary",
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("boundary_set", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("geometry", Shape(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.unit_code"],
        ),
        sa.PrimaryKeyConstraint("unit_code", "boundary_set"),
    )
    op.create_table(
        "crosswalk",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_code"],
            ["unit.unit_code"],
        ),
        sa.PrimaryKeyConstraint("scheme", "code"),
    )
    op.create_table(
        "record",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'reported') = (value IS NOT NULL)", name="record_value_if_reported"
        ),
        sa.CheckConstraint("state IN ('reported', 'not_applicable')", name="record_state_known"),
        sa.CheckConstraint("value >= 0", name="record_value_not_negative"),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.batch_id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "place_code", "indicator", "period", "sex", "age_band"),
    )
    op.create_table(
        "sign",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("palika_code", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.batch_id"],
        ),
        sa.PrimaryKeyConstraint("batch_id", "palika_code", "sign", "signed_on", "number"),
    )
    op.create_table(
        "succession",
        sa.Column("predecessor", sa.Text(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor"],
            ["unit.unit_code"],
        ),
        sa.ForeignKeyConstraint(
            ["successor"],
            ["unit.unit_code"],
        ),
        sa.PrimaryKeyConstraint("predecessor", "successor"),
    )
    op.create_table(
        "upload",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("delete_after", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(content IS NULL) = (deleted_at IS NOT NULL)", name="upload_deleted_is_gone"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.batch_id"],
        ),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    refuse_changes(op.get_bind(), ("batch", "record", "sign"))
    index_shapes(op.get_bind(), "boundary")


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it")
