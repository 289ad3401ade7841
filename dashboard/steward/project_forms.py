"""Forms in which somebody asks for a change of the project: fill in, check, ask."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.steward.project_changes import (
    class_counted,
    finish,
    kind_names,
    name_place,
    period_names,
    write_change,
)
from data.database.engines import rows_of
from data.database.project_store import ChangeKind
from data.model import AdminLevel, AgeBand, Audience, IndicatorClass, SimaError
from data.pipeline import Sima
from data.projects import site_list
from data.projects.changes import ORGANISATION_COLUMNS, Change
from data.reference.indicators import load_indicators
from data.reference.minimum import OTHER, load_minimum
from data.reference.unit_codes import district_of

_CHECKED = "project-checked"  # the change that was checked, until it is asked for
_AGES = [AgeBand.UNDER_18.value, AgeBand.ADULT.value]
Prepare = Callable[[], Change]


def offer_change(sima: Sima, account: str) -> None:
    """Offer the form of one kind of change, check what is filled in, and ask for it."""
    forms = {
        ChangeKind.SITES: _booth,
        ChangeKind.SITE_CLOSED: _closing,
        ChangeKind.ORGANISATIONS: _organisation,
        ChangeKind.PLACE: _place,
        ChangeKind.INDICATOR: _indicator,
    }
    kind = st.selectbox(
        _("What to change"),
        list(forms),
        index=None,
        format_func=kind_names().__getitem__,
        placeholder=_("Choose"),
        key=f"project-kind-{wording.language()}",
    )
    if kind is None:
        st.session_state.pop(_CHECKED, None)
        return
    with st.container(border=True):
        prepare = forms[kind](sima)
        if prepare is not None and st.button(_("Check"), key=f"check-{kind}"):
            st.session_state.pop(_CHECKED, None)
            try:
                st.session_state[_CHECKED] = (kind, prepare())
            except SimaError as wrong:
                st.error(str(wrong))
    _offer_asking(sima, kind, account)


def _offer_asking(sima: Sima, kind: ChangeKind, account: str) -> None:
    """Show the change that was checked, and offer to ask for it."""
    of_kind, change = st.session_state.get(_CHECKED, (None, None))
    if of_kind is not kind or change is None:
        return
    if not change.codes:
        st.info(_("This is known already. Nothing would change."))
        return
    with st.container(border=True):
        write_change(sima, kind, change.content)
        if st.button(_("Ask for this change"), type="primary"):
            try:
                number = sima.project.ask(change, by=account)
            except SimaError as wrong:
                st.error(str(wrong))
                return
            del st.session_state[_CHECKED]
            text = _("Change {number} waits for another account to agree.")
            finish(text.format(number=wording.in_digits(str(number))))


def _text(label: str, key: str, proposed: str = "") -> str:
    return str(
        st.text_input(label, key=f"project-{key}", max_chars=200, placeholder=proposed) or ""
    ).strip()


def _texts(key: str, english: str, nepali: str) -> dict[str, str]:
    """Ask for a text in every language of the project; that in another one is empty."""
    asked = wording.offered()
    return {
        language: _text(label, f"{key}-{language}") if language in asked else ""
        for language, label in (("en", english), ("ne", nepali))
    }


def _names(key: str) -> dict[str, str]:
    """Ask for a name; by column of the lists."""
    asked = _texts(key, _("Name in English"), _("Name in Nepali"))
    return {f"name_{language}": text for language, text in asked.items()}


def _day(label: str, key: str, sima: Sima) -> dt.date:
    found = st.date_input(
        label,
        value=sima.today,
        min_value=dt.date(2000, 1, 1),
        max_value=dt.date(2100, 1, 1),
        key=f"project-{key}",
    )
    return found if isinstance(found, dt.date) else sima.today


def _choose_place(sima: Sima, key: str, *, districts: bool) -> str | None:
    """Ask for a palika, or also a district; both are found by typing a part of the name."""
    gazetteer = sima.gazetteer  # once: it is read from the store each time
    units = gazetteer.units
    levels = [AdminLevel.DISTRICT, AdminLevel.PALIKA] if districts else [AdminLevel.PALIKA]
    codes = units.index[units["admin_level"].isin([int(level) for level in levels])]
    return st.selectbox(
        _("District or palika") if districts else _("Palika"),
        sorted(map(str, codes)),
        index=None,
        format_func=lambda code: name_place(gazetteer, code),
        placeholder=_("Type a part of the name"),
        key=f"project-{key}-{wording.language()}",
    )


# ---- booths


def _booth(sima: Sima) -> Prepare | None:
    palika = _choose_place(sima, "booth-palika", districts=False)
    if palika is None:
        return None
    gazetteer, language = sima.gazetteer, wording.language()
    points = gazetteer.border_points
    points = points[points["district_code"].eq(district_of(palika))]
    if points.empty:
        st.warning(
            _(
                "The project knows no border point in this district. Add it to border_points.csv in"
                " the project's folder first."
            )
        )
        return None
    near = {str(row["code"]): row for row in rows_of(points.rename_axis("code").reset_index())}
    point = st.selectbox(
        _("Border point"),
        list(near),
        format_func=lambda code: str(near[code][f"name_{language}"]),
        key=f"project-point-{palika}-{language}",
    )
    names = _names("booth")
    district = gazetteer.name(district_of(palika), "en").upper()
    proposed = re.sub(r"[^A-Z0-9]+", "-", f"{district}-{names['name_en'].upper()}").strip("-")
    code = (
        _text(_("Code (capital letters, digits and hyphens)"), "booth-code", proposed) or proposed
    )
    left, right = st.columns(2)
    lon = left.number_input(
        _("Longitude in degrees"), 80.0, 89.0, float(near[point]["lon"]), 0.001,
        format="%.4f", key=f"project-lon-{point}",
    )  # fmt: skip
    lat = right.number_input(
        _("Latitude in degrees"), 26.0, 31.0, float(near[point]["lat"]), 0.001,
        format="%.4f", key=f"project-lat-{point}",
    )  # fmt: skip
    opened = _day(_("Opened on"), "booth-opened", sima)
    row = {
        "site_code": code, **names, "palika_code": palika, "border_point": point,
        "lon": lon, "lat": lat, "opened": opened.isoformat(), "closed": "",
    }  # fmt: skip
    content = site_list.as_csv([row])
    return lambda: sima.project.new_sites(content, name=_("The form"))


def _closing(sima: Sima) -> Prepare | None:
    sites = sima.gazetteer.sites.sort_index()
    if sites.empty:
        st.info(_("There is no booth yet."))
        return None
    names = {str(code): str(name) for code, name in sites[f"name_{wording.language()}"].items()}
    code = st.selectbox(
        _("Booth"),
        list(names),
        index=None,
        format_func=lambda each: f"{names[each]} ({each})",
        placeholder=_("Choose"),
        key=f"project-close-{wording.language()}",
    )
    if code is None:
        return None
    on = _day(_("Closes on"), "close-on", sima)
    return lambda: sima.project.closing(code, on=on)


# ---- organisations and places


def _organisation(sima: Sima) -> Prepare:
    st.caption(
        _(
            "Partners will read the name of an organisation that reported. Add it only after it"
            " agreed. Never write the name of a person."
        )
    )
    names = _names("organisation")
    proposed = re.sub(r"[^a-z0-9]+", "-", names["name_en"].lower()).strip("-")
    code = (
        _text(_("Code (small letters, digits and hyphens)"), "organisation-code", proposed)
        or proposed
    )
    synthetic = "true" if sima.holdings.synthetic else "false"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(ORGANISATION_COLUMNS)
    writer.writerow([code, *names.values(), synthetic])
    content = text.getvalue().encode()
    return lambda: sima.project.new_organisations(content, name=_("The form"))


def _place(sima: Sima) -> Prepare | None:
    code = _choose_place(sima, "place", districts=True)
    ends = st.radio(
        _("What happens"),
        [False, True],
        format_func=lambda end: (
            _("The programme ends there") if end else _("The programme begins there")
        ),
        horizontal=True,
        key=f"project-ends-{wording.language()}",
    )
    day = _day(_("Last day") if ends else _("First day"), f"place-{ends}", sima)
    if code is None:
        return None
    if ends:
        return lambda: sima.project.place_ended(code, on=day)
    return lambda: sima.project.place_added(code, since=day)


# ---- indicators


def _indicator(sima: Sima) -> Prepare | None:
    """Ask for what an organisational indicator or one about people needs.

    An indicator about people at risk has rules that a form cannot explain; a file is written then.
    """
    language = wording.language()
    themes = sorted({each.theme for each in load_indicators().values()})
    theme = st.selectbox(
        _("Theme"), themes, format_func=labels.theme_name, key=f"project-theme-{language}"
    )
    counted = st.radio(
        _("What is counted"),
        [IndicatorClass.ORGANISATIONAL, IndicatorClass.PEOPLE, IndicatorClass.AT_RISK],
        format_func=class_counted().__getitem__,
        key=f"project-class-{language}",
    )
    names = {
        key: _texts(f"indicator-{key}", en, ne)
        for key, en, ne in (
            ("name", _("Name in English"), _("Name in Nepali")),
            ("definition", _("Definition in English"), _("Definition in Nepali")),
            ("unit", _("Unit in English (such as: homes)"), _("Unit in Nepali")),
        )
    }
    proposed = re.sub(r"[^a-z0-9]+", "_", names["name"]["en"].lower()).strip("_")[:40]
    code = _text(_("Code (small letters, digits and _)"), "indicator-code", proposed) or proposed
    stays = st.checkbox(
        _("It counts what exists at one time, such as active groups"), key="project-stock"
    )
    designs = {audience: _ask_design(audience, counted) for audience in Audience}
    st.caption(_("It is reported as an activity of the template for trainings and activities."))
    ages: list[str] = []
    if counted is not IndicatorClass.ORGANISATIONAL:
        st.markdown(_("Which people can take part"))
        names_of = labels.part_names()
        ages = [
            each
            for each in _AGES
            if st.checkbox(names_of[each], value=True, key=f"project-age-{each}")
        ]
        st.caption(_("A report must fill in the columns of these people. Write 0 for nobody."))
    text = _as_toml(code, theme, counted, names, stays=stays, ages=ages, designs=designs)
    return lambda: sima.project.new_indicator(text)


def _ask_design(audience: Audience, counted: IndicatorClass) -> dict[str, object] | None:
    """Ask what an audience may see, within the documented minimum."""
    table = load_minimum().loc[[(OTHER, counted.value)]]
    row = {str(key): str(value) for key, value in table.iloc[0].items()}
    finest = AdminLevel[str(row[f"{audience}_place"]).upper()]
    levels = {
        level.name.lower(): name for level, name in labels.level_names().items() if level <= finest
    }
    kinds = ["quarter", "half", "year"]
    kinds = kinds[kinds.index(str(row[f"{audience}_period"])) :]
    left, right = st.columns(2)
    name = labels.audience_names()[audience]
    level = left.selectbox(
        _("Smallest places for the {audience}").format(audience=name),
        ["", *reversed(levels)],
        format_func=lambda each: levels.get(each, _("nothing at all")),
        key=f"project-finest-{audience}-{counted}-{wording.language()}",
    )
    period = right.selectbox(
        _("Shortest periods for the {audience}").format(audience=name),
        kinds,
        format_func=period_names().__getitem__,
        key=f"project-period-{audience}-{counted}-{wording.language()}",
    )
    if not level:
        return None
    design: dict[str, object] = {"finest": level, "periods": list(dict.fromkeys([period, "year"]))}
    if audience is Audience.PUBLIC and row["public_display"] == "class":
        design |= {"display": "class", "delay_quarters": int(row["public_delay"])}
    return design


def _quoted(text: object) -> str:
    """Return a TOML value: text, a list of texts or a whole number."""
    if isinstance(text, list):
        return "[" + ", ".join(_quoted(each) for each in text) + "]"
    if isinstance(text, int):
        return str(text)
    # Control characters alone: joiners belong to Nepali words.
    plain = "".join(each for each in str(text) if unicodedata.category(each) != "Cc")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _as_toml(
    code: str,
    theme: str,
    counted: IndicatorClass,
    names: dict[str, dict[str, str]],
    *,
    stays: bool,
    ages: Sequence[str],
    designs: dict[Audience, dict[str, object] | None],
) -> str:
    """Return the indicator as the file that `sima indicators add` reads."""
    key = re.sub(r"[^a-z0-9_]+", "", code) or "indicator"
    texts = [
        f"{name} = {{ en = {_quoted(said['en'])}, ne = {_quoted(said['ne'])} }}"
        for name, said in names.items()
    ]
    lines = [f"[indicator.{key}]", 'catalogue = ""', f"theme = {_quoted(theme)}", *texts]
    lines += [f"class = {_quoted(counted)}", f'aggregation = "{"stock" if stays else "flow"}"']
    for audience, design in designs.items():
        if design is not None:
            lines += ["", f"[design.{key}.{audience}]"]
            lines += [f"{name} = {_quoted(value)}" for name, value in design.items()]
    lines += ["", f"[activity.{key.replace('_', '-')}]", texts[0]]
    if counted is IndicatorClass.ORGANISATIONAL:
        lines += [f"events = {_quoted(key)}"]
    else:
        lines += [f"people = {_quoted(key)}", f"ages = {_quoted(list(ages))}"]
    return "\n".join([*lines, ""])
