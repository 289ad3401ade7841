"""Committees on a page: their rung on the day of viewing, what holds, what lapses, what comes next.

A release carries dated signs; the rung is worked out when somebody looks, so that a committee that
stopped meeting slides down by itself.
"""

import html
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import map_view, maps, selection, session, views, wording
from dashboard.maps import Notes
from dashboard.selection import Selection
from dashboard.wording import _
from data import committees
from data.ladder import NO_RECORD
from data.model import AdminLevel, ReleaseInfo, Status

_RUNGS = range(7)
_KEY = "committees"


def standing(release: ReleaseInfo, palikas: pd.Index, on: date) -> pd.DataFrame:
    """Say on which rung committees stand; see `committees.standing`."""
    return committees.standing(session.signs(release), palikas=palikas, on=on)


def rung_name(rung: object) -> str:
    """Name a rung with its number, or say that there is no record."""
    names = committees.load_ladder().rung_name
    if pd.isna(rung):  # type: ignore[call-overload]  # a scalar of an Int64 column
        return names[NO_RECORD][wording.language()]
    number = int(rung)  # type: ignore[call-overload]  # as above
    return f"{wording.in_digits(str(number))} · {names[number][wording.language()]}"


def rung_scene(release: ReleaseInfo, chosen: Selection, on: date) -> dict[str, Any]:
    """Make the map of rungs of an area; a committee without a record is dotted, never a rung."""

    def make() -> dict[str, Any]:
        units = session.units(release)
        codes = selection.shown_units(units, chosen)
        stood = standing(release, codes, on)
        known = stood["rung"].notna()
        layer = pd.DataFrame(
            {
                "status": known.map(
                    {True: Status.PUBLISHED.value, False: Status.NOT_REPORTED.value}
                ),
                "value": stood["rung"],
                "value_class": None,
            },
            index=codes,
        )
        names = committees.load_ladder().rung_name
        scene = maps.scene(
            layer,
            views.map_files(release, units, chosen),
            area=f"{chosen.area}.{chosen.level}.outline",
            notes=_notes(release, on),
            around=layer.iloc[:0],
            steps=[names[rung][wording.language()] for rung in _RUNGS],
            numeral="value",
        )
        return scene | {"silent": names[NO_RECORD][wording.language()]}

    key = (_KEY, chosen.area, wording.language(), on.isoformat())
    return session.remembered(release, key, make)


def _notes(release: ReleaseInfo, on: date) -> Notes:
    listed = session.attributions(release)
    listed = listed[listed["admin_level"] < AdminLevel.WARD]
    version = wording.in_digits(committees.load_ladder().version)
    return Notes(
        title=_("Committees against trafficking"),
        unit="",
        period=_("As it stands on {day}").format(day=wording.day_label(on)),
        caution=_(
            "Says how a committee works, not how safe a place is. Ladder version {version}."
        ).format(version=version),
        attribution=" · ".join(dict.fromkeys(listed["attribution"])),
        release=wording.release_label(release.number, synthetic=release.synthetic),
        name=f"committees-{on.isoformat()}-release-{release.number}",
    )


def show_map(release: ReleaseInfo, chosen: Selection, on: date) -> None:
    """Show the map of rungs with its table."""
    map_view.show(rung_scene(release, chosen, on), key="rungs")


def counts(stood: pd.DataFrame) -> str:
    """Write how many committees stand on each rung, as HTML."""
    number = {int(rung): int(many) for rung, many in committees.counts_by_rung(stood).items()}  # type: ignore[call-overload]  # rungs are whole numbers
    most = max(1, *number.values())
    names = committees.load_ladder().rung_name
    rows = "".join(
        f'<tr><th scope="row">{html.escape(_row_name(rung, names[rung][wording.language()]))}</th>'
        f'<td><span class="bar rung{rung}" style="width:{100 * many / most:.0f}%"></span>'
        f"<b>{html.escape(wording.number(many))}</b></td></tr>"
        for rung, many in number.items()
    )
    label = html.escape(_("Committees by rung"))
    return f'<table class="sima-rungs" aria-label="{label}"><tbody>{rows}</tbody></table>'


def _row_name(rung: int, name: str) -> str:
    return name if rung == NO_RECORD else f"{wording.in_digits(str(rung))} · {name}"


def days_left(until: date, on: date) -> str:
    """Say how many days are left."""
    days = (until - on).days
    if days == 0:
        return _("today is the last day")
    return _("{days} days left").format(days=wording.in_digits(str(days)))


def card(release: ReleaseInfo, palika: str, on: date) -> None:
    """Say where one committee stands, which signs hold, what lapses next and the next step."""
    ladder, language = committees.load_ladder(), wording.language()
    row = standing(release, pd.Index([palika]), on).iloc[0]
    step = ladder.next_step[row["next_step"]][language]
    held = set(row["holds"])
    ticks = "".join(
        f'<li class="{kind}">{html.escape(ladder.sign_name[sign][language])}'
        f"<small>{html.escape(said)}</small></li>"
        for sign in ladder.signs
        if sign != "not_formed"
        for kind, said in [("yes", _("holds")) if sign in held else ("no", _("missing"))]
    )
    due = ""
    if row["lapses_on"] is not None:
        text = _("{sign}: holds until {day}, {left}").format(
            sign=ladder.sign_name[row["lapses_sign"]][language],
            day=wording.day_label(row["lapses_on"]),
            left=days_left(row["lapses_on"], on),
        )
        due = f'<p class="due">{html.escape(text)}</p>'
    if row["reform_by"] is not None:
        text = _("Form again after the election, by {day}").format(
            day=wording.day_label(row["reform_by"])
        )
        due += f'<p class="due">{html.escape(text)}</p>'
    star = f" ★ {ladder.star_name[language]}" if row["star"] else ""
    rung = html.escape(rung_name(row["rung"]) + star)
    viewed = _("Release of {made}, seen on {day}").format(
        made=wording.day_label(date.fromisoformat(release.created[:10])), day=wording.day_label(on)
    )
    st.html(
        f'<section class="sima-committee"><p class="rung">{rung}</p>'
        f'<p class="next"><b>{html.escape(_("Next step"))}</b> {html.escape(step)}</p>{due}'
        f'<ol class="ticks">{ticks}</ol><p class="seen">{html.escape(viewed)}</p></section>'
    )
