"""The table on the screen as a file: the same rows in the same order, with notes."""

import io

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps.scene import Notes
from data.reference.project import FiguresLicence
from data.releases.export import as_csv, as_text

_WIDTHS = (12, 28, 28, 24, 12, 14, 44)


def table_rows(layer: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a view as they are on the screen.

    Parameters
    ----------
    layer
        As `selection.layer` returns it.
    units
        Units by ``unit_code``.

    Returns
    -------
    Frame with ``unit_code``, ``name``, ``within``, ``status``, ``value``, ``class``, ``shown_as``
    (the text on the screen), in the order of ``layer``.
    """
    name = f"name_{wording.language()}"
    return pd.DataFrame(
        {
            "unit_code": layer.index,
            "name": layer[name].to_numpy(),
            "within": units[name].reindex(layer["parent_code"]).to_numpy(),
            "status": layer["status"].to_numpy(),
            "value": layer["value"].array,
            "class": layer["value_class"].to_numpy(),
            "shown_as": [status_text.figure_text(row) for _code, row in layer.iterrows()],
        }
    )


def table_csv(frame: pd.DataFrame) -> bytes:
    """Return the rows as CSV, with formulas made harmless for a spreadsheet."""
    return as_csv(frame)


def table_workbook(
    frame: pd.DataFrame, notes: Notes, address: str, licence: FiguresLicence
) -> bytes:
    """Return the rows as an XLSX workbook; its second sheet has notes, address and licence."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(_("Figures"))
    sheet.append(list(frame.columns))
    plain = frame.astype(object).where(frame.notna(), None)
    for row in plain.itertuples(index=False, name=None):
        sheet.append([value if isinstance(value, int) else as_text(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for n, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = width
    sheet.freeze_panes = "A2"
    about = book.create_sheet(_("About"))
    for line in (
        f"{notes.title} ({notes.unit})",
        notes.period,
        notes.release,
        notes.caution,
        notes.attribution,
        labels.figures_licence(licence),
        address,
    ):
        about.append([as_text(line)])
    about.column_dimensions["A"].width = 110
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
