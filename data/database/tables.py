"""The tables of the stores, one model for SQLite and PostGIS.

Geometry is ``geometry(MultiPolygon, 4326)`` on PostGIS and well-known binary on SQLite; both return
shapely geometries.
"""

import enum
from typing import Any, cast

import sqlalchemy as sa
from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import from_shape
from shapely import MultiPolygon, from_wkb, to_wkb

from data.model import Audience, Status
from geo.emerging import EmergingClass
from geo.hotspots import HotspotClass

SRID = 4326
LAYERS = ("district", "palika", "border_point")  # hotspot layers


class Store(enum.StrEnum):
    """The kinds of store; each has its own migrations."""

    HOLDINGS = "holdings"
    RELEASED = "released"
    ACCESS = "access"


class Shape(sa.types.TypeDecorator[MultiPolygon]):
    """A MultiPolygon column in EPSG:4326 on both engines."""

    impl = Geometry
    cache_ok = True

    def __init__(self) -> None:
        """Use the type of PostGIS; `load_dialect_impl` replaces it elsewhere."""
        super().__init__("MULTIPOLYGON", srid=SRID, spatial_index=False)

    def load_dialect_impl(self, dialect: sa.Dialect | None) -> sa.types.TypeEngine[Any]:
        """Return the engine's own type; also called without a dialect."""
        if dialect is not None and dialect.name == "sqlite":
            return dialect.type_descriptor(sa.LargeBinary())
        return Geometry("MULTIPOLYGON", srid=SRID, spatial_index=False)

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Return the column unchanged: `process_result_value` reads both engines' forms."""
        return column

    def process_bind_param(self, value: MultiPolygon | None, dialect: sa.Dialect) -> object:
        """Return a shapely geometry in the engine's form."""
        if value is None:
            return None
        return to_wkb(value) if dialect.name == "sqlite" else from_shape(value, srid=SRID)

    def process_result_value(self, value: object, dialect: sa.Dialect) -> MultiPolygon | None:
        """Return a shapely geometry from either engine's form."""
        del dialect
        if value is None:
            return None
        content = value.data if isinstance(value, WKBElement) else value
        return cast("MultiPolygon", from_wkb(cast("bytes", content)))


def one_of(
    column: str, values: type[enum.StrEnum] | tuple[str, ...], name: str
) -> sa.CheckConstraint:
    """Return a constraint of a column to the words of an enumeration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


holdings = sa.MetaData()
released = sa.MetaData()
access = sa.MetaData()

_text, _int, _date, _bool = sa.Text, sa.Integer, sa.Date, sa.Boolean


def _unit_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("unit_code", _text, primary_key=True),
        sa.Column("admin_level", _int, nullable=False),
        sa.Column("parent_code", _text),
        sa.Column("name_en", _text, nullable=False),
        sa.Column("name_ne", _text, nullable=False),
        sa.Column("palika_type", _text),
        sa.Column("ward_number", _int),
        sa.Column("population_2021", _int),
        sa.Column("border_district", _bool, nullable=False),
        sa.Column("programme_district", _bool, nullable=False),
        sa.Column("touches_border", _bool, nullable=False),
        sa.Column("valid_from", _date, nullable=False),
        sa.Column("valid_to", _date),
        sa.Column("source", _text, nullable=False),
    ]


def _set_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("boundary_set", _text, primary_key=True),
        sa.Column("admin_level", _int, primary_key=True),
        sa.Column("source", _text, nullable=False),
        sa.Column("licence", _text, nullable=False),
        sa.Column("attribution", _text, nullable=False),
        sa.Column("vintage", _date, nullable=False),
        sa.Column("units", _int, nullable=False),
    ]


def _site_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("site_code", _text, primary_key=True),
        sa.Column("name_en", _text, nullable=False),
        sa.Column("name_ne", _text, nullable=False),
        sa.Column("palika_code", _text, nullable=False),
        sa.Column("border_point", _text, nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("opened", _text, nullable=False),
        sa.Column("closed", _text, nullable=False),
        sa.Column("operator_en", _text, nullable=False, server_default=""),
        sa.Column("operator_ne", _text, nullable=False, server_default=""),
    ]


def _sign_columns() -> list[sa.Column[Any]]:
    return [
        # The palika or the ward whose committee it is.
        sa.Column("unit_code", _text, primary_key=True),
        sa.Column("sign", _text, primary_key=True),
        sa.Column("signed_on", _date, primary_key=True),
        sa.Column("number", _text, primary_key=True),
        sa.Column("value", sa.BigInteger),
    ]


# ---- holdings -------------------------------------------------------------------------------
store_info = sa.Table(
    "store_info", holdings,
    sa.Column("name", _text, primary_key=True),
    sa.Column("value", _text, nullable=False),
)  # fmt: skip
unit = sa.Table("unit", holdings, *_unit_columns())
succession = sa.Table(
    "succession", holdings,
    sa.Column("predecessor", _text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    sa.Column("successor", _text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    sa.Column("on_day", _date, nullable=False),
    sa.Column("source", _text, nullable=False),
)  # fmt: skip
crosswalk = sa.Table(
    "crosswalk", holdings,
    sa.Column("scheme", _text, primary_key=True),
    sa.Column("code", _text, primary_key=True),
    sa.Column("unit_code", _text, sa.ForeignKey("unit.unit_code"), nullable=False),
)  # fmt: skip
boundary_set = sa.Table("boundary_set", holdings, *_set_columns())
boundary = sa.Table(
    "boundary", holdings,
    sa.Column("unit_code", _text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    sa.Column("boundary_set", _text, primary_key=True),
    sa.Column("admin_level", _int, nullable=False),
    sa.Column("valid_from", _date, nullable=False),
    sa.Column("valid_to", _date),
    sa.Column("geometry", Shape, nullable=False),
)  # fmt: skip
site = sa.Table("site", holdings, *_site_columns())
alias = sa.Table(
    "alias", holdings,
    sa.Column("kind", _text, primary_key=True),
    sa.Column("text", _text, primary_key=True),
    sa.Column("district_code", _text, primary_key=True),
    sa.Column("code", _text, nullable=False),
    sa.Column("decided_by", _text, nullable=False),
    sa.Column("decided_at", _text, nullable=False),
)  # fmt: skip
batch = sa.Table(
    "batch", holdings,
    sa.Column("batch_id", _int, primary_key=True),
    sa.Column("kind", _text, nullable=False),
    sa.Column("content_hash", _text, nullable=False, unique=True),
    sa.Column("accepted_by", _text, nullable=False),
    sa.Column("accepted_at", _text, nullable=False),
    sa.Column("synthetic", _bool, nullable=False),
    sa.Column("reason", _text),
    sa.Column("figures", _int, nullable=False),
    sa.Column("organisation", _text),
)  # fmt: skip
record = sa.Table(
    "record", holdings,
    sa.Column("batch_id", _int, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("place_code", _text, primary_key=True),
    sa.Column("indicator", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("sex", _text, primary_key=True),
    sa.Column("age_band", _text, primary_key=True),
    sa.Column("period_start", _date, nullable=False),
    sa.Column("period_end", _date, nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("value", sa.BigInteger),
    one_of("state", ("reported", "not_applicable"), "record_state_known"),
    sa.CheckConstraint(
        "(state = 'reported') = (value IS NOT NULL)", name="record_value_if_reported",
    ),
    sa.CheckConstraint("value >= 0", name="record_value_not_negative"),
)  # fmt: skip
sign = sa.Table(
    "sign", holdings,
    sa.Column("batch_id", _int, sa.ForeignKey("batch.batch_id"), primary_key=True),
    *_sign_columns(),
)  # fmt: skip
upload = sa.Table(
    "upload", holdings,
    sa.Column("batch_id", _int, sa.ForeignKey("batch.batch_id"), primary_key=True),
    sa.Column("suffix", _text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("delete_after", _text, nullable=False),
    sa.Column("deleted_at", _text),
    sa.CheckConstraint(
        "(content IS NULL) = (deleted_at IS NOT NULL)", name="upload_deleted_is_gone",
    ),
)  # fmt: skip
request = sa.Table(
    "request", holdings,
    sa.Column("request_id", _int, primary_key=True),
    sa.Column("audience", _text, nullable=False),
    sa.Column("asked_by", _text, nullable=False),
    sa.Column("asked_at", _text, nullable=False),
    sa.Column("last_batch", _int, nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("decided_by", _text),
    sa.Column("decided_at", _text),
    sa.Column("release_number", _int),
    sa.Column("restates", _text),
    one_of("state", ("asked", "approved", "declined"), "request_state_known"),
)  # fmt: skip
# What waits and what is hidden in the release of a request, by codes alone.
release_choice = sa.Table(
    "release_choice", holdings,
    sa.Column("request_id", _int, sa.ForeignKey("request.request_id"), primary_key=True),
    sa.Column("kind", _text, primary_key=True),
    sa.Column("indicator", _text, primary_key=True),
    sa.Column("place_code", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("account", _text, nullable=False),
    sa.Column("chosen_at", _text, nullable=False),
    one_of("kind", ("wait", "hide"), "release_choice_kind_known"),
)  # fmt: skip
# Secrets that decide which of several cells is suppressed: the first, and one a restatement.
suppression_key = sa.Table(
    "suppression_key", holdings,
    # Of the restating request that made it; 0 is the first.
    sa.Column("request_id", _int, primary_key=True, autoincrement=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
)  # fmt: skip
certificate = sa.Table(
    "certificate", holdings,
    sa.Column("request_id", _int, sa.ForeignKey("request.request_id"), primary_key=True),
    sa.Column("audience", _text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)  # fmt: skip
policy_consent = sa.Table(
    "policy_consent", holdings,
    sa.Column("policy_hash", _text, primary_key=True),
    sa.Column("account", _text, primary_key=True),
    sa.Column("consented_at", _text, nullable=False),
)  # fmt: skip
# The files of a project as they were for a release, as a ZIP archive, by their hash.
project = sa.Table(
    "project", holdings,
    sa.Column("hash", _text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("noted_at", _text, nullable=False),
)  # fmt: skip
# Organisations and places that were added to those of the project's files.
organisation = sa.Table(
    "organisation", holdings,
    sa.Column("code", _text, primary_key=True),
    sa.Column("name_en", _text, nullable=False),
    sa.Column("name_ne", _text, nullable=False),
)  # fmt: skip
programme_place = sa.Table(
    "programme_place", holdings,
    sa.Column("unit_code", _text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    sa.Column("since", _text, nullable=False),
    sa.Column("until", _text, nullable=False),
)  # fmt: skip
# What somebody asked to change; `content` is JSON and has facts of the project alone.
project_change = sa.Table(
    "project_change", holdings,
    sa.Column("change_id", _int, primary_key=True),
    sa.Column("kind", _text, nullable=False),
    sa.Column("content", _text, nullable=False),
    sa.Column("asked_by", _text, nullable=False),
    sa.Column("asked_at", _text, nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("decided_by", _text),
    sa.Column("decided_at", _text),
    one_of("state", ("asked", "agreed", "declined"), "project_change_state_known"),
)  # fmt: skip

# Who withdrew a release and why. It counts once the release itself is withdrawn, which is stored
# elsewhere; so do the figures that it named, which must not be shown again.
withdrawal = sa.Table(
    "withdrawal", holdings,
    sa.Column("audience", _text, primary_key=True),
    sa.Column("release_number", _int, primary_key=True, autoincrement=False),
    sa.Column("account", _text, nullable=False),
    sa.Column("reason", _text, nullable=False),
    sa.Column("withdrawn_at", _text, nullable=False),
    one_of("audience", Audience, "withdrawal_audience_known"),
)  # fmt: skip
withheld_figure = sa.Table(
    "withheld_figure", holdings,
    sa.Column("audience", _text, primary_key=True),
    sa.Column("release_number", _int, primary_key=True, autoincrement=False),
    sa.Column("indicator", _text, primary_key=True),
    sa.Column("unit_code", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("account", _text, nullable=False),
    sa.Column("named_at", _text, nullable=False),
    sa.ForeignKeyConstraint(
        ["audience", "release_number"], ["withdrawal.audience", "withdrawal.release_number"],
        name="withheld_figure_of_withdrawal",
    ),
)  # fmt: skip


# ---- released -------------------------------------------------------------------------------
release = sa.Table(
    "release", released,
    sa.Column("number", _int, primary_key=True, autoincrement=False),
    sa.Column("request_id", _int, nullable=False, unique=True),
    sa.Column("audience", _text, nullable=False),
    sa.Column("created", _text, nullable=False),
    sa.Column("state", _text, nullable=False),
    sa.Column("synthetic", _bool, nullable=False),
    sa.Column("boundaries_id", _text, nullable=False),
    sa.Column("policy_version", _text, nullable=False),
    sa.Column("cells", _int, nullable=False),
    sa.Column("suppressed", _int, nullable=False),
    one_of("state", ("current", "superseded", "withdrawn"), "release_state_known"),
    one_of("audience", Audience, "release_audience_known"),
)  # fmt: skip
released_set = sa.Table(
    "boundary_set", released, sa.Column("boundaries_id", _text, primary_key=True), *_set_columns(),
)  # fmt: skip
released_unit = sa.Table(
    "unit", released, sa.Column("boundaries_id", _text, primary_key=True), *_unit_columns(),
)  # fmt: skip
released_crosswalk = sa.Table(
    "crosswalk", released,
    sa.Column("boundaries_id", _text, primary_key=True),
    sa.Column("scheme", _text, primary_key=True),
    sa.Column("code", _text, primary_key=True),
    sa.Column("unit_code", _text, nullable=False),
)  # fmt: skip
released_boundary = sa.Table(
    "boundary", released,
    sa.Column("boundaries_id", _text, primary_key=True),
    sa.Column("unit_code", _text, primary_key=True),
    sa.Column("admin_level", _int, nullable=False),
    sa.Column("boundary_set", _text, nullable=False),
    sa.Column("geometry", Shape, nullable=False),
)  # fmt: skip
geometry_file = sa.Table(
    "geometry_file", released,
    sa.Column("boundaries_id", _text, primary_key=True),
    sa.Column("name", _text, primary_key=True),
    sa.Column("admin_level", _int, nullable=False),
    sa.Column("within", _text, nullable=False),
    sa.Column("form", _text, nullable=False),
    sa.Column("units", _int, nullable=False),
    sa.Column("brotli", sa.LargeBinary, nullable=False),
    sa.Column("gzip", sa.LargeBinary, nullable=False),
    one_of("form", ("outline", "tiles"), "geometry_file_form_known"),
)  # fmt: skip
period = sa.Table(
    "period", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("period_start", _date, nullable=False),
    sa.Column("period_end", _date, nullable=False),
    sa.Column("calendar", _text, nullable=False),
    sa.Column("kind", _text, nullable=False),
    sa.Column("parent_period", _text),
)  # fmt: skip
cell = sa.Table(
    "cell", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("indicator", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("unit_code", _text, primary_key=True),
    sa.Column("sex", _text, primary_key=True),
    sa.Column("age_band", _text, primary_key=True),
    sa.Column("admin_level", _int, nullable=False),
    sa.Column("parent_code", _text),
    sa.Column("status", _text, nullable=False),
    sa.Column("value", sa.BigInteger),
    sa.Column("value_class", _text),
    one_of("status", Status, "cell_status_known"),
    sa.CheckConstraint(
        "(status = 'published') = ((value IS NULL) <> (value_class IS NULL))",
        name="cell_figure_only_if_published",
    ),
    sa.CheckConstraint(
        "status = 'published' OR (value IS NULL AND value_class IS NULL)",
        name="cell_hidden_has_nothing",
    ),
    sa.CheckConstraint("value >= 0", name="cell_value_not_negative"),
    one_of("value_class", ("none", "lower", "middle", "higher"), "cell_class_known"),
    sa.Index("cell_by_unit", "release_number", "unit_code", "indicator", "period"),
)  # fmt: skip
released_site = sa.Table(
    "site", released, sa.Column("release_number", _int, primary_key=True), *_site_columns(),
)  # fmt: skip
released_sign = sa.Table(
    "sign", released, sa.Column("release_number", _int, primary_key=True), *_sign_columns(),
    # As known on the day of the release; the step is computed on the day of viewing.
    sa.Column("holds_until", _date),
    sa.Column("beyond_calendar", _bool),
)  # fmt: skip
# Who reported from where: only in partner releases; empty in public ones.
presence = sa.Table(
    "presence", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("palika_code", _text, primary_key=True),
    sa.Column("theme", _text, primary_key=True),
    sa.Column("year", _int, primary_key=True),
    sa.Column("organisation", _text, primary_key=True),
    sa.Column("name_en", _text, nullable=False),
    sa.Column("name_ne", _text, nullable=False),
)  # fmt: skip
# Where a rate is clearly higher; see data/release_making/hotspots.py. The public's rows have only
# the class and the interval.
hotspot = sa.Table(
    "hotspot", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("layer", _text, primary_key=True),
    sa.Column("unit_code", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("hotspot_class", _text, nullable=False),
    sa.Column("reason", _text),
    sa.Column("ratio_low", sa.Float),
    sa.Column("ratio_high", sa.Float),
    sa.Column("history", _text, nullable=False),
    sa.Column("gi_star", sa.Float),
    one_of("layer", LAYERS, "hotspot_layer_known"),
    one_of("hotspot_class", HotspotClass, "hotspot_class_known"),
    one_of("history", EmergingClass, "hotspot_history_known"),
    sa.CheckConstraint(
        "(hotspot_class = 'too little data') = (ratio_low IS NULL)",
        name="hotspot_interval_if_told",
    ),
    sa.CheckConstraint(
        "hotspot_class <> 'too little data' OR (ratio_high IS NULL AND gi_star IS NULL)",
        name="hotspot_untold_has_nothing",
    ),
    sa.CheckConstraint("ratio_low < ratio_high", name="hotspot_interval_has_width"),
)  # fmt: skip
hotspot_run = sa.Table(
    "hotspot_run", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("layer", _text, primary_key=True),
    sa.Column("period", _text, primary_key=True),
    sa.Column("count_indicator", _text, nullable=False),
    sa.Column("exposure_indicator", _text, nullable=False),
    sa.Column("tested", _int, nullable=False),
    sa.Column("permutations", _int, nullable=False),
    sa.Column("parameters", _text, nullable=False),
    sa.Column("first_release", _int, nullable=False),
    one_of("layer", LAYERS, "hotspot_run_layer_known"),
)  # fmt: skip
released_policy = sa.Table(
    "policy", released,
    sa.Column("release_number", _int, primary_key=True),
    sa.Column("content", _text, nullable=False),
    # The licence of the figures: an SPDX identifier and where its text stands; empty if none.
    sa.Column("figures_licence", _text, nullable=False, server_default=""),
    sa.Column("licence_address", _text, nullable=False, server_default=""),
    # Hash of the project's files; empty before there were any.
    sa.Column("project", _text, nullable=False, server_default=""),
    # Those of these files that say what the figures mean, as JSON; see `ProjectFiles.meaning`.
    sa.Column("project_files", _text, nullable=False, server_default=""),
)  # fmt: skip
# The name of a column in files of earlier releases, and its name now.
RENAMED = {("sign", "palika_code"): "unit_code"}
# The column by which a released table is tied to a place; `data.reference.scope` filters by it.
PLACE_OF = {"cell": "unit_code", "site": "palika_code", "presence": "palika_code"}

# ---- access ---------------------------------------------------------------------------------
# Times are UTC, as `engines.stamp` writes them. Of codes and tokens only a hash is stored.
account = sa.Table(
    "account", access,
    sa.Column("account", _text, primary_key=True),
    sa.Column("role", _text, nullable=False),
    sa.Column("created", _text, nullable=False),
    sa.Column("scope", _text, nullable=False, server_default=""),
    sa.Column("state", _text, nullable=False, server_default="active"),
    sa.Column("password", _text),
    sa.Column("second_secret", _text),
    sa.Column("second_step", _int),
    sa.Column("invitation", _text),
    sa.Column("invited_until", _text),
    sa.Column("identity", _text),
    sa.Column("wrong", _int, nullable=False, server_default="0"),
    sa.Column("wait_until", _text),
    sa.Index("account_by_identity", "identity", unique=True),
)  # fmt: skip
visit = sa.Table(
    "visit", access,
    sa.Column("token", _text, primary_key=True),
    sa.Column("account", _text, nullable=False),
    sa.Column("kind", _text, nullable=False),
    sa.Column("began", _text, nullable=False),
    sa.Column("seen", _text, nullable=False),
    sa.Column("ended", _text),
    sa.Column("purpose", _text, nullable=False, server_default=""),
    sa.Index("visit_by_account", "account"),
)  # fmt: skip
audit_event = sa.Table(
    "audit_event", access,
    sa.Column("seq", _int, primary_key=True, autoincrement=False),
    sa.Column("at", _text, nullable=False),
    sa.Column("kind", _text, nullable=False),
    sa.Column("actor", _text, nullable=False),
    sa.Column("audience", _text, nullable=False),
    sa.Column("subject", _text, nullable=False),
    sa.Column("number", _int, nullable=False),
    sa.Column("place", _text, nullable=False),
    sa.Column("purpose", _text, nullable=False),
    sa.Column("previous", _text, nullable=False),
    sa.Column("hash", _text, nullable=False),
)  # fmt: skip
# The names behind events, apart from the chain: removed after a time, while the chain stays.
audit_name = sa.Table(
    "audit_name", access,
    sa.Column("seq", _int, primary_key=True, autoincrement=False),
    sa.Column("account", _text, nullable=False),
    sa.Column("about", _text, nullable=False),
    sa.Column("salt", _text, nullable=False),
)  # fmt: skip

METADATA = {Store.HOLDINGS: holdings, Store.RELEASED: released, Store.ACCESS: access}
