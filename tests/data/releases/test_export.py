"""A release as files: what is in them, what adds up in them, what is refused."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from dashboard.cli.export import export
from dashboard.cli.output import Cli
from data.database import engines
from data.holdings import SIGN_COLUMNS
from data.model import Aggregation, Audience, SimaError
from data.reference import calendar
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import REFERENCE, load_indicators
from data.reference.project import FiguresLicence
from data.release_making.writer import Boundaries, ReleaseContent, ReleaseWriter
from data.releases import export as exporting
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.support.paths import ROOT

GOLDEN = ROOT / "tests" / "golden"
NAMES = ["cells.csv", "indicators.csv", "units.csv", "hotspots.csv", "policy.toml", "README.txt"]
KEY = ["unit_code", "indicator", "period", "sex", "age_band"]
TODAYS = (REFERENCE / "policy.toml").read_text(encoding="utf-8")
# The head of today's policy and designs of our own, so that the golden files stay as they are.
POLICY = (
    TODAYS[: TODAYS.index("# Where more is found")]
    + """
[design.sbcc_sessions.public]
finest = "palika"
periods = ["quarter", "year"]

[design.parents_members.public]
finest = "palika"
periods = ["quarter", "half", "year"]
sex = "palika"

[design.interceptions.public]
finest = "district"
periods = ["half", "year"]
display = "class"
delay_quarters = 1

[design.rescues.partner]
finest = "district"
periods = ["year"]
"""
)
# unit, indicator, period, sex, status and figure (a number or a class)
ROWS = [
    ("31206", "sbcc_sessions", "ad-2023-q1", "all", "published", 3),
    ("31206", "sbcc_sessions", "ad-2023-q2", "all", "published", 0),
    ("31206", "sbcc_sessions", "ad-2023-q3", "all", "not_applicable", None),
    ("31206", "sbcc_sessions", "ad-2023-q4", "all", "published", 1200),
    ("31206", "sbcc_sessions", "ad-2023", "all", "published", 1203),
    ("31206", "sbcc_sessions", "ad-2024-q1", "all", "published", 7),  # its year is not released
    ("31207", "sbcc_sessions", "ad-2023-q1", "all", "not_reported", None),
    ("31207", "sbcc_sessions", "ad-2023", "all", "not_reported", None),
    ("312", "sbcc_sessions", "ad-2023", "all", "not_reported", None),
    *(
        ("31207", "parents_members", f"ad-2023{part}", sex, "published", 100 + ("fm".find(sex) * 5))
        for part in ("-q1", "-q2", "-h1", "-q3", "-q4", "-h2", "")
        for sex in ("f", "m")
    ),
    ("31207", "parents_members", "ad-2023", "all", "published", 205),
    ("31207", "parents_members", "ad-2023-q4", "all", "published", 205),
    ("31206", "parents_members", "ad-2023-q4", "f", "suppressed", None),
    ("31206", "parents_members", "ad-2023-q4", "m", "suppressed", None),
    ("312", "interceptions", "ad-2023-h1", "all", "published", "lower"),
    ("312", "interceptions", "ad-2023-h2", "all", "suppressed", None),
    ("312", "interceptions", "ad-2023", "all", "published", "higher"),
    ("NP", "interceptions", "ad-2023", "all", "published", "higher"),
]


def content(follows: int, boundaries_id: str, policy: str) -> ReleaseContent:
    units = Gazetteer.load().units
    cells = pd.DataFrame(
        [
            {
                "unit_code": unit,
                "admin_level": int(units.at[unit, "admin_level"]),
                "parent_code": units.at[unit, "parent_code"],
                "indicator": indicator,
                "period": period,
                "sex": sex,
                "age_band": "all",
                "status": status,
                "value": figure if isinstance(figure, int) else None,
                "value_class": figure if isinstance(figure, str) else None,
            }
            for unit, indicator, period, sex, status, figure in ROWS
        ]
    ).astype({"value": "Int64"})
    periods = [
        {
            "period": code,
            "period_start": period.start,
            "period_end": period.end,
            "calendar": period.calendar.value,
            "kind": period.kind.value,
            "parent_period": None,  # an export does not go by it
        }
        for code in sorted(cells["period"].unique())
        for period in (calendar.parse_period(code),)
    ]
    return ReleaseContent(
        cells=cells,
        periods=pd.DataFrame(periods),
        sites=Gazetteer.load().sites.iloc[:0],
        signs=pd.DataFrame(columns=SIGN_COLUMNS),
        boundaries_id=boundaries_id,
        policy_version="test",
        policy_text=policy,
        synthetic=True,
        follows=follows,
    )


def store(folder: Path, policy: str = POLICY) -> ReleaseWriter:
    """A public store with one release."""
    writer = ReleaseWriter(str(folder), Audience.PUBLIC)
    units = Gazetteer.load().units.loc[["NP", "3", "312", "31206", "31207"]]
    units = units.assign(valid_from=date(2017, 3, 10), valid_to=None, source="test")
    units.at["31207", "name_en"] = '=HYPERLINK("x";"Bhimphedi, a town")'
    units.at["31206", "valid_to"] = date(2030, 1, 1)
    shape = MultiPolygon([box(85.6, 27.6, 85.7, 27.7)])
    boundaries = gpd.GeoDataFrame(
        {"admin_level": [3], "boundary_set": ["s"]}, index=["31206"], geometry=[shape], crs=4326
    ).rename_axis("unit_code")
    sets = pd.DataFrame(
        {
            "boundary_set": ["s"],
            "admin_level": [3],
            "source": ["Office of Shapes"],
            "licence": ["a licence of shapes"],
            "attribution": ["Shapes: the Office"],
            "vintage": [date(2020, 1, 1)],
            "units": [1],
        }
    )
    crosswalk = pd.DataFrame({"scheme": ["cod-ab"], "code": ["NP0331"], "unit_code": ["312"]})
    name = writer.put_boundaries(Boundaries(units, crosswalk, sets, boundaries))
    writer.publish(content(0, name, policy), request_id=1)
    return writer


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseReader]:
    """One release, made by hand; read only."""
    yield store(tmp_path_factory.mktemp("small") / "public").reader
    engines.close_all()


def table(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


# ---- what is in the files


def test_the_files_are_these(small: ReleaseReader) -> None:
    made = exporting.export_files(small, 1)
    assert list(made) == NAMES
    assert not any(b"\r" in each or each.startswith(b"\xef\xbb\xbf") for each in made.values())
    assert made == exporting.export_files(small, 1)


@pytest.mark.parametrize("name", ["cells.csv", "units.csv"])
def test_a_small_release_is_written_as_it_always_was(small: ReleaseReader, name: str) -> None:
    golden = GOLDEN / f"export-{name}"
    made = exporting.export_files(small, 1)[name]
    assert made.decode() == golden.read_bytes().decode()


def test_the_dictionary_is_of_the_recorded_policy(small: ReleaseReader) -> None:
    made = table(exporting.export_files(small, 1)["indicators.csv"]).set_index("code")
    assert list(made.index) == ["interceptions", "parents_members", "sbcc_sessions"]
    members = made.loc["parents_members"]
    assert members["name_ne"] == load_indicators()["parents_members"].name["ne"]
    assert members["aggregation"] == "stock"
    assert members["levels"] == "country province district palika"
    assert members["periods"] == "quarter half year"
    assert members["age_levels"] == ""
    assert made.loc["interceptions", ["display", "delay_quarters"]].tolist() == ["class", "1"]
    assert exporting.export_files(small, 1)["policy.toml"].decode() == POLICY


def test_the_readme_says_what_an_outsider_needs(small: ReleaseReader) -> None:
    said = exporting.export_files(small, 1)["README.txt"].decode()
    for words in (
        *NAMES[:5],
        *exporting.CELL_COLUMNS,
        *("published", "suppressed", "not_reported", "not_applicable"),
        "RELEASE 1 FOR THE AUDIENCE public",
        f"Made {small.releases()[0].created}",
        "SYNTHETIC",
        "lower           up to 50",
        "middle          51 to 200",
        "smallest count that is shown: 10",
        "Shapes: the Office",
        "a licence of shapes",
        "No licence has been chosen yet by the owners of this data; ask them before re-use.",
    ):
        assert words in said
    assert max(len(line) for line in said.splitlines()) <= 100


def test_the_readme_names_the_licence_that_the_release_recorded(tmp_path: Path) -> None:
    writer = store(tmp_path / "public")
    licence = FiguresLicence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/")
    writer.publish(
        replace(content(1, writer.reader.releases()[0].boundaries_id, POLICY), licence=licence),
        request_id=2,
    )
    first, second = (
        exporting.export_files(writer.reader, number)["README.txt"].decode() for number in (1, 2)
    )
    assert exporting.NO_LICENCE in first, "a release keeps the licence of its day"
    assert exporting.NO_LICENCE not in second
    assert "licence (SPDX identifier): CC-BY-4.0\n  https://creativecommons.org/" in second
    assert max(len(line) for line in second.splitlines()) <= 100


def test_the_order_of_the_cells_in_the_store_does_not_matter(small: ReleaseReader) -> None:
    cells = small.cells(1)
    indicators = {c: i for c, i in load_indicators().items() if Audience.PUBLIC in i.designs}
    tables = [
        exporting.cell_table(each, indicators, audience=Audience.PUBLIC)
        for each in (cells, cells.sample(frac=1, random_state=7))
    ]
    pd.testing.assert_frame_equal(*tables)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_no_cell_is_a_formula_and_every_text_comes_back(rows: list[tuple[str, str]]) -> None:
    made = exporting.as_csv(pd.DataFrame(rows, columns=["a", "b"], dtype=object)).decode()
    back = list(csv.reader(io.StringIO(made, newline="")))[1:]
    assert len(back) == len(rows)
    for given_row, read_row in zip(rows, back, strict=True):
        for text, read in zip(given_row, read_row, strict=True):
            assert not read.startswith(("=", "+", "-", "@", "\t", "\r"))
            plain = text.replace("\r\n", "\n").replace("\r", "\n")
            assert read in (plain, f"'{plain}")


@pytest.mark.parametrize("text", ["=1+1", "+977", "-5", "@x", "\tx", "\rx", "\r\nx"])
def test_a_text_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert exporting.as_text(text).startswith("'")
    assert exporting.as_text(f"a{text}") == f"a{text}".replace("\r\n", "\n").replace("\r", "\n")
    assert exporting.as_text(None) == ""
    assert exporting.as_text(0) == "0"


# ---- what adds up, in the demonstration


@pytest.fixture(scope="module", params=list(Audience))
def whole(request: pytest.FixtureRequest, demo: Settings) -> tuple[Audience, pd.DataFrame]:
    """Cells of the demonstration's first release, as an outsider reads them."""
    reader = ReleaseReader.open(demo.releases(request.param), request.param)
    return request.param, table(exporting.export_files(reader, 1)["cells.csv"])


@pytest.mark.parametrize(
    ("column", "of", "least"),
    [
        ("unit_code", "parent_code", 2000),
        ("period", "parent_period", 1000),
        ("sex", None, 400),
        ("age_band", None, 300),
    ],
)
def test_a_published_whole_is_the_sum_of_its_published_parts(
    whole: tuple[Audience, pd.DataFrame], column: str, of: str | None, least: int
) -> None:
    cells = whole[1]
    numbers = pd.to_numeric(cells["value"].where(cells["value"].ne(""), None)).astype("Int64")
    cells = cells.assign(number=numbers, shown=cells["status"].eq("published") & numbers.notna())
    parts = cells[cells[of].ne("") if of else cells[column].ne("all")]
    parts = parts.assign(**{column: parts[of] if of else "all"})
    # what does not apply adds nothing
    parts = parts.assign(shown=parts["shown"] | parts["status"].eq("not_applicable"))
    sums = parts.groupby(KEY).agg(sum=("number", "sum"), all=("shown", "all"))
    both = sums.join(cells.set_index(KEY)[["number", "shown"]], validate="one_to_one")
    both = both[both["all"] & both["shown"].eq(other=True)]
    assert len(both) >= least
    assert both[both["sum"] != both["number"]].empty


def test_only_a_published_cell_carries_a_figure(whole: tuple[Audience, pd.DataFrame]) -> None:
    _, cells = whole
    carried = cells["value"].ne("").astype(int) + cells["class"].ne("").astype(int)
    assert carried.eq(cells["status"].eq("published").astype(int)).all()
    assert set(cells["status"]) <= {"published", "suppressed", "not_reported", "not_applicable"}
    assert cells["status"].eq("suppressed").any()


def test_a_longer_period_is_named_only_where_it_is_there(
    whole: tuple[Audience, pd.DataFrame],
) -> None:
    _, cells = whole
    named = cells[cells["parent_period"].ne("")]
    there = set(cells[KEY].itertuples(index=False, name=None))
    wanted = named.assign(period=named["parent_period"])[KEY]
    assert set(wanted.itertuples(index=False, name=None)) <= there


def test_only_the_last_part_of_a_stock_names_the_longer_period(
    whole: tuple[Audience, pd.DataFrame],
) -> None:
    _, cells = whole
    stock = [c for c, i in load_indicators().items() if i.aggregation is Aggregation.STOCK]
    mine = cells[cells["indicator"].isin(stock)]
    named = mine[mine["parent_period"].ne("")]
    assert len(named) > 50
    ends = cells.drop_duplicates("period").set_index("period")["period_end"]
    assert named["period_end"].eq(named["parent_period"].map(ends)).all()
    assert not named.duplicated(
        ["unit_code", "indicator", "parent_period", "sex", "age_band"]
    ).any()


def test_cells_are_in_order_and_every_place_but_the_country_has_its_parent(
    whole: tuple[Audience, pd.DataFrame],
) -> None:
    _, cells = whole
    keys = list(cells[KEY].itertuples(index=False, name=None))
    assert keys == sorted(set(keys))
    assert cells["parent_code"].eq("").eq(cells["admin_level"].eq("0")).all()


# ---- what is refused


def test_a_withdrawn_release_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    writer = store(tmp_path / "public")
    with pytest.raises(SimaError, match="no public release 2"):
        exporting.export_files(writer.reader, 2)
    writer.withdraw(1)
    with pytest.raises(SimaError, match="release 1 was withdrawn"):
        exporting.export_files(writer.reader, 1)
    engines.close_all()


def test_a_release_without_a_policy_is_refused(tmp_path: Path) -> None:
    reader = store(tmp_path / "public", policy="").reader
    with pytest.raises(SimaError, match="did not record its policy"):
        exporting.export_files(reader, 1)
    engines.close_all()


def test_an_indicator_that_the_policy_does_not_know_is_refused(small: ReleaseReader) -> None:
    with pytest.raises(SimaError, match="has no design for interceptions, parents_members"):
        exporting.cell_table(small.cells(1), {}, audience=Audience.PUBLIC)


def test_an_export_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    exporting.write_export(folder, {"a.csv": b"1", "b.txt": b"2"})
    (folder / ".a.csv.4711.draft").write_bytes(b"half")  # of a process that died
    assert exporting.write_export(folder, {"a.csv": b"3", "b.txt": b"4"}) == [
        folder / "a.csv", folder / "b.txt",
    ]  # fmt: skip
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"a.csv": b"3", "b.txt": b"4"}


@pytest.mark.parametrize("strange", ["other.txt", ".a.csv.x.draft", "c.csv/", "a.csv/"])
def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path, strange: str) -> None:
    if strange.endswith("/"):
        (tmp_path / strange).mkdir()
    else:
        (tmp_path / strange).write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SimaError, match="holds files that are not from an export"):
        exporting.write_export(tmp_path, {"a.csv": b"1"})
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(SimaError, match="cannot be written"):
            exporting.write_export(folder, {"a.csv": b"1"})
    assert (tmp_path / "out").read_bytes() == b"mine"


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_earlier_export_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    exporting.write_export(tmp_path, {"a.csv": b"old", "b.txt": b"old"})

    def fail(_descriptor: int) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises((SimaError, KeyboardInterrupt)):
            exporting.write_export(tmp_path, {"a.csv": b"new", "b.txt": b"new"})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {
        "a.csv": b"old", "b.txt": b"old",
    }  # fmt: skip


# ---- the command


def run(small: ReleaseReader, *arguments: str) -> Result:
    group: click.Group = Cli(commands={"export": export})
    env = {"SIMA_PUBLIC": small.address, "SIMA_VAR": f"{small.address}-none"}
    return CliRunner().invoke(group, ["export", *arguments], env=env)


def test_the_command_prints_the_files_it_wrote(small: ReleaseReader, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(small, "1", "--out", str(out))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(out / name) for name in NAMES]
    assert result.stderr == ""
    assert {p.name: p.read_bytes() for p in out.iterdir()} == exporting.export_files(small, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("9",), "There is no public release 9"),
        (("1", "--audience", "partner"), "There is no store of partner releases yet"),
        (("1", "--format", "xlsx"), "'xlsx' is not 'csv'"),
    ],
)
def test_the_command_says_what_is_wrong(
    small: ReleaseReader, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(small, *arguments, "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


def test_the_help_has_an_example(small: ReleaseReader) -> None:
    result = run(small, "--help")
    assert result.exit_code == 0
    assert "  sima export 3 --audience public --out release-3\n" in result.stdout
