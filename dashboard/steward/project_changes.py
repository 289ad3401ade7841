"""Changes of the project that wait for a second account, and the lists as they are."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.steward.district_picture import Point, draw_district
from dashboard.steward.release_preview import write_table
from data.database.project_store import ChangeKind
from data.model import AdminLevel, SimaError
from data.pipeline import Sima
from data.reference.gazetteer import Gazetteer
from data.reference.unit_codes import district_of

_DONE = "project-done"  # what was decided, shown once the page is drawn anew
_SHOWN_DECIDED = 10


def show_done() -> None:
    """Show what was just asked for or decided, once."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done)


def finish(text: str) -> None:
    """Draw the page anew, with what was done above it."""
    st.session_state[_DONE] = text
    st.rerun()


def kind_names() -> dict[ChangeKind, str]:
    """Return what each kind of change is called."""
    return {
        ChangeKind.SITES: _("Add a booth"),
        ChangeKind.SITE_CLOSED: _("Close a booth"),
        ChangeKind.ORGANISATIONS: _("Add an organisation"),
        ChangeKind.PLACE: _("Add or end a place of the programme"),
        ChangeKind.INDICATOR: _("Add an indicator"),
    }


# ---- a change in words and as a picture


def write_change(
    sima: Sima, kind: ChangeKind, content: Mapping[str, Any], *, picture: bool = True
) -> None:
    """Write what a change would do: as a table, and where it is about a place as a picture."""
    gazetteer = sima.gazetteer
    rows = _rows(gazetteer, kind, content)
    write_table([_("What"), _("Value")], rows, label=kind_names()[kind])
    if not picture:
        return
    if kind is ChangeKind.SITES:
        for row in content["rows"]:
            spot = Point(float(row["lon"]), float(row["lat"]), chosen=True)
            _write_picture(sima, gazetteer, str(row["palika_code"]), [spot])
    elif kind is ChangeKind.PLACE:
        _write_picture(sima, gazetteer, str(content["unit_code"]), [])


def _rows(
    gazetteer: Gazetteer, kind: ChangeKind, content: Mapping[str, Any]
) -> list[tuple[str, str]]:
    match kind:
        case ChangeKind.SITES:
            return [pair for row in content["rows"] for pair in _site_rows(gazetteer, row)]
        case ChangeKind.SITE_CLOSED:
            name = gazetteer.name(content["code"], wording.language())
            return [
                (_("Booth"), f"{name} ({content['code']})"),
                (_("Closes on"), _day(content["on"])),
            ]
        case ChangeKind.ORGANISATIONS:
            return [(row["code"], _both(row)) for row in content["rows"]]
        case ChangeKind.PLACE:
            days = [
                (_("First day"), _day(content["since"])),
                (_("Last day"), _day(content["until"])),
            ]
            named = _named(gazetteer, content["unit_code"])
            return [(_("Place"), named), *[pair for pair in days if pair[1]]]
        case ChangeKind.INDICATOR:
            return _indicator_rows(content["toml"])


def _both(row: Mapping[str, Any]) -> str:
    """Return the names of a row of a list; one name where both languages say the same."""
    return " / ".join(dict.fromkeys((row["name_en"], row["name_ne"])))


def _site_rows(gazetteer: Gazetteer, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    point = gazetteer.border_points.at[row["border_point"], f"name_{wording.language()}"]
    return [
        (_("Booth"), f"{_both(row)} ({row['site_code']})"),
        (_("Palika"), _named(gazetteer, row["palika_code"])),
        (_("Border point"), str(point)),
        (_("Position (longitude, latitude)"), wording.in_digits(f"{row['lon']}, {row['lat']}")),
        (_("Opened on"), _day(row["opened"])),
    ]


def _indicator_rows(text: str) -> list[tuple[str, str]]:
    table, language = tomllib.loads(text), wording.language()
    rows = []
    for code, entry in table["indicator"].items():
        rows += [
            (_("Indicator"), f"{entry['name'].get(language, '')} ({code})"),
            (_("Definition"), entry["definition"].get(language, "")),
            (_("Unit"), entry["unit"].get(language, "")),
        ]
        for audience, name in labels.audience_names().items():
            design = table.get("design", {}).get(code, {}).get(audience.value)
            seen = _design_text(design) if design else _("nothing")
            rows.append((_("What the {audience} sees").format(audience=name), seen))
    return rows


def _design_text(design: Mapping[str, Any]) -> str:
    levels = {level.name.lower(): name for level, name in labels.level_names().items()}
    parts = [
        levels[design["finest"]],
        ", ".join(period_names()[each] for each in design["periods"]),
    ]
    return " · ".join(parts)


def period_names() -> dict[str, str]:
    """Return what the lengths of periods are called."""
    return {
        "month": _("month"),
        "quarter": _("quarter"),
        "trimester": _("trimester"),
        "half": _("half year"),
        "year": _("year"),
    }


def _named(gazetteer: Gazetteer, code: str) -> str:
    names = dict.fromkeys(
        gazetteer.name(each, wording.language()) for each in (code, district_of(code))
    )
    return f"{', '.join(names)} ({wording.in_digits(code)})"


def _day(text: str) -> str:
    return wording.day_label(dt.date.fromisoformat(text)) if text else ""


def _write_picture(sima: Sima, gazetteer: Gazetteer, code: str, spots: list[Point]) -> None:
    """Draw the district of a palika with its border points."""
    district = district_of(code)
    shapes = sima.holdings.boundaries(AdminLevel.PALIKA, on=sima.today)
    shapes = shapes[shapes.index.str.startswith(district)]
    if shapes.empty:
        return
    near = gazetteer.border_points[gazetteer.border_points["district_code"].eq(district)]
    points = [Point(row["lon"], row["lat"], chosen=False) for _code, row in near.iterrows()]
    caption = _("{place}. Filled: the chosen place. Squares: border points. Circle: the booth.")
    if not spots:
        caption = _("{place}. Filled: the chosen place. Squares: border points.")
    place = gazetteer.name(district, wording.language())
    text = caption.format(place=place)
    st.html(draw_district(shapes, [*points, *spots], chosen=code, label=text, caption=text))


# ---- waiting


def offer_decisions(sima: Sima, account: str) -> None:
    """Show each change that waits, and let another account agree to it or decline it."""
    every = sima.project.list_changes()
    waiting = every[every["state"].eq("asked")]
    if waiting.empty:
        st.info(_("No change waits. A change that somebody asks for appears here."))
    for _number, row in waiting.iterrows():
        _offer_decision(sima, row, account)


def _offer_decision(sima: Sima, row: pd.Series, account: str) -> None:
    number, kind = int(row["change_id"]), ChangeKind(row["kind"])
    title = _("Change {number}: {what}, asked for by {account}").format(
        number=wording.in_digits(str(number)), what=kind_names()[kind], account=row["asked_by"]
    )
    with st.container(border=True):
        st.html(render("page/sentence.html.j2", text=title, kind="sima-finding question"))
        try:
            sima.project.recheck(number)
        except SimaError as wrong:
            st.error(_("This change can no longer be made: {reason}").format(reason=wrong))
        write_change(sima, kind, row["content"])
        left, right = st.columns(2)
        if row["asked_by"] == account:
            left.caption(_("You asked for this. Another account must agree."))
        elif left.button(_("Agree"), key=f"agree-{number}", type="primary"):
            _decide(lambda: sima.project.agree(number, by=account), _("The change was made."))
        if right.button(_("Decline"), key=f"decline-{number}"):
            _decide(lambda: sima.project.decline(number, by=account), _("The change was declined."))


def _decide(act: Any, done: str) -> None:  # noqa: ANN401  # a call without arguments
    try:
        act()
    except SimaError as wrong:
        st.error(str(wrong))
    else:
        finish(done)


# ---- lists


def write_lists(sima: Sima) -> None:
    """Write the booths, organisations and places of the programme, and the last decisions."""
    gazetteer, language = sima.gazetteer, wording.language()
    sites = gazetteer.sites.sort_index()
    with st.expander(_("Booths: {count}").format(count=wording.number(len(sites)))):
        rows = [
            (
                f"{row[f'name_{language}']} ({code})",
                _named(gazetteer, row["palika_code"]),
                _day(row["opened"]),
                _day(row["closed"]),
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
            (_named(gazetteer, row["unit_code"]), _day(row["since"]), _day(row["until"]))
            for _n, row in places.iterrows()
        ]
        _write_or_say(
            [_("Place"), _("First day"), _("Last day")], days, _("Places of the programme")
        )
    decided = sima.project.list_changes()
    decided = decided[decided["state"].ne("asked")].head(_SHOWN_DECIDED)
    with st.expander(_("The last decisions")):
        states = {"agreed": _("made"), "declined": _("declined")}
        last = [
            (
                wording.in_digits(str(row["change_id"])),
                kind_names()[ChangeKind(row["kind"])],
                str(row["asked_by"]),
                str(row["decided_by"]),
                states[str(row["state"])],
            )
            for _n, row in decided.iterrows()
        ]
        head = [_("Number"), _("What"), _("Asked for by"), _("Decided by"), _("Result")]
        _write_or_say(head, last, _("The last decisions"))


def _write_or_say(head: list[str], rows: list[Any], label: str) -> None:
    if rows:
        write_table(head, rows, label=label)
    else:
        st.caption(_("There is nothing yet."))
