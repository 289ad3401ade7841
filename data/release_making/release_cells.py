"""The cells of a release: which ones are new, which are shown, and in which periods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import PUBLISHED_COLUMNS, nothing_published
from data.disclosure.cells import CELL_COLUMNS, CELL_KEY, build_cells, design_periods
from data.disclosure.certificate import latest_versions
from data.disclosure.frozen_periods import is_within, restatement_versions
from data.disclosure.withheld_figures import (
    NOTHING_WITHHELD,
    Withheld,
    count_withheld,
    suppress_unseen,
    withhold,
)
from data.model import (
    Audience,
    Design,
    Display,
    Indicator,
    IndicatorClass,
    PeriodKind,
    SimaError,
    Status,
)
from data.reference.policy import Policy
from data.release_making import hotspots
from data.release_making.inputs import ReleaseInputs


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Cells that the gate decides on, and the figures of which they are made.

    ``figures``: records and derived figures. ``new``: cells that the audience has not been shown
    yet, or that are restated. ``unpublished``: finer cells that partners have not been shown yet,
    for the public's gate; empty for partners. Both have `PUBLISHED_COLUMNS`.
    """

    figures: pd.DataFrame
    new: pd.DataFrame
    unpublished: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseCells:
    """The cells of a release after the gate's decision.

    ``published``: every cell that the audience has been shown, with those of this release
    (`PUBLISHED_COLUMNS`, with true counts). ``released``: of every cell the version to show,
    without hidden figures, columns ``indicator``, `CELL_COLUMNS`, ``value_class``; ``bands``: on
    its index the band of the count. ``changed``: `CELL_KEY`, ``admin_level``, ``status`` of the
    cells of this release alone. ``periods``: those of ``released``, columns as `design_periods`.
    ``withheld``: how many figures stay hidden because an earlier release showed them by mistake;
    in ``published`` they are as they were shown.
    """

    published: pd.DataFrame
    released: pd.DataFrame
    bands: pd.Series
    changed: pd.DataFrame
    periods: pd.DataFrame
    withheld: int


def candidate_cells(
    figures: pd.DataFrame,
    inputs: ReleaseInputs,
    *,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    report: Callable[[float], None] = lambda _share: None,
) -> Candidates:
    """Return the cells on which the gate decides.

    Parameters
    ----------
    figures
        Records and derived figures, columns as `Holdings.current_records`.
    report
        Is told which share is done.

    Raises
    ------
    SimaError
        If there is no new cell and the audience was never shown any.
    """
    audience, published, restates = inputs.audience, inputs.published, inputs.restates
    own = published.cells[audience]
    # What the public may see is decided with all that partners see or will see.
    needed = dict.fromkeys((audience, Audience.PARTNER))
    designed = {}
    for number, each in enumerate(needed):
        designed[each] = _designed_cells(
            figures,
            each,
            inputs,
            indicators,
            policy,
            report=_part(report, number, len(needed)),
        )
    new = designed[audience]
    held = [pair in inputs.held for pair in zip(new["indicator"], new["period"], strict=True)]
    old = _is_released(new, own, restates) | np.array(held, dtype=bool)
    new = new[~old].reset_index(drop=True)
    new["version"] = restatement_versions(new, published.frozen, restates, inputs.request_id)
    if not len(new) and not len(own):
        raise SimaError(
            "There is nothing to release to this audience yet: no reported period is over and"
            " old enough."
        )
    unpublished = nothing_published()
    if audience is Audience.PUBLIC:
        if policy.hotspots is not None:
            new = hotspots.with_bands(new, policy.hotspots.rules.get(audience))
        finer = designed[Audience.PARTNER]
        unpublished = finer[~_is_released(finer, published.cells[Audience.PARTNER], None)]
        # They are of the records as they are now. Beside an earlier version of their whole they
        # would look like parts that do not add up.
        unpublished = unpublished.assign(
            version=restatement_versions(unpublished, published.frozen, restates, inputs.request_id)
        )
    new = suppress_unseen(
        new,
        audience=audience,
        published=published.cells,
        withheld=published.withheld | inputs.choice.hide,
    )
    return Candidates(figures, new, unpublished)


def _part(report: Callable[[float], None], number: int, parts: int) -> Callable[[float], None]:
    """Return a report of one of several parts."""
    return lambda share: report((number + share) / parts)


def release_cells(
    published: pd.DataFrame,
    decided: pd.DataFrame,
    *,
    indicators: Mapping[str, Indicator],
    audience: Audience,
    withheld: Withheld = NOTHING_WITHHELD,
) -> ReleaseCells:
    """Return the cells of a release.

    Parameters
    ----------
    published
        Every cell that the audience was shown before (`PUBLISHED_COLUMNS`).
    decided
        The cells of this release, as the gate decided on them (`PUBLISHED_COLUMNS`).
    withheld
        Figures that must not be shown again.
    """
    parts = [part for part in (published, decided) if len(part)]
    with_new = pd.concat(parts, ignore_index=True)
    latest = withhold(latest_versions(with_new), withheld)
    released = _without_hidden(latest)
    return ReleaseCells(
        published=with_new,
        released=released,
        bands=latest["band"],
        changed=withhold(decided, withheld)[[*CELL_KEY, "admin_level", "status"]].reset_index(
            drop=True
        ),
        periods=_periods_of(released, indicators, audience),
        withheld=count_withheld(released, withheld),
    )


def _without_hidden(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells without what a release must not carry.

    Hidden figures are left out, and numbers where classes are shown.
    """
    shown = cells["status"].eq(Status.PUBLISHED.value)
    number = shown & cells["display"].eq(Display.NUMBER.value)
    in_class = shown & cells["display"].eq(Display.CLASS.value)
    names = ["indicator", *CELL_COLUMNS, "value_class"]
    return cells.assign(
        value=cells["value"].where(number),
        value_class=cells["value_class"].astype(object).where(in_class, None),
    )[names].reset_index(drop=True)


def _periods_of(
    cells: pd.DataFrame, indicators: Mapping[str, Indicator], audience: Audience
) -> pd.DataFrame:
    """Return the periods of cells, columns as `design_periods`."""
    used = cells.groupby("period")["indicator"].unique()
    kinds: dict[str, frozenset[PeriodKind]] = {
        str(code): frozenset[PeriodKind]().union(
            *(indicators[i].designs[audience].period_kinds for i in names)
        )
        for code, names in used.items()
    }
    return design_periods(cells["period"], kinds)


def _designed_cells(
    figures: pd.DataFrame,
    audience: Audience,
    inputs: ReleaseInputs,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    report: Callable[[float], None],
) -> pd.DataFrame:
    """Return every cell that the design lets exist for an audience, with its figure."""
    made = []
    for number, indicator in enumerate(indicators.values()):
        report(number / len(indicators))
        design = indicator.designs.get(audience)
        if design is None:
            continue
        cells = build_cells(
            figures,
            indicator,
            design=design,
            places=inputs.places,
            today=inputs.today,
            # The public must not find out where nobody is watching.
            closed_counts_nobody=audience is Audience.PUBLIC
            and indicator.indicator_class is not IndicatorClass.ORGANISATIONAL,
        )
        if len(cells):
            classes = _value_classes(cells["value"], indicator, design, policy)
            made.append(
                cells[CELL_COLUMNS].assign(
                    indicator=indicator.code,
                    display=design.display.value,
                    value_class=classes,
                    version=0,
                    band="",
                )
            )
    if not made:
        return nothing_published()
    return pd.concat(made, ignore_index=True)[PUBLISHED_COLUMNS].astype({"version": "int64"})


def _value_classes(
    values: pd.Series, indicator: Indicator, design: Design, policy: Policy
) -> pd.Series:
    """Return the class of each value; None where there is no value or numbers are shown."""
    classes: list[str | None] = [None] * len(values)
    if design.display is Display.CLASS:
        organisational = indicator.indicator_class is IndicatorClass.ORGANISATIONAL
        classes = [
            None
            if pd.isna(value)
            else "none"
            if organisational and value == 0
            else policy.value_class(int(value))
            for value in values
        ]
    return pd.Series(classes, index=values.index, dtype=object)


def _is_released(new: pd.DataFrame, own: pd.DataFrame, restates: str | None) -> pd.Series:
    """Return which cells are of an indicator and period that was released and is not restated."""
    pairs = set(zip(own["indicator"], own["period"], strict=True))
    done = [pair in pairs for pair in zip(new["indicator"], new["period"], strict=True)]
    if restates is not None:
        inside = {code for code in new["period"].unique() if is_within(code, restates)}
        done = [d and p not in inside for d, p in zip(done, new["period"], strict=True)]
    return pd.Series(done, index=new.index, dtype=bool)
