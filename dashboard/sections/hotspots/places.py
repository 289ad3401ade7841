"""The places of hotspots in a list, with intervals and history; and where nobody could say."""

import html
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps.hotspot_map import (
    BORDER_POINT,
    FAMILY,
    HIGHER,
    SAME,
    UNTOLD,
    class_name,
    history_name,
    hotspots_in_view,
    interval_text,
    reason_name,
)
from dashboard.page import layout
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from data.model import AdminLevel, Audience, ReleaseInfo, Role, Status
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.reference.scope import covers

EXPOSURE = "booth_contacts"
_ELSEWHERE = "elsewhere"  # the theme of what is stopped away from booths
_ORDER = {HIGHER: 0, SAME: 1, UNTOLD: 2}
_CLASS = {HIGHER: "higher", SAME: "same", UNTOLD: "untold"}  # in the style
_PAST = 8  # periods of a history, as in the policy


def places(
    release: ReleaseInfo, told: pd.DataFrame, layer: str, period: str, name: Callable[[str], str]
) -> None:
    """List what is told of places, the clearly higher ones first; count the others."""
    ordered = told.assign(
        order=told["hotspot_class"].map(_ORDER), name=[name(str(code)) for code in told.index]
    ).sort_values(["order", "name"])
    known = ordered[ordered["hotspot_class"].ne(UNTOLD) | ordered["history"].eq("fading")]
    past = _past(release, layer, period)
    first = known["hotspot_class"].eq(HIGHER) | known["history"].eq("fading")
    if first.any():
        layout.write_markup(FAMILY, _table(known[first], past, layer))
    else:
        layout.write_markup(FAMILY, f"<p>{html.escape(_none_higher(known))}</p>")
    if (~first).any():
        said = _("Places not different: {count}").format(count=wording.number(int((~first).sum())))
        table = _table(known[~first], past, layer)
        layout.write_markup(
            FAMILY, f"<details><summary>{html.escape(said)}</summary>{table}</details>"
        )
    _say_untold(ordered[ordered["hotspot_class"].eq(UNTOLD)])


def _none_higher(known: pd.DataFrame) -> str:
    if known.empty:
        return _("No place has enough data.")
    return _("No place is clearly higher than the others.")


def _past(release: ReleaseInfo, layer: str, period: str) -> dict[str, pd.Series]:
    """Give the classes of the last periods of the same calendar, by period, oldest first."""
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


def _table(known: pd.DataFrame, past: dict[str, pd.Series], layer: str) -> str:
    heads = (
        _("Border point") if layer == BORDER_POINT else _("Place"),
        _("Compared for the same number of people informed"),
        _("Over time"),
    )
    head = "".join(f"<th scope='col'>{html.escape(each)}</th>" for each in heads)
    rows = "".join(_row(str(code), row, past) for code, row in known.iterrows())
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _row(code: str, row: pd.Series, past: dict[str, pd.Series]) -> str:
    told = str(row["hotspot_class"])
    name = html.escape(str(row["name"]))
    badge = f"<span class='badge {_CLASS[told]}'>{html.escape(class_name(told))}</span>"
    said = history_name(str(row["history"]))
    history = f"<b>{html.escape(said)}</b>" if said else ""
    interval = html.escape(interval_text(float(row["ratio_low"]), float(row["ratio_high"])))
    strip = _strip({period: str(each.get(code, UNTOLD)) for period, each in past.items()})
    return (
        f"<tr class='{_CLASS[told]}'><th scope='row'>{name} {badge}</th>"
        f"<td>{interval}</td><td>{history}{strip}</td></tr>"
    )


def _strip(classes: dict[str, str]) -> str:
    """Draw the classes of the last periods in a row, said in words for those who do not see it."""
    text = "; ".join(
        f"{wording.period_label(period)}: {class_name(told)}" for period, told in classes.items()
    )
    marks = "".join(f"<i class='{_CLASS[told]}'></i>" for told in classes.values())
    said = html.escape(text)
    return f"<span class='strip' role='img' aria-label='{said}' title='{said}'>{marks}</span>"


def _say_untold(untold: pd.DataFrame) -> None:
    if untold.empty:
        return
    many = _("Places with too little data: {count}.").format(count=wording.number(len(untold)))
    why = untold["reason"].dropna().map(reason_name).value_counts()
    listed = "".join(
        f"<li>{html.escape(f'{reason}: {wording.number(int(n))}')}</li>"
        for reason, n in why.items()
    )
    layout.write_markup(
        FAMILY,
        f"<p class='hint'>{html.escape(many)}</p>" + (f"<ul>{listed}</ul>" if listed else ""),
    )


def points_in_view(release: ReleaseInfo, chosen: Selection) -> pd.DataFrame:
    """Give the hotspots of the border points that have a booth in the area."""
    sites = cache.sites(release)
    districts = selection.districts_of(cache.units(release), chosen.area)
    here = sites.loc[sites["palika_code"].str[:3].isin(districts), "border_point"]
    told = hotspots_in_view(release, BORDER_POINT, chosen.period)
    return told[told.index.isin(here)]


def point_name(release: ReleaseInfo) -> Callable[[str], str]:
    """Name border points by their booths."""
    sites = cache.sites(release)
    names = sites.groupby("border_point")[f"name_{wording.language()}"].first().to_dict()
    return lambda code: str(names.get(code, code))


def elsewhere(release: ReleaseInfo, chosen: Selection) -> pd.DataFrame:
    """Give what was stopped away from booths: a row for each place that has a figure, in order.

    Columns are the indicators, each with what a reader is shown; the index the places' names.
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
    """Say a figure, or that it is hidden; where a coarser one stands would be all one reads."""
    hidden = row["status"] == Status.SUPPRESSED
    return status_text.status_name(str(row["status"])) if hidden else status_text.figure_text(row)


def show_elsewhere(release: ReleaseInfo, chosen: Selection) -> None:
    """Write what was stopped away from booths, and why it is compared with nothing."""
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
    head = "".join(f"<th scope='col'>{html.escape(each)}</th>" for each in heads)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(str(place))}</th>"
        + "".join(
            f"<td data-by='{html.escape(by)}'>{html.escape(str(figure))}</td>"
            for by, figure in zip(heads[1:], row, strict=True)
        )
        + "</tr>"
        for place, row in zip(table.index, table.itertuples(index=False), strict=True)
    )
    layout.write_markup(
        FAMILY,
        f"<p class='hint'>{html.escape(said)}</p>"
        f"<table class='elsewhere'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>",
    )


def gap_district(release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> str:
    """Give the district whose gaps a viewer may see: a planner's own one, chosen on the map."""
    if viewer.role is not Role.PLANNER or release.audience is not Audience.PARTNER:
        return ""
    units = cache.units(release)
    area = chosen.area
    if area in selection.AREA_GROUPS or units.at[area, "admin_level"] != AdminLevel.DISTRICT:
        return ""
    return area if covers(viewer.scope, area) else ""


def gaps(release: ReleaseInfo, district: str, period: str) -> list[str]:
    """Name the border palikas of a district in which no booth informed anybody in a period."""
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
    """Write where nobody watches, for those who can do something about it alone."""
    missing = gaps(release, district, period)
    layout.write_markup(FAMILY, f"<p class='hint'>{html.escape(_gap_caution())}</p>")
    if not missing:
        st.success(_("A booth informed people in every border palika of this district."))
        return
    first = _("No booth informed anybody in {count} border palikas of this district:").format(
        count=wording.number(len(missing))
    )
    listed = "".join(f"<li>{html.escape(each)}</li>" for each in missing)
    layout.write_markup(FAMILY, f"<p>{html.escape(first)}</p><ul class='gaps'>{listed}</ul>")


def _gap_caution() -> str:
    return _(
        "Only for the district coordination committee. Do not pass it on: it shows which places"
        " nobody watches."
    )
