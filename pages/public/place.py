"""Everything that was released about one place, on one page of paper."""

from pathlib import Path

import streamlit as st

from dashboard import (
    committee_views,
    controls,
    place,
    place_views,
    scenes,
    session,
    views,
    wording,
)
from dashboard.overview_views import said
from dashboard.place import Profile
from dashboard.wording import _
from data.model import Audience, ReleaseInfo

viewer = st.session_state["viewer"]
if place.map_audience(viewer, st.query_params.get("unit", "")) is Audience.PARTNER:
    MAP = Path(__file__).parents[1] / "partner" / "planner.py"
else:
    MAP = Path(__file__).with_name("map.py")


def write(markup: str, kind: str = "", name: str = "") -> None:
    """Write markup of ours, with its texts escaped, as text in the language in use."""
    at = f' id="{name}" tabindex="-1"' if name else ""
    if markup:
        st.html(f'<div class="sima-place {kind}" lang="{wording.language()}"{at}>{markup}</div>')


def choose(release: ReleaseInfo, asked: dict[str, str]) -> None:
    """Ask for the district, then for the palika."""
    units = session.units(release)
    unit = asked.get("unit", "")
    district = asked.get("district", "") or unit[:3]
    districts = place.districts(units)
    district = district if district in districts else ""
    palikas = place.palikas(units, district)
    palika = unit[:5] if unit[:5] in palikas else ""

    def named(code: str) -> str:
        return views.unit_name(units, code) if code else _("Choose")

    with st.container(key="place-choice"):
        controls.select("district", _("District"), ["", *districts], district, named)
        if district:
            controls.select("unit", _("Palika"), ["", *palikas], palika, named)


def show(found: Profile) -> None:
    """Say everything of one place: the next step first, then what there is, then what is not."""
    units, on = session.units(found.release), scenes.today()
    write(place_views.facts(found) + place_views.step(found, on), "head", views.FIGURES)
    if found.is_ward:
        palika = views.unit_name(units, found.palika)
        st.header(_("Committee of {palika}").format(palika=palika), anchor=False)
    else:
        st.header(_("Committee"), anchor=False)
    committee_views.card(found.release, found.palika, on)
    if not found.known:
        st.info(
            _(
                "No figure was released about this place yet. Figures appear here once a report about it was uploaded and released."
            )
        )
        write(place_views.lacks(found), "lacking")
        return
    groups = place_views.groups(found)
    if groups:
        st.header(place_views.theme_name("groups"), anchor=False)
        write(groups)
        place_views.links(found, place_views.of_groups(found), viewer, MAP, key="groups")
    themes = place_views.by_theme(found)
    if themes:
        st.header(_("What was done, newest figures"), anchor=False)
        with st.container(key="place-themes"):
            for theme, rows in themes.items():
                with st.container(key=f"place-theme-{theme}"):
                    write(place_views.figures(theme, rows))
                    place_views.links(found, rows, viewer, MAP, key=theme)
    st.header(_("What is not known here, and why"), anchor=False)
    write(place_views.lacks(found), "lacking")


st.html(place_views.STYLE)
asked = controls.query()
if asked.get("district", "") != asked.get("unit", "")[:3] and "district" in asked:
    asked["unit"] = ""
unit = asked.get("unit", "")
title = st.empty()
title.title(_("Everything about one place"), anchor=False)
release = views.opened(place.audience(viewer, unit), viewer.scope)
if place.is_place(release, unit):
    controls.remember(release, {"unit": unit})
    title.title(place_views.place_name(session.units(release), unit), anchor=False)
    show(place.profile(release, unit))
    with st.container(key="place-other"):
        st.header(_("Another place"), anchor=False)
        choose(release, {"unit": unit})
else:
    controls.remember(release, {"district": asked.get("district", "")})
    text = _("Choose a district and a palika to read everything that was released about it.")
    if unit:
        text = _("There is no page of the place in this address. Choose one here.")
    write(said(text), name=views.FIGURES)
    choose(release, asked)
