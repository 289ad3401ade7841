"""Write the empty templates that stewards fill."""

import csv
import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from data.model import AdminLevel, SimaError
from data.reference import templates
from data.reference.gazetteer import Gazetteer
from data.reference.organisations import Organisation, list_organisations
from data.reference.unit_codes import district_of

_ROWS_TO_FILL = 500  # rows that get choices from lists


_ABOUT = (
    ("Fill one row for each place and period. Write whole numbers.",
     "प्रत्येक स्थान र अवधिका लागि एक पङ्क्ति भर्नुहोस्। पूर्ण सङ्ख्या लेख्नुहोस्।"),
    ("0 means none. An empty cell means: not reported. NA means: does not apply here.",
     "० भनेको छैन। खाली कोष्ठ भनेको विवरण नआएको। NA भनेको यहाँ लागू नहुने।"),
    ("Months and periods: 2023-04, 2023-Q2, Chaitra 2079, Q4 2079/80 or 2079/80.",
     "महिना र अवधि: 2023-04, 2023-Q2, चैत २०७९, Q4 २०७९/८० वा २०७९/८०।"),
    ("You can write the code of the organisation that made the file next to “organisation” above. Partners see its name.",
     "फाइल बनाउने संस्थाको कोड माथि “organisation” को छेउमा लेख्न सकिन्छ; साझेदारले नाम देख्छन्।"),
    ("Never write anything about an individual person. Such a file is refused and not kept.",
     "कुनै एक व्यक्तिबारे केही नलेख्नुहोस्: त्यस्तो फाइल अस्वीकार गरिन्छ र राखिँदैन।"),
)  # fmt: skip


def build_template(
    kind: str,
    file_format: str,
    *,
    gazetteer: Gazetteer,
    synthetic: bool,
    hxl: bool,
    districts: Sequence[str] = (),
    organisation: str = "",
    known: Mapping[str, Organisation] | None = None,
) -> bytes:
    """Return an empty template, with the codes that it may need.

    Parameters
    ----------
    kind, file_format
        One of `KINDS`, one of `FORMATS`.
    synthetic
        Whether it is for a store of synthetic data; a workbook's About sheet states it.
    hxl
        Whether a row of HXL tags follows the headers.
    districts
        Codes of the districts whose palikas and wards are listed; empty for the programme's.
    known
        The organisations that may be named; by default those of the project's list.
    organisation
        Code of the organisation that fills it, for the About sheet; empty to leave it blank.

    Raises
    ------
    SimaError
        For an unknown kind or format.
    """
    if file_format not in templates.FORMATS:
        raise SimaError(
            f"There is no template as {file_format}. Choose {' or '.join(templates.FORMATS)}."
        )
    wanted = templates.columns(kind)
    heads = [[c.en for c in wanted], [c.ne for c in wanted]] + (
        [[c.hxl for c in wanted]] if hxl else []
    )
    if file_format == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([heads[0], *heads[2:]])
        return text.getvalue().encode("utf-8-sig")
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(templates.DATA_SHEET)
    _head(sheet, wanted, heads)
    codes = book.create_sheet(templates.CODES_SHEET)
    makers_known = list_organisations(synthetic=synthetic) if known is None else known
    makers = [(code, each.name["en"], each.name["ne"]) for code, each in makers_known.items()]
    lists = _fill_codes(codes, kind, gazetteer, districts, makers)
    for number, column in enumerate(wanted, start=1):
        if column.holds in lists:
            letter, first = get_column_letter(number), len(heads) + 1
            choice = DataValidation(
                "list", formula1=lists[column.holds], allow_blank=True, showErrorMessage=False
            )
            choice.add(f"{letter}{first}:{letter}{first + _ROWS_TO_FILL}")
            sheet.add_data_validation(choice)
    about = book.create_sheet(templates.ABOUT_SHEET)
    facts = (
        ("kind", kind),
        ("template", templates.VERSION),
        ("synthetic", "yes" if synthetic else "no"),
    )
    for line in (*facts, (templates.ORGANISATION, organisation), ("", ""), *_ABOUT):
        about.append(line)
    if templates.ORGANISATION in lists:
        choice = DataValidation(
            "list", formula1=lists[templates.ORGANISATION], allow_blank=True, showErrorMessage=False
        )
        choice.add(f"B{len(facts) + 1}")
        about.add_data_validation(choice)
    about.column_dimensions["A"].width = about.column_dimensions["B"].width = 70
    book.properties.creator = "Sima"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Worksheet, wanted: tuple[templates.Column, ...], heads: list[list[str]]) -> None:
    for labels in heads:
        sheet.append(labels)
    shade = PatternFill("solid", fgColor="E8F1F4")
    for number, column in enumerate(wanted, start=1):
        for row in range(1, len(heads) + 1):
            cell = sheet.cell(row, number)
            cell.font = Font(bold=row == 1, color="1D2A33")
            cell.fill = shade
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(number)].width = (
            14 if column.holds == "count" else 20
        )
    sheet.freeze_panes = f"A{len(heads) + 1}"


def _fill_codes(
    sheet: Worksheet, kind: str, gazetteer: Gazetteer, districts: Sequence[str],
    makers: list[tuple[str, str, str]],
) -> dict[str, str]:  # fmt: skip
    """List the codes that the template needs; return the ranges to choose from, by content."""
    units = gazetteer.units
    inside = (
        units["programme_district"]
        if not districts
        else district_of(units.index).isin(list(districts))
    )
    level = {
        name: units[inside & (units["admin_level"] == number)]
        for name, number in (("district", AdminLevel.DISTRICT), ("palika", AdminLevel.PALIKA))
    }
    blocks: dict[str, list[tuple[str, str, str]]] = {}
    if kind == "booth-month":
        blocks["site"] = [
            (str(code), s.name_en, s.name_ne) for code, s in gazetteer.sites.iterrows()
        ]
    else:
        for name, frame in level.items():
            blocks[name] = [(str(code), u.name_en, u.name_ne) for code, u in frame.iterrows()]
    if kind == "trainings":
        blocks["activity"] = [(code, a.en, a.ne) for code, a in templates.activities().items()]
    if kind == "committee-signs":
        blocks["sign"] = [(code, *texts) for code, texts in templates.SIGNS.items()]
    if makers:
        blocks[templates.ORGANISATION] = makers
    ranges = {}
    for position, (name, rows) in enumerate(blocks.items()):
        left = 1 + position * 4
        for offset, title in enumerate((f"{name} code", "English", "नेपाली")):
            sheet.cell(1, left + offset, title).font = Font(bold=True)
        for number, row in enumerate(rows, start=2):
            for offset, text in enumerate(row):
                sheet.cell(number, left + offset, text)
        # Places are chosen by their English name, everything else by its code.
        letter = get_column_letter(left + (name in level))
        ranges[name] = f"{templates.CODES_SHEET}!${letter}$2:${letter}${len(rows) + 1}"
    return ranges
