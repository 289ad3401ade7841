"""The donor's page: its figures are the release's, its states are sentences, its files open."""

import csv
import html
import io
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.released import cache, headline_figures
from data.model import AdminLevel, Audience, SimaError
from data.pipeline import Sima
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.pages.conftest import NEPALI, Open, chose, clean, questions, scenes
from tests.support.workbooks import changed, workbook

PAGE = "public/overview.py"


def plain(app: AppTest) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", clean(app))))


def reader(var: Path) -> ReleaseReader:
    settings = Settings.from_environment({"SIMA_VAR": str(var)})
    return ReleaseReader.open(settings.releases(Audience.PUBLIC), Audience.PUBLIC)


def country(var: Path, indicator: str, **more: str) -> pd.DataFrame:
    asked = {"sex": "all", "age_band": "all"} | more
    return reader(var).cells(1, indicator=indicator, admin_level=AdminLevel.COUNTRY, **asked)


def test_it_is_where_the_public_arrives(shown: Open) -> None:
    said = plain(shown())
    assert "Working together against human trafficking" in said
    assert "Synthetic demonstration data" in said


def test_the_headlines_are_the_figures_of_the_release(shown: Open, demo_var: Path) -> None:
    said = plain(shown(PAGE))
    trained = country(demo_var, "children_trained")
    assert (trained["status"] == "published").all()
    assert f"{trained['value'].sum():,} people Nepal · total for 2020 to 2023" in said
    members = country(demo_var, "parents_members", period="ad-2023")
    assert f"{members['value'].iloc[0]:,} people Nepal · at the end of 2023" in said
    assert "Source: figures published by Sima, release 1" in said


def test_a_total_with_a_hidden_year_is_not_made(shown: Open, demo_var: Path) -> None:
    contacts = country(demo_var, "booth_contacts")
    years = contacts[contacts["period"].str.fullmatch(r"ad-\d{4}")]
    hidden = years.loc[years["status"] == "suppressed", "period"].str.removeprefix("ad-")
    assert len(hidden)
    said = plain(shown(PAGE))
    assert f"{', '.join(hidden)}: hidden to keep people safe." in said
    assert f"{years['value'].sum():,}" not in said
    newest = years.dropna(subset=["value"]).iloc[-1]
    assert f"{newest['value']:,} people Nepal · {newest['period'][3:]}" in said


def test_each_headline_leads_to_its_map(shown: Open) -> None:
    app = shown(PAGE)
    clean(app)
    links = [element.proto for element in app.get("page_link")]
    maps_ = [link.query_string for link in links if link.page.endswith("map")]
    assert len(maps_) == len(headline_figures.HEADLINES) + 1
    assert any("indicator=children_trained" in q and "period=ad-2023" in q for q in maps_)
    assert all("release=1" in query for query in maps_)


def test_the_map_opens_by_district_and_switches_to_palikas(shown: Open) -> None:
    app = shown(PAGE)
    clean(app)
    assert questions(scenes(app)[0])["level"] == "district"
    assert "level" not in app.query_params, "an address stays as it came until something is chosen"
    clean(chose(app, level="palika"))
    assert app.query_params["level"] == "palika"
    (offered,) = [
        options for name, _, options in scenes(app)[0]["questions"] if name == "indicator"
    ]
    assert set(offered) <= {each.indicator for each in headline_figures.HEADLINES}
    for indicator in offered:
        clean(chose(app, indicator=indicator))
        assert questions(scenes(app)[0])["indicator"] == indicator


@pytest.mark.parametrize(
    "query",
    [{"indicator": "rescues"}, {"indicator": "<script>"}, {"level": "ward"}, {"area": "511"},
     {"period": "ad-1900"}, {"release": "99"}, {"release": "<b>"}, {"area": "31206", "level": "x"}],
)  # fmt: skip
def test_a_strange_address_gives_the_page(shown: Open, query: dict[str, str]) -> None:
    said = clean(shown(PAGE, **query))
    assert "<script>" not in said
    assert "At a glance" in said


def test_target_and_actual_stand_beside_each_other(shown: Open, demo_var: Path) -> None:
    said = plain(shown(PAGE))
    reached = int(country(demo_var, "children_trained")["value"].sum())
    assert "Target 1,600 students" in said
    assert f"{round(100 * reached / 1600)} % of the target" in said
    assert "The target counts students" in said


def test_the_story_has_a_figure_in_every_step(shown: Open) -> None:
    said = clean(shown(PAGE))
    steps = re.findall(r"<li>.*?</li>", said, flags=re.DOTALL)
    assert len(steps) == 3
    assert all('class="live"' in step and "data:image/svg+xml" in step for step in steps)


def test_it_speaks_nepali(shown: Open) -> None:
    app = shown(PAGE)
    app.session_state["language"] = "ne"
    app.run()
    said = re.sub(
        r'<(blockquote|p class="cite"|p class="where")[ >].*?</(blockquote|p)>', "", clean(app)
    )
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 25:
            assert NEPALI.search(line), line
    assert "४,५६२" in said


def test_nothing_on_it_asks_another_host(shown: Open) -> None:
    said = clean(shown(PAGE)).replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r'(?:src|href)="(?:https?:)?//', said) == []


# ---- files


def test_the_files_hold_the_release(demo_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMA_VAR", str(demo_var))
    release = cache.current_release(Audience.PUBLIC)
    assert release is not None
    packed = headline_figures.release_archive(release)
    assert packed == headline_figures.release_archive(release)
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert file.testzip() is None
        names = {name.rsplit("/", 1)[1] for name in file.namelist()}
        assert {"cells.csv", "indicators.csv", "README.txt"} <= names
        alone = headline_figures.cells_file(release)
        assert file.read("sima-public-release-1/cells.csv") == alone
    rows = list(csv.DictReader(io.StringIO(alone.decode())))
    assert len(rows) == release.cells
    said_packed, said_plain = headline_figures.estimated_sizes(release)
    assert 0.5 < said_packed / len(packed) < 2
    assert 0.8 < said_plain / len(alone) < 1.25


def test_a_withdrawn_release_is_not_packed(own: Open, tmp_path: Path) -> None:
    clean(own(PAGE))
    release = cache.current_release(Audience.PUBLIC)
    assert release is not None
    stores_of(tmp_path / "var").withdraw(Audience.PUBLIC, 1, by="demo-approver")
    with pytest.raises(SimaError, match="withdrawn"):
        headline_figures.release_archive(release)


# ---- states


def stores_of(var: Path) -> Sima:
    return Sima(Settings.from_environment({"SIMA_VAR": str(var)}))


def test_without_a_release_it_says_what_will_be_there(empty: Open) -> None:
    said = plain(empty(PAGE))
    assert "No figures are published at the moment" in said
    assert "The releases so far" not in said


def test_a_withdrawn_release_leaves_its_line_and_no_figure(own: Open, tmp_path: Path) -> None:
    stores_of(tmp_path / "var").withdraw(Audience.PUBLIC, 1, by="demo-approver")
    said = plain(own(PAGE, release="1"))
    assert "No figures are published at the moment" in said
    assert "Its figures are no longer shown." in said
    assert "4,562" not in said


def test_an_older_release_is_shown_as_asked_and_the_newer_is_named(
    small: Open, tmp_path: Path
) -> None:
    sima = stores_of(tmp_path / "var")
    rows = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]
    sima.confirm(sima.stage(workbook("groups", rows)), by="demo-steward")
    sima.approve(sima.request(Audience.PUBLIC, by="demo-steward"), by="demo-approver")
    said = plain(small(PAGE))
    assert "replaced by a newer one" in said
    assert "Jan–Mar 2024" in said
    assert "Source: figures published by Sima, release 2" in said
    older = plain(small(PAGE, release="1"))
    assert "You see release 1, as in the link. Release 2 is newer." in older
    assert "Source: figures published by Sima, release 1" in older


def test_where_everything_is_hidden_the_page_says_so(shown: Open, all_hidden: None) -> None:
    del all_hidden
    said = plain(shown(PAGE))
    assert "This release shows no figure for the whole country." in said
    assert "not shown in this release" in said
    assert "hidden to keep people safe." in said
    assert "% of the target" not in said


def test_a_release_without_these_indicators_says_so(
    shown: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_cells, really_catalogue = ReleaseReader.cells, ReleaseReader.catalogue
    monkeypatch.setattr(
        ReleaseReader,
        "cells",
        lambda self, number, **asked: really_cells(self, number, **asked).iloc[:0],
    )
    monkeypatch.setattr(
        ReleaseReader,
        "catalogue",
        lambda self, number: really_catalogue(self, number).query(
            "indicator == 'rescues' and admin_level == 0"  # nothing that a map could show
        ),
    )
    said = plain(shown(PAGE))
    assert "no figure in this release" in said
    assert "There is nothing to show here yet in this release." in said
    assert "This release has no figure on this." in said


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")
