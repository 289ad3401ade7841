"""What a reader chooses with: widgets that write the address, and parts of a page that draw alone.

The address is the one place where a view is kept. A widget shows what the address says and writes
there what is chosen; so a link, Back and a reload give the same view.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec

import pandas as pd
import streamlit as st

from dashboard import selection, views, wording
from dashboard.selection import LEVELS, Selection
from dashboard.wording import _
from data.geometry_files import OUTLINE, TILES
from data.model import AdminLevel, ReleaseInfo

P = ParamSpec("P")
_ASKED, _CHOSE = "asked", "chose"


def part(draw: Callable[P, None]) -> Callable[P, None]:
    """Make a part of a page that a change inside it draws anew without the rest of the page."""

    @st.fragment
    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        # The entry, which sets the language, does not run for a part alone.
        wording.speak(st.session_state.get("language", "en"))
        draw(*args, **kwargs)

    return drawn


def _ask(name: str, key: str) -> None:
    st.session_state.setdefault(_ASKED, {})[name] = str(st.session_state[key])


def query() -> dict[str, str]:
    """Give what the reader asks for: what the address says, and what was just chosen.

    What was chosen is not in the address yet: `remember` writes it with all that follows from it,
    so that Back undoes one choice at a time.
    """
    asked = st.session_state.pop(_ASKED, {})
    st.session_state[_CHOSE] = bool(asked)
    return st.query_params.to_dict() | asked


def select(
    name: str,
    label: str,
    options: Sequence[str],
    value: str,
    say: Callable[[str], str],
) -> None:
    """Offer options for one word of the address.

    Streamlit keeps what a widget shows by its key, and a shown text by its language.
    """
    key = f"{name}-{wording.language()}"
    st.session_state[key] = value
    st.selectbox(label, options, format_func=say, key=key, on_change=_ask, args=(name, key))


def choose_one(
    name: str, label: str, options: Sequence[str], value: str, say: Callable[[str], str]
) -> None:
    """Offer a few options side by side for one word of the address."""
    key = f"{name}-{wording.language()}"
    st.session_state[key] = value
    st.radio(
        label,
        options,
        format_func=say,
        key=key,
        horizontal=True,
        on_change=_ask,
        args=(name, key),
    )


def address() -> str:
    """Give the address of the page as it can be shared."""
    query = "&".join(f"{name}={value}" for name, value in sorted(st.query_params.items()))
    return f"{st.context.url or ''}?{query}"


def questions(
    chosen: Selection,
    catalogue: pd.DataFrame,
    units: pd.DataFrame,
    files: pd.DataFrame,
    *,
    only: Sequence[str] = (),
    areas: Mapping[str, str] | None = None,
    kinds: bool = False,
) -> None:
    """Ask what, when and where; then how finely, of whom and in what form, where there is a choice.

    ``only``: the indicators to offer, all by default. ``areas``: the areas to offer by their code.
    ``kinds``: whether to ask which palikas.
    """
    with st.container(horizontal=True, key="questions"):
        known = selection.indicators_of(catalogue)
        known = [code for code in known if code in only] if only else known
        select("indicator", _("What"), known, chosen.indicator, views.name)
        periods = selection.periods_of(catalogue, chosen.indicator)
        select("period", _("When"), periods, chosen.period, wording.period_label)
        offered = dict(area_names(units) if areas is None else areas)
        if chosen.area not in offered:
            offered = {chosen.area: views.unit_name(units, chosen.area)} | offered
        if len(offered) > 1:
            select("area", _("Where"), list(offered), chosen.area, offered.__getitem__)
        _details(chosen, catalogue, units, files, kinds=kinds)


def area_names(units: pd.DataFrame) -> dict[str, str]:
    """Name the areas that can be chosen: groups of districts, provinces, districts."""
    name = units[f"name_{wording.language()}"]
    level = units["admin_level"]
    provinces = name[level == AdminLevel.PROVINCE].sort_index()
    districts = name[level == AdminLevel.DISTRICT].sort_values()
    return {
        selection.PROGRAMME: _("Programme districts"),
        selection.BORDER: _("Border districts"),
        selection.NEPAL: _("All of Nepal"),
        **{str(code): _("{name} Province").format(name=each) for code, each in provinces.items()},
        **{str(code): str(each) for code, each in districts.items()},
    }


def _details(
    chosen: Selection,
    catalogue: pd.DataFrame,
    units: pd.DataFrame,
    files: pd.DataFrame,
    *,
    kinds: bool,
) -> None:
    now = catalogue[
        (catalogue["indicator"] == chosen.indicator) & (catalogue["period"] == chosen.period)
    ]
    levels = selection.levels_of(now, chosen.area)
    at_level = now[now["admin_level"] == LEVELS.get(chosen.level, AdminLevel.COUNTRY)]
    parts = selection.whom_of(at_level)
    if len(levels) > 1:
        select("level", _("Shown by"), levels, chosen.level, level_name)
    if len(parts) > 1:
        select("whom", _("Of whom"), parts, chosen.whom, views.whom_name)
    if chosen.level == "ward" and _both_forms(chosen, units, files):
        forms = {"": _("Boundaries"), "tiles": _("Diagram")}
        select("form", _("Wards as"), list(forms), chosen.form, forms.__getitem__)
    if kinds and chosen.level == "palika":
        names = kind_names()
        select("kind", _("Which palikas"), list(names), chosen.kind, names.__getitem__)
    displays = {"": _("Colours"), "circles": _("Circles")}
    if chosen.level in ("district", "palika"):
        displays["rate"] = _("For 1,000 residents")
    shown = chosen.display if chosen.display in displays else ""
    select("display", _("Drawn as"), list(displays), shown, displays.__getitem__)


def _both_forms(chosen: Selection, units: pd.DataFrame, files: pd.DataFrame) -> bool:
    wards = files[files["admin_level"] == AdminLevel.WARD]
    mine = wards[wards["within"].isin(selection.districts_of(units, chosen.area))]
    return {OUTLINE, TILES} <= set(mine["form"])


def kind_names() -> dict[str, str]:
    """Name the kinds of palikas that can be chosen."""
    return {
        "": _("All palikas"),
        selection.AT_BORDER: _("At the border"),
        "metropolitan": _("Metropolitan"),
        "submetropolitan": _("Sub-metropolitan"),
        "municipality": _("Municipalities"),
        "rural": _("Rural municipalities"),
    }


def level_name(level: str) -> str:
    """Name a level, a key of `selection.LEVELS`."""
    return {
        "country": _("Country"),
        "province": _("Province"),
        "district": _("District"),
        "palika": _("Palika"),
        "ward": _("Ward"),
    }[level]


def remember(release: ReleaseInfo, view: Mapping[str, str], *, picked: bool = False) -> None:
    """Write a whole view into the address, with the number of the release, once one was chosen.

    As long as nothing was, an address stays as it came: one without a release follows the newest,
    and Back leads out of the page. ``picked``: a choice that no widget here told of. The language
    stays; everything else of another page goes.
    """
    if not (st.session_state.pop(_CHOSE, False) or picked):
        return
    kept = {name: value for name, value in st.query_params.items() if name == "lang"}
    wanted = kept | {"release": str(release.number)} | dict(view)
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
