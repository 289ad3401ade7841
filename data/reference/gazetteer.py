"""The gazetteer: find the unit or booth that a name, code or alias means.

Two public lists of Nepal's 753 palikas agree on the spelling of 475, and 22 names occur more than
once. So a name is looked up within its district, in both scripts, after folding the differences
between spellings. If the meaning is not certain, the result is a list of suggestions and no guess.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from rapidfuzz import fuzz, process

from data.model import AdminLevel
from data.reference import project_files, unit_codes
from data.reference.digits import to_ascii, to_devanagari
from data.reference.project import PLACE_COLUMNS, in_programme
from data.reference.unit_codes import district_of

REFERENCE = Path(__file__).parent / "gazetteer"
COUNTRY = unit_codes.COUNTRY
_SUGGESTIONS = 5
_WORTH_SUGGESTING = 55.0  # least score of a suggestion, of 100

_TYPE_WORDS = re.compile(
    r"\b(sub[ -]?metropolitan( city)?|metropolitan( city)?|rural municipality|municipality"
    r"|upa ?mahanagar ?palika|mahanagar ?palika|gaun ?palika|gau ?palika|nagar ?palika|palika"
    r"|gapa|napa|district|province|r\.?m\.?)(?=\W|$)",
)
_TYPE_WORDS_NE = re.compile(
    "(उपमहानगरपालिका|महानगरपालिका|गाउँपालिका|गाउँ पालिका|गाँउपालिका|नगरपालिका|नगर पालिका|गा\\.पा\\.|न\\.पा\\."
    "|पालिका|जिल्ला|प्रदेश)",
)
# Differences between Latin spellings of a Nepali name; they are applied in this order.
_LATIN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"[^a-z]", ""),
        (r"gunj|gung|gang\b", "ganj"),
        (r"chh|kshe|kchhe", "ch"),
        (r"ksh|x", "ch"),
        (r"owk", "ok"),
        (r"[wv]o(?=[rt])", "wa"),
        (r"ph", "f"),
        (r"([bcdghjkpt])h", r"\1"),
        (r"sh", "s"),
        (r"f", "p"),
        (r"z", "j"),
        (r"[wv]", "b"),
        (r"ou|oo|au", "u"),
        (r"ee|ii|y", "i"),
        (r"ai", "e"),
        (r"(.)\1+", r"\1"),
        (r"m(?=[bp])", "n"),
        (r"a+", ""),
    )
)
_DEVANAGARI = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        ("[\u200b-\u200d़\\s.()–-]", ""),
        ("[ङञणनम]्(?=[क-म])", "ं"),
        ("[ँ]", "ं"),
        ("ं", ""),
        ("्", ""),
        ("ी", "ि"),
        ("ू", "ु"),
        ("[शष]", "स"),
        ("व", "ब"),
        ("ण", "न"),
        ("[ईइ]", "इ"),
        ("[ऊउ]", "उ"),
        ("ये|ए", "य"),
        ("(.)\\1+", "\\1"),
    )
)


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Return a key that all spellings of a place name share.

    Words for types (municipality, गाउँपालिका …) are dropped. Latin and Devanagari spellings have
    different keys, because names are not transliterated. Tests check that the keys of the reference
    lists are unique within each district.

    Examples
    --------
    >>> fold("Thakre Rural Municipality") == fold("Thakray Gaunpalika")
    True
    """
    text = unicodedata.normalize("NFC", text).strip().lower()
    if re.search("[\u0900-\u097f]", text):
        text = _TYPE_WORDS_NE.sub("", text)
        for pattern, plain in _DEVANAGARI:
            text = pattern.sub(plain, text)
        return text
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = _TYPE_WORDS.sub(" ", text.replace("_", " "))
    for pattern, plain in _LATIN:
        text = pattern.sub(plain, text)
    return text


def _plain(text: str) -> str:
    """Return a name in lower case without words for types and punctuation; spellings differ."""
    text = unicodedata.normalize("NFC", text).strip().lower().replace("_", " ")
    return re.sub(r"[\W_]+", "", _TYPE_WORDS_NE.sub("", _TYPE_WORDS.sub(" ", text)))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A place that a name may mean, with the likeness of the names from 0 to 100."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """The result of a search.

    Attributes
    ----------
    code
        Code of the place if the meaning is certain, else None.
    suggestions
        Otherwise the places that the name may mean, the likeliest first.
    """

    code: str | None
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """A spelling whose meaning a person decided, or that the reference list holds.

    Attributes
    ----------
    kind
        ``district``, ``palika`` or ``site``.
    text
        The spelling.
    district_code
        District in which the alias holds; empty for all.
    code
        Code of the place.
    """

    kind: str
    text: str
    district_code: str
    code: str


NO_MATCH = Match(None)


def _read(name: str) -> pd.DataFrame:
    """Return a list of the project, or one about the whole country, which is always shipped."""
    text = (
        project_files.read_text(name)
        if name in project_files.FILES
        else (REFERENCE / name).read_text("utf-8")
    )
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    if name in project_files.FILES and len(project_files.languages()) < len(
        project_files.LANGUAGES
    ):
        rows = [
            project_files.complete_names(dict(row))
            for row in csv.DictReader(io.StringIO(text), restval="")
        ]
        table = pd.DataFrame(rows, columns=table.columns, dtype=str)
    return table


@dataclass(frozen=True)
class Gazetteer:
    """All units and booths by name, and the meaning of spellings.

    Attributes
    ----------
    units
        Frame of all 1 + 7 + 77 + 753 + 6,743 units, indexed by ``unit_code``; columns
        ``admin_level``, ``parent_code``, ``name_en``, ``name_ne``, ``palika_type``,
        ``ward_number``, ``population_2021``, ``border_district``, ``programme_district``,
        ``touches_border``.
    sites
        Booths, indexed by ``site_code``; columns ``name_en``, ``name_ne``, ``palika_code``,
        ``border_point``, ``lon``, ``lat`` (EPSG:4326 degrees), ``opened``, ``closed``.
    border_points
        Indexed by ``point_code``; columns ``name_en``, ``name_ne``, ``district_code``, ``lon``,
        ``lat``, ``confidence``.
    crosswalk
        Columns ``scheme``, ``code``, ``unit_code``.
    aliases
        Spellings with a decided meaning.
    programme
        Places of the programme: ``unit_code``, ``since``, ``until``; see `data.reference.project`.
    """

    units: pd.DataFrame
    sites: pd.DataFrame
    border_points: pd.DataFrame
    crosswalk: pd.DataFrame
    aliases: tuple[Alias, ...]
    programme: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(PLACE_COLUMNS))
    )

    @classmethod
    def load(cls) -> "Gazetteer":
        """Return the gazetteer of the shipped lists and the lists of the project.

        Examples
        --------
        >>> gazetteer = Gazetteer.load()
        >>> gazetteer.district("Makawanpur").code
        '312'
        >>> gazetteer.name("312", "en")
        'Makwanpur'
        """
        return _load()

    def with_aliases(self, aliases: Iterable[Alias]) -> "Gazetteer":
        """Return a gazetteer that also knows these aliases."""
        more = tuple(aliases)
        return replace(self, aliases=self.aliases + more) if more else self

    def with_sites(self, sites: pd.DataFrame) -> "Gazetteer":
        """Return a gazetteer that knows these booths and no other; aliases of others are left out."""
        known = tuple(a for a in self.aliases if a.kind != "site" or a.code in sites.index)
        return replace(self, sites=sites[self.sites.columns], aliases=known)

    def with_programme(self, places: pd.DataFrame, *, on: date) -> "Gazetteer":
        """Return a gazetteer in which the programme works in those of these places of a day."""
        inside = in_programme(self.units.index, places, on=on)
        return replace(self, units=self.units.assign(programme_district=inside), programme=places)

    def name(self, code: str, language: str) -> str:
        """Return the name of a unit or booth in ``en`` or ``ne``.

        Raises
        ------
        KeyError
            If the code is unknown.
        """
        column = f"name_{language}"
        frame = self.sites if code in self.sites.index else self.units
        return str(frame.at[code, column])

    def ward(self, palika_code: str, number: int) -> str | None:
        """Return the code of a ward by its number; None if the palika has no such ward."""
        code = f"{palika_code}{number:02d}"
        return code if code in self._ward_codes else None

    def ward_numbers(self, palika_code: str) -> range:
        """Return the ward numbers of a palika; empty for an unknown palika."""
        return range(1, self._ward_counts.get(palika_code, 0) + 1)

    def district(self, text: str) -> Match:
        """Find a district by its code, P-code, name or alias."""
        return self._find("district", text, "")

    def palika(self, text: str, *, district_code: str | None) -> Match:
        """Find a palika by its code, name or alias.

        Parameters
        ----------
        text
            What somebody wrote. It may end in a district: "Gadhi, Sunsari".
        district_code
            District to search in, if it is known. Without any district a name is certain only if it
            is spelled as in the lists and the country has one such palika.
        """
        name, comma, last = text.rpartition(",")
        if comma and district_code is None:
            district_code = self.district(last).code
            text = name if district_code else text
        elif comma and self.district(last).code == district_code:
            text = name
        return self._find("palika", text, district_code or "")

    def site(self, text: str, *, district_code: str | None) -> Match:
        """Find a booth by its code, name or alias; a district makes a name more certain."""
        return self._find("site", text, district_code or "")

    @cached_property
    def _ward_codes(self) -> frozenset[str]:
        return frozenset(self.units.index[self.units["admin_level"] == AdminLevel.WARD])

    @cached_property
    def _ward_counts(self) -> Mapping[str, int]:
        wards = self.units[self.units["admin_level"] == AdminLevel.WARD]
        counts = wards.groupby("parent_code").size()
        return {str(code): int(n) for code, n in counts.items()}

    @cached_property
    def _names(self) -> Mapping[str, pd.DataFrame]:
        """Names by kind of place.

        Columns ``code``, ``district_code``, ``text``, ``folded``, ``plain``.
        """
        units = self.units
        frames = {
            "district": units[units["admin_level"] == AdminLevel.DISTRICT].assign(district_code=""),
            "palika": units[units["admin_level"] == AdminLevel.PALIKA].rename(
                columns={"parent_code": "district_code"},
            ),
            "site": self.sites.assign(district_code=district_of(self.sites["palika_code"])),
        }
        named = {}
        for kind, frame in frames.items():
            parts = [
                pd.DataFrame(
                    {
                        "code": frame.index,
                        "district_code": frame["district_code"].to_numpy(),
                        "text": frame[column].to_numpy(),
                    },
                )
                for column in ("name_en", "name_ne")
            ]
            table = pd.concat(parts, ignore_index=True)
            named[kind] = table.assign(
                folded=table["text"].map(fold),
                plain=table["text"].map(_plain),
            )
        return MappingProxyType(named)

    @cached_property
    def _found(self) -> dict[tuple[str, str, str], Match]:
        return {}

    def _find(self, kind: str, text: str, district_code: str) -> Match:
        key = (kind, text, district_code)
        if key not in self._found:
            self._found[key] = self._look_up(kind, to_ascii(text).strip(), district_code)
        return self._found[key]

    def _look_up(self, kind: str, text: str, district_code: str) -> Match:
        if not text:
            return NO_MATCH
        names = self._names[kind]
        by_code = self._by_code(kind, text)
        if by_code is not None:
            outside = kind == "palika" and district_code and district_of(by_code) != district_code
            return NO_MATCH if outside else Match(by_code)
        folded = fold(text)
        inside = names[names["district_code"] == district_code] if district_code else names
        # Folded names are unique within a district only.
        column, wanted = (
            ("folded", folded) if district_code or kind != "palika" else ("plain", _plain(text))
        )
        certain = set(inside.loc[inside[column] == wanted, "code"]) if wanted else set()
        if len(certain) == 1:
            return Match(certain.pop())
        meant = {
            alias.code
            for alias in self.aliases
            if alias.kind == kind
            and fold(alias.text) == folded
            and alias.district_code in ("", district_code)
        }
        if len(meant) == 1:
            return Match(meant.pop())
        return Match(None, self._rank(names, _plain(text), district_code))

    def _by_code(self, kind: str, text: str) -> str | None:
        if text in set(self._names[kind]["code"]):
            return text
        crossed = self.crosswalk.loc[self.crosswalk["code"] == text.upper(), "unit_code"]
        codes = set(self._names[kind]["code"]) & set(crossed)
        return codes.pop() if len(codes) == 1 else None

    @staticmethod
    def _rank(names: pd.DataFrame, plain: str, district_code: str) -> tuple[Suggestion, ...]:
        """Return the likeliest places, those of the district first; parts of a name count too."""
        if not plain:
            return ()
        scored: dict[str, float] = {}
        codes, districts = names["code"].tolist(), names["district_code"].tolist()
        for _, score, position in process.extract(
            plain,
            names["plain"].tolist(),
            scorer=fuzz.WRatio,
            limit=None,
        ):
            same = bool(district_code) and districts[position] == district_code
            ranked = min(100.0, score + 12.0 if same else score)
            if score >= _WORTH_SUGGESTING:
                scored[codes[position]] = max(ranked, scored.get(codes[position], 0.0))
        inside = {code for code in scored if district_code and code.startswith(district_code)}
        order = sorted(scored, key=lambda code: (code not in inside, -scored[code], code))
        return tuple(Suggestion(code, round(scored[code], 1)) for code in order[:_SUGGESTIONS])


def _ward_units(palikas: pd.DataFrame) -> pd.DataFrame:
    counts = palikas["wards"].astype(int)
    wards = palikas.loc[palikas.index.repeat(counts)].reset_index(drop=True)
    number = wards.groupby("code").cumcount() + 1
    nepali = number.astype(str).map(to_devanagari)
    return pd.DataFrame(
        {
            "unit_code": wards["code"] + number.map("{:02d}".format),
            "admin_level": int(AdminLevel.WARD),
            "parent_code": wards["code"],
            "name_en": wards["name_en"] + " " + number.astype(str),
            "name_ne": wards["name_ne"] + " " + nepali,
            "ward_number": number,
            "district": wards["district"],
        },
    )


@project_files.remembered("aliases.csv", "border_points.csv", "programme.csv", "sites.csv")
def _load() -> Gazetteer:
    provinces, districts, palikas = (
        _read(f"{name}.csv") for name in ("provinces", "districts", "palikas")
    )
    country = pd.DataFrame(
        [
            {
                "unit_code": COUNTRY,
                "admin_level": int(AdminLevel.COUNTRY),
                "parent_code": None,
                "name_en": "Nepal",
                "name_ne": "नेपाल",
            },
        ],
    )
    upper = [
        country,
        provinces.assign(admin_level=int(AdminLevel.PROVINCE), parent_code=COUNTRY),
        districts.assign(
            admin_level=int(AdminLevel.DISTRICT),
            parent_code=districts["province"],
            district=districts["code"],
        ),
        palikas.assign(
            admin_level=int(AdminLevel.PALIKA),
            parent_code=palikas["district"],
            palika_type=palikas["type"],
            population=palikas["population_2021"].astype(int),
        ),
    ]
    units = pd.concat(
        [frame.rename(columns={"code": "unit_code"}) for frame in upper] + [_ward_units(palikas)],
        ignore_index=True,
    ).set_index("unit_code")
    population = units["population"].dropna().astype(int)
    for level in (AdminLevel.PALIKA, AdminLevel.DISTRICT, AdminLevel.PROVINCE):
        codes = units.index[units["admin_level"] == level]
        sums = population.loc[codes].groupby(units.loc[codes, "parent_code"]).sum()
        population = pd.concat([population, sums])
    border = units["district"].map(districts.set_index("code")["border"]).eq("1")
    places = _read("programme.csv")
    units = pd.DataFrame(
        {
            "admin_level": units["admin_level"].astype(int),
            "parent_code": units["parent_code"]
            .astype(object)
            .where(units["parent_code"].notna(), None),
            "name_en": units["name_en"],
            "name_ne": units["name_ne"],
            "palika_type": units["palika_type"]
            .astype(object)
            .where(units["palika_type"].notna(), None),
            "ward_number": units["ward_number"].astype("Int64"),
            "population_2021": population.reindex(units.index).astype("Int64"),
            "border_district": border,
            "programme_district": in_programme(units.index, places, on=None),
            "touches_border": units["touches_border"].eq("1"),
        },
    )
    crosswalk = pd.concat(
        [
            pd.DataFrame({"scheme": "nso", "code": units.index, "unit_code": units.index}),
            *(
                pd.DataFrame({"scheme": "cod-ab", "code": f["p_code"], "unit_code": f["code"]})
                for f in (provinces, districts)
            ),
        ],
        ignore_index=True,
    )
    sites = _read("sites.csv").set_index("site_code").astype({"lon": float, "lat": float})
    points = _read("border_points.csv").rename(
        columns={"code": "point_code", "district": "district_code"},
    )
    points = points.set_index("point_code").astype({"lon": float, "lat": float})
    listed = _read("aliases.csv")[["kind", "text", "district_code", "code"]]
    aliases = tuple(Alias(*map(str, row)) for row in listed.to_numpy())
    return Gazetteer(
        units, sites, points.drop(columns="basis", errors="ignore"), crosswalk, aliases, places
    )
