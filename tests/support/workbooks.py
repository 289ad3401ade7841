"""Filled templates for tests, made in memory."""

import csv
import functools
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

from data.intake import template_files
from data.reference import templates
from data.reference.gazetteer import Gazetteer

BOOTH_ROW = [
    "BANKE-JAMUNAHA", "2023-04", 40, 12, 90, 70, 3, 1, 5, 4, 1, 0, 1, 0, 8, 2, 1, 1, 1, 0, 60, 26,
]  # fmt: skip
GROUPS_ROW = ["Makwanpur", "Hetauda Sub-Metropolitan City", 4, "2023-Q2", 2, 31, 12]
TRAINING_ROW = ["Banke", "Nepalgunj", "2023-Q2", "school-training", 40, 35, None, None, None, None]
SIGN_ROW = ["Sunsari", "Gadhi", "meeting", "2079-05-12 BS", "14/2079", None, None]
ROWS: dict[str, list[Any]] = {
    "booth-month": BOOTH_ROW,
    "groups": GROUPS_ROW,
    "trainings": TRAINING_ROW,
    "committee-signs": SIGN_ROW,
}


@functools.cache
def _template(kind: str, synthetic: bool, hxl: bool, organisation: str) -> bytes:  # noqa: FBT001
    return template_files.build_template(
        kind, "xlsx", gazetteer=Gazetteer.load(), synthetic=synthetic, hxl=hxl, organisation=organisation,
    )  # fmt: skip


def workbook(
    kind: str,
    rows: Iterable[Sequence[Any]] | None = None,
    *,
    synthetic: bool = True,
    hxl: bool = False,
    organisation: str = "",
    change: Callable[[Workbook], None] | None = None,
) -> bytes:
    """Fill the template of a kind; ``change`` may do to the book what people do."""
    book = load_workbook(io.BytesIO(_template(kind, synthetic, hxl, organisation)))
    sheet = book[templates.DATA_SHEET]
    for row in [ROWS[kind]] if rows is None else rows:
        sheet.append(list(row))
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(kind: str, **values: Any) -> list[Any]:
    """Give the clean row of a kind with some columns changed."""
    keys = [column.key for column in templates.columns(kind)]
    row = list(ROWS[kind])
    for key, value in values.items():
        row[keys.index(key)] = value
    return row


def as_csv(
    kind: str, rows: Iterable[Sequence[Any]], *, mark: str = ",", language: str = "en"
) -> str:
    """Write rows under the headers of one language."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=mark, lineterminator="\n")
    writer.writerow([getattr(column, language) for column in templates.columns(kind)])
    writer.writerows(rows)
    return text.getvalue()
