"""Committees on a page: their rung on the day of viewing, their evidence, and what comes next.

A release carries dated evidence ("signs"); the rung is calculated when the page is viewed, so a
committee that stopped meeting falls without a new release.
"""

from collections.abc import Iterator
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.page.markup import render
from dashboard.released import committee_status
from dashboard.static_assets import ASSETS
from data.committees import status
from data.committees.ladder import NO_RECORD
from data.model import ReleaseInfo

STYLE = ASSETS / "committees.css"


def say_unknown() -> None:
    """Write that the rung is not known for this day, and what must happen."""
    text = _(
        "Our Nepali calendar is confirmed only up to {day}. Once it is updated, this page will"
        " show the committee's rung again."
    )
    st.info(text.format(day=wording.day_label(committee_status.last_known_day())))


def open_on(on: date) -> None:
    """Load the style of the committees; end the page if no rung is known for that day."""
    st.html(STYLE)
    if not committee_status.is_known(on):
        say_unknown()
        st.stop()


def counts(stood: pd.DataFrame) -> Markup:
    """Return how many committees stand on each rung, as a table with bars."""
    number = {int(rung): int(many) for rung, many in status.counts_by_rung(stood).items()}  # type: ignore[call-overload]  # rungs are whole numbers
    most = max(1, *number.values())
    names = status.load_ladder().rung_name
    rows = [
        (rung, _row_name(rung, names[rung][wording.language()]), many / most, many)
        for rung, many in number.items()
    ]
    return render(
        "committees/rungs.html.j2", label=_("How many committees are at each step"), rows=rows
    )


def _row_name(rung: int, name: str) -> str:
    return name if rung == NO_RECORD else f"{wording.in_digits(str(rung))} · {name}"


def days_left(until: date, on: date) -> str:
    """Format how many days are left."""
    days = (until - on).days
    if days == 0:
        return _("today is the last day")
    text = wording.ngettext("{days} day left", "{days} days left", days)
    return text.format(days=wording.in_digits(str(days)))


def card(release: ReleaseInfo, palika: str, on: date) -> None:
    """Write where one committee stands, what is valid, what expires next and the next step."""
    st.html(STYLE)
    if not committee_status.is_known(on):
        say_unknown()
        return
    ladder, language = status.load_ladder(), wording.language()
    row = committee_status.standing(release, pd.Index([palika]), on).iloc[0]
    held = set(row["holds"])
    ticks = [
        (
            "yes" if sign in held else "no",
            ladder.sign_name[sign][language],
            (
                _("needed for step {step}: there is evidence that is valid today")
                if sign in held
                else _("needed for step {step}: no evidence that is valid today")
            ).format(step=wording.in_digits(str(rule.rung))),
        )
        for sign, rule in ladder.signs.items()
        if sign != "not_formed"
    ]
    star = f" ★ {ladder.star_name[language]}" if row["star"] else ""
    seen = _("Release of {made}, viewed on {day}").format(
        made=wording.day_label(date.fromisoformat(release.created[:10])), day=wording.day_label(on)
    )
    st.html(
        render(
            "committees/card.html.j2",
            language=language,
            rung=committee_status.step_title(row["rung"]) + star,
            next_step=_("Next step"),
            step=ladder.next_step[row["next_step"]][language],
            due=list(_due(row, on)),
            ticks=ticks,
            seen=seen,
        )
    )


def first_due(row: pd.Series, on: date) -> str:
    """Return what is due first of a row of `find_standing`; empty if nothing is."""
    return next(_due(row, on), "")


def _due(row: pd.Series, on: date) -> Iterator[str]:
    """Yield what is due by when: evidence to renew, a committee to form again."""
    if row["lapses_on"] is not None:
        yield _("Renew the evidence of “{sign}” by {day}, {left}").format(
            sign=sign_name(row["lapses_sign"]),
            day=wording.day_label(row["lapses_on"]),
            left=days_left(row["lapses_on"], on),
        )
    if row["reform_by"] is not None:
        yield _("Form the committee again after the election, by {day}").format(
            day=wording.day_label(row["reform_by"])
        )


write = partial(layout.write_markup, "sima-committees")


# ---- pieces of the pages in time --------------------------------------------------------------


def write_sentence(text: str, kind: str) -> None:
    """Write one sentence as a piece of a page."""
    write(render("page/paragraphs.html.j2", texts=[text], kind=""), kind)


def source(release: ReleaseInfo, said: str = "") -> str:
    """Format the release and the ladder that something is based on, after a note."""
    made = _(
        "Source: the evidence in release {number}, made on {day}. Rules for the steps: version"
        " {version}."
    ).format(
        number=wording.in_digits(str(release.number)),
        day=wording.day_label(committee_status.made_on(release)),
        version=wording.in_digits(status.load_ladder().version),
    )
    if release.synthetic:
        made += " " + labels.synthetic_note()
    return f"{said} {made}".strip()


def fiscal_year_label(year: int) -> str:
    """Format the fiscal year that begins in a Nepali year; the calendar need not know its end."""
    text = _("fiscal year {year}").format(year=f"{year}/{(year + 1) % 100:02d}")
    return wording.in_digits(text)


def sign_name(key: str) -> str:
    """Return the name of a sign in the language in use."""
    return status.load_ladder().sign_name[key][wording.language()]
