"""Committees on a page: their rung on the day of viewing, what holds, what lapses, what comes next.

A release carries dated signs; the rung is worked out when somebody looks, so that a committee that
stopped meeting slides down by itself.
"""

import html
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import committee_status
from dashboard.static_assets import ASSETS
from data.committees import status
from data.committees.ladder import NO_RECORD
from data.model import ReleaseInfo

STYLE = ASSETS / "committees.css"


def say_unknown() -> None:
    """Say that no rung can be worked out for this day, and what must happen."""
    text = _(
        "Our Nepali calendar is confirmed only up to {day}. Once it is updated, this page will"
        " show the committee's rung again."
    )
    st.info(text.format(day=wording.day_label(committee_status.last_known_day())))


def open_on(on: date) -> None:
    """Load the style of the committees; end the page where no rung can be worked out that day."""
    st.html(STYLE)
    if not committee_status.is_known(on):
        say_unknown()
        st.stop()


def counts(stood: pd.DataFrame) -> str:
    """Write how many committees stand on each rung, as HTML."""
    number = {int(rung): int(many) for rung, many in status.counts_by_rung(stood).items()}  # type: ignore[call-overload]  # rungs are whole numbers
    most = max(1, *number.values())
    names = status.load_ladder().rung_name
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
    if not committee_status.is_known(on):
        say_unknown()
        return
    ladder, language = status.load_ladder(), wording.language()
    row = committee_status.standing(release, pd.Index([palika]), on).iloc[0]
    step = ladder.next_step[row["next_step"]][language]
    held = set(row["holds"])
    ticks = "".join(
        f'<li class="{kind}">{html.escape(ladder.sign_name[sign][language])}'
        f"<small>{html.escape(said)}</small></li>"
        for sign in ladder.signs
        if sign != "not_formed"
        for kind, said in [("yes", _("valid")) if sign in held else ("no", _("no valid evidence"))]
    )
    due = ""
    if row["lapses_on"] is not None:
        text = _("{sign}: valid until {day}, {left}").format(
            sign=ladder.sign_name[row["lapses_sign"]][language],
            day=wording.day_label(row["lapses_on"]),
            left=days_left(row["lapses_on"], on),
        )
        due = f'<p class="due">{html.escape(text)}</p>'
    if row["reform_by"] is not None:
        text = _("Form the committee again after the election, by {day}").format(
            day=wording.day_label(row["reform_by"])
        )
        due += f'<p class="due">{html.escape(text)}</p>'
    star = f" ★ {ladder.star_name[language]}" if row["star"] else ""
    rung = html.escape(committee_status.rung_name(row["rung"]) + star)
    viewed = _("Release of {made}, viewed on {day}").format(
        made=wording.day_label(date.fromisoformat(release.created[:10])), day=wording.day_label(on)
    )
    st.html(
        f'<section class="sima-committee" lang="{language}"><p class="rung">{rung}</p>'
        f'<p class="next"><b>{html.escape(_("Next step"))}</b> {html.escape(step)}</p>{due}'
        f'<ol class="ticks">{ticks}</ol><p class="seen">{html.escape(viewed)}</p></section>'
    )


write = partial(layout.write_markup, "sima-committees")


# ---- pieces of the pages in time --------------------------------------------------------------


def paragraph(text: str, kind: str = "") -> str:
    """Write a text as a paragraph of HTML."""
    return f'<p class="{kind}">{html.escape(text)}</p>' if kind else f"<p>{html.escape(text)}</p>"


def source(release: ReleaseInfo, said: str = "") -> str:
    """Say from which release and by which ladder something was worked out."""
    made = _("Based on the evidence in {release} of {day}, ladder version {version}.").format(
        release=wording.release_label(release.number, synthetic=release.synthetic),
        day=wording.day_label(committee_status.made_on(release)),
        version=wording.in_digits(status.load_ladder().version),
    )
    return paragraph(f"{said} {made}".strip(), "hint")


def fiscal_year_label(year: int) -> str:
    """Write the fiscal year that begins in a Nepali year, of which the end need not be known."""
    text = _("fiscal year {year}").format(year=f"{year}/{(year + 1) % 100:02d}")
    return wording.in_digits(text)


def sign_name(key: str) -> str:
    """Name a sign in the language in use."""
    return status.load_ladder().sign_name[key][wording.language()]
