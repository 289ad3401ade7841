"""Changes of the project that wait for a second account."""

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
from data.model import AdminLevel, Aggregation, Audience, Display, IndicatorClass, SimaError
from data.pipeline import Sima
from data.reference import booths
from data.reference.gazetteer import Gazetteer
from data.reference.unit_codes import district_of

_DONE = "project-done"  # what was decided, shown once the page is drawn anew


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
            _warn_elsewhere(sima, row)
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
                (_("Closes on"), day_of(content["on"])),
            ]
        case ChangeKind.ORGANISATIONS:
            return [(row["code"], _both(row)) for row in content["rows"]]
        case ChangeKind.PLACE:
            days = [
                (_("First day"), day_of(content["since"])),
                (_("Last day"), day_of(content["until"])),
            ]
            named = name_place(gazetteer, content["unit_code"])
            return [(_("Place"), named), *[pair for pair in days if pair[1]]]
        case ChangeKind.INDICATOR:
            return _indicator_rows(content["toml"])


def list_subjects(kind: ChangeKind, content: Mapping[str, Any]) -> list[str]:
    """Return the codes of what a change is about: booths, organisations, a place or indicators."""
    match kind:
        case ChangeKind.SITES:
            return [str(row["site_code"]) for row in content["rows"]]
        case ChangeKind.SITE_CLOSED:
            return [str(content["code"])]
        case ChangeKind.ORGANISATIONS:
            return [str(row["code"]) for row in content["rows"]]
        case ChangeKind.PLACE:
            return [str(content["unit_code"])]
        case ChangeKind.INDICATOR:
            return [str(code) for code in tomllib.loads(content["toml"])["indicator"]]


def _both(row: Mapping[str, Any]) -> str:
    """Return the names of a row of a list; one name where both languages say the same."""
    return " / ".join(dict.fromkeys((row["name_en"], row["name_ne"])))


def _site_rows(gazetteer: Gazetteer, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    point = gazetteer.border_points.at[row["border_point"], f"name_{wording.language()}"]
    return [
        (_("Booth"), f"{_both(row)} ({row['site_code']})"),
        (_("Palika"), name_place(gazetteer, row["palika_code"])),
        (_("Border point"), str(point)),
        (_("Position (longitude, latitude)"), wording.in_digits(f"{row['lon']}, {row['lat']}")),
        (_("Opened on"), day_of(row["opened"])),
    ]


def _indicator_rows(text: str) -> list[tuple[str, str]]:
    table = tomllib.loads(text)
    rows = []
    for code, entry in table["indicator"].items():
        rows += [
            (_("Indicator"), f"{_said(entry['name'])} ({code})"),
            (_("Definition"), _said(entry["definition"])),
            (_("Unit"), _said(entry["unit"])),
            (_("Theme"), labels.theme_name(str(entry["theme"]))),
            (_("What is counted"), class_counted()[IndicatorClass(entry["class"])]),
            (_("Several periods"), _aggregation(str(entry["aggregation"]))),
        ]
        seen_by = {
            Audience.PUBLIC: _("What everybody sees"),
            Audience.PARTNER: _("What partners see"),
        }
        for audience, label in seen_by.items():
            design = table.get("design", {}).get(code, {}).get(audience.value)
            rows.append((label, _design_text(design) if design else _("nothing")))
    return [*rows, *_reported_rows(table)]


def _said(texts: Mapping[str, Any]) -> str:
    """Return a text in every language in which it is written."""
    return " / ".join(dict.fromkeys(str(text) for text in texts.values() if text))


def class_counted() -> dict[IndicatorClass, str]:
    """Return what indicators of each class count."""
    return {
        IndicatorClass.ORGANISATIONAL: _("events, groups or things"),
        IndicatorClass.PEOPLE: _("people"),
        IndicatorClass.AT_RISK: _("people at risk"),
    }


def _aggregation(text: str) -> str:
    return _("are added up") if text == Aggregation.FLOW else _("the newest number counts")


def _reported_rows(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return how people report what is new: activities and columns of templates."""
    rows = []
    for code, entry in table.get("activity", {}).items():
        ages = [labels.part_names().get(age, age) for age in entry.get("ages", ())]
        of_people = f": {', '.join(ages)}" if ages else ""
        rows.append((_("Activity of the template for trainings"), f"{code}{of_people}"))
    for kind, columns in table.get("column", {}).items():
        rows += [(_("Column of the template {kind}").format(kind=kind), key) for key in columns]
    return rows


def _design_text(design: Mapping[str, Any]) -> str:
    levels = {level.name.lower(): name for level, name in labels.level_names().items()}
    parts = [
        levels[design["finest"]],
        ", ".join(period_names()[each] for each in design["periods"]),
    ]
    if design.get("display") == Display.CLASS:
        parts.append(_("as a group of numbers"))
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


def name_place(gazetteer: Gazetteer, code: str) -> str:
    """Return a district or palika as people know it, with its code: "district" says which it is."""
    name, language = gazetteer.name(code, wording.language()), wording.language()
    if code == district_of(code):
        return _("{name} (district, {code})").format(name=name, code=wording.in_digits(code))
    district = gazetteer.name(district_of(code), language)
    return _("{name}, {district} District ({code})").format(
        name=name, district=district, code=wording.in_digits(code)
    )


def day_of(text: str) -> str:
    """Return a day of a list in words; empty for none."""
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


def _warn_elsewhere(sima: Sima, row: Mapping[str, Any]) -> None:
    """Warn where a booth does not lie in the palika that it is to report for."""
    inside = sima.holdings.boundaries(AdminLevel.PALIKA, on=sima.today)
    found = booths.find_unit_at(float(row["lon"]), float(row["lat"]), inside)
    if found is None or found == str(row["palika_code"]):
        return
    text = _("The position lies in {place}. Is it the right palika and the right position?")
    st.warning(text.format(place=name_place(sima.gazetteer, found)))


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
