"""Ward boundaries from a file: a clean one, one mutation for each finding, and a real one."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from data.boundaries import national, ward_import
from data.boundaries.ward_import import WardImport
from data.model import Finding, Severity, SimaError
from data.reference import findings
from data.reference.findings import REFERENCE
from data.reference.gazetteer import Gazetteer
from geo.boundaries import METRIC_CRS, polygons_only

GAZETTEER = Gazetteer.load()
HETAUDA, GADHI = (
    "31206",
    "31208",
)  # the one that stays, and the one that is changed: Makawanpurgadhi
Change = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


@cache
def palikas() -> gpd.GeoSeries:
    every = national.read_national().boundaries
    return every.loc[every["admin_level"] == 3, "geometry"]


def cut(shape: BaseGeometry, count: int) -> list[BaseGeometry]:
    """Cut a shape into strips from west to east that cover it without overlap."""
    west, south, east, north = shape.bounds
    edges = np.linspace(west, east, count + 1)
    return [shape.intersection(box(a, south, b, north)) for a, b in pairwise(edges)]


@cache
def pieces(code: str) -> list[BaseGeometry]:
    return cut(palikas()[code], len(GAZETTEER.ward_numbers(code)))


def wards_of(*codes: str) -> gpd.GeoDataFrame:
    """Make a clean file: as many wards as the gazetteer knows, cut from the palika's polygon."""
    rows = [
        (GAZETTEER.name(code[:3], "en"), GAZETTEER.name(code, "en"), number, piece)
        for code in codes
        for number, piece in zip(GAZETTEER.ward_numbers(code), pieces(code), strict=True)
    ]
    columns = ["DISTRICT", "GaPa_NaPa", "NEW_WARD_N", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:4326")


@pytest.fixture
def clean() -> gpd.GeoDataFrame:
    return wards_of(HETAUDA, GADHI)


def take(
    frame: gpd.GeoDataFrame, *, align: bool = False, chosen: Mapping[str, str] | None = None
) -> WardImport:
    return ward_import.match_wards(
        frame, gazetteer=GAZETTEER, palikas=palikas(), align=align, chosen=chosen
    )


def read(path: Path, **options: object) -> WardImport:
    return ward_import.read_wards(
        path, gazetteer=GAZETTEER, palikas=palikas(), align=False, **options
    )


def only(result: WardImport, kind: str) -> Finding:
    """Give the one finding of a kind."""
    (found,) = [finding for finding in result.findings if finding.kind == kind]
    return found


def in_gadhi(frame: gpd.GeoDataFrame, number: int | None = None) -> pd.Series:
    mine = frame["GaPa_NaPa"] == "Makawanpurgadhi"
    return mine if number is None else mine & (frame["NEW_WARD_N"] == number)


def with_shapes(
    frame: gpd.GeoDataFrame, where: pd.Series, shapes: list[BaseGeometry]
) -> gpd.GeoDataFrame:
    changed = frame.geometry.copy()
    changed[where] = shapes
    return frame.set_geometry(changed)


# ---- clean


def test_a_clean_file_gives_every_ward_and_no_finding(clean: gpd.GeoDataFrame) -> None:
    result = take(clean)
    wards = [f"{code}{n:02d}" for code in (HETAUDA, GADHI) for n in GAZETTEER.ward_numbers(code)]
    assert result.findings == ()
    assert result.boundaries.index.tolist() == wards
    assert result.boundaries.index.name == "unit_code"
    assert result.boundaries.crs == "EPSG:4326"
    assert set(result.boundaries.geom_type) == {"MultiPolygon"}
    assert result.matched_palikas == (HETAUDA, GADHI)
    assert result.matched_wards == 27
    assert result.rejected_palikas == ()


def test_each_ward_keeps_its_own_polygon_whatever_the_order(clean: gpd.GeoDataFrame) -> None:
    result = take(clean.sample(frac=1, random_state=5))
    for row in clean.itertuples():
        code = {"Hetauda": HETAUDA}.get(row.GaPa_NaPa, GADHI)
        assert result.boundaries.geometry[f"{code}{row.NEW_WARD_N:02d}"].equals(row.geometry)


def test_fits_and_offsets_say_what_was_measured(clean: gpd.GeoDataFrame) -> None:
    result = take(clean, align=True)
    fits = result.fits.set_index("palika_code")
    assert fits["wards"].to_dict() == {HETAUDA: 19, GADHI: 8}
    assert fits[["inside", "covered"]].to_numpy() == pytest.approx(1, abs=1e-4)
    assert fits["overlap"].to_numpy() == pytest.approx(0, abs=1e-4)
    (offset,) = result.offsets.itertuples(index=False)
    assert offset.district_code == "312"
    assert (offset.east_m, offset.north_m) == (pytest.approx(0, abs=1), pytest.approx(0, abs=1))
    assert not offset.applied


@pytest.mark.parametrize(
    "written", ["{n}", "{n}.0", "Ward {n}", "31208-{n}", " {n} ", "वडा नं. {ne}", "{ne}"]
)
def test_a_ward_number_is_read_however_it_is_written(clean: gpd.GeoDataFrame, written: str) -> None:
    nepali = str.maketrans("0123456789", "०१२३४५६७८९")
    numbers = [written.format(n=n, ne=str(n).translate(nepali)) for n in clean["NEW_WARD_N"]]
    result = take(clean.assign(NEW_WARD_N=numbers))
    assert result.findings == ()
    assert result.matched_wards == 27


@pytest.mark.parametrize(
    ("district", "palika"),
    [
        ("312", GADHI),
        ("MAKAWANPUR", "Makwanpurgadhi Rural Municipality"),
        ("मकवानपुर", "मकवानपुरगढी गाउँपालिका"),
    ],
)
def test_a_palika_is_named_by_code_or_in_either_script(
    clean: gpd.GeoDataFrame, district: str, palika: str
) -> None:
    mine = in_gadhi(clean)
    named = clean.assign(
        DISTRICT=clean["DISTRICT"].where(~mine, district),
        GaPa_NaPa=clean["GaPa_NaPa"].where(~mine, palika),
    )
    assert take(named).matched_palikas == (HETAUDA, GADHI)


# ---- a palika that is left out


def without_a_ward(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame[~in_gadhi(frame, 3)]


def with_a_ward_too_many(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    last = in_gadhi(frame, 8)
    eighth, ninth = cut(frame.loc[last, "geometry"].iloc[0], 2)
    more = frame[last].assign(NEW_WARD_N=9).set_geometry([ninth], crs=frame.crs)
    return pd.concat([with_shapes(frame, last, [eighth]), more], ignore_index=True)


def with_another_number(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(NEW_WARD_N=frame["NEW_WARD_N"].where(~in_gadhi(frame, 8), 11))


def with_polygons_of_another_palika(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return with_shapes(frame, in_gadhi(frame), cut(palikas()["31201"], 8))


def with_a_ward_over_its_neighbour(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    pair = frame.loc[in_gadhi(frame, 4) | in_gadhi(frame, 5), "geometry"]
    return with_shapes(frame, in_gadhi(frame, 4), [pair.union_all()])


def _southern(shape: BaseGeometry, share: float) -> BaseGeometry:
    west, south, east, north = shape.bounds
    return shape.intersection(box(west, south, east, south + share * (north - south)))


def with_the_south_only(share: float) -> Change:
    def change(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        mine = in_gadhi(frame)
        return with_shapes(frame, mine, [_southern(s, share) for s in frame.geometry[mine]])

    return change


REJECTED: list[tuple[Change, dict[str, dict[str, object]]]] = [
    (without_a_ward,
     {"ward-numbers": {"found": 7, "wards": 8, "missing": "3", "beyond": "–"}}),
    (with_a_ward_too_many,
     {"ward-numbers": {"found": 9, "wards": 8, "missing": "–", "beyond": "9"}}),
    (with_another_number,
     {"ward-numbers": {"found": 8, "wards": 8, "missing": "8", "beyond": "11"}}),
    (with_polygons_of_another_palika,
     {"ward-outside-palika": {"share": 0, "least": 85},
      "ward-palika-uncovered": {"share": 0, "least": 30}}),
    (with_a_ward_over_its_neighbour, {"ward-overlap": {"share": 15}}),
    (with_the_south_only(0.2), {"ward-palika-uncovered": {"share": 19, "least": 30}}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), REJECTED)
@pytest.mark.parametrize("align", [False, True])
def test_a_palika_that_does_not_fit_is_left_out_and_takes_no_other_with_it(
    clean: gpd.GeoDataFrame,
    change: Change,
    expected: dict[str, dict[str, object]],
    *,
    align: bool,
) -> None:
    result = take(change(clean), align=align)
    assert {finding.kind: dict(finding.params) for finding in result.findings} == expected
    assert {finding.where for finding in result.findings} == {GADHI}
    assert {finding.severity for finding in result.findings} == {Severity.ERROR}
    assert result.rejected_palikas == (GADHI,)
    assert result.matched_palikas == (HETAUDA,)
    intact = take(clean).boundaries
    stays = intact[intact.index.str.startswith(HETAUDA)]
    assert result.boundaries.geometry.to_wkb().equals(stays.geometry.to_wkb())
    assert GADHI in set(result.fits["palika_code"]), "what is left out is measured too"


def test_wards_of_another_datum_are_not_counted_as_outside(clean: gpd.GeoDataFrame) -> None:
    moved = clean.set_geometry(clean.to_crs(METRIC_CRS).translate(-250, 0).to_crs(4326))
    assert take(moved).fits["inside"].min() > ward_import.LEAST_INSIDE


# ---- what is worth knowing, while the wards are taken


def with_a_bow_tie(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ward = in_gadhi(frame, 5)
    (x, y), *ring = polygons_only(frame.geometry[ward]).iloc[0].geoms[0].exterior.coords
    tie = [(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4), (x, y)]
    return with_shapes(frame, ward, [Polygon([*tie, *ring])])


def with_a_ward_in_two_parts(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ward = in_gadhi(frame, 4)
    one, other = cut(frame.geometry[ward].iloc[0], 2)
    more = frame[ward].set_geometry([other], crs=frame.crs)
    return pd.concat([with_shapes(frame, ward, [one]), more], ignore_index=True)


def with_a_park(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    park = frame[in_gadhi(frame, 1)].assign(GaPa_NaPa="Parsa National Park", NEW_WARD_N=0)
    return pd.concat([frame, park], ignore_index=True)


TAKEN: list[tuple[Change, str, str, dict[str, object]]] = [
    (with_a_bow_tie, "ward-repaired", GADHI, {"count": 1}),
    (with_a_ward_in_two_parts, "ward-parts-joined", GADHI, {"count": 1}),
    (with_a_park, "ward-not-in-palika", "file", {"count": 1}),
    (with_the_south_only(0.7), "ward-partly-uncovered", GADHI, {"share": 75}),
]


@pytest.mark.parametrize(("change", "kind", "where", "params"), TAKEN)
def test_what_can_be_mended_is_mended_and_said(
    clean: gpd.GeoDataFrame, change: Change, kind: str, where: str, params: dict[str, object]
) -> None:
    result = take(change(clean))
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == (kind, Severity.NOTICE)
    assert (finding.where, dict(finding.params)) == (where, params)
    assert result.matched_palikas == (HETAUDA, GADHI)
    assert result.matched_wards == 27
    assert result.boundaries.is_valid.all()


def test_the_parts_of_a_ward_are_one_ward_again(clean: gpd.GeoDataFrame) -> None:
    joined = take(with_a_ward_in_two_parts(clean)).boundaries.geometry["3120804"]
    before = clean.loc[in_gadhi(clean, 4), "geometry"].iloc[0]
    assert joined.symmetric_difference(before).area < 1e-6 * before.area


def test_a_repaired_ward_loses_nothing(clean: gpd.GeoDataFrame) -> None:
    repaired = take(with_a_bow_tie(clean)).boundaries.geometry["3120805"]
    before = clean.loc[in_gadhi(clean, 5), "geometry"].iloc[0]
    assert repaired.area == pytest.approx(before.area, rel=1e-3)


@pytest.mark.parametrize("number", ["0", "", "-", "Park", "123"])
def test_what_has_no_ward_number_is_no_ward(clean: gpd.GeoDataFrame, number: str) -> None:
    more = with_a_park(clean).astype({"NEW_WARD_N": str})
    more.loc[more.index[-1], "NEW_WARD_N"] = number
    result = take(more)
    assert only(result, "ward-not-in-palika").params["count"] == 1
    assert result.matched_wards == 27


# ---- what is asked


def test_an_unknown_palika_is_asked_with_ranked_suggestions(clean: gpd.GeoDataFrame) -> None:
    unsure = clean.assign(GaPa_NaPa=clean["GaPa_NaPa"].replace("Makawanpurgadhi", "Gadi"))
    result = take(unsure)
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("ward-palika-unknown", Severity.QUESTION)
    assert finding.where == "312"
    assert dict(finding.params) == {"count": 8, "district": "Makwanpur"}
    assert finding.suggestions[0] == GADHI
    assert "11308" in finding.suggestions, "Gadhi of Sunsari is as likely to a stranger"
    assert result.matched_palikas == (HETAUDA,), "it is not guessed"
    assert result.rejected_palikas == ()


def test_a_palika_is_taken_once_somebody_chose(clean: gpd.GeoDataFrame) -> None:
    unsure = clean.assign(GaPa_NaPa=clean["GaPa_NaPa"].replace("Makawanpurgadhi", "Gadi"))
    result = take(unsure, chosen={"Gadi": GADHI})
    assert result.findings == ()
    assert result.matched_wards == 27


def test_a_palika_of_another_district_is_not_taken(clean: gpd.GeoDataFrame) -> None:
    result = take(clean.assign(GaPa_NaPa=clean["GaPa_NaPa"].replace("Makawanpurgadhi", "11308")))
    assert only(result, "ward-palika-unknown").params["count"] == 8
    assert result.matched_palikas == (HETAUDA,)


def test_an_unknown_district_is_asked(clean: gpd.GeoDataFrame) -> None:
    result = take(clean.assign(DISTRICT=clean["DISTRICT"].where(~in_gadhi(clean), "Sunsery")))
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("ward-district-unknown", Severity.QUESTION)
    assert dict(finding.params) == {"count": 8}
    assert finding.suggestions[0] == "113"
    assert result.matched_palikas == (HETAUDA,)


def test_a_file_of_unknown_places_gives_nothing(clean: gpd.GeoDataFrame) -> None:
    for column in ("DISTRICT", "GaPa_NaPa"):
        result = take(clean.assign(**{column: "Atlantis"}))
        assert result.matched_wards == 0
        assert {finding.params["count"] for finding in result.findings} == {27}


# ---- another datum


@pytest.fixture
def displaced(clean: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The clean file, 200 m too far west and 30 m too far north."""
    return clean.set_geometry(clean.to_crs(METRIC_CRS).translate(-200, 30).to_crs(4326))


def test_a_shift_is_said_and_left_as_it_is(displaced: gpd.GeoDataFrame) -> None:
    result = take(displaced)
    (finding,) = result.findings
    assert (finding.kind, finding.severity, finding.where) == ("ward-shift", Severity.NOTICE, "312")
    assert finding.params["metres"] == pytest.approx(202, abs=10)
    assert not result.offsets["applied"].any()
    assert result.matched_wards == 27
    assert result.boundaries.geometry.bounds.min().to_numpy() == pytest.approx(
        displaced.geometry.bounds.min().to_numpy(), abs=1e-9
    )


def test_align_corrects_a_shift(displaced: gpd.GeoDataFrame, clean: gpd.GeoDataFrame) -> None:
    result = take(displaced, align=True)
    finding = only(result, "ward-aligned")
    assert len(result.findings) == 1
    assert finding.params == {
        "east": pytest.approx(200, abs=10), "north": pytest.approx(-30, abs=10),
    }  # fmt: skip
    (offset,) = result.offsets.itertuples(index=False)
    assert offset.applied
    assert (offset.east_m, offset.north_m) == (finding.params["east"], finding.params["north"])
    assert result.fits["inside"].min() > 0.998
    whole = take(clean).boundaries
    apart = result.boundaries.symmetric_difference(whole).to_crs(METRIC_CRS).area
    assert (apart / whole.to_crs(METRIC_CRS).area).max() < 0.01


def test_each_district_has_an_offset_of_its_own(displaced: gpd.GeoDataFrame) -> None:
    both = pd.concat([displaced, wards_of("11308")], ignore_index=True)
    result = take(both, align=True)
    assert result.offsets.set_index("district_code")["applied"].to_dict() == {
        "113": False, "312": True,
    }  # fmt: skip
    assert result.matched_wards == 33


def test_a_palika_of_wrong_polygons_does_not_move_its_district(clean: gpd.GeoDataFrame) -> None:
    wrong = wards_of("31205")
    wrong = wrong.set_geometry(cut(palikas()["31203"], len(wrong)), crs=wrong.crs)
    result = take(pd.concat([clean, wrong], ignore_index=True), align=True)
    assert result.rejected_palikas == ("31205",)
    assert result.matched_palikas == (HETAUDA, GADHI)
    assert not result.offsets["applied"].any()


# ---- files that cannot be used


def refused(path: Path, **options: object) -> str:
    with pytest.raises(SimaError) as refusal:
        read(path, **options)
    return str(refusal.value)


def says(kind: str, **params: str) -> str:
    finding = findings.make_finding(kind, "file", **params)
    return f"{findings.finding_sentence(finding, 'en')} {findings.finding_remedy(finding, 'en')}"


@pytest.mark.parametrize("name", ["wards.gpkg", "wards.geojson", "wards.shp"])
def test_a_clean_file_is_read_in_any_format(
    clean: gpd.GeoDataFrame, tmp_path: Path, name: str
) -> None:
    clean.to_crs("EPSG:32645" if name.endswith("gpkg") else "EPSG:4326").to_file(tmp_path / name)
    result = read(tmp_path / name)
    assert result.findings == ()
    assert result.matched_wards == 27


def test_what_is_no_vector_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wards.gpkg").write_bytes(b"no layer at all" * 20)
    assert refused(tmp_path / "wards.gpkg") == says("wards-not-a-vector-file")


def test_a_layer_without_crs_is_refused_with_the_option_to_give(
    clean: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    clean.to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    assert refused(tmp_path / "wards.shp") == says("wards-no-crs")
    assert "--crs" in says("wards-no-crs")
    assert read(tmp_path / "wards.shp", crs="EPSG:4326").matched_wards == 27


def test_a_layer_of_points_or_of_nothing_has_no_polygons(
    clean: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    clean.set_geometry(clean.representative_point()).to_file(tmp_path / "points.gpkg")
    clean.iloc[:0].to_file(tmp_path / "nothing.gpkg")
    for name in ("points.gpkg", "nothing.gpkg"):
        assert refused(tmp_path / name) == says("wards-empty")


def test_polygons_outside_nepal_are_refused(clean: gpd.GeoDataFrame, tmp_path: Path) -> None:
    clean.set_geometry(clean.translate(-60, 0)).to_file(tmp_path / "west.gpkg")
    assert refused(tmp_path / "west.gpkg") == says("wards-outside")
    assert "--crs" in says("wards-outside")


@pytest.mark.parametrize(
    ("column", "what", "option"),
    [("DISTRICT", "district", "--district-column"), ("GaPa_NaPa", "palika", "--palika-column"),
     ("NEW_WARD_N", "ward", "--ward-column")],
)  # fmt: skip
def test_a_missing_column_is_refused_with_its_option_until_it_is_named(
    clean: gpd.GeoDataFrame, tmp_path: Path, column: str, what: str, option: str
) -> None:
    path = tmp_path / "wards.gpkg"
    clean.rename(columns={column: "x"}).to_file(path)
    said = refused(path)
    assert said.startswith("No column with ")
    assert said.endswith(f"Use {option} to name it.")
    assert read(path, columns={what: "x"}).matched_wards == 27
    assert refused(path, columns={what: "y"}) == f"The layer has no column y. Check {option}."


def test_an_unknown_coordinate_system_is_refused(clean: gpd.GeoDataFrame, tmp_path: Path) -> None:
    clean.to_file(tmp_path / "wards.shp")
    (tmp_path / "wards.prj").unlink()
    assert refused(tmp_path / "wards.shp", crs="nonsense") == says("wards-crs-unknown")


def test_of_several_layers_one_must_be_named(clean: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    clean.to_file(path, layer="wards")
    clean.iloc[:2].to_file(path, layer="parks")
    said = refused(path)
    assert "wards, parks" in said
    assert "--layer" in said
    assert read(path, layer="wards").matched_wards == 27


def test_a_file_of_which_nothing_fits_is_no_crash() -> None:
    alone = wards_of(GADHI)
    result = take(alone[alone["NEW_WARD_N"] != 1])
    assert result.rejected_palikas == (GADHI,)
    assert result.matched_wards == 0
    assert result.boundaries.crs == "EPSG:4326"


@pytest.mark.parametrize("column", ["DISTRICT", "GaPa_NaPa", "NEW_WARD_N"])
@pytest.mark.parametrize("nothing", [None, np.nan, ""])
def test_a_polygon_without_a_name_or_number_is_a_park(
    clean: gpd.GeoDataFrame, column: str, nothing: object
) -> None:
    park = clean.iloc[:1].astype({column: object})
    park[column] = pd.Series([nothing], index=park.index, dtype=object)
    both = pd.concat([clean.astype({column: object}), park], ignore_index=True)
    result = take(both)
    assert result.matched_wards == 27
    assert only(result, "ward-not-in-palika").params["count"] == 1


def test_a_wrong_palika_does_not_move_its_neighbours() -> None:
    frame = wards_of(HETAUDA, "31205")
    wrong = cut(palikas()["31203"], 9)
    mine = frame["GaPa_NaPa"] == GAZETTEER.name("31205", "en")
    for align in (False, True):
        result = take(with_shapes(frame, mine, wrong), align=align)
        assert result.matched_palikas == (HETAUDA,)
        assert result.rejected_palikas == ("31205",)
        assert "ward-shift" not in {finding.kind for finding in result.findings}


def test_a_file_that_lies_elsewhere_is_not_moved_into_place(clean: gpd.GeoDataFrame) -> None:
    result = take(clean.set_geometry(clean.translate(0.3, 0.2)), align=True)
    assert result.matched_wards == 0
    assert not result.offsets["applied"].any()


def test_a_choice_is_checked_and_read_like_the_file(clean: gpd.GeoDataFrame) -> None:
    named = clean.assign(GaPa_NaPa=clean["GaPa_NaPa"].replace("Makawanpurgadhi", " Gadi "))
    assert take(named).matched_palikas == (HETAUDA,)
    assert take(named, chosen={"Gadi": GADHI}).matched_palikas == (HETAUDA, GADHI)
    assert take(named, chosen={"Gadi": "11308"}).matched_palikas == (HETAUDA,)
    for code in ("99999", "312", "3120601"):
        with pytest.raises(SimaError, match="no palika with the code"):
            take(named, chosen={"Gadi": code})


# ---- all of it


def test_every_kind_of_finding_about_boundaries_is_found_above() -> None:
    text = (REFERENCE / "boundary_findings.toml").read_text("utf-8")
    kinds = {line.strip("[]") for line in text.splitlines() if line.startswith("[")}
    assert kinds == {
        *(kind for _change, expected in REJECTED for kind in expected),
        *(kind for _change, kind, _where, _params in TAKEN),
        "ward-palika-unknown", "ward-district-unknown", "ward-shift", "ward-aligned",
        "wards-not-a-vector-file", "wards-no-crs", "wards-empty", "wards-no-column",
        "wards-outside", "wards-crs-unknown", "wards-several-layers",
    }  # fmt: skip


def test_every_finding_fills_its_sentence_in_both_languages(
    clean: gpd.GeoDataFrame, displaced: gpd.GeoDataFrame
) -> None:
    changes = [change for change, _expected in REJECTED] + [change for change, *_rest in TAKEN]
    results = [take(change(clean)) for change in changes]
    results += [take(displaced), take(displaced, align=True)]
    said = {finding.kind: finding for result in results for finding in result.findings}
    assert len(said) == 10
    for finding in said.values():
        for language in ("en", "ne"):
            text = findings.finding_sentence(finding, language) + findings.finding_remedy(
                finding, language
            )
            assert not set("{}") & set(text)


# ---- a real file


@pytest.fixture(scope="module")
def real(ward_file: Path) -> WardImport:
    return ward_import.read_wards(ward_file, gazetteer=GAZETTEER, palikas=palikas(), align=True)


def test_a_real_file_of_29_districts_is_matched_but_for_three_palikas(real: WardImport) -> None:
    assert len(real.matched_palikas) == 257
    assert real.matched_wards == 2309
    assert real.rejected_palikas == ("10306", "10307", "41106")
    assert {finding.kind for finding in real.findings if finding.severity == Severity.ERROR} == {
        "ward-numbers", "ward-outside-palika",
    }  # fmt: skip
    assert [f.where for f in real.findings if f.kind == "ward-numbers"] == [
        "10306",
        "10307",
        "41106",
    ]


def test_makwanpur_has_its_102_wards_in_a_real_file(real: WardImport) -> None:
    mine = real.boundaries.index[real.boundaries.index.str.startswith("312")]
    in_gazetteer = GAZETTEER.units.index[GAZETTEER.units["admin_level"] == 4]
    assert len(mine) == 102
    assert set(mine) == {code for code in in_gazetteer if code.startswith("312")}


def test_every_ward_of_a_real_file_is_a_ward_we_know_and_lies_in_its_palika(
    real: WardImport,
) -> None:
    assert set(real.boundaries.index) <= set(GAZETTEER.units.index)
    assert real.boundaries.index.is_unique
    assert real.boundaries.is_valid.all()
    assert all(isinstance(shape, MultiPolygon) for shape in real.boundaries.geometry)
    fits = real.fits.set_index("palika_code").loc[list(real.matched_palikas)]
    assert fits["inside"].min() > 0.87
    assert fits["overlap"].max() < 0.02


def test_every_district_of_a_real_file_lies_off_by_the_same_datum(real: WardImport) -> None:
    offsets = real.offsets
    assert len(offsets) == 29
    assert offsets["applied"].all()
    assert offsets["east_m"].between(200, 265).all()
    assert offsets["north_m"].between(-35, -10).all()
