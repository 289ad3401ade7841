"""`sima organisations …`, `sima programme …`, `sima indicators …`: what a project grows by."""

from datetime import date, datetime
from pathlib import Path

import click

from dashboard.cli.output import as_json, echo, settings
from data.database.project_store import ChangeKind
from data.model import SimaError
from data.pipeline import Sima
from data.projects.changes import ORGANISATION_COLUMNS, Change
from data.reference.indicators import load_indicators
from data.reference.unit_codes import district_of

_JSON = click.option("--json", "json_", is_flag=True, help="Print the result as JSON only.")
_BY = click.option("--by", required=True, help="Account that makes the change.")
_DRY = click.option("--dry-run", is_flag=True, help="Only check; store nothing.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


def _make(sima: Sima, change: Change, *, by: str, dry_run: bool, json_: bool) -> None:
    if not dry_run:
        sima.project.make(change, by=by)
    if json_:
        as_json({"added": list(change.codes), "dry_run": dry_run})
    elif not change.codes:
        echo("This is known already. Nothing was changed.")
    else:
        of_place = change.kind is ChangeKind.PLACE
        named = [_named(sima, code) if of_place else code for code in change.codes]
        echo(f"{'Would add' if dry_run else 'Added'}: {', '.join(named)}")


def _named(sima: Sima, code: str) -> str:
    """Return the code of a place, with its kind and its name."""
    kind = "district" if code == district_of(code) else "palika"
    return f"{code} ({kind} {sima.gazetteer.name(code, 'en')})"


# ---- organisations


@click.group()
def organisations() -> None:
    """Manage the organisations that may be named as makers of a report."""


@organisations.command("list")
@_JSON
def list_organisations(*, json_: bool) -> None:
    """List the organisations that an upload may name."""
    known = Sima(settings()).holdings.listed_organisations()
    rows = [
        {"code": code, "name_en": each.name["en"], "name_ne": each.name["ne"]}
        for code, each in sorted(known.items())
    ]
    if json_:
        as_json(rows)
    elif not rows:
        echo("There is no organisation yet: sima organisations add FILE.csv --by ACCOUNT")
    for row in [] if json_ else rows:
        echo(f"{row['code']:<16} {row['name_en']} / {row['name_ne']}")


@organisations.command("add", epilog=f"The columns of FILE: {', '.join(ORGANISATION_COLUMNS)}.")
@click.argument("file", type=_FILE)
@_BY
@_DRY
@_JSON
def add_organisations(*, file: Path, by: str, dry_run: bool, json_: bool) -> None:
    """Add the organisations of FILE, a CSV file with one organisation a line.

    All of them are added or none. Partners read the name of an organisation that reported: add it
    only after it agreed.
    """
    sima = Sima(settings())
    change = sima.project.new_organisations(file.read_bytes(), name=file.name)
    _make(sima, change, by=by, dry_run=dry_run, json_=json_)


# ---- places of the programme


@click.group()
def programme() -> None:
    """Manage the places of the programme: the districts and palikas in which it works."""


@programme.command("list")
@_JSON
def list_places(*, json_: bool) -> None:
    """List the places of the programme with their first and last day."""
    sima = Sima(settings())
    places = sima.holdings.programme().sort_values("unit_code")
    if json_:
        as_json(places.to_dict("records"))
        return
    for _number, row in places.iterrows():
        code = str(row["unit_code"])
        days = f"from {row['since'] or 'the beginning'}"
        ended = f" until {row['until']}" if row["until"] else ""
        echo(f"{code:<6} {sima.gazetteer.name(code, 'en'):<24} {days}{ended}")


def _code(sima: Sima, text: str) -> str:
    """Return the code of a district or palika by its code or name.

    Raises
    ------
    SimaError
        If the name is not certain, or a district and a palika have it; the message has suggestions.
    """
    gazetteer = sima.gazetteer
    district, palika = gazetteer.district(text), gazetteer.palika(text, district_code=None)
    found = [each for each in (district.code, palika.code) if each is not None]
    if len(found) > 1:
        raise SimaError(
            f"{text} is the name of a district and of a palika. Write the code: {found[0]} is the"
            f" district, {found[1]} the palika."
        )
    if found:
        return found[0]
    near = [each.code for each in gazetteer.palika(text, district_code=None).suggestions[:3]]
    like = ", ".join(f"{code} ({gazetteer.name(code, 'en')})" for code in near)
    hint = f" Did you mean {like}?" if like else ""
    raise SimaError(f"There is no district or palika called {text}.{hint}")


@programme.command("add")
@click.argument("palika")
@click.option("--since", type=_DAY, help="First day; today if it is left out.")
@_BY
@_JSON
def add_place(*, palika: str, since: datetime | None, by: str, json_: bool) -> None:
    """Take PALIKA (or a district; name or code) into the programme.

    Templates list it at once. Maps show it as part of the programme from the next release on.
    """
    sima = Sima(settings())
    day = since.date() if since else sima.today
    change = sima.project.place_added(_code(sima, palika), since=day)
    _make(sima, change, by=by, dry_run=False, json_=json_)


@programme.command("end")
@click.argument("palika")
@click.option("--on", type=_DAY, help="Last day; today if it is left out.")
@_BY
@_JSON
def end_place(*, palika: str, on: datetime | None, by: str, json_: bool) -> None:
    """End the programme in PALIKA (or a district; name or code). What was released stays."""
    sima = Sima(settings())
    day: date = on.date() if on else sima.today
    code = _code(sima, palika)
    sima.project.make(sima.project.place_ended(code, on=day), by=by)
    if json_:
        as_json({"ended": code, "on": day})
    else:
        echo(f"{_named(sima, code)} ends on {day}.")


# ---- indicators


@click.group()
def indicators() -> None:
    """Manage indicators: what is counted, who may see how much of it, and how it is reported."""


@indicators.command("list")
@_JSON
def list_indicators(*, json_: bool) -> None:
    """List what is counted."""
    known = load_indicators()
    if json_:
        as_json(
            [
                {
                    "code": code, "theme": each.theme, "class": each.indicator_class,
                    "name_en": each.name["en"], "name_ne": each.name["ne"],
                }
                for code, each in known.items()
            ]
        )  # fmt: skip
        return
    for code, each in known.items():
        echo(f"{code:<32} {each.indicator_class:<16} {each.name['en']}")


@indicators.command("add")
@click.argument("file", type=_FILE)
@_BY
@_DRY
@_JSON
def add_indicators(*, file: Path, by: str, dry_run: bool, json_: bool) -> None:
    """Add the indicators of FILE, a TOML file (docs/project.md has an example).

    It has [indicator.CODE], [design.CODE.AUDIENCE], and [column.TEMPLATE.KEY] or [activity.CODE].
    """
    sima = Sima(settings())
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise SimaError(f"{file.name} is not text in UTF-8. Save it as UTF-8.") from wrong
    try:
        change = sima.project.new_indicator(text)
    except SimaError as wrong:
        raise SimaError(f"{file.name}, {wrong}") from wrong
    _make(sima, change, by=by, dry_run=dry_run, json_=json_)
