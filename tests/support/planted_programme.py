"""A planted programme: what must not come out is large and odd, and recognised wherever it turns up."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from data import setup
from data.disclosure import certificate
from data.holdings import BoundarySet, Holdings
from data.model import AdminLevel, Audience, Role
from data.pipeline import Sima
from data.reference import templates
from data.releases import export
from data.releases.reader import ReleaseReader
from data.settings import Settings
from geo.topology import ward_tiles
from tests.support import programmes
from tests.support.paths import ROOT
from tests.support.workbooks import workbook

PUBLIC, PARTNER = Audience.PUBLIC.value, Audience.PARTNER.value

PREVIEW = "preview"  # what a steward is about to release, and never what is hidden in it

STEWARD, APPROVER = "planted-steward", "planted-approver"

SMALLEST = 1_000  # from here on a number is not met by chance

_WARDS = 6  # of each of the three palikas with groups

_MEMBERS = {
    "2023-Q3": {
        "Janaki": {1: (2, 1), 2: (4001, 2996), 3: (2503, 2500), 4: (4507, 4494)},
        "Duduwa": {1: (1201, 1103), 2: (1301, 1409)},
        "Narainapur": {1: (3001, 6)},
    },
    "2023-Q4": {
        "Janaki": {1: (2, 1), 2: (4019, 3900), 3: (3011, 2996), 4: (5009, 4998)},
        "Duduwa": {1: (1217, 1109), 2: (1303, 1427)},
        "Narainapur": {1: (3019, 6)},
    },
}  # wards 2 and 3 of Janaki: 7919 and 6007, hidden for the three people of ward 1

_WITHDRAWN = {"2024-Q1": {"Duduwa": {1: (20011, 21011), 2: (22003, 23003)}}}

_LATER = {
    "2024-Q2": {"Duduwa": {1: (30011, 31013), 2: (32003, 33013)}},
    "2023-Q4": {"Duduwa": {1: (40009, 41011), 2: (1303, 1427)}},  # a correction
}

CORRECTED = {"2023-Q4": {"Duduwa": {1: (50021, 41011), 2: (1303, 1427)}}}  # staged, not stored

_CHILDREN = {
    "Kohalpur": (1511, 1), "Khajura": (1607, 1709), "Janaki": (1811, 1901),
    "Nepalganj": (2003, 2111), "Duduwa": (2213, 2311),
}  # fmt: skip

HIDDEN = {7919, 6007}

WITHDRAWN, LATER = {20011, 21011, 41022, 86028}, {30011, 31013, 61024, 40009, 41011, 179424691}

SHOWN = {PUBLIC: {179424673}, PARTNER: {23936, 21004, 179424673}}


def group_rows(
    members: Mapping[str, Mapping[str, Mapping[int, tuple[int, int]]]],
) -> list[list[Any]]:
    return [
        ["Banke", palika, ward, quarter, *((1, *wards[ward]) if ward in wards else (0, "NA", "NA"))]
        for quarter, palikas in members.items()
        for palika, wards in palikas.items()
        for ward in range(1, _WARDS + 1)
    ]


def _trainings(quarters: range) -> list[list[Any]]:
    return [
        [
            "Banke",
            palika,
            f"2023-Q{q}",
            "school-training",
            girls + 12 * q,
            boys + 10 * q * (boys > 5),
        ]
        for q in quarters
        for palika, (girls, boys) in _CHILDREN.items()
    ]


def _booths() -> Iterator[list[Any]]:
    for booth, more in (("BANKE-JAMUNAHA", 0), ("SUNSARI-BHANTABARI", 300)):
        for month in range(1, 13):
            n = 1007 + more + month * 17
            men = n + 307 if more else int(month in (1, 5, 11))
            # Journeys stopped: to the public a class, and what hotspots are worked out from.
            people = [n, n + 101, n + 209, men]
            stopped = [each // 2 + 3 if each > SMALLEST else 0 for each in people]
            nothing_else = [None] * 10
            yield [booth, f"2023-{month:02d}", *people, *stopped, *nothing_else, 60, 26]


# Shown to the public as a class, to partners as a number.
_SKILLS = [
    ["Banke", "Kohalpur", "2022", "skills", None, None, 1709, 1801],
    ["Makwanpur", "Hetauda", "2022", "skills", None, None, 2203, 2309],
    ["Sunsari", "Inaruwa", "2022", "skills", None, None, 2503, 2609],
]

_SIGNS = [
    ["Banke", "Janaki", "formed", "2079-05-12 BS", "14/2079", None],
    ["Banke", "Janaki", "meeting", "2079-08-12 BS", "16/2079", None],
    ["Banke", "Janaki", "budget", "2080-02-12 BS", "15/2080", 179424673],
]

_LATER_SIGNS = [["Banke", "Duduwa", "budget", "2080-02-14 BS", "17/2080", 179424691]]


@dataclass
class World:
    """The planted programme: its stores, and which numbers may be seen by whom.

    ``shown`` are the figures that an audience may see, ``secret`` the recognisable numbers that it
    may not. ``truth`` are the cells of each release with their hidden figures.
    """

    var: Path
    requests: list[int]
    exports: dict[str, dict[str, bytes]] = field(default_factory=dict)
    shown: dict[str, set[int]] = field(default_factory=dict)
    secret: dict[str, set[int]] = field(default_factory=dict)
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.from_environment({"SIMA_VAR": str(self.var)})

    def reader(self, side: str) -> ReleaseReader:
        return ReleaseReader.open(self.settings.releases(Audience(side)), Audience(side))

    def number(self, side: str) -> int:
        info = self.reader(side).current()
        assert info is not None
        return info.number

    def files_of(self, side: str) -> list[Path]:
        return sorted(
            p for p in Path(self.settings.releases(Audience(side))).rglob("*") if p.is_file()
        )

    def store_files(self) -> set[str]:
        every = [
            f"{side}/{path.name}" for side in (PUBLIC, PARTNER) for path in self.files_of(side)
        ]
        return {re.sub(r"-[0-9a-f]+(?=\.sqlite$)", "-#", name) for name in every}


def _store(sima: Sima, kind: str, rows: list[list[Any]], reason: str | None = None) -> None:
    staged = sima.stage(workbook(kind, rows, organisation="org-a"))
    assert staged.ok, staged.findings
    assert sima.confirm(staged, by=STEWARD, reason=reason) is not None


def _ward_shapes(holdings: Holdings, sima: Sima) -> None:
    """Install made-up ward boundaries for two palikas, so that maps by ward are drawn."""
    palikas = holdings.boundaries(AdminLevel.PALIKA, on=sima.today).geometry
    parts = [
        gpd.GeoSeries(
            tiles.to_numpy(), index=[f"{code}{n:02d}" for n in tiles.index], crs=tiles.crs
        )
        for code in ("51105", "51107")
        for tiles in (ward_tiles(palikas[code], list(range(1, _WARDS + 1))).geometry,)
    ]
    shapes = gpd.GeoDataFrame(geometry=pd.concat(parts).rename_axis("unit_code"), crs=parts[0].crs)
    info = BoundarySet(AdminLevel.WARD, "made up", "none", "made up", setup.UNITS_FROM)
    holdings.add_boundary_set(info, shapes)


def plant(var: Path) -> World:
    """Make a programme with figures that are hidden, withdrawn, and not released yet."""
    settings = programmes.begin(var)
    shutil.rmtree(var / "releases")  # nothing is there of boundaries without wards
    sima = Sima(settings)
    sima.accounts.add(STEWARD, Role.STEWARD)
    sima.accounts.add(APPROVER, Role.APPROVER)
    _ward_shapes(sima.holdings, sima)
    before = _before_any_upload(sima.holdings)
    _store(sima, "groups", group_rows(_MEMBERS))
    _store(sima, "trainings", _trainings(range(1, 5)))
    _store(sima, "trainings", _SKILLS)
    _store(sima, "booth-month", list(_booths()))
    _store(sima, "committee-signs", _SIGNS)
    for audience in Audience:
        sima.approve(sima.request(audience, by=STEWARD), by=APPROVER)
    _store(sima, "groups", group_rows(_WITHDRAWN))
    sima.withdraw(
        Audience.PARTNER,
        sima.approve(sima.request(Audience.PARTNER, by=STEWARD), by=APPROVER),
        by=APPROVER,
    )
    _store(sima, "groups", group_rows(_LATER), reason="counting-error")
    _store(sima, "committee-signs", _LATER_SIGNS)
    world = World(var, [sima.request(audience, by=STEWARD) for audience in (Audience.PARTNER,)])
    _know(world, sima, before)
    return world


def before(world: World) -> set[int]:
    """Give the numbers that are there without any figure."""
    return _before_any_upload(Sima(world.settings).holdings) | set(range(1900, 2100))


def _before_any_upload(holdings: Holdings) -> set[int]:
    """Give the numbers that are there without any figure: codes, populations, our own texts."""
    empty = [workbook(kind, []) for kind in templates.KINDS]
    there = [holdings.units(), holdings.crosswalk(), holdings.boundary_sets(), holdings.sites()]
    return _in_sources().union(*(numbers_in(as_text(each)) for each in (*there, *empty)))


def _know(world: World, sima: Sima, before: set[int]) -> None:
    """Work out every number that is held or could be made of it, and who may see which."""
    waiting = [sima.preview(number) for number in world.requests]
    held = _held(sima, [each.certificate for each in waiting])
    plain = before | set(range(1900, 2100))
    for info in (*world.reader(PUBLIC).releases(), *world.reader(PARTNER).releases()):
        plain |= {info.cells, info.suppressed}
    for side in (PUBLIC, PARTNER):
        reader, number = world.reader(side), world.number(side)
        content = sima.holdings.certificate(reader.request_of(number))
        assert content is not None
        world.truth[side] = certificate.latest_versions(
            certificate.read_certificate(content).published
        )
        cells, signs = reader.cells(number), reader.signs(number)
        world.shown[side] = {int(v) for v in (*cells["value"].dropna(), *signs["value"].dropna())}
        world.exports[side] = export.export_files(reader, number)
    world.shown[PARTNER] |= world.shown[PUBLIC]
    world.shown[PREVIEW] = world.shown[PARTNER].union(
        *({int(v) for v in each.content.cells["value"].dropna()} for each in waiting)
    )
    for side, shown in world.shown.items():
        world.secret[side] = {n for n in held if n >= SMALLEST} - shown - plain


def _held(sima: Sima, more: list[bytes]) -> set[int]:
    """Give every number that is held, and every true figure that was or could be released."""
    tables = [sima.holdings.current_signs()]
    tables += [
        sima.holdings.current_records(last_batch=n)
        for n in range(1, sima.holdings.last_batch() + 1)
    ]
    made = [sima.holdings.certificate(int(n)) for n in sima.holdings.requests()["request_id"]]
    proofs = [*more, *(each for each in made if each is not None)]
    tables += [certificate.read_certificate(each).published for each in proofs]
    return {int(value) for table in tables for value in table["value"].dropna()}


def _in_sources() -> set[int]:
    """Numbers that stand in our own texts and styles, whoever's figures these are."""
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("pages", "dashboard", "data/reference")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".j2", ".css", ".js", ".po", ".toml"}
    ]
    return {number for text in texts for number in numbers_in(text)}


_DEVANAGARI = str.maketrans("०१२३४५६७८९", "0123456789")

# Of a map's layers, of content: geometry files and words, our own files.
_IDENTIFIER = re.compile(
    r"[0-9a-f]{24,}|(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])|(?<=/assets/)[0-9a-f]{12}"
)

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

_WHOLE = re.compile(r"(?<![\d.])\d{1,12}(?!\d)")

_GROUPED = re.compile(
    "(?<![\\d.])\\d{1,3}(?:(?:[,'_ \u00a0\u202f\u2009\u2019]|&nbsp;|&#160;)\\d{2,3})+(?!\\d)"
)


def normal(text: str) -> str:
    """Write a text so that every number in it stands in plain digits."""
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u" in text else text
    text = unquote(text) if "%2" in text else text  # a picture in an address
    text = re.sub(r"\\[nrt]", " ", text.translate(_DEVANAGARI) if not text.isascii() else text)
    return _IDENTIFIER.sub(" ", text)


def numbers_in(text: str) -> set[int]:
    """Give every whole number of a text: plain, grouped in any way, in Devanagari digits, in JSON."""
    plain = normal(text)
    whole = {int(digits) for digits in _WHOLE.findall(plain)}
    return whole | {int(re.sub(r"&#160;|\D", "", each)) for each in _GROUPED.findall(plain)}


def as_text(content: object) -> str:
    """Write anything down in full: frames, packed workbooks, Streamlit's tables."""
    if isinstance(content, pd.DataFrame | pd.Series):
        # Rows that are merely counted are not named by their number.
        return str(content.to_csv(sep="\t", index=not isinstance(content.index, pd.RangeIndex)))
    if isinstance(content, bytes):
        return _unpacked(content)
    if isinstance(content, str):
        return content
    return repr(content)


def _unpacked(content: bytes) -> str:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if content.startswith(b"\xff\xff\xff\xff"):  # how a stream of Arrow begins
        return str(pa.ipc.open_stream(content).read_pandas().to_csv(sep="\t"))
    return content.decode("utf-8", "replace")
