"""The committees of a palika's wards: a map of their rungs, and the next step of each."""

from datetime import date

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import markup
from dashboard.released import cache, committee_status
from dashboard.sections.committees import status as committee_views
from data.committees import status
from data.model import ReleaseInfo, Status


def has_committee(release: ReleaseInfo, unit: str) -> bool:
    """Return whether anybody reported evidence of a committee of this place."""
    return unit in set(cache.committee_evidence(release)["unit_code"])


def write(release: ReleaseInfo, viewer: Viewer, palika: str, on: date) -> None:
    """Write the committees of a palika's wards; nothing where no ward has evidence of one."""
    units = cache.units(release)
    wards = committee_status.wards_with_evidence(release, units, palika)
    if wards.empty or not committee_status.is_known(on):
        return
    st.header(_("Committees of the wards"), anchor=False)
    st.html(committee_views.STYLE)
    chosen = registry.choose_view("ward-committees", release, viewer, {"area": palika})
    if chosen is not None:
        address = registry.map_address("ward-committees", release, chosen, viewer)
        component.show(address, key="ward-rungs", beside=True)
    rows = list_rows(release, units, wards, on)
    markup.write_rows_table(rows, _("Committees of the wards"))
    every = int(units["parent_code"].eq(palika).sum())
    said = _("{count} of {wards} wards have evidence of a committee of their own.").format(
        count=wording.number(len(wards)), wards=wording.number(every)
    )
    committee_views.write_sentence(committee_views.source(release, said), "wards")


def list_rows(
    release: ReleaseInfo, units: pd.DataFrame, wards: pd.Index, on: date
) -> list[tuple[str, str, str, str]]:
    """Return the name of each ward, its committee's next step, its rung, and a status."""
    ladder, language = status.load_ladder(), wording.language()
    rows = []
    for ward, row in committee_status.standing(release, wards, on).iterrows():
        due = f" · {text}" if (text := committee_views.first_due(row, on)) else ""
        star = f" ★ {ladder.star_name[language]}" if row["star"] else ""
        known = Status.NOT_REPORTED if pd.isna(row["rung"]) else Status.PUBLISHED
        rows.append(
            (
                _("Ward {number}").format(
                    number=wording.in_digits(str(units.at[ward, "ward_number"]))
                ),
                _("Next step: {step}").format(step=ladder.next_step[row["next_step"]][language])
                + due,
                committee_status.step_title(row["rung"]) + star,
                known.value,
            )
        )
    return rows
