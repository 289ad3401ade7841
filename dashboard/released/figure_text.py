"""Texts for the periods of a figure and for figures that are missing."""

import contextlib
from collections.abc import Sequence

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released.headline_figures import Figure, Headline
from data.model import Aggregation, PeriodKind
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError
from data.reference.indicators import load_indicators


def period_text(headline: Headline, figure: Figure) -> str:
    """Return the period of a figure as text; the figure has at least one."""
    first, last = figure.periods[0], figure.periods[-1]
    if first != last:
        return _("total for {first} to {last}").format(
            first=wording.period_label(first), last=wording.period_label(last)
        )
    if load_indicators()[headline.indicator].aggregation is Aggregation.STOCK:
        return at_end_of(last)
    return wording.period_label(last)


def at_end_of(period: str) -> str:
    """Return when a stock was counted: at the end of a year, or of the last month of a period."""
    whole = calendar.parse_period(period)
    if whole.kind is not PeriodKind.YEAR:
        with contextlib.suppress(UnverifiedYearError):
            whole = calendar.containing(whole.end, whole.calendar, PeriodKind.MONTH)
    return _("at the end of {period}").format(period=wording.period_label(whole.code))


def period_list(periods: Sequence[str]) -> str:
    """Return the names of periods, separated by commas."""
    return ", ".join(wording.period_label(period) for period in periods)


def missing_reasons(figure: Figure) -> list[str]:
    """Return one line each for the later zeros, the hidden and the unreported periods."""
    lines = []
    if figure.zeros:
        lines.append(_("{periods}: zero.").format(periods=period_list(figure.zeros)))
    if figure.hidden:
        lines.append(
            _("{periods}: hidden to keep people safe.").format(periods=period_list(figure.hidden))
        )
    if figure.silent:
        lines.append(_("{periods}: not fully reported.").format(periods=period_list(figure.silent)))
    return lines
