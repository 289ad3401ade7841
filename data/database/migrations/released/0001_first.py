"""The first schema of the released store."""

import sqlalchemy as sa
from alembic import op

from data.database.engines import index_shapes
from data.database.tables import Shape

revision = "released_0001"
down_revision = None
branch_labels = ("released",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "boundary",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("boundary_set", sa.Text(), nullable=False),
        sa.Column("geometry", Shape(), nullable=False),
        sa.PrimaryKeyConstraint("boundaries_id", "unit_code"),
    )
    op.create_table(
        "boundary_set",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("boundary_set", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("vintage", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("boundaries_id", "boundary_set", "admin_level"),
    )
    op.create_table(
        "cell",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("admin_level", sa.Integer(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("value_class", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'published') = ((value IS NULL) <> (value_class IS NULL))",
            name="cell_figure_only_if_published",
        ),
        sa.CheckConstraint(
            "status = 'published' OR (value IS NULL AND value_class IS NULL)",
            name="cell_hidden_has_nothing",
        ),
        sa.CheckConstraint(
            "status IN ('published', 'suppressed', 'not_reported', 'not_applicable')",
            name="cell_status_known",
        ),
        sa.CheckConstraint(
            "value_class IN ('none', 'lower', 'middle', 'higher')", name="cell_class_known"
        ),
        sa.CheckConstraint("value >= 0", name="cell_value_not_negative"),
        sa.PrimaryKeyConstraint(
            "release_number", "indicator", "period", "unit_code", "sex", "age_band"
        ),
    )
    op.create_index(
        "cell_by_unit", "cell", ["release_number", "unit_code", "indicator", "period"], unique=False
    )
    op.create_table(
        "crosswalk",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("boundaries_id", "scheme", "code"),
    )
    op.create_table(
        "period",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_period", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("release_number", "period"),
    )
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("boundaries_id", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.CheckConstraint("audience IN ('public', 'partner')", name="release_audience_known"),
        sa.CheckConstraint(
            "state IN ('current', 'superseded', 'withdrawn')", name="release_state_known"
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_table(
        "sign",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("palika_code", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("release_number", "palika_code", "sign", "signed_on", "number"),
    )
    op.create_table(
        "site",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("site_code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_ne", sa.Text(), nullable=False),
        sa.Column("palika_code", sa.Text(), nullable=False),
        sa.Column("border_point", sa.Text(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("closed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("release_number", "site_code"),
    )
    op.create_table(
        "unit",
        sa.Column("boundaries_id", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("boundaries_id", "unit_code"),
    )
    index_shapes(op.get_bind(), "boundary")


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it")
