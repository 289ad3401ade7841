"""What the project has: booths, organisations, places, indicators, and the last decisions."""

from typing import Any

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.steward.project_changes import (
    class_counted,
    day_of,
    kind_names,
    list_subjects,
    name_place,
)
from dashboard.steward.release_preview import write_table
from data.database.project_store import ChangeKind
from data.pipeline import Sima
from data.reference.indicators import load_indicators

_SHOWN_DECIDED = 10


def write_lists(sima: Sima) -> None:
    """Write the project's booths, organisations, places and indicators, and the last decisions."""
    gazetteer, language = sima.gazetteer, wording.language()
    sites = gazetteer.sites.sort_index()
    with st.expander(_("Booths: {count}").format(count=wording.number(len(sites)))):
        rows = [
            (
                f"{row[f'name_{language}']} ({code})",
                name_place(gazetteer, row["palika_code"]),
                day_of(row["opened"]),
                day_of(row["closed"]),
            )
            for code, row in sites.iterrows()
        ]
        head = [_("Booth"), _("Palika"), _("Opened on"), _("Closes on")]
        _write_or_say(head, rows, _("Booths"))
    known = sima.holdings.listed_organisations()
    with st.expander(_("Organisations: {count}").format(count=wording.number(len(known)))):
        named = [(each.name[language], code) for code, each in sorted(known.items())]
        _write_or_say([_("Organisation"), _("Code")], named, _("Organisations"))
    places = sima.holdings.programme().sort_values("unit_code")
    with st.expander(
        _("Places of the programme: {count}").format(count=wording.number(len(places)))
    ):
        days = [
            (name_place(gazetteer, row["unit_code"]), day_of(row["since"]), day_of(row["until"]))
            for _n, row in places.iterrows()
        ]
        _write_or_say(
            [_("Place"), _("First day"), _("Last day")], days, _("Places of the programme")
        )
    counted = load_indicators()
    with st.expander(_("Indicators: {count}").format(count=wording.number(len(counted)))):
        what = [
            (each.name[language], code, class_counted()[each.indicator_class])
            for code, each in counted.items()
        ]
        _write_or_say([_("Indicator"), _("Code"), _("What is counted")], what, _("Indicators"))
    decided = sima.project.list_changes()
    decided = decided[decided["state"].ne("asked")].head(_SHOWN_DECIDED)
    with st.expander(_("The last decisions")):
        states = {"agreed": _("made"), "declined": _("declined")}
        last = [
            (
                wording.in_digits(str(row["change_id"])),
                kind_names()[ChangeKind(row["kind"])],
                ", ".join(list_subjects(ChangeKind(row["kind"]), row["content"])),
                str(row["asked_by"]),
                str(row["decided_by"]),
                states[str(row["state"])],
            )
            for _n, row in decided.iterrows()
        ]
        head = [_("Number"), _("What"), _("Code"), _("Asked for by"), _("Decided by"), _("Result")]
        _write_or_say(head, last, _("The last decisions"))


def _write_or_say(head: list[str], rows: list[Any], label: str) -> None:
    if rows:
        write_table(head, rows, label=label)
    else:
        st.caption(_("There is nothing yet."))
