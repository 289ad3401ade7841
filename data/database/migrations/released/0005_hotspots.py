"""Hotspots: where a rate is clearly higher, and how that was worked out."""

import sqlalchemy as sa
from alembic import op

revision = "released_0005"
down_revision = "released_0004"
branch_labels = None
depends_on = None

_LAYERS = "layer IN ('district', 'palika', 'border_point')"
_CLASSES = "hotspot_class IN ('clearly higher', 'not different', 'too little data')"
_HISTORIES = "history IN ('new', 'persistent', 'fading', 'never higher', 'too little data')"


def upgrade() -> None:
    op.create_table(
        "hotspot",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("hotspot_class", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ratio_low", sa.Float(), nullable=True),
        sa.Column("ratio_high", sa.Float(), nullable=True),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("gi_star", sa.Float(), nullable=True),
        sa.CheckConstraint(_LAYERS, name="hotspot_layer_known"),
        sa.CheckConstraint(_CLASSES, name="hotspot_class_known"),
        sa.CheckConstraint(_HISTORIES, name="hotspot_history_known"),
        sa.CheckConstraint(
            "(hotspot_class = 'too little data') = (ratio_low IS NULL)",
            name="hotspot_interval_if_told",
        ),
        sa.CheckConstraint(
            "hotspot_class <> 'too little data' OR (ratio_high IS NULL AND gi_star IS NULL)",
            name="hotspot_untold_has_nothing",
        ),
        sa.CheckConstraint("ratio_low < ratio_high", name="hotspot_interval_has_width"),
        sa.PrimaryKeyConstraint("release_number", "layer", "unit_code", "period"),
    )
    op.create_table(
        "hotspot_run",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("count_indicator", sa.Text(), nullable=False),
        sa.Column("exposure_indicator", sa.Text(), nullable=False),
        sa.Column("tested", sa.Integer(), nullable=False),
        sa.Column("permutations", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("first_release", sa.Integer(), nullable=False),
        sa.CheckConstraint(_LAYERS, name="hotspot_run_layer_known"),
        sa.PrimaryKeyConstraint("release_number", "layer", "period"),
    )


def downgrade() -> None:
    op.drop_table("hotspot_run")
    op.drop_table("hotspot")
