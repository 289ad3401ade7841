"""The frame of every chart: title, source and caution, so that a saved picture carries them.

Show with ``st.altair_chart(chart, theme=None)``: Streamlit's own theme would replace the fonts.
Of ``embedOptions`` Streamlit 1.67 uses only ``renderer``, and draws its own tool bar instead of
Vega's menu; the other options work wherever else the chart is embedded.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from data.model import Indicator, ReleaseInfo, Status

FONT = "Sima Devanagari, system-ui, sans-serif"
INK, SECOND_INK, GRID, LINE, PAPER = "#1d2a33", "#51626d", "#d9dfe2", "#8fa0aa", "#fbfaf7"
ACCENT, PALER = "#0b5d7a", "#7fb4c4"  # told apart by lightness: in print, too
CLASSES = {"none": "#ffffff", "lower": "#b9d7df", "middle": PALER, "higher": ACCENT}
_TITLE_LETTERS, _SUBTITLE_LETTERS = 42, 48  # in a line, on a phone
_SPOKEN_ROWS = 12  # figures of a longer chart are not read out: the table has them


@dataclass(frozen=True, slots=True)
class Caption:
    """What every chart says about itself; ``place`` and ``caution`` in the language in use.

    ``caution`` is the line on what the figures do not show.
    """

    indicator: Indicator
    place: str
    release: ReleaseInfo
    caution: str


def finished(
    layers: Sequence[alt.Chart], rows: pd.DataFrame, caption: Caption, *, when: str, height: int
) -> alt.LayerChart:
    """Combine layers into a chart with title, source and a sentence for screen readers.

    ``rows`` has ``kind`` and ``said`` of each figure; ``when`` is the time, in words; ``height`` is
    in pixels.
    """
    language, letters = wording.language(), size()
    tall = letters * 3 // 2
    what = f"{caption.indicator.name[language]} ({caption.indicator.unit[language]})"
    release = wording.release_label(caption.release.number, synthetic=caption.release.synthetic)
    below = [f"{caption.place} · {when}", release, caption.caution]
    counts = rows["kind"].value_counts()
    spoken = _(
        "{what}, {place}, {period}: {shown} with a figure, {hidden} hidden to keep people safe,"
        " {silent} not reported."
    ).format(
        what=what,
        place=caption.place,
        period=when,
        shown=wording.number(int(counts.get("figure", 0) + counts.get("class", 0))),
        hidden=wording.number(int(counts.get(Status.SUPPRESSED.value, 0))),
        silent=wording.number(int(counts.get(Status.NOT_REPORTED.value, 0))),
    )
    if len(rows) <= _SPOKEN_ROWS:
        spoken = f"{spoken} {'; '.join(rows['said'])}."
    title = alt.TitleParams(
        text=in_lines(what, letters=_TITLE_LETTERS),
        subtitle=[line for text in below for line in in_lines(text, letters=_SUBTITLE_LETTERS)],
        anchor="start",
        aria=False,
        frame="bounds",
        limit=0,
        offset=14,
        fontSize=letters + 3,
        lineHeight=tall + 4,
        subtitleLineHeight=tall,
        subtitleFontSize=letters,
        color=INK,
        subtitleColor=SECOND_INK,
        subtitlePadding=5,
    )
    menu = {
        "SVG_ACTION": _("Save as SVG"),
        "PNG_ACTION": _("Save as PNG"),
        "CLICK_TO_VIEW_ACTIONS": _("Save the picture"),
    }
    # No "editor": it would send the figures to another host.
    actions = {
        "export": {"svg": True, "png": True},
        "source": False,
        "compiled": False,
        "editor": False,
    }
    embed = {"renderer": "svg", "actions": actions, "i18n": menu}
    text: dict[str, Any] = {
        "labelColor": INK,
        "labelFontSize": letters,
        "labelFont": FONT,
        "titleFont": FONT,
    }
    return (
        alt.layer(*layers)
        .properties(
            width="container",
            height=height,
            padding={"left": 4, "right": 4, "top": 10, "bottom": 12},
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            title=title,
            description=spoken,
            background=PAPER,
            usermeta={"embedOptions": embed},
        )
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_title(font=FONT, subtitleFont=FONT)
        .configure_axis(**text, gridColor=GRID, aria=False, labelPadding=6)
        .configure_legend(**text, aria=False, symbolStrokeColor=SECOND_INK)
    )


def size() -> int:
    """Return the letter size in pixels; Nepali letters need a tenth more."""
    return 13 if wording.language() == "ne" else 12


def short(period_label: str) -> str:
    """Shorten the label of a Nepali quarter to the part in brackets; the title has all of it."""
    return period_label[period_label.index("(") + 1 : -1] if "(" in period_label else period_label


def in_lines(text: str, *, letters: int) -> list[str]:
    """Break a text between words into lines of at most so many letters; long words stay whole."""
    return textwrap.wrap(text, letters, break_long_words=False) or [""]


def words(labels: Mapping[str, str | list[str]]) -> str:
    """Return the Vega expression that replaces axis values by words; JSON is a literal in it."""
    return f"{json.dumps(labels, ensure_ascii=False)}[datum.value]"
