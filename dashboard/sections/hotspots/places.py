"""The places of hotspots in a list, with intervals and history; and those with too little data."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps.hotspot_map import (
    BORDER_POINT,
    FAMILY,
    HIGHER,
    SAME,
    TOO_LITTLE,
    class_name,
    history_name,
    hotspots_of_period,
    interval_text,
    reason_name,
)
from dashboard.page import layout
from dashboard.page.markup import render
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from data.model import AdminLevel, Audience, ReleaseInfo, Role, Status
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.reference.scope import covers
from data.reference.unit_codes import district_of

EXPOSURE = "booth_contacts"
_ELSEWHERE = "elsewhere"  # the theme of journeys stopped away from booths
_ORDER = {HIGHER: 0, SAME: 1, TOO_LITTLE: 2}
_CLASS = {HIGHER: "higher", SAME: "same", TOO_LITTLE: "untold"}  # names in the style sheet
_PAST = 8  # periods of a history, as in the policy


def places(
    release: ReleaseInfo, told: pd.DataFrame, layer: str, period: str, name: Callable[[str], str]
) -> None:
    """Write the classes of places, the clearly higher ones first; count those without one."""
    ordered = told.assign(
        order=told["hotspot_class"].map(_ORDER), name=[name(str(code)) for code in told.index]
    ).sort_values(["order", "name"])
    known = ordered[ordered["hotspot_class"].ne(TOO_LITTLE) | ordered["history"].eq("fading")]
    past = _past(release, layer, period)
    first = known["hotspot_class"].eq(HIGHER) | known["history"].eq("fading")
    if first.any():
        layout.write_markup(FAMILY, _table(known[first], past, layer))
    else:
        _write_sentence(_none_higher(known))
    if (~first).any():
        said = _("Places not different: {count}").format(count=wording.number(int((~first).sum())))
        layout.write_markup(FAMILY, _table(known[~first], past, layer, summary=said))
    _say_untold(ordered[ordered["hotspot_class"].eq(TOO_LITTLE)])


def _write_sentence(text: str, kind: str = "") -> None:
    layout.write_markup(FAMILY, render("page/paragraphs.html.j2", texts=[text], kind=kind))


def _none_higher(known: pd.DataFrame) -> str:
    if known.empty:
        return _("No place has enough data.")
    return _("No place is clearly higher than the others.")


def _past(release: ReleaseInfo, layer: str, period: str) -> dict[str, pd.Series]:
    """Return the classes of the last periods of the same calendar, by period, oldest first."""
    now = calendar.parse_period(period)
    told = cache.hotspots(release)
    told = told[told["layer"].eq(layer)]
    same = [
        each
        for each in map(calendar.parse_period, map(str, told["period"].unique()))
        if each.calendar is now.calendar and each.start <= now.start
    ]
    codes = [each.code for each in sorted(same, key=lambda each: each.start)][-_PAST:]
    by_period = dict(list(told.groupby("period")))
    return {code: by_period[code].set_index("unit_code")["hotspot_class"] for code in codes}


def _table(
    known: pd.DataFrame, past: dict[str, pd.Series], layer: str, *, summary: str = ""
) -> Markup:
    """Return places as a table; with a summary, folded below it."""
    return render(
        "hotspots/places.html.j2",
        summary=summary,
        heads=(
            _("Border point") if layer == BORDER_POINT else _("Place"),
            _("Compared for the same number of people informed"),
            _("Over time"),
        ),
        places=[_place(str(code), row, past) for code, row in known.iterrows()],
    )


def _place(code: str, row: pd.Series, past: dict[str, pd.Series]) -> dict[str, Any]:
    """Return what the table says of one place; the strip of past periods in words, too."""
    told = str(row["hotspot_class"])
    before = {period: str(each.get(code, TOO_LITTLE)) for period, each in past.items()}
    return {
        "kind": _CLASS[told],
        "name": str(row["name"]),
        "said": class_name(told),
        "interval": interval_text(float(row["ratio_low"]), float(row["ratio_high"])),
        "history": history_name(str(row["history"])),
        "past": "; ".join(
            f"{wording.period_label(period)}: {class_name(then)}" for period, then in before.items()
        ),
        "strip": [_CLASS[then] for then in before.values()],
    }


def _say_untold(untold: pd.DataFrame) -> None:
    if untold.empty:
        return
    many = _("Places with too little data: {count}.").format(count=wording.number(len(untold)))
    why = untold["reason"].dropna().map(reason_name).value_counts()
    reasons = [f"{reason}: {wording.number(int(n))}" for reason, n in why.items()]
    layout.write_markup(FAMILY, render("hotspots/untold.html.j2", said=many, reasons=reasons))


def points_in_view(release: ReleaseInfo, chosen: Selection) -> pd.DataFrame:
    """Return the hotspots of the border points that have a booth in the area."""
    sites = cache.sites(release)
    districts = selection.districts_of(cache.units(release), chosen.area)
    here = sites.loc[district_of(sites["palika_code"]).isin(districts), "border_point"]
    told = hotspots_of_period(release, BORDER_POINT, chosen.period)
    return told[told.index.isin(here)]


def point_name(release: ReleaseInfo) -> Callable[[str], str]:
    """Return a function that names border points by their booths."""
    sites = cache.sites(release)
    names = sites.groupby("border_point")[f"name_{wording.language()}"].first().to_dict()
    return lambda code: str(names.get(code, code))


def elsewhere(release: ReleaseInfo, chosen: Selection) -> pd.DataFrame:
    """Return what was stopped away from booths: a row for each place with a figure, by name.

    Columns are the indicators, each with the text that a reader sees; the index is the places'
    names.
    """
    units = cache.units(release)
    here = selection.shown_units(units, chosen)
    shown: dict[str, pd.Series] = {}
    some = pd.Series(data=False, index=here)
    for code, each in load_indicators().items():
        if each.theme == _ELSEWHERE:
            cells = cache.cells(release, indicator=code, period=chosen.period)
            layer = selection.layer(cells, units, here)
            shown[code] = layer.apply(_figure, axis=1)
            some |= layer["status"].isin([Status.PUBLISHED.value, Status.SUPPRESSED.value])
    names = [labels.unit_name(units, str(code)) for code in here]
    table = pd.DataFrame(shown, index=here).assign(name=names)
    return table[some].sort_values("name").set_index("name")


def _figure(row: pd.Series) -> str:
    """Return a figure in words; of a hidden one that alone, as the table has no room for more."""
    hidden = row["status"] == Status.SUPPRESSED
    return status_text.status_name(str(row["status"])) if hidden else status_text.figure_text(row)


def show_elsewhere(release: ReleaseInfo, chosen: Selection) -> None:
    """Write what was stopped away from booths, and why these places cannot be compared."""
    table = elsewhere(release, chosen)
    if table.empty:
        return
    st.header(_("Journeys stopped away from booths"))
    said = _(
        "Police, parents' groups and other organisations also stop journeys. Nobody counts how"
        " many travellers they speak to, so these places cannot be compared. The figures here are"
        " not included in those above."
    )
    first = {
        "interceptions_police": _("by the police"),
        "interceptions_groups": _("by parents' groups"),
        "interceptions_others": _("by other organisations"),
    }
    heads = [_("Place"), *(first.get(code, labels.indicator_name(code)) for code in table.columns)]
    rows = [
        (str(place), list(zip(heads[1:], map(str, row), strict=True)))
        for place, row in zip(table.index, table.itertuples(index=False), strict=True)
    ]
    layout.write_markup(
        FAMILY, render("hotspots/elsewhere.html.j2", said=said, heads=heads, rows=rows)
    )


def gap_district(release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> str:
    """Return the district whose gaps a viewer may see, one of a planner's own; empty for none."""
    if viewer.role is not Role.PLANNER or release.audience is not Audience.PARTNER:
        return ""
    units = cache.units(release)
    area = chosen.area
    if area in selection.AREA_GROUPS or units.at[area, "admin_level"] != AdminLevel.DISTRICT:
        return ""
    return area if covers(viewer.scope, area) else ""


def gaps(release: ReleaseInfo, district: str, period: str) -> list[str]:
    """Return the border palikas of a district where no booth informed anybody in a period."""
    units = cache.units(release)
    border = units[
        units["touches_border"]
        & units["admin_level"].eq(AdminLevel.PALIKA)
        & units["parent_code"].eq(district)
    ]
    cells = cache.cells(release, indicator=EXPOSURE, period=period)
    some = cells["status"].isin([Status.PUBLISHED.value, Status.SUPPRESSED.value])
    covered = set(cells.loc[some, "unit_code"])
    name = f"name_{wording.language()}"
    return sorted(str(each) for each in border.loc[~border.index.isin(covered), name])


def show_gaps(release: ReleaseInfo, district: str, period: str) -> None:
    """Write which border palikas have no booth, only for those who can do something about it."""
    missing = gaps(release, district, period)
    _write_sentence(_gap_caution(), "hint")
    if not missing:
        st.success(_("A booth informed people in every border palika of this district."))
        return
    first = wording.ngettext(
        "No booth informed anybody in {count} border palika of this district:",
        "No booth informed anybody in {count} border palikas of this district:",
        len(missing),
    ).format(count=wording.number(len(missing)))
    layout.write_markup(FAMILY, render("hotspots/gaps.html.j2", said=first, names=missing))


def _gap_caution() -> str:
    return _(
        "Only for the district coordination committee. Do not pass it on: it shows which places"
        " nobody watches."
    )
