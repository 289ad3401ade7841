"""Everything that was released about one place, on one page of paper."""

from pathlib import Path

import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import registry
from dashboard.page import controls, layout
from dashboard.page.markup import paragraph
from dashboard.released import cache, place_profile
from dashboard.released.place_profile import Profile
from dashboard.sections import place
from dashboard.sections.committees import status
from data.model import Audience, ReleaseInfo

viewer = st.session_state["viewer"]
if place_profile.map_audience(viewer, st.query_params.get("unit", "")) is Audience.PARTNER:
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
    units = cache.units(release)
    unit = asked.get("unit", "")
    district = asked.get("district", "") or unit[:3]
    districts = place_profile.districts(units)
    district = district if district in districts else ""
    palikas = place_profile.palikas(units, district)
    palika = unit[:5] if unit[:5] in palikas else ""

    def named(code: str) -> str:
        return labels.unit_name(units, code) if code else _("Choose")

    with st.container(key="place-choice"):
        controls.select("district", _("District"), ["", *districts], district, named)
        if district:
            controls.select("unit", _("Palika"), ["", *palikas], palika, named)


def show(found: Profile) -> None:
    """Say everything of one place: the next step first, then what there is, then what is not."""
    units, on = cache.units(found.release), registry.today()
    write(place.facts(found) + place.step(found, on), "head", layout.FIGURES)
    if found.is_ward:
        palika = labels.unit_name(units, found.palika)
        st.header(_("Committee of {palika}").format(palika=palika), anchor=False)
    else:
        st.header(_("Committee"), anchor=False)
    status.card(found.release, found.palika, on)
    if not found.known:
        st.info(
            _(
                "No figures have been released for this place yet. They will appear here after a report about it is released."
            )
        )
        write(place.lacks(found), "lacking")
        return
    groups = place.groups(found)
    if groups:
        st.header(labels.theme_name("groups"), anchor=False)
        write(groups)
        place.links(found, place.of_groups(found), viewer, MAP, key="groups")
    themes = place.by_theme(found)
    if themes:
        st.header(_("Latest figures on the work done"), anchor=False)
        with st.container(key="place-themes"):
            for theme, rows in themes.items():
                with st.container(key=f"place-theme-{theme}"):
                    write(place.figures(theme, rows))
                    place.links(found, rows, viewer, MAP, key=theme)
    st.header(_("What is not known here, and why"), anchor=False)
    write(place.lacks(found), "lacking")


st.html(place.STYLE)
asked = controls.query()
if asked.get("district", "") != asked.get("unit", "")[:3] and "district" in asked:
    asked["unit"] = ""
unit = asked.get("unit", "")
title = st.empty()
title.title(_("Everything about one place"), anchor=False)
release = layout.open_release(place_profile.audience(viewer, unit), viewer.scope)
if place_profile.is_place(release, unit):
    controls.remember(release, {"unit": unit})
    title.title(place.place_name(cache.units(release), unit), anchor=False)
    show(place_profile.profile(release, unit))
    with st.container(key="place-other"):
        st.header(_("Another place"), anchor=False)
        choose(release, {"unit": unit})
else:
    controls.remember(release, {"district": asked.get("district", "")})
    text = _("Choose a district and a palika to read everything released about it.")
    if unit:
        text = _("We cannot find that place. Choose one below.")
    write(paragraph(text), name=layout.FIGURES)
    choose(release, asked)
