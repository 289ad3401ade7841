"""What an uploaded file would change: it is read, checked, and compared with the holdings.

Nothing is stored here; `Sima.confirm` stores what was staged.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from data.holdings import KEY as RECORD_KEY
from data.holdings import SIGN_COLUMNS, Holdings
from data.intake import row_rules, spreadsheet
from data.intake.row_rules import Checked
from data.intake.spreadsheet import Reading
from data.model import Finding
from data.reference import findings
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from data.reference.templates import ABOUT_SHEET


@dataclass(frozen=True, slots=True)
class Staged:
    """What an upload would change; nothing of it is stored.

    ``difference`` lists the held figures that would change: `RECORD_KEY`, ``before``, ``after``.
    ``new_figures`` counts new figures and signs. ``known_batch`` is the batch that holds the same
    content already, else None. ``synthetic`` is as declared, None if it was not.
    """

    reading: Reading
    checked: Checked
    difference: pd.DataFrame
    new_figures: int
    known_batch: int | None
    synthetic: bool | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return all findings, in the order of the file."""
        return self.checked.findings

    @property
    def ok(self) -> bool:
        """Return whether the file can be stored."""
        return self.checked.ok

    @property
    def content_hash(self) -> str:
        """Return the hash of the file's content, which does not depend on its form."""
        return _content_hash(self.checked)

    @property
    def needs_reason(self) -> bool:
        """Return whether held figures would change, which needs a reason."""
        return not self.difference.empty

    def plain_table(self) -> bytes:
        """Return the table as it was read, as CSV: nothing else of a file is kept."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.reading.rows.columns)
        writer.writerows(
            ["" if v is None else v for v in row]
            for row in self.reading.rows.itertuples(index=False)
        )
        return text.getvalue().encode()


def gazetteer_of(holdings: Holdings, *, today: date) -> Gazetteer:
    """Return the gazetteer of a programme: its own booths, and the spellings it decided about.

    A booth that the holdings lack is unknown, whatever the shipped list says: no figure of it could
    be released.
    """
    known = Gazetteer.load().with_aliases(holdings.aliases()).with_sites(holdings.sites())
    return known.with_programme(holdings.programme(), on=today)


def stage(
    content: bytes,
    *,
    holdings: Holdings,
    released: Callable[[], Collection[tuple[str, str]]],
    today: date,
    kind: str | None,
    synthetic: bool | None,
) -> Staged:
    """Read and check a file and compare it with the holdings.

    Parameters
    ----------
    released
        Returns the pairs of indicator and period that are released; called only if the file can be
        stored.
    kind
        Template of a file that does not name its own.
    synthetic
        What the uploader declares where the file does not.
    """
    reading = spreadsheet.read_workbook(content, kind=kind)
    gazetteer = gazetteer_of(holdings, today=today)
    known, known_signs = holdings.current_records(), holdings.current_signs()
    checked = row_rules.check_rows(
        reading,
        gazetteer=gazetteer,
        indicators=load_indicators(),
        known=known,
        known_signs=known_signs,
        relations=load_policy().relations,
        today=today,
    )
    declared = reading.synthetic if reading.synthetic is not None else synthetic
    more = []
    if declared is not None and declared != holdings.synthetic:
        words = {True: "synthetic", False: "real"}
        more.append(
            findings.make_finding(
                "file-declared-otherwise",
                "file",
                declared=words[declared],
                held=words[holdings.synthetic],
            ),
        )
    made_by = reading.organisation
    if made_by and made_by not in holdings.listed_organisations():
        more.append(findings.make_finding("organisation-unknown", ABOUT_SHEET))
    batch = holdings.batch_with(_content_hash(checked))
    changed, new, touched = _difference(checked.records, known)
    signs = _new_signs(checked.signs, known_signs)
    if others := _of_another(changed, known, holdings.organisations(), made_by):
        more.append(findings.make_finding("figures-of-another", "file", figures=others))
    nothing_new = not new and changed.empty and signs.empty
    if checked.ok and nothing_new and (len(checked.records) or len(checked.signs)):
        more.append(findings.make_finding("file-known", "file"))
        batch = batch or holdings.last_batch()
    if checked.ok:
        more += _waiting(checked.records[touched], released())
    checked = Checked(checked.records, checked.signs, (*checked.findings, *more))
    return Staged(
        reading, checked, changed, new + len(signs), batch if nothing_new else None, declared
    )


def _waiting(records: pd.DataFrame, released: Collection[tuple[str, str]]) -> list[Finding]:
    """Return the finding for figures whose period is released already."""
    late = [pair in released for pair in zip(records["indicator"], records["period"], strict=True)]
    periods = sorted(set(records.loc[late, "period"]))
    if not periods:
        return []
    shown = ", ".join(periods[:3]) + (" …" if len(periods) > len(periods[:3]) else "")
    return [findings.make_finding("period-released", "file", figures=sum(late), periods=shown)]


def _content_hash(checked: Checked) -> str:
    """Return a hash of records and signs; the same figures in another form have the same."""
    digest = hashlib.sha256()
    for frame in (checked.records, checked.signs):
        plain = frame.drop(columns="where").astype(str)
        digest.update(plain.sort_values(list(plain.columns)).to_csv(index=False).encode())
    return digest.hexdigest()


def _difference(records: pd.DataFrame, known: pd.DataFrame) -> tuple[pd.DataFrame, int, pd.Series]:
    """Return the held figures that would change, the number of new ones, and the rows of both."""
    held = known.set_index(RECORD_KEY)["value"]
    state = known.set_index(RECORD_KEY)["state"]
    keys = pd.MultiIndex.from_frame(records[RECORD_KEY])
    there = keys.isin(held.index)
    before = pd.Series(held.reindex(keys).to_numpy(), index=records.index, dtype="Int64")
    was = pd.Series(state.reindex(keys).to_numpy(), index=records.index)
    same = (before == records["value"]).fillna(value=False) | (
        before.isna() & records["value"].isna()
    )
    changed = there & ~(same & (was == records["state"]))
    table = records.loc[changed, RECORD_KEY].assign(
        before=before[changed],
        after=records.loc[changed, "value"],
    )
    return (
        table.reset_index(drop=True),
        int((~there).sum()),
        pd.Series(changed | ~there, index=records.index),
    )


def _of_another(
    changed: pd.DataFrame, known: pd.DataFrame, of_batch: Mapping[int, str], made_by: str
) -> int:
    """Count the figures that would change and that another organisation reported."""
    if not made_by:
        return 0
    batches = changed[RECORD_KEY].merge(known[[*RECORD_KEY, "batch_id"]], on=RECORD_KEY)["batch_id"]
    reporter = batches.map(of_batch)
    return int((reporter.notna() & reporter.ne(made_by)).sum())


def _new_signs(signs: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the signs that are not held with the same content."""
    held = {tuple(map(str, row)) for row in known[SIGN_COLUMNS].itertuples(index=False)}
    rows = signs[SIGN_COLUMNS].itertuples(index=False)
    return signs[[tuple(map(str, row)) not in held for row in rows]]
