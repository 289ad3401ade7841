"""The preview of a release for a steward, before it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps import document, figure_map
from dashboard.page import layout
from dashboard.page.markup import render
from dashboard.released import cache, selection
from data.disclosure.insider_knowledge import VERSION_CHANGE_PREFIX
from data.disclosure.table_draft import REMAINDER_PREFIX
from data.model import AdminLevel, AgeBand, Audience, Sex, Status
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_assumed_intervals, load_indicators
from data.reference.organisations import Organisation
from data.release_making.build import Preview

MOST_EXPOSURES = 20
MOST_PERIODS = 12
_PARTS = 5  # of a cell's name: indicator, unit, period, sex, age
_STATUSES = [status.value for status in Status]
_ALWAYS = [Status.PUBLISHED.value, Status.SUPPRESSED.value, Status.NOT_REPORTED.value]


@dataclass(frozen=True, slots=True)
class Named:
    """A cell in words: place, indicator and period, never the count."""

    place: str
    what: str
    when: str


def place_name(code: str) -> str:
    """Return the name of a unit in the language in use; its code if it has no name."""
    units = Gazetteer.load().units
    return str(units.at[code, f"name_{wording.language()}"]) if code in units.index else code


def read_cell(name: str) -> Named:
    """Parse the name of a cell in an audit; a name that is no cell of ours stays as it is."""
    cell = name.removeprefix(VERSION_CHANGE_PREFIX)
    if cell.startswith(REMAINDER_PREFIX):
        cell = cell.partition(" of ")[2]
    parts = cell.split("@")[0].split("|")
    if len(parts) != _PARTS or parts[0] not in load_indicators():
        return Named("", name, "")
    indicator, unit, period, sex, age = parts
    more = labels.part_names()
    what = [labels.indicator_name(indicator), *(more[each] for each in (sex, age) if each in more)]
    if name.startswith(VERSION_CHANGE_PREFIX):
        what.append(_("the change made by the restatement"))
    if name.startswith(REMAINDER_PREFIX):
        what.append(_("total of all parts without a figure"))
    return Named(place_name(unit), ", ".join(what), wording.period_label(period))


def write_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, label: str, kind: str = "words"
) -> None:
    """Write rows of text as a table; none of it is markup."""
    st.html(render("steward/table.html.j2", head=head, rows=rows, label=label, kind=kind))


def _counts(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Count cells by status; rows keep the order of ``cells``."""
    marks = {status: cells["status"].eq(status).astype(int) for status in _STATUSES}
    return pd.DataFrame(cells[by].assign(**marks).groupby(by, sort=False)[_STATUSES].sum())


def _write_counts(title: str, names: Sequence[str], counts: pd.DataFrame) -> None:
    """Write how many cells have each status, without columns of zeros that nobody expects."""
    used = [each for each in _STATUSES if each in _ALWAYS or counts[each].any()]
    said = labels.status_names()
    rows = [
        [name, *(wording.number(int(row[status])) for status in used)]
        for name, (_code, row) in zip(names, counts.iterrows(), strict=True)
    ]
    write_table([title, *(said[status] for status in used)], rows, label=title, kind="counts")


def write_exposures(preview: Preview) -> None:
    """Write which hidden figures could be worked out, by whom, and what would prevent it."""
    found = preview.exposures
    said = _("This release cannot be made. Hidden figures that could be worked out: {count}.")
    many = wording.number(len(found))
    st.html(render("steward/alert.html.j2", text=said.format(count=many)))
    readers = labels.reader_names()
    rows = []
    for exposure in found[:MOST_EXPOSURES]:
        cell = read_cell(exposure.cell)
        who = readers[exposure.reader]
        if exposure.insider:
            who = _("someone in {place} who knows their own figures").format(
                place=place_name(exposure.insider)
            )
        rows.append([cell.place, cell.what, cell.when, who])
    head = [_("Place"), _("What"), _("When"), _("Who could work it out")]
    write_table(head, rows, label=_("Hidden figures that could be worked out"))
    if len(found) > MOST_EXPOSURES:
        more = wording.number(len(found) - MOST_EXPOSURES)
        st.caption(_("… and {more} more like this.").format(more=more))
    way = list(dict.fromkeys(name for exposure in found for name in exposure.blocked_by))
    if way:
        st.markdown(
            _("The release would pass if these were hidden too, but they are already published:")
        )
        cells = [read_cell(name) for name in way[:MOST_EXPOSURES]]
        lines = [[c.place, c.what, c.when] for c in cells]
        write_table(head[:3], lines, label=_("Figures that block the release"))
        advice = _(
            "Decline the request. Readers keep the last release. When the year has ended, ask for a"
            " release that publishes this year again: then these figures can be hidden, too."
        )
    else:
        advice = _(
            "Hiding more does not help here. Decline the request, and show this list to whoever"
            " maintains Sima: it names places and holds no figures."
        )
    if not preview.offers:
        st.markdown(advice)


def write_changes(preview: Preview, *, restates: str | None) -> None:
    """Write what is new for readers, and that only a restatement changes older figures."""
    new = preview.changed
    periods = [wording.period_label(code) for code in preview.new_periods]
    listed = ", ".join(periods[:MOST_PERIODS]) or _("none")
    if len(periods) > MOST_PERIODS:
        more = wording.number(len(periods) - MOST_PERIODS)
        listed += " " + _("and {more} more").format(more=more)
    said = _("New periods: {periods}").format(periods=listed)
    by_status = new["status"].value_counts()
    count = _("New figures: {shown} shown, {hidden} hidden, {silent} not reported.").format(
        shown=wording.number(int(by_status.get(Status.PUBLISHED.value, 0))),
        hidden=wording.number(int(by_status.get(Status.SUPPRESSED.value, 0))),
        silent=wording.number(int(by_status.get(Status.NOT_REPORTED.value, 0))),
    )
    st.html(render("steward/changes.html.j2", figures=count, periods=said))
    if restates:
        year = wording.period_label(restates)
        said = _("The figures of {year} are published again. All others stay the same.")
        st.markdown(said.format(year=year))
    else:
        st.markdown(_("Figures that were released stay the same."))
    if new.empty:
        return
    order = {code: n for n, code in enumerate(load_indicators())}
    rank = new.assign(rank=new["indicator"].map(order))
    rank = rank.sort_values(["rank", "period"], kind="stable")
    counts = _counts(rank, ["indicator"])
    _write_counts(
        _("New figures"), [labels.indicator_name(str(code)) for code in counts.index], counts
    )
    with st.expander(_("Every difference from the previous release")):
        both = _counts(rank, ["indicator", "period"])
        for code in counts.index:
            mine = pd.DataFrame(both.xs(code, level="indicator"))
            periods = [wording.period_label(str(period)) for period in mine.index]
            _write_counts(labels.indicator_name(str(code)), periods, mine)


def write_new_uploads(brought: pd.DataFrame, known: Mapping[str, Organisation]) -> None:
    """Write whose uploads are new in a release; ``brought`` is as `Sima.newly_in` returns it.

    ``known`` are the organisations that may be named, by code.
    """
    if brought.empty:
        st.markdown(_("No new uploads since the last release."))
        return
    rows = []
    for code, row in brought.iterrows():
        name = known[str(code)].name[wording.language()] if code in known else _("not stated")
        rows.append([name, wording.number(int(row["files"])), wording.number(int(row["figures"]))])
    head = [_("Organisation"), _("Uploads"), _("Figures and evidence")]
    write_table(head, rows, label=_("New uploads in this release"), kind="brought")


def write_levels(preview: Preview) -> None:
    """Write how much is shown and hidden at each level, in the whole release."""
    said = labels.level_names()
    names = [said[AdminLevel(int(str(level)))] for level in preview.levels.index]
    _write_counts(_("The whole release"), names, preview.levels)


def write_proof(preview: Preview) -> None:
    """Write how uncertain every hidden figure was proved to be, for each of its readers."""
    readers = labels.reader_names()
    for reader, width in preview.narrowest.items():
        if width is None:
            text = _("Nothing in this release has to be hidden from {reader}.")
            layout.write_sentence(text.format(reader=readers[reader]))
        else:
            text = _(
                "For {reader}: the smallest and the largest possible value of every hidden number"
                " are at least {count} people apart."
            )
            layout.write_sentence(text.format(reader=readers[reader], count=wording.number(width)))


def write_warnings(preview: Preview) -> None:
    """Write how many corrections wait, what stays hidden, and which claims do not agree."""
    if preview.waiting:
        said = wording.ngettext(
            "{count} correction to a period already released is waiting for the yearly"
            " restatement.",
            "{count} corrections to periods already released are waiting for the yearly"
            " restatement.",
            preview.waiting,
        )
        layout.write_sentence(
            said.format(count=wording.number(preview.waiting)), kind="sima-finding notice"
        )
    if preview.waiting_by_choice:
        said = wording.ngettext(
            "{count} of them waits because somebody chose so.",
            "{count} of them wait because somebody chose so.",
            preview.waiting_by_choice,
        )
        layout.write_sentence(
            said.format(count=wording.number(preview.waiting_by_choice)),
            kind="sima-finding notice",
        )
    if preview.stays_hidden:
        said = wording.ngettext(
            "{count} figure stays hidden because an earlier release showed it by mistake.",
            "{count} figures stay hidden because an earlier release showed them by mistake.",
            preview.stays_hidden,
        )
        layout.write_sentence(
            said.format(count=wording.number(preview.stays_hidden)), kind="sima-finding notice"
        )
    claims = {claim.code: claim for claim in load_assumed_intervals()}
    for code in preview.strays:
        claim = claims[code]
        what = f"{labels.indicator_name(claim.indicator)}, {place_name(claim.unit_code)}"
        said = _(
            "The published figure {code} ({what}) does not agree with the figures here. The check"
            " leaves it out."
        )
        layout.write_sentence(said.format(code=code, what=what), kind="sima-finding notice")


def _catalogue(preview: Preview) -> pd.DataFrame:
    """Return the catalogue of what is newly shown, else of what is new, else of everything."""
    new = preview.changed
    totals = new["sex"].eq(Sex.ALL) & new["age_band"].eq(AgeBand.ALL)
    shown = new[totals & new["status"].eq(Status.PUBLISHED)]
    cells = next(each for each in (shown, new, preview.content.cells) if len(each))
    names = ["indicator", "period", "admin_level", "sex", "age_band"]
    return cells[names].drop_duplicates().merge(preview.content.periods, on="period")


def write_map(preview: Preview, audience: Audience, number: int) -> None:
    """Draw what readers will see, on the boundaries of the current release."""
    release = cache.current_release(audience)
    if release is None:
        st.info(
            _(
                "No map yet. Boundaries come with the first release, and none is published at the"
                " moment."
            )
        )
        return
    catalogue, units = _catalogue(preview), cache.units(release)
    known = selection.indicators_of(catalogue)
    indicator = st.selectbox(
        _("On the map"),
        known,
        format_func=labels.indicator_name,
        key=f"map-{number}-{wording.language()}",
    )
    period = selection.periods_of(catalogue, indicator)[0]
    cells = preview.content.cells
    cells = cells[(cells["indicator"] == indicator) & (cells["period"] == period)]
    area = _area_of(cells, units)
    query = {"indicator": indicator, "period": period, "area": area}
    chosen = selection.choose_selection(query, catalogue, units, default_area=area)
    view = figure_map.View(release, load_indicators()[indicator], period)
    said = _("Preview of request {number}, not published").format(
        number=wording.in_digits(str(number))
    )
    scene = figure_map.preview_scene(view, chosen, cells, said)
    layer = selection.layer(cells, units, selection.shown_units(units, chosen))
    document.show_document(scene, status_text.layer_summary(layer))
    st.caption(status_text.layer_summary(layer))


def _area_of(cells: pd.DataFrame, units: pd.DataFrame) -> str:
    """Return the smallest group of districts that has all cells."""
    there = cells.loc[cells["admin_level"] == AdminLevel.DISTRICT, "unit_code"]
    for area in (selection.PROGRAMME, selection.BORDER):
        if there.isin(units.index[selection.in_area(units, area)]).all():
            return area
    return selection.NEPAL


def format_lowered_policy(name: str) -> str:
    """Format what a policy protects less, from its name in the policy."""
    first, *rest = name.split(".")
    audiences = {each.value: name for each, name in labels.audience_names().items()}
    said = name
    if first == "threshold":
        said = _("Smaller counts would be shown to the {audience}.").format(
            audience=audiences.get(rest[0], rest[0])
        )
    elif first == "insiders":
        said = _("People who know their own figures would learn more about the figures of others.")
    elif first == "classes":
        said = _("The limits of the classes lower, middle and higher would change.")
    elif first == "relations":
        said = _(
            "Figures that are part of another figure would no longer be checked together with it."
        )
    elif first == "class" and rest[0] in load_indicators():
        said = _("{what}: it would be treated with less care.").format(
            what=labels.indicator_name(rest[0])
        )
    elif first == "claim":
        said = _(
            "A figure that was published elsewhere ({code}) would no longer be counted as known."
        ).format(code=rest[0])
    elif first == "design" and rest[0] in load_indicators():
        said = _("{what}: the {audience} would see more detail.").format(
            what=labels.indicator_name(rest[0]), audience=audiences.get(rest[1], rest[1])
        )
    return said
