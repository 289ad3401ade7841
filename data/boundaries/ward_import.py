"""Ward boundaries from a file: matched by name, measured, and left out where they do not fit.

Nothing is guessed. A palika's wards are accepted if its name or code is certain, its ward numbers
are exactly those of the gazetteer, and its polygons lie in the palika.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data.model import AdminLevel, Finding, SimaError
from data.reference import findings
from data.reference.digits import to_ascii
from data.reference.findings import make_finding
from data.reference.gazetteer import Gazetteer
from geo import boundaries
from geo.boundaries import (
    METRIC_CRS,
    MissingCrsError,
    SeveralLayersError,
    UnknownCrsError,
    UnreadableLayerError,
)

# Chosen on 2,332 real wards of 29 districts (docs/boundaries.md): wards shifted by a datum of 250 m
# keep 0.87 and more inside, wards of another palika fall to 0.7 and less; if half a palika is a
# park, its wards cover 0.35 and more.
LEAST_INSIDE = 0.85
LEAST_COVERED = 0.30
MOST_OVERLAP = 0.02
COVERED_FULLY = 0.90
SHIFT_WORTH_SAYING_M = 50.0
MOST_SHIFT_M = 1000.0  # the older datum is 200 to 260 m off; a larger shift means another place
_NEPAL = (79.5, 26.0, 88.7, 30.7)  # west, south, east, north

# Names under which public files carry these columns.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "district": (
        "district",
        "dist_name",
        "adm2_en",
        "district_n",
        "dist",
        "districtname",
        "adm2_name",
    ),
    "palika": (
        "gapa_napa",
        "palika",
        "municipality",
        "gn_name",
        "local_level",
        "adm3_en",
        "adm3_name",
        "name_palika",
    ),
    "ward": ("new_ward_n", "ward_no", "ward", "wardno", "ward_num", "ward_number", "ref"),
}
_WHAT = {
    "district": ("districts", "--district-column"),
    "palika": ("palikas", "--palika-column"),
    "ward": ("ward numbers", "--ward-column"),
}


@dataclass(frozen=True, slots=True)
class WardImport:
    """The result of reading a file of ward boundaries.

    ``boundaries``: GeoDataFrame indexed by ward ``unit_code``, EPSG:4326, MultiPolygon
    ``geometry``; only wards of accepted palikas. ``fits``: per matched palika ``wards``,
    ``inside``, ``covered``, ``overlap`` (shares of area). ``offsets``: per district the measured
    ``east_m`` and ``north_m``, and whether they were ``applied``.
    """

    boundaries: gpd.GeoDataFrame
    matched_palikas: tuple[str, ...]
    rejected_palikas: tuple[str, ...]
    findings: tuple[Finding, ...]
    fits: pd.DataFrame
    offsets: pd.DataFrame

    @property
    def matched_wards(self) -> int:
        """Return the number of accepted wards."""
        return len(self.boundaries)


def read_wards(
    path: Path,
    *,
    gazetteer: Gazetteer,
    palikas: gpd.GeoSeries,
    align: bool,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    crs: str | None = None,
    chosen: Mapping[str, str] | None = None,
) -> WardImport:
    """Read a file of ward polygons and keep the palikas whose wards fit.

    Parameters
    ----------
    palikas
        Palika polygons by ``unit_code``, EPSG:4326.
    align
        Whether to correct, district by district, a constant offset from ``palikas``.
    columns
        Names of the columns ``district``, ``palika``, ``ward``, if not found by themselves.
    layer
        Layer to read of a file with several.
    crs
        CRS of a file that does not state it.
    chosen
        Palika codes that a person chose for names that are not certain.

    Raises
    ------
    SimaError
        Where the file cannot be used at all; the message has the remedy.
    """
    try:
        frame = boundaries.read_layer(path, layer=layer, crs=crs)
    except UnreadableLayerError as wrong:
        raise _refusal("wards-not-a-vector-file") from wrong
    except MissingCrsError as wrong:
        raise _refusal("wards-no-crs") from wrong
    except UnknownCrsError as wrong:
        raise _refusal("wards-crs-unknown") from wrong
    except SeveralLayersError as wrong:
        raise _refusal("wards-several-layers", layers=str(wrong)) from wrong
    frame = frame[frame.geometry.notna()]
    if frame.empty or not frame.geom_type.isin(["Polygon", "MultiPolygon"]).any():
        raise _refusal("wards-empty")
    west, south, east, north = frame.total_bounds
    if west > _NEPAL[2] or east < _NEPAL[0] or south > _NEPAL[3] or north < _NEPAL[1]:
        raise _refusal("wards-outside")
    return match_wards(
        frame,
        gazetteer=gazetteer,
        palikas=palikas,
        align=align,
        columns=columns,
        chosen=chosen,
    )


def _refusal(kind: str, **params: str) -> SimaError:
    finding = make_finding(kind, "file", **params)
    return SimaError(
        f"{findings.finding_sentence(finding, 'en')} {findings.finding_remedy(finding, 'en')}"
    )


def match_wards(
    frame: gpd.GeoDataFrame,
    *,
    gazetteer: Gazetteer,
    palikas: gpd.GeoSeries,
    align: bool,
    columns: Mapping[str, str] | None = None,
    chosen: Mapping[str, str] | None = None,
) -> WardImport:
    """Match, repair and measure ward polygons that are read already; see `read_wards`."""
    found: list[Finding] = []
    wards = _named(frame, gazetteer, columns or {}, _decided(chosen or {}, gazetteer), found)
    wards = _repaired(wards, found)
    parts: list[pd.DataFrame] = []
    fits: list[tuple[str, int, float, float, float]] = []
    offsets: list[tuple[str, float, float, bool]] = []
    rejected: list[str] = []
    for district, of_district in wards.groupby("district_code"):
        whole = gpd.GeoDataFrame(of_district)
        moved, offset = _aligned(whole, palikas, gazetteer, str(district), align, found)
        offsets.append(offset)
        for palika, of_palika in moved.groupby("palika_code"):
            problems = _problems(gpd.GeoDataFrame(of_palika), str(palika), gazetteer, palikas, fits)
            found.extend(problems)
            if any(finding.severity == "error" for finding in problems):
                rejected.append(str(palika))
            else:
                parts.append(of_palika)
    accepted = pd.concat(parts) if parts else wards.iloc[:0]
    pairs = zip(accepted["palika_code"], accepted["number"], strict=True)
    boundaries = gpd.GeoDataFrame(
        {"geometry": accepted.geometry.to_numpy()},
        index=pd.Index([f"{p}{int(n):02d}" for p, n in pairs], name="unit_code", dtype=str),
        crs="EPSG:4326",
    )
    matched = tuple(sorted({str(code) for code in accepted["palika_code"]}))
    return WardImport(
        boundaries.sort_index(),
        matched,
        tuple(sorted(rejected)),
        tuple(found),
        pd.DataFrame(fits, columns=["palika_code", "wards", "inside", "covered", "overlap"]),
        pd.DataFrame(offsets, columns=["district_code", "east_m", "north_m", "applied"]),
    )


def _decided(chosen: Mapping[str, str], gazetteer: Gazetteer) -> Mapping[str, str]:
    """Return the palika codes that a person chose, by plain name, after checking them."""
    units = gazetteer.units
    palikas = set(units.index[units["admin_level"] == AdminLevel.PALIKA])
    for name, code in chosen.items():
        if code not in palikas:
            raise SimaError(
                f"{name}={code}: there is no palika with the code {code}; see palikas.csv."
            )
    return {_plain(name): code for name, code in chosen.items()}


def _plain(value: object) -> str:
    """Return a cell as text, empty if it has no value."""
    return "" if pd.isna(value) else to_ascii(str(value)).strip()  # type: ignore[call-overload]


def _column(frame: gpd.GeoDataFrame, what: str, given: Mapping[str, str]) -> str | None:
    if what in given:
        if given[what] not in frame.columns:
            raise SimaError(f"The layer has no column {given[what]}. Check {_WHAT[what][1]}.")
        return given[what]
    plain = {str(name).lower(): str(name) for name in frame.columns}
    return next((plain[name] for name in _COLUMNS[what] if name in plain), None)


def _named(
    frame: gpd.GeoDataFrame,
    gazetteer: Gazetteer,
    given: Mapping[str, str],
    chosen: Mapping[str, str],
    found: list[Finding],
) -> gpd.GeoDataFrame:
    """Return the polygons with their `district_code`, `palika_code` and ward `number`."""
    names = {what: _column(frame, what, given) for what in _WHAT}
    for what, (plural, option) in _WHAT.items():
        if names[what] is None:
            raise _refusal("wards-no-column", what=plural, option=option)
    text = {
        what: pd.Series([_plain(v) for v in frame[str(name)]], index=frame.index, dtype=object)
        for what, name in names.items()
    }
    number = pd.to_numeric(text["ward"].map(_ward_number), errors="coerce")
    no_ward = number.isna() | (number < 1) | text["district"].eq("") | text["palika"].eq("")
    if no_ward.any():
        found.append(make_finding("ward-not-in-palika", "file", count=int(no_ward.sum())))
    table = gpd.GeoDataFrame(
        {
            "district": text["district"],
            "palika": text["palika"],
            "number": number,
            "geometry": frame.geometry,
        },
        crs=frame.crs,
    )[~no_ward]
    table["district_code"] = [gazetteer.district(name).code for name in table["district"]]
    for name, group in table[table["district_code"].isna()].groupby("district"):
        match = gazetteer.district(str(name))
        codes = [s.code for s in match.suggestions]
        found.append(
            make_finding("ward-district-unknown", "file", count=len(group), suggestions=codes)
        )
    table = table[table["district_code"].notna()]
    table["palika_code"] = [
        _palika(name, district, gazetteer, chosen)
        for name, district in zip(table["palika"], table["district_code"], strict=True)
    ]
    unknown = table[table["palika_code"].isna()]
    for key, group in unknown.groupby(["district_code", "palika"]):
        district, name = map(str, key)
        match = gazetteer.palika(name, district_code=district)
        codes = [s.code for s in match.suggestions]
        place = gazetteer.name(district, "en")
        found.append(
            make_finding(
                "ward-palika-unknown",
                str(district),
                count=len(group),
                district=place,
                suggestions=codes,
            ),
        )
    return table[table["palika_code"].notna()]


def _palika(
    name: str, district: str, gazetteer: Gazetteer, chosen: Mapping[str, str]
) -> str | None:
    decided = chosen.get(name, "")
    if decided and decided.startswith(district):
        return decided
    return gazetteer.palika(name, district_code=district).code


def _ward_number(text: str) -> str | None:
    """Return the ward number in `4`, `4.0`, `Ward 4`, `51005-4` or `वडा नं. ४`."""
    match = re.fullmatch(r"(?:\D*|\d+-|.*\D)(\d{1,2})(?:\.0+)?", text)
    return match[1] if match else None


def _repaired(wards: gpd.GeoDataFrame, found: list[Finding]) -> gpd.GeoDataFrame:
    """Return valid polygons, with the parts of a ward joined."""
    for palika, group in wards.groupby("palika_code"):
        invalid = int((~group.geometry.is_valid).sum())
        if invalid:
            found.append(make_finding("ward-repaired", str(palika), count=invalid))
        twice = int(group["number"].duplicated().sum())
        if twice:
            found.append(make_finding("ward-parts-joined", str(palika), count=twice))
    solid = wards.set_geometry(boundaries.polygons_only(wards.geometry))
    joined = solid.dissolve(["district_code", "palika_code", "number"]).reset_index()
    return joined.set_geometry(boundaries.polygons_only(joined.geometry))


def _aligned(
    wards: gpd.GeoDataFrame,
    palikas: gpd.GeoSeries,
    gazetteer: Gazetteer,
    district: str,
    align: bool,  # noqa: FBT001  # passed through
    found: list[Finding],
) -> tuple[gpd.GeoDataFrame, tuple[str, float, float, bool]]:
    outlines = wards.dissolve("palika_code").geometry
    east, north = boundaries.estimate_offset_m(
        outlines, palikas, metric_crs=METRIC_CRS, most_m=MOST_SHIFT_M
    )
    metres = round((east**2 + north**2) ** 0.5)
    if metres < SHIFT_WORTH_SAYING_M:
        return wards, (district, east, north, False)
    if not align:
        found.append(
            make_finding(
                "ward-shift", district, metres=metres, district=gazetteer.name(district, "en")
            )
        )
        return wards, (district, east, north, False)
    found.append(make_finding("ward-aligned", district, east=east, north=north))
    moved = boundaries.shift(wards.geometry, east, north, metric_crs=METRIC_CRS)
    return wards.set_geometry(boundaries.polygons_only(moved)), (district, east, north, True)


def _problems(
    wards: gpd.GeoDataFrame,
    palika: str,
    gazetteer: Gazetteer,
    palikas: gpd.GeoSeries,
    fits: list[tuple[str, int, float, float, float]],
) -> list[Finding]:
    """Return the findings against a palika's wards; their fit is recorded in any case."""
    expected, have = set(gazetteer.ward_numbers(palika)), {int(n) for n in wards["number"]}
    measured = boundaries.measure_fit(wards.geometry, palikas[palika], metric_crs=METRIC_CRS)
    fits.append((palika, len(have), measured.inside, measured.covered, measured.overlap))
    problems = []
    if expected != have:
        missing, beyond = (
            ", ".join(map(str, sorted(each))) or "–" for each in (expected - have, have - expected)
        )
        problems.append(
            make_finding(
                "ward-numbers",
                palika,
                found=len(have),
                wards=len(expected),
                missing=missing,
                beyond=beyond,
            ),
        )
    for share, least, kind in (
        (measured.inside, LEAST_INSIDE, "ward-outside-palika"),
        (measured.covered, LEAST_COVERED, "ward-palika-uncovered"),
    ):
        if share < least:
            problems.append(
                make_finding(kind, palika, share=round(100 * share), least=round(100 * least))
            )
    if measured.overlap > MOST_OVERLAP:
        problems.append(make_finding("ward-overlap", palika, share=round(100 * measured.overlap)))
    if not problems and measured.covered < COVERED_FULLY:
        problems.append(
            make_finding("ward-partly-uncovered", palika, share=round(100 * measured.covered))
        )
    return problems
