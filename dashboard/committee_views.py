"""Committees on a page: their rung on the day of viewing, what holds, what lapses, what comes next.

A release carries dated signs; the rung is worked out when somebody looks, so that a committee that
stopped meeting slides down by itself.
"""

import html
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import maps, selection, session, views, wording
from dashboard.maps import Notes
from dashboard.selection import Selection
from dashboard.wording import _
from data import calendar, committees
from data.calendar import UnverifiedYearError
from data.ladder import NO_RECORD
from data.model import AdminLevel, ReleaseInfo, Status

STYLE = Path(__file__).parent / "assets" / "committees.css"
_RUNGS = range(7)
_KEY = "committees"


def is_known(on: date) -> bool:
    """Say whether rungs can be worked out for a day: the verified calendar reaches to it."""
    try:
        calendar.to_bs(on)
    except UnverifiedYearError:
        return False
    return True


def last_known_day() -> date:
    """Give the last day for which rungs can be worked out."""
    month = calendar.parse(f"bs-{calendar.verified_years()[-1]:04d}-12")
    return month.end


def say_unknown() -> None:
    """Say that no rung can be worked out for this day, and what must happen."""
    text = _(
        "The Nepali calendar is confirmed here up to {day}. Where a committee stands is shown"
        " again once the table of months is updated."
    )
    st.info(text.format(day=wording.day_label(last_known_day())))


def open_on(on: date) -> None:
    """Load the style of the committees; end the page where no rung can be worked out that day."""
    st.html(STYLE)
    if not is_known(on):
        say_unknown()
        st.stop()


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


def counts(stood: pd.DataFrame) -> str:
    """Write how many committees stand on each rung, as HTML."""
    number = {int(rung): int(many) for rung, many in committees.counts_by_rung(stood).items()}  # type: ignore[call-overload]  # rungs are whole numbers
    most = max(1, *number.values())
    names = committees.load_ladder().rung_name
    rows = "".join(
        f'<tr><th scope="row">{html.escape(_row_name(rung, names[rung][wording.language()]))}</th>'
        f"<td>{_bar(rung, many / most)}<b>{html.escape(wording.number(many))}</b></td></tr>"
        for rung, many in number.items()
    )
    label = html.escape(_("Committees by rung"))
    return f'<table class="sima-rungs" aria-label="{label}"><tbody>{rows}</tbody></table>'


def _bar(rung: int, share: float) -> str:
    return f'<span class="bar rung{rung}" style="width:{100 * share:.0f}%"></span>' if share else ""


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
    st.html(STYLE)
    if not is_known(on):
        say_unknown()
        return
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
        f'<section class="sima-committee" lang="{language}"><p class="rung">{rung}</p>'
        f'<p class="next"><b>{html.escape(_("Next step"))}</b> {html.escape(step)}</p>{due}'
        f'<ol class="ticks">{ticks}</ol><p class="seen">{html.escape(viewed)}</p></section>'
    )


write = partial(views.write, "sima-committees")


# ---- pieces of the pages in time --------------------------------------------------------------


def paragraph(text: str, kind: str = "") -> str:
    """Write a text as a paragraph of HTML."""
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else f"<p>{html.escape(text)}</p>"


def source(release: ReleaseInfo, said: str = "") -> str:
    """Say from which release and by which ladder something was worked out."""
    made = _(
        "Worked out from the signs of {release} of {day}, by ladder version {version}."
    ).format(
        release=wording.release_label(release.number, synthetic=release.synthetic),
        day=wording.day_label(made_on(release)),
        version=wording.in_digits(committees.load_ladder().version),
    )
    return paragraph(f"{said} {made}".strip(), "hint")


def made_on(release: ReleaseInfo) -> date:
    """Give the day on which a release was made."""
    return date.fromisoformat(release.created[:10])


def fiscal_year_label(year: int) -> str:
    """Write the fiscal year that begins in a Nepali year, of which the end need not be known."""
    text = _("fiscal year {year}").format(year=f"{year}/{(year + 1) % 100:02d}")
    return wording.in_digits(text)


def sign_name(key: str) -> str:
    """Name a sign in the language in use."""
    return committees.load_ladder().sign_name[key][wording.language()]


def rung_of(rung: int | None) -> str:
    """Name a rung, None or `NO_RECORD` for no record."""
    return rung_name(pd.NA if rung in (None, NO_RECORD) else rung)
