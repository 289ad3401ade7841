"""The check for personal data: a file about individuals is refused before anything is kept.

Rules R1 to R3 and R11 of the data-protection norms: no rows about individuals, no identifying
column or text, no coordinates of events, no home below the province. A finding names the cell and
never repeats its content.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from data.model import Finding
from data.reference.digits import to_ascii
from data.reference.findings import make_finding

_LONGEST_TEXT = 60  # characters; no template needs a longer entry
_LONGEST_HEADER = 45
_WORDS_OF_A_STORY = 7
_LEAST_ROWS_OF_A_LIST = 3
_SHARE_OF_A_LIST = 0.02

# Headers that only a list of individuals or events has: whole words, after `. - _` became spaces.
_HEADERS = re.compile(
    r"(?:^|[^a-z])(?:(?:full |first |last |given |family |person'?s? |victim'?s? |survivor'?s? |client'?s? "
    r"|child'?s? |girl'?s? |guardian'?s? |parent'?s? |father'?s? |mother'?s? |husband'?s? |respondent'?s? )name"
    r"|surname|name of (?:the )?(?:person|victim|survivor|child|girl|client|guardian|parent|father|mother)"
    r"|phone|mobile|telephone|contact (?:no|num|number)|e ?mail|citizenship|passport|national id|nid|id (?:no|number)"
    r"|age|aged|d ?o ?b|birth|born|caste|ethnicity|religion|address|photo|picture|story|narrative|remarks?"
    r"|notes?|comments?|description|case (?:no|id|number|story)|latitude|longitude|lat|lon|lng|long|gps"
    r"|coordinates?|origin|home (?:place|district|palika|municipality|ward|village|address|vdc)|permanent"
    r"|village|tole|marital|education level|occupation|signature|face|fingerprint)(?:$|[^a-z])"
    r"|^name$|^names$",
)
_HEADERS_NE = re.compile(
    "^(पूरा )?नाम(थर)?$|नाम थर|थर|को नाम|फोन|मोबाइल|सम्पर्क (नं|नम्बर)|इमेल|नागरिकता|राहदानी|पासपोर्ट|परिचयपत्र"
    "|उमेर|जन्म|जात|जाति|धर्म|ठेगाना|फोटो|तस्बिर|तस्वीर|कथा|कैफियत|टिप्पणी|अक्षांश|देशान्तर|घर(को|$)|स्थायी|गाउँ$|टोल"
    "|पेशा|वैवाहिक|हस्ताक्षर|पीडितको",
)
_PHONE = re.compile(r"(?<![\d/.-])(?:\+?977[ -]?)?9[678]\d[ -]?\d{3}[ -]?\d{4}(?![\d/.-])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
_IDENTITY = re.compile(r"(?<!\d)\d{2}-\d{2}-\d{2}-\d{4,6}(?!\d)|\b[A-Z]{1,2}\d{7,8}\b")
_POSITION = re.compile(
    r"(?<![\d.])(?:2[6-9]|30)\.\d{3,}\D{1,12}8\d\.\d{3,}|(?<![\d.])8\d\.\d{3,}\D{1,12}(?:2[6-9]|30)\.\d{3,}"
    r"|\b\d{1,2}°\s*\d{1,2}['′]",
)
_VALUES = (
    ("personal-phone", _PHONE),
    ("personal-email", _EMAIL),
    ("personal-identity", _IDENTITY),
    ("personal-coordinates", _POSITION),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text of a file, with its place and its part, which decides the rules that apply.

    ``part`` is ``header`` (a cell of the header row that is in no template), ``data``, ``comment``
    (cell comments and links), ``other`` (page headers and footers, and cells that are not read) or
    ``guide`` (our own explanatory sheets).
    """

    where: str
    text: str
    part: str


def is_personal_header(text: str) -> bool:
    """Return whether a header announces something about one person or event."""
    plain = " ".join(re.sub(r"[_\n:*()\[\]/.-]+", " ", text.lower()).split())
    return bool(_HEADERS.search(plain) or _HEADERS_NE.search(plain))


def check_personal_data(texts: Iterable[Text]) -> list[Finding]:
    """Return a finding for every text that is, or looks like, personal data."""
    return [finding for text in texts for finding in _check(text)]


def _check(text: Text) -> Iterator[Finding]:
    plain = to_ascii(text.text).strip()
    for kind, pattern in _VALUES:
        if pattern.search(plain):
            yield make_finding(kind, text.where)
            return
    if text.part == "guide":
        return
    header_like = text.part in ("header", "other") and len(plain) <= _LONGEST_HEADER
    if header_like and is_personal_header(plain):
        yield make_finding("personal-header", text.where)
        return
    is_story = len(plain) > _LONGEST_TEXT or len(plain.split()) > _WORDS_OF_A_STORY
    if text.part == "comment" or (text.part in ("data", "header") and is_story):
        yield make_finding("personal-text", text.where)


def looks_like_a_list(counts: pd.DataFrame) -> bool:
    """Return whether rows are individuals written as counts of one (rule R1).

    A row that counts exactly one person is suspect. The rows are a list if more than 2 % of them
    are suspect, at least three, and spread over at least three columns. The honest months of a
    quiet booth repeat one column.

    Parameters
    ----------
    counts
        The columns of people, one row per row of the file, NaN where empty.
    """
    people = counts.fillna(0)
    single = people.sum(axis=1).eq(1)
    spread = people[single].gt(0).any().sum()
    many = single.sum() >= _LEAST_ROWS_OF_A_LIST and single.mean() > _SHARE_OF_A_LIST
    return bool(many and spread >= _LEAST_ROWS_OF_A_LIST)
