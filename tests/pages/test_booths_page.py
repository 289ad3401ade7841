"""The page of the booths, and who works where, as a planner, a deputy mayor and the public see them."""

import re
from pathlib import Path

import pandas as pd
import pytest

from dashboard.released import cache
from data.model import Audience, ReleaseInfo, Status
from data.pipeline import Sima
from data.settings import Settings
from tests.pages.conftest import NEPALI, Open, clean

PAGE, PLANNER = "partner/booths.py", "partner/planner.py"


def test_a_planner_sees_every_booth_by_district(shown: Open) -> None:
    said = clean(shown(PAGE, viewer="planner"))
    assert said.index("Jamunaha") < said.index("Bhantabari"), "Banke, then Sunsari"
    assert "Booths: 2. Not reported for 45 days or longer: 2." in said
    assert said.count("The last report was for Oct–Dec 2023") == 2
    assert said.count("0 of 3") == 2
    assert "Reports come from: Organisation A (synthetic) (2023)." in said
    assert "open since 16 Asar 2076 (1 July 2019)" in said


def test_hidden_figures_are_said_as_hidden(
    shown: Open, demo_var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = cache.cells

    def with_hidden(release: ReleaseInfo, **chosen: str) -> pd.DataFrame:
        """The released cells, of which the gate hid journeys stopped and what became of them."""
        cells = read(release, **chosen)
        hide = cells["indicator"].str.match("interceptions$|rescues|outcome_")
        return cells.assign(
            status=cells["status"].mask(hide, Status.SUPPRESSED.value),
            value=cells["value"].mask(hide),
        )

    monkeypatch.setattr(cache, "cells", with_hidden)
    said = clean(shown(PAGE, viewer="planner"))
    assert "hidden to keep people safe" in said
    assert "Hidden to keep people safe: " in said
    settings = Settings.from_environment({"SIMA_VAR": str(demo_var)})
    reader = Sima(settings).writer(Audience.PARTNER).reader
    shown_values = {
        f"{int(value):,}" for value in reader.cells(1, period="ad-2023-q4")["value"].dropna()
    }
    figures = set(re.findall(r"<td>([\d,]+)</td>", said))
    assert figures
    assert figures <= shown_values


def test_a_deputy_sees_the_booths_of_her_palika_alone(shown: Open) -> None:
    said = clean(shown(PAGE, viewer="deputy:51106"))
    assert "Jamunaha" in said
    assert "Bhantabari" not in said
    assert "No released booth is in your palika" in clean(shown(PAGE, viewer="deputy:51105"))


@pytest.mark.parametrize("viewer", ["", "steward"])
def test_nobody_else_has_the_page(shown: Open, viewer: str) -> None:
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        shown(PAGE, viewer=viewer)


def test_without_a_release_it_says_what_will_appear(empty: Open) -> None:
    assert "No figures are published at the moment" in clean(empty(PAGE, viewer="planner"))


def test_the_page_speaks_nepali(shown: Open) -> None:
    app = shown(PAGE, viewer="planner", lang="ne")
    assert not app.exception
    said = "\n".join(
        str(each.value)
        for kind in ("title", "markdown", "subheader", "caption")
        for each in app.get(kind)
    )
    assert NEPALI.search(said)
    assert not re.findall(r"[A-Za-z]{4,}", said)


# ---- who works where


def test_a_planner_sees_where_three_do_the_same_work(shown: Open) -> None:
    query = {"way": "overlap", "area": "511", "indicator": "children_trained", "period": "ad-2023"}
    said = clean(shown(PLANNER, viewer="planner", **query))
    assert "In 2023, 5 palikas had 3 or more organisations doing the same kind of work." in said
    assert said.count("▲ 3 organisations") == 5
    assert "Organisation B (synthetic)" in said
    assert "Koshi" not in said


def test_where_nobody_reported_the_view_says_so(shown: Open) -> None:
    query = {"way": "overlap", "area": "306", "indicator": "booth_contacts", "period": "ad-2020"}
    assert "No named organisation reported from here in 2020." in clean(
        shown(PLANNER, viewer="planner", **query)
    )
