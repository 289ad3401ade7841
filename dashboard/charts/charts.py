"""Released figures to charts: trend, ranking, disaggregation, comparison; pure.

People save charts and pass them on, so each one carries what it shows, where, when and from which
release. A missing figure has no mark on the scale: the line is interrupted, and a sign beside the
scale says why. Marks share one hue and differ in lightness.

Digits and names are written here in the language in use; Vega writes neither.
"""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.frame import (
    ACCENT,
    CLASSES,
    INK,
    LINE,
    PALER,
    SECOND_INK,
    Caption,
    finished,
    in_lines,
    short,
    size,
    words,
)
from dashboard.i18n import labels, wording
from dashboard.i18n.status_text import class_name, status_name
from dashboard.i18n.wording import _
from dashboard.released.comparisons import CLASS_ORDER, has_number, may_rank
from dashboard.released.selection import NO_CELL
from data.model import Sex, Status

_PERIOD_LETTERS, _NAME_LETTERS = 10, 18  # in a line, on a phone
_LABELLED_POINTS = 8  # the figures of more points would overlap
_TREND_HEIGHT, _STRIP, _ROW_HEIGHT, _LINE_HEIGHT = 200, 26, 28, 16
_NAMES_ROOM = 112  # right of the longest bar, for its figure
_STEPS = alt.Axis(title=None, domain=False, ticks=False, grid=True)
# Signs for a missing figure, like the map's patterns: hatched, dotted, an empty square, a dash.
_SIGNS = {
    Status.SUPPRESSED.value: "M-1,-1H1V1H-1ZM-1,0L0,-1M-1,1L1,-1M0,1L1,0",
    Status.NOT_REPORTED.value: "".join(
        f"M{x},{y}h.2v.2h-.2Z"
        for x, y in ((-1, -1), (0.8, -1), (-0.1, -0.1), (-1, 0.8), (0.8, 0.8))
    ),
    Status.NOT_APPLICABLE.value: "M-1,-1H1V1H-1Z",
    NO_CELL: "M-1,0H1",
}


def trend(series: pd.DataFrame, caption: Caption) -> alt.LayerChart:
    """Draw a unit's figures over time; ``series`` is as `comparisons.series` returns it.

    The line joins only neighbouring periods with numbers. Classes are points on their four steps.
    """
    names = {str(code): wording.period_label(str(code)) for code in series.index}
    rows = pd.DataFrame(
        [
            {"period": code, "run": run, **_drawn(row, names[str(code)])}
            for (code, row), run in zip(series.iterrows(), _runs(series), strict=True)
        ]
    ).astype({"value": "Int64"})
    first, *_between, last = [*names.values()] * 2 if len(names) == 1 else names.values()
    absent = [kind for kind in _SIGNS if (rows["kind"] == kind).any()]
    axis = alt.Axis(
        labelExpr=words(
            {code: in_lines(short(text), letters=_PERIOD_LETTERS) for code, text in names.items()}
        ),
        offset=_STRIP if absent else 0,
        labelAngle=0,
        labelOverlap="parity",
        labelSeparation=8,
        domain=False,
        ticks=False,
        title=None,
    )
    base = _base(rows).encode(x=alt.X("period:N", sort=list(names), axis=axis))
    figures = base.transform_filter("datum.kind === 'figure'")
    layers: list[alt.Chart] = []
    if (rows["kind"] == "class").any():
        steps = alt.Y("text:N", scale=alt.Scale(domain=_class_steps()), axis=_STEPS)
        classes = base.transform_filter("datum.kind === 'class'").encode(y=steps)
        layers.append(classes.mark_point(filled=True, size=90, color=ACCENT, opacity=1))
    else:
        y = _amounts(rows["value"].dropna())
        layers.append(
            figures.mark_line(color=ACCENT, strokeWidth=2, aria=False).encode(
                y=y, detail="run:N", tooltip=alt.value(None)
            )
        )
        layers.append(figures.mark_point(filled=True, size=60, color=ACCENT, opacity=1).encode(y=y))
        if len(rows) <= _LABELLED_POINTS:
            above = figures.mark_text(dy=-12, color=INK, fontSize=size(), aria=False)
            layers.append(above.encode(y=y, text="text:N"))
    when = _("{first} to {last}").format(first=first, last=last)
    if absent:
        reasons = [status_name(kind) for kind in absent]
        scale = alt.Scale(domain=reasons, range=[_SIGNS[kind] for kind in absent])
        legend = alt.Legend(title=None, orient="bottom", direction="vertical", labelLimit=0)
        signs = base.transform_filter("datum.kind !== 'figure' && datum.kind !== 'class'")
        layers.append(
            _signs(signs).encode(
                y=alt.value(_TREND_HEIGHT + _STRIP / 2),
                shape=alt.Shape("text:N", scale=scale, legend=legend),
            )
        )
    return finished(
        layers, rows, caption, when=first if first == last else when, height=_TREND_HEIGHT
    )


def ranking(ranked: pd.DataFrame, caption: Caption, *, period: str) -> alt.LayerChart:
    """Draw units in order with their ranks; ``ranked`` is as `comparisons.rank_units` returns it.

    Raises
    ------
    ValueError
        For an indicator by which places may not be ranked.
    """
    if not may_rank(caption.indicator):
        raise ValueError(f"{caption.indicator.code}: places are not ranked by people at risk")
    rows = [
        {"row": code, "label": _with_rank(row), **_drawn(row, _with_rank(row))}
        for code, row in ranked.iterrows()
    ]
    return _bars(rows, caption, when=wording.period_label(period))


def disaggregation(split: pd.DataFrame, caption: Caption, *, period: str) -> alt.LayerChart:
    """Draw the parts of a figure and their total, as `comparisons.split` returns them."""
    names = labels.part_names() | {Sex.ALL.value: _("total")}
    rows = [
        {"row": part, "label": names[str(part)], **_drawn(row, names[str(part)])}
        for part, row in split.iterrows()
    ]
    return _bars(rows, caption, when=wording.period_label(period))


def compare(
    compared: pd.DataFrame, caption: Caption, *, periods: tuple[str, str]
) -> alt.LayerChart:
    """Draw two periods side by side for each unit.

    ``compared`` is as `comparisons.compare_layers` returns it. A known change stands after the
    second figure.
    """
    written = [wording.period_label(code) for code in periods]
    rows: list[dict[str, Any]] = []
    for code, row in compared.iterrows():
        for side, label in zip("ab", written, strict=True):
            cell = row[[f"{name}_{side}" for name in ("status", "value", "value_class")]]
            cell.index = pd.Index(["status", "value", "value_class"])
            drawn = _drawn(cell, f"{_name(row)}, {label}")
            if side == "b" and pd.notna(row["change"]):
                change = int(row["change"])
                sign = "+" if change > 0 else ""
                for key in ("text", "said"):
                    drawn[key] += f" ({sign}{wording.number(change)})"
            rows.append({"row": code, "label": _name(row), "side": label, **drawn})
    return _bars(rows, caption, when=" | ".join(written), sides=written)


# ---- one row


def _drawn(cell: pd.Series, what: str) -> dict[str, Any]:
    """Return how one cell is drawn, written and read out; ``value`` is set for numbers only."""
    status, value, value_class = cell["status"], None, cell["value_class"]
    if status != Status.PUBLISHED:
        kind, text = str(status), status_name(status)
    elif isinstance(value_class, str):
        kind, text = "class", class_name(value_class)
    else:
        kind, value = "figure", int(cell["value"])
        text = wording.number(value)
    fill = CLASSES[value_class] if kind == "class" else ""
    said = f"{what}: {text}"
    return {"kind": kind, "value": value, "text": text, "said": said, "fill": fill}


def _class_steps() -> list[str]:
    return [class_name(name) for name in CLASS_ORDER]


def _name(row: pd.Series) -> str:
    return str(row[f"name_{wording.language()}"])


def _with_rank(row: pd.Series) -> str:
    if pd.isna(row["rank"]):
        return _name(row)
    shared = "=" if row["tied"] else ""
    return f"{wording.in_digits(str(row['rank']))}{shared}. {_name(row)}"


def _runs(series: pd.DataFrame) -> pd.Series:
    """Return for each period the number of its stretch of neighbouring periods with figures."""
    starts = pd.to_datetime(series["period_start"])
    ends = pd.to_datetime(series["period_end"])
    number = has_number(series)
    follows = starts.eq(ends.shift() + pd.Timedelta(days=1))
    return (~(number & follows)).cumsum()


# ---- pieces of a chart


def _base(rows: pd.DataFrame) -> alt.Chart:
    """Return the base of a layer, with the words of each mark for screen readers and tooltips."""
    return alt.Chart(rows).encode(
        description=alt.Description("said:N"), tooltip=alt.Tooltip("said:N")
    )


def _signs(base: alt.Chart) -> alt.Chart:
    return base.mark_point(filled=False, size=90, stroke=SECOND_INK, strokeWidth=1.4, opacity=1)


def _amounts(values: pd.Series) -> alt.Y:
    """Return the axis of amounts, from zero, with a few round ticks written by us."""
    most = int(values.max()) if len(values) else 0
    step = 10 ** max(len(str(most)) - 1, 0)
    step = next(s for s in (max(step // 5, 1), max(step // 2, 1), step, 2 * step) if most <= 5 * s)
    ticks = list(range(0, step * max(math.ceil(most / step), 1) + 1, step))
    axis = alt.Axis(
        values=ticks,
        labelExpr=words({str(tick): wording.number(tick) for tick in ticks}),
        title=None,
        domain=False,
        ticks=False,
    )
    return alt.Y("value:Q", scale=alt.Scale(domain=[0, ticks[-1]], nice=False), axis=axis)


def _bars(
    rows: list[dict[str, Any]], caption: Caption, *, when: str, sides: Sequence[str] = ()
) -> alt.LayerChart:
    """Draw one bar for each row, or for each side of it, with its figure or why there is none."""
    data = pd.DataFrame(rows).astype({"value": "Int64"})
    names = {str(row["row"]): in_lines(row["label"], letters=_NAME_LETTERS) for row in rows}
    axis = alt.Axis(labelExpr=words(names), title=None, ticks=False, domainColor=LINE, labelLimit=0)
    base = _base(data).encode(y=alt.Y("row:N", sort=list(names), axis=axis))
    if sides:
        base = base.encode(yOffset=alt.YOffset("side:N", scale=alt.Scale(domain=list(sides))))
    room = alt.Scale(rangeMax=alt.ExprRef(f"max(width - {_NAMES_ROOM}, 1)"), zero=True, nice=False)
    x = alt.X("value:Q", scale=room, axis=None)
    figures = base.transform_filter("datum.kind === 'figure'").encode(x=x)
    bars = figures.mark_bar(color=ACCENT)
    if sides:
        scale = alt.Scale(domain=list(sides), range=[PALER, ACCENT])
        legend = alt.Legend(title=None, orient="bottom", direction="vertical", labelLimit=0)
        bars = bars.encode(color=alt.Color("side:N", scale=scale, legend=legend))
    classes = base.transform_filter("datum.kind === 'class'").encode(
        x=alt.value(9), fill=alt.Fill("fill:N", scale=None)
    )
    others = base.transform_filter("datum.kind !== 'figure'").encode(x=alt.value(20))
    signs = base.transform_filter("datum.kind !== 'figure' && datum.kind !== 'class'")
    shapes = alt.Scale(domain=list(_SIGNS), range=list(_SIGNS.values()))
    written: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "fontSize": size(),
        "aria": False,
    }
    layers = [bars, figures.mark_text(dx=5, color=INK, **written).encode(text="text:N")]
    # A layer without a mark would be a picture without a name for screen readers.
    without = set(data["kind"]) - {"figure"}
    if "class" in without:
        layers.append(classes.mark_point(shape="square", size=140, stroke=SECOND_INK, opacity=1))
    if without - {"class"}:
        shape = alt.Shape("kind:N", scale=shapes, legend=None)
        layers.append(_signs(signs).encode(x=alt.value(9), shape=shape))
    if without:
        layers.append(others.mark_text(color=SECOND_INK, **written).encode(text="text:N"))
    lines = max(len(name) for name in names.values())
    tall = max(_ROW_HEIGHT * max(len(sides), 1) * 6 // 7, _LINE_HEIGHT * lines + 8)
    return finished(layers, data, caption, when=when, height=tall * len(names))
