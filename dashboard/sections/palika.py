"""What a deputy mayor reads of her palika: its wards, groups, changes, the district beside it."""

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import controls, layout, markup
from dashboard.released import cache, comparisons, selection, ward_groups
from data.model import AdminLevel, AgeBand, ReleaseInfo, Sex, Status
from data.reference.indicators import load_indicators
from data.reference.unit_codes import district_of

COMPARED = ("children_trained", "parents_members", "sbcc_sessions")
_SHOWN_CHANGES = 8


def newest_figures(
    release: ReleaseInfo, unit: str, cells: pd.DataFrame
) -> list[tuple[str, str, str, str]]:
    """Return the newest figure of every indicator of a unit, in the order of the reference list.

    Each is its name, its period and unit, the figure, and its status. ``cells``: of the unit and
    of those around it.
    """
    units = cache.units(release)
    mine = cells[
        (cells["unit_code"] == unit)
        & (cells["sex"] == Sex.ALL)
        & (cells["age_band"] == AgeBand.ALL)
    ]
    newest = mine.sort_values(["period_end", "period_start"]).drop_duplicates(
        "indicator", keep="last"
    )
    rows = []
    for indicator in load_indicators():
        for period in newest.loc[newest["indicator"] == indicator, "period"]:
            same = cells[cells["indicator"].eq(indicator) & cells["period"].eq(period)]
            row = selection.layer(same, units, pd.Index([unit])).iloc[0]
            of = f"{wording.period_label(period)} · {labels.indicator_unit(indicator)}"
            rows.append(
                (
                    labels.indicator_name(indicator),
                    of,
                    status_text.figure_text(row),
                    str(row["status"]),
                )
            )
    return rows


def _write_groups(release: ReleaseInfo, palika: str, period: str) -> None:
    """Write which wards have no parents' group in a period, in ward order."""
    units = cache.units(release)
    cells = cache.cells(release, indicator=ward_groups.PARENTS_GROUPS, period=period)
    layer = selection.layer(cells, units, selection.wards_of(units, palika))
    if not layer["status"].eq(Status.PUBLISHED).any():
        return
    lacking = ward_groups.wards_without_group(layer)
    label = wording.period_label(period)
    if lacking.empty:
        text = _("Every ward that reported has a parents' group ({period}).").format(period=label)
    else:
        numbers = ", ".join(
            wording.in_digits(str(number)) for number in units.loc[lacking, "ward_number"]
        )
        text = wording.ngettext(
            "{count} ward without a parents' group ({period}): {wards}",
            "{count} wards without a parents' group ({period}): {wards}",
            len(lacking),
        ).format(count=wording.number(len(lacking)), period=label, wards=numbers)
    layout.write_sentence(text, kind="sima-finding question")


@controls.fragment
def write_wards(release: ReleaseInfo, viewer: Viewer) -> None:
    """Draw the wards with their table, and the figures of one that was picked."""
    palika, asked, units = viewer.home, controls.query(), cache.units(release)
    chosen = registry.choose_view("palika", release, viewer, asked)
    if chosen is None:
        st.info(
            _(
                "No figures by ward have been released for this palika yet. They will appear here"
                " after a report on parents' groups is released."
            )
        )
        return
    above, picture = st.container(), st.container()
    picked = asked.get("unit", "")
    if picked not in units.index or units.at[picked, "parent_code"] != palika:
        picked = ""
    with picture:
        address = registry.map_address("palika", release, chosen, viewer)
        tapped = component.show(address, key="wards", picked=picked)
        picked = tapped or picked
    with above:
        if chosen.indicator == ward_groups.PARENTS_GROUPS:
            _write_groups(release, palika, chosen.period)
    query = chosen.as_query() | ({"unit": picked} if picked else {})
    del query["area"], query["level"]
    controls.remember(release, query, picked=bool(tapped))
    if picked:
        st.subheader(labels.unit_name(units, picked))
        rows = newest_figures(release, picked, cache.cells_within(release, palika))
        markup.write_rows_table(rows, labels.unit_name(units, picked))
    else:
        st.caption(
            _("To see everything released about a ward, choose it on the map or in the list.")
        )


def write_whole(release: ReleaseInfo, palika: str) -> None:
    """Write the newest figures of the whole palika."""
    rows = newest_figures(release, palika, cache.cells_around(release, palika))
    if rows:
        markup.write_rows_table(rows, _("The whole palika"))
    else:
        st.info(_("No other figures have been released for this palika yet."))


def write_changes(release: ReleaseInfo, palika: str) -> None:
    """Write what the release has of a palika that the one before did not have."""
    earlier = [
        info
        for info in cache.list_releases(release.audience, release.scope)
        if info.state != "withdrawn" and info.number < release.number
    ]
    if not earlier:
        st.info(_("This is the first release. The next release will show what is new here."))
        return
    now, before = (
        cache.cells_within(info, palika).set_index(["unit_code", "indicator", "period"])
        for info in (release, earlier[0])
    )
    new = now[~now.index.isin(before.index)].reset_index()
    if new.empty:
        st.info(_("This release has nothing new about this palika."))
        return
    pairs = new[["indicator", "period", "period_end"]].drop_duplicates()
    pairs = pairs.sort_values("period_end", ascending=False)
    rows = [
        (labels.indicator_name(row["indicator"]), wording.period_label(row["period"]), _("new"), "")
        for _n, row in pairs.head(_SHOWN_CHANGES).iterrows()
    ]
    markup.write_rows_table(rows, _("New in this release"))
    if len(pairs) > _SHOWN_CHANGES:
        more = wording.number(len(pairs) - _SHOWN_CHANGES)
        st.caption(_("and {count} more").format(count=more))


def compare_with_district(release: ReleaseInfo, palika: str) -> None:
    """Compare with the median of the district's other palikas; nobody else is named."""
    units, catalogue = cache.units(release), cache.catalogue(release)
    district = units.index[
        units["admin_level"].eq(AdminLevel.PALIKA) & (units["parent_code"] == district_of(palika))
    ]
    rows = []
    for indicator in COMPARED:
        periods = selection.periods_of(
            catalogue[catalogue["admin_level"] == AdminLevel.PALIKA], indicator
        )
        if not periods:
            continue
        cells = cache.cells(release, indicator=indicator, period=periods[0])
        layer = selection.layer(cells, units, district)
        compared = comparisons.district_median(layer, palika)
        own = status_text.figure_text(layer.loc[[palika]].iloc[0])
        if compared.median is None:
            other = _("no median: fewer than five other palikas have a figure")
        else:
            other = _("half of {count} other palikas are above {median}").format(
                count=wording.number(compared.places), median=_half(compared.median)
            )
        of = f"{wording.period_label(periods[0])} · {other}"
        rows.append((labels.indicator_name(indicator), of, own, compared.status))
    if rows:
        markup.write_rows_table(rows, _("Compared with the district"))


def _half(value: float) -> str:
    whole = int(value)
    return wording.number(whole) if value == whole else wording.in_digits(f"{value:,.1f}")
