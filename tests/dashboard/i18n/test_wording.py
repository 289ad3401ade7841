"""Every sentence on screen in both languages; numbers, periods and days as people write them."""

import ast
import re
import string
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from dashboard.i18n import wording
from data.reference import calendar
from tests.support.paths import ROOT

PO = ROOT / "dashboard" / "locale" / "ne" / "LC_MESSAGES" / "sima.po"
DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def marked() -> dict[str, str]:
    """Collect every message that is passed to `_`, and where."""
    found: dict[str, str] = {}
    for folder in ("dashboard", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                called = getattr(node.func, "id", getattr(node.func, "attr", None))
                texts = {"_": node.args, "ngettext": node.args[:2]}.get(str(called), [])
                for text in texts:
                    assert isinstance(text, ast.Constant), f"{place}: not a plain text"
                    found[str(text.value)] = place
    return found


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file)


def forms() -> Iterator[tuple[str, str, Message]]:
    """Yield each English text of the catalogue with its Nepali; of a plural, both."""
    for message in catalogue():
        if isinstance(message.id, tuple):
            yield from zip(message.id, message.string, [message] * len(message.id), strict=True)
        elif message.id:
            yield message.id, message.string, message


MARKED = marked()
ENTRIES = {english: message for english, _, message in forms()}
NEPALI = {english: nepali for english, nepali, _ in forms()}


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


# ---- the catalogue


def test_there_are_messages_in_every_part_of_the_pages() -> None:
    assert len(MARKED) > 100
    places = {"/".join(place.split("/")[:2]) for place in MARKED.values()}
    pages = {"pages/public", "pages/partner", "pages/steward"}
    assert places >= pages | {
        f"dashboard/{part}" for part in ("maps", "sections", "server", "steward")
    }


@pytest.mark.parametrize("message", MARKED, ids=lambda text: text[:40])
def test_a_message_is_said_in_nepali(message: str) -> None:
    assert message in NEPALI, f"{MARKED[message]}: not in the catalogue; `make messages` adds it"
    nepali = NEPALI[message]
    assert nepali.strip(), f"{MARKED[message]}: no Nepali yet"
    assert not ENTRIES[message].fuzzy
    assert fields(message) == fields(nepali), "the same things are filled in"
    assert re.search("[\u0900-\u097f]", nepali)
    wording.speak("ne")
    assert wording._(message) == nepali
    wording.speak("en")
    assert wording._(message) == message


def test_no_message_of_the_catalogue_is_unused_or_there_twice() -> None:
    assert set(NEPALI) - set(MARKED) == set()
    listed = re.findall(r'^msgid (".+")$', PO.read_text("utf-8"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(listed))


def test_no_nepali_message_is_the_english_one() -> None:
    same = {text for text, nepali in NEPALI.items() if nepali == text}
    assert {text for text in same if re.search("[A-Za-z]", text)} == set()


def test_a_sentence_ends_in_both_languages_or_in_neither() -> None:
    ends = re.compile(r"[.।?…]$")
    uneven = {
        text
        for text, nepali in NEPALI.items()
        if bool(ends.search(text)) != bool(ends.search(nepali))
    }
    assert uneven == set()


def test_the_catalogue_says_in_which_files_a_message_is_used() -> None:
    for text, message in ENTRIES.items():
        files = {place for place, _line in message.locations}
        assert MARKED[text].split(":")[0] in files


def test_the_tool_that_collects_messages_finds_all_of_them() -> None:
    """It reads no call within an f-string, for one."""
    method_map = [("dashboard/**.py", "python"), ("pages/**.py", "python")]
    found: set[str] = set()
    for _path, _line, text, _comments, _context in extract_from_dir(ROOT, method_map):
        found.update([text] if isinstance(text, str) else text)
    assert set(MARKED) - found == set()


@pytest.mark.parametrize(("count", "said"), [(0, "days"), (1, "day"), (2, "days"), (101, "days")])
def test_one_thing_is_said_in_the_singular(count: int, said: str) -> None:
    text = wording.ngettext("{days} day left", "{days} days left", count)
    assert text == f"{{days}} {said} left"
    wording.speak("ne")
    assert wording.ngettext("{days} day left", "{days} days left", count) == NEPALI[text]


# ---- languages


@pytest.mark.parametrize("asked", ["", "fr", "NE", "../ne", "en_US", "<script>"])
def test_a_language_we_do_not_speak_is_english(asked: str) -> None:
    wording.speak("ne")
    wording.speak(asked)
    assert wording.language() == "en"
    assert wording._("Map") == "Map"


def test_what_nobody_translated_is_said_in_english() -> None:
    wording.speak("ne")
    assert wording.language() == "ne"
    assert wording._("Never seen before") == "Never seen before"


def test_the_languages_name_themselves() -> None:
    assert wording.LANGUAGES == {"en": "English", "ne": "नेपाली"}
    assert wording.catalogue("en") == {}


# ---- numbers


@pytest.mark.parametrize(
    ("value", "english", "nepali"),
    [(0, "0", "०"), (7, "7", "७"), (999, "999", "९९९"), (1_000, "1,000", "१,०००"),
     (13_211, "13,211", "१३,२११"), (99_999, "99,999", "९९,९९९"), (100_000, "100,000", "१,००,०००"),
     (123_456, "123,456", "१,२३,४५६"), (1_000_005, "1,000,005", "१०,००,००५"),
     (10_000_000, "10,000,000", "१,००,००,०००"), (28_925_480, "28,925,480", "२,८९,२५,४८०"),
     (1_234_567_890, "1,234,567,890", "१,२३,४५,६७,८९०"), (-5, "-5", "-५"),
     (-123_456, "-123,456", "-१,२३,४५६")],
)  # fmt: skip
def test_a_number_is_written_as_people_write_it(value: int, english: str, nepali: str) -> None:
    assert wording.number(value) == english
    wording.speak("ne")
    assert wording.number(value) == nepali


@given(st.integers(-(10**15), 10**15), st.sampled_from(["en", "ne"]))
def test_a_written_number_is_the_number(value: int, language: str) -> None:
    wording.speak(language)
    written = wording.number(value)
    assert int(written.translate(DIGITS).replace(",", "")) == value
    assert bool(re.search("[0-9]", written)) == (language == "en"), "one script, not two"
    wording.speak("en")


@given(st.integers(100_000, 10**15))
def test_nepali_groups_are_thousands_then_lakhs_then_crores(value: int) -> None:
    wording.speak("ne")
    first, *middle, last = wording.number(value).split(",")
    wording.speak("en")
    assert len(last) == 3
    assert {len(group) for group in middle} <= {2}
    assert 1 <= len(first) <= 2


def test_digits_are_in_the_script_of_the_language() -> None:
    assert wording.in_digits("Release 10, 2080-01-05") == "Release 10, 2080-01-05"
    wording.speak("ne")
    assert wording.in_digits("Release 10, 2080-01-05") == "Release १०, २०८०-०१-०५"


# ---- periods and days


@pytest.mark.parametrize(
    ("code", "english", "nepali"),
    [("ad-2023-04", "April 2023", "अप्रिल २०२३"), ("ad-2023-q2", "Apr–Jun 2023", "अप्रिल–जुन २०२३"),
     ("ad-2023-h2", "Jul–Dec 2023", "जुलाई–डिसेम्बर २०२३"), ("ad-2023", "2023", "२०२३"),
     ("bs-2079-12", "Chaitra 2079", "चैत २०७९"),
     ("bs-2079-q4", "Baisakh–Asar 2080 (Q4 2079/80)", "बैशाख–असार २०८० (त्रैमासिक ४, २०७९/८०)"),
     ("bs-2079-t1", "Shrawan–Kartik 2079 (T1 2079/80)", "साउन–कात्तिक २०७९ (चौमासिक १, २०७९/८०)"),
     ("bs-2079-h1", "Shrawan–Poush 2079 (H1 2079/80)", "साउन–पुस २०७९ (अर्धवार्षिक १, २०७९/८०)"),
     ("bs-2079", "fiscal year 2079/80", "आ.व. २०७९/८०")],
)  # fmt: skip
def test_a_period_is_written_in_its_own_calendar(code: str, english: str, nepali: str) -> None:
    assert wording.period_label(code) == english
    wording.speak("ne")
    assert wording.period_label(code) == nepali


@pytest.mark.parametrize("language", ["en", "ne"])
def test_no_two_periods_are_written_alike(language: str) -> None:
    wording.speak(language)
    parts = [
        "",
        *(f"-{n:02d}" for n in range(1, 13)),
        *(f"-q{n}" for n in range(1, 5)),
        "-h1",
        "-h2",
    ]
    codes = [f"ad-{year}{part}" for year in (2022, 2023) for part in parts]
    codes += [f"bs-{year}{part}" for year in (2079, 2080) for part in [*parts, "-t1", "-t2", "-t3"]]
    written = {wording.period_label(code) for code in codes}
    assert len(written) == len(codes)
    unwanted = "[०-९]" if language == "en" else "[0-9A-Za-z]"
    assert not [text for text in written if re.search(unwanted, text)]


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a period"):
        wording.period_label("ad-2023-t1")


def test_a_day_is_written_in_both_calendars() -> None:
    assert wording.day_label(date(2023, 4, 14)) == "1 Baisakh 2080 (14 April 2023)"
    wording.speak("ne")
    assert wording.day_label(date(2023, 4, 14)) == "१ बैशाख २०८० (१४ अप्रिल २०२३)"


def test_a_day_outside_the_known_nepali_years_is_written_in_one() -> None:
    last = calendar.verified_years()[-1]
    beyond = calendar.from_bs(last, 12, 1) + timedelta(days=60)
    assert wording.day_label(beyond) == f"{beyond.day} {beyond:%B %Y}"
    wording.speak("ne")
    assert wording.day_label(date(2012, 1, 2)) == "२ जनवरी २०१२"


@pytest.mark.parametrize(
    ("code", "label"),
    [("bs-2079-h2", "Magh 2079–Asar 2080 (H2 2079/80)"), ("bs-2079-t3", "Chaitra 2079–Asar 2080 (T3 2079/80)"),
     ("bs-2079-q4", "Baisakh–Asar 2080 (Q4 2079/80)")],
)  # fmt: skip
def test_a_period_over_the_nepali_new_year_names_both_years(code: str, label: str) -> None:
    wording.speak("en")
    assert wording.period_label(code) == label
