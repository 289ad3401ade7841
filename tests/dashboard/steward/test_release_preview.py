"""What stands in the way of a release is said in words, whatever kind of cell it is."""

import pytest

from dashboard.i18n import wording
from dashboard.steward import release_preview
from dashboard.steward.release_preview import Named

CELL = "parents_members|31208|ad-2023-q2|f|all"
WOMEN = "Parents and caregivers in groups, women and girls"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (CELL, WOMEN),
        (f"{CELL}@1", WOMEN),
        (f"change to {CELL}@1", f"{WOMEN}, the change made by the restatement"),
        (f"rest 3 of {CELL}", f"{WOMEN}, total of all parts without a figure"),
    ],
)
def test_a_cell_of_the_audit_is_named(name: str, what: str) -> None:
    wording.speak("en")
    assert release_preview.read_cell(name) == Named("Makawanpurgadhi", what, "Apr–Jun 2023")


def test_what_is_no_cell_of_ours_keeps_its_name() -> None:
    assert release_preview.read_cell("claim F1") == Named("", "claim F1", "")
