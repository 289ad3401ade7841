"""The page of hotspots: what the public and a planner are told, and the ways to have nothing to tell."""

import re
import shutil
from http import HTTPStatus
from pathlib import Path

import pandas as pd
import pytest

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.maps import hotspot_map
from dashboard.released import cache
from dashboard.sections.hotspots import places
from data.database import engines
from data.database.tables import hotspot, hotspot_run
from data.model import Audience, Role
from data.reference.scope import EVERYTHING
from data.releases.reader import ReleaseReader, release_file
from data.settings import Settings
from tests.dashboard.maps.test_encoding import unpack
from tests.pages.conftest import NEPALI, Open, asked_for, chose, clean, opener, questions, scenes
from tests.support import hotspot_world

PAGE = "public/hotspots.py"
TOO_LITTLE = "too little data"


@pytest.fixture
def there(hotspot_var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    return opener(hotspot_var, monkeypatch)


def told(var: Path, audience: Audience) -> pd.DataFrame:
    settings = Settings.from_environment({"SIMA_VAR": str(var)})
    return ReleaseReader.open(settings.releases(audience), audience).hotspots(1)


def figures(scene: dict) -> list[object]:
    return [v for packed in scene["values"] for v in unpack(packed) if v != "outside"]


def test_the_first_line_says_what_is_not_shown(there: Open) -> None:
    app = there(PAGE)
    clean(app)
    bodies = [element.proto.body for element in app.get("html")]
    own = [body for body in bodies if "<style>" not in body and "sima-banner" not in body]
    assert "This does not show where trafficking happens" in own[0]


def test_the_public_sees_districts_and_which_are_clearly_higher(
    there: Open, hotspot_var: Path
) -> None:
    app = there(PAGE)
    said = clean(app)
    (scene,) = scenes(app)
    assert scene["area"] == "border.district.outline"
    newest = told(hotspot_var, Audience.PUBLIC)
    newest = newest[newest["period"].eq("ad-2023-h2")]
    assert figures(scene).count(1) == newest["hotspot_class"].eq("clearly higher").sum() == 3
    assert figures(scene).count("not_reported") == newest["hotspot_class"].eq(TOO_LITTLE).sum()
    assert said.count("badge higher") == 3
    assert "times as many as in all places together" in said
    for partners in ("Border points", "Border palikas not covered by a booth", "no place near it"):
        assert partners not in said


def test_a_planner_sees_palikas_and_border_points(there: Open) -> None:
    app = there(PAGE, "planner")
    said = clean(app)
    (scene,) = scenes(app)
    assert scene["area"] == "border.palika.outline"
    assert figures(scene).count(1) == 3
    assert "Border points" in said
    assert "no figure, or one hidden to keep people safe" in said
    assert "Border palikas not covered by a booth" not in said, "gaps are of one district"


def test_border_points_are_those_of_the_area(there: Open) -> None:
    said = clean(there(PAGE, "planner", area="511"))
    points = said[said.index("Border point</th>") :]
    assert "Jamunaha" in points
    assert "Birgunj" not in points


def test_the_answer_comes_before_the_map(there: Open) -> None:
    (scene,) = scenes(there(PAGE))
    assert scene["lead"]["figure"] == "3"
    assert "places clearly higher" in scene["lead"]["text"]


def test_the_gaps_of_a_district_are_for_a_planner_of_it_alone(there: Open) -> None:
    assert "Border palikas not covered by a booth" in clean(there(PAGE, "planner", area="511"))
    for viewer in ("", "deputy:51106", "steward"):
        assert "Border palikas not covered by a booth" not in clean(there(PAGE, viewer, area="511"))


@pytest.mark.parametrize(
    ("viewer", "area", "district"),
    [
        (Viewer(Role.PLANNER, EVERYTHING), "511", "511"),
        (Viewer(Role.PLANNER, ("511",)), "511", "511"),
        (Viewer(Role.PLANNER, ("113",)), "511", ""),
        (Viewer(Role.PLANNER, EVERYTHING), "border", ""),
        (Viewer(Role.PLANNER, EVERYTHING), "51106", ""),
        (Viewer(Role.DEPUTY, ("51106",)), "511", ""),
        (Viewer(Role.PUBLIC), "511", ""),
    ],
)
def test_whose_gaps_are_shown(there: Open, viewer: Viewer, area: str, district: str) -> None:
    there(PAGE, "planner")
    release = cache.current_release(Audience.PARTNER, EVERYTHING)
    assert release is not None
    chosen = hotspot_map.choose_hotspots(release, area, "")
    assert chosen is not None
    assert places.gap_district(release, viewer, chosen) == district
    public = cache.current_release(Audience.PUBLIC)
    assert public is not None
    seen = hotspot_map.choose_hotspots(public, area, "")
    assert seen is not None
    assert places.gap_district(public, viewer, seen) == ""


def test_a_palika_with_a_hidden_figure_is_no_gap(there: Open) -> None:
    there(PAGE, "planner")
    release = cache.current_release(Audience.PARTNER, EVERYTHING)
    assert release is not None
    named = places.gaps(release, "511", "ad-2023-q4")
    assert "Nepalganj" not in named, "its booth informed people"
    assert "Duduwa" in named


def test_a_deputy_is_told_of_her_own_palika(there: Open) -> None:
    said = clean(there(PAGE, "deputy:51106"))
    assert "Your palika, Oct–Dec 2023: not different." in said
    assert "Your palika, Oct–Dec 2023: too little data. Why" in clean(there(PAGE, "deputy:51105"))
    assert "Border points" not in said


def test_the_slider_has_every_period_and_moves_the_page(there: Open) -> None:
    app = there(PAGE)
    (scene,) = scenes(app)
    (when,) = (each for each in scene["questions"] if each[0] == "period")
    codes = [code for code, _label in when[2]]
    assert codes == ["ad-2022-h1", "ad-2022-h2", "ad-2023-h1", "ad-2023-h2"]
    assert when[3] == "slider"
    moved = chose(app, period="ad-2022-h1")
    (then,) = scenes(moved)
    assert questions(then)["period"] == "ad-2022-h1"
    assert then["files"] == scene["files"], "the shapes are those that are there"
    assert then["area"] == scene["area"]
    assert moved.query_params["period"] == "ad-2022-h1"


@pytest.mark.parametrize("viewer", ["", "planner", "deputy:51106"])
def test_everything_is_said_in_nepali(there: Open, viewer: str) -> None:
    app = there(PAGE, viewer, lang="ne", area="511")
    said = clean(app)
    assert NEPALI.search(said)
    for english in ("clearly higher", "too little", "Places", "times as many", "continues"):
        assert english not in said


def test_the_route_gives_a_planners_hotspots_to_nobody_else(there: Open) -> None:
    app = there(PAGE, "planner")
    (mine,) = scenes(app)
    assert mine["area"].endswith(".palika.outline")
    there(PAGE)
    answer = asked_for(mine["address"])
    if answer.status_code == HTTPStatus.OK:
        assert b".district.outline" in bytes(answer.body)
        assert b".palika.outline" not in bytes(answer.body)


# ---- nothing to tell


def test_a_map_of_too_little_data_everywhere_says_what_that_means(shown: Open) -> None:
    for viewer in ("", "planner"):
        app = shown(PAGE, viewer)
        said = clean(app)
        (scene,) = scenes(app)
        assert "This does not mean that there is no problem" in scene["empty"]
        assert scene["lead"] is None
        assert set(figures(scene)) <= {"not_reported", "no_cell"}
        assert "No place has enough data." in said
        assert "badge higher" not in said


def test_what_is_stopped_away_from_booths_stands_in_a_list_of_its_own(
    shown: Open, demo_var: Path
) -> None:
    said = clean(shown(PAGE, "planner", area="511", period="ad-2023-q4"))
    begun = said.index("by other organisations")
    listed = said[begun : said.index("</table>", begun)]
    settings = Settings.from_environment({"SIMA_VAR": str(demo_var)})
    reader = ReleaseReader.open(settings.releases(Audience.PARTNER), Audience.PARTNER)
    cells = reader.cells(1, indicator="interceptions_police", period="ad-2023-q4")
    mine = cells[cells["unit_code"].str.startswith("511") & cells["admin_level"].eq(3)]
    mine = mine[mine["age_band"].eq("all")]
    assert mine["status"].isin(["published", "suppressed"]).sum() == 4, (
        "the programme's palikas at the border"
    )
    for row in mine[mine["status"].eq("published")].itertuples():
        assert re.search(rf">{row.value}</td>", listed)
    assert listed.count("hidden to keep people safe") >= mine["status"].eq("suppressed").sum()
    assert "Nobody counts how many" in said
    assert "no count of the people informed there" in said
    assert "away from booths" not in clean(shown(PAGE, "planner", area="309")), "nothing to list"


def test_a_store_without_a_release_says_so(empty: Open) -> None:
    for viewer in ("", "planner"):
        app = empty(PAGE, viewer)
        assert "This does not show where trafficking happens" in clean(app)


def test_a_release_from_before_hotspots_says_that_there_are_none(
    hotspot_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(hotspot_var, tmp_path / "var")
    settings = Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})
    for audience in Audience:
        engine = engines.connect(str(release_file(Path(settings.releases(audience)), 1)))
        for table in (hotspot, hotspot_run):
            table.drop(engine)
        engine.dispose()
    engines.close_all()
    for viewer in ("", "planner", "deputy:51106"):
        app = opener(tmp_path / "var", monkeypatch)(PAGE, viewer)
        assert "This release has no hotspots yet" in clean(app)


def test_a_withdrawn_release_is_not_told_of(
    hotspot_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(hotspot_var, tmp_path / "var")
    hotspot_world.withdraw(tmp_path / "var")
    engines.close_all()
    said = clean(opener(tmp_path / "var", monkeypatch)(PAGE))
    assert "badge higher" not in said
    assert "times as many" not in said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 0.5, "at most ½ times as many"),
        (1.5, 3.0, "1½ to 3 times as many"),
        (5.0, float("nan"), "at least 5 times as many"),
        (0.25, 1.0, "¼ to 1 times as many"),
        (float("nan"), float("nan"), "not enough data"),
    ],
)
def test_an_interval_is_said_without_statistics(low: float, high: float, said: str) -> None:
    wording.speak("en")
    assert hotspot_map.interval_text(low, high).startswith(said)
