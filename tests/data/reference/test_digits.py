import doctest
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data.reference import digits
from data.reference.digits import to_ascii, to_devanagari

ROOT = Path(__file__).parents[3]


def test_each_digit_has_its_like_in_the_other_script() -> None:
    assert to_ascii("०१२३४५६७८९") == "0123456789"
    assert to_devanagari("0123456789") == "०१२३४५६७८९"


def test_all_but_digits_stays() -> None:
    assert to_ascii("Ward ४, वडा 5") == "Ward 4, वडा 5"
    assert to_devanagari("Ward ४, वडा 5") == "Ward ४, वडा ५"
    assert to_ascii("٤") == "٤"  # a digit of a third script


@given(st.text(alphabet="0123456789०१२३४५६७८९ a-/"))
def test_there_and_back_gives_western_digits(text: str) -> None:
    assert to_ascii(to_devanagari(text)) == to_ascii(text)
    assert to_devanagari(to_ascii(text)) == to_devanagari(text)


def test_the_examples_hold() -> None:
    found = doctest.testmod(digits)
    assert found.attempted
    assert not found.failed


def test_the_table_of_digits_stands_in_one_module() -> None:
    table = re.compile("०१२३४५६७८९")
    modules = [
        path.relative_to(ROOT).as_posix()
        for folder in ("data", "dashboard", "geo", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if table.search(path.read_text("utf-8"))
    ]
    assert modules == ["data/reference/digits.py"]
