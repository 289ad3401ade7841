"""A certificate holds as it was made; each rule refuses the change that breaks it."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from data.disclosure.any_table import certificate_check
from data.disclosure.any_table.certificate import (
    CertificateError,
    TableCertificate,
    read_certificate,
    write_certificate,
)
from data.disclosure.any_table.counts_file import CountTable
from data.disclosure.any_table.suppress import suppress_counts
from tests.support.paths import ROOT

VALUE = {"all": 100, "a": 3, "b": 20, "c": 33, "d": 40, "e": 4}
T = 5
Raw = dict[str, Any]


@pytest.fixture(scope="module")
def text() -> str:
    counts = CountTable.of(
        list(VALUE),
        list(VALUE.values()),
        rows=[("all", ["a", "b", "c", "d", "e"])],
        free=[name == "e" for name in VALUE],
        weight=[50, 1, 1, 1, 9, 1],
    )
    done = suppress_counts(
        counts, threshold=T, hidden_parts=3, key=bytes(32), progress=lambda _: None
    )
    assert done.hidden == ["a", "b", "c"]
    return write_certificate(TableCertificate(counts, ("a", "b", "c"), T, 3, tuple(done.changes())))


def faults(raw: Raw) -> list[str]:
    return certificate_check.check_certificate(read_certificate(json.dumps(raw).encode()))


def test_a_certificate_holds_and_is_the_same_when_it_is_read_and_written_again(text: str) -> None:
    found = read_certificate(text.encode())
    assert certificate_check.check_certificate(found) == []
    assert write_certificate(found) == text
    assert "Confidential" in text
    assert json.loads(text)["cells"] == VALUE


def without(name: str) -> Callable[[Raw], None]:
    """Take out every witness that changes a cell."""

    def change(raw: Raw) -> None:
        raw["witnesses"] = [each for each in raw["witnesses"] if name not in each]

    return change


def only_together(raw: Raw) -> None:
    """Leave everybody their width: whoever knows c then knows the others."""
    raw["witnesses"] = [{"a": 5, "c": -5}, {"b": 5, "c": -5}]


MUTATIONS: dict[str, tuple[Callable[[Raw], None], str]] = {
    "a small cell is shown": (lambda raw: raw["hidden"].remove("a"), "a: below the threshold, and not hidden"),
    "a higher threshold": (lambda raw: raw.update(threshold=41), "d: below the threshold, and not hidden"),
    "a free cell is hidden": (lambda raw: raw["hidden"].append("e"), "e: hidden, although the class is free"),
    "a cell is free no more": (lambda raw: raw["free"].clear(), "e: below the threshold, and not hidden"),
    "more hidden parts are asked for": (lambda raw: raw.update(hidden_parts=4), "all: shown, with fewer hidden parts"),
    "a further cell is shown": (lambda raw: raw["hidden"].remove("b"), "all: shown, with fewer hidden parts"),
    "a witness changes a shown cell": (
        lambda raw: raw["witnesses"].append({"a": 1, "d": -1}), "changes a cell that is shown",
    ),
    "a witness is below zero": (
        lambda raw: raw["witnesses"].append({"a": -4, "b": 4}), "has a count that cannot be",
    ),
    "a witness is above every count": (
        lambda raw: raw["witnesses"].append({"a": 10**9, "b": -(10**9)}), "has a count that cannot be",
    ),
    "a witness does not add up": (lambda raw: raw["witnesses"].append({"a": 1}), "does not add up"),
    "no witnesses": (lambda raw: raw["witnesses"].clear(), "a, b, c: for everybody, no two tables"),
    "a cell has no witness": (without("a"), "a: for everybody, no two tables differ enough"),
    "a witness is too near": (
        lambda raw: raw.update(witnesses=[{"a": 4, "b": -4}, {"a": 5, "c": -5}, {"b": 5, "c": -5}]),
        "a, b: for whoever knows c, no two tables differ enough",
    ),
    "the witnesses serve outsiders alone": (only_together, "a, b: for whoever knows c, no two tables"),
    "no cell is hidden": (lambda raw: raw.update(hidden=[], witnesses=[]), "a: below the threshold"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), MUTATIONS.values(), ids=MUTATIONS.keys())
def test_a_certificate_that_proves_less_is_refused(
    text: str, change: Callable[[Raw], object], words: str
) -> None:
    raw = json.loads(text)
    change(raw)
    found = faults(raw)
    assert any(words in each for each in found), found


DAMAGE: dict[str, Callable[[Raw], object]] = {
    **{f"no {name}": (lambda raw, name=name: raw.pop(name)) for name in (
        "format", "confidential", "threshold", "hidden_parts", "cells", "free", "rows", "hidden", "witnesses",
    )},
    "another format": lambda raw: raw.update(format="sima certificate of a table, 2"),
    "an entry that is not known": lambda raw: raw.update(more=1),
    "no threshold to speak of": lambda raw: raw.update(threshold=0),
    "a threshold that is true": lambda raw: raw.update(threshold=True),
    "no hidden parts": lambda raw: raw.update(hidden_parts=0),
    "a count with a fraction": lambda raw: raw["cells"].update(a=3.0),
    "a count below zero": lambda raw: raw["cells"].update(a=-3),
    "a huge count": lambda raw: raw["cells"].update(a=10**12),
    "a total that is wrong": lambda raw: raw["cells"].update(a=4),
    "no cells": lambda raw: raw.update(cells={}),
    "an unknown cell in a row": lambda raw: raw["rows"].append(["all", ["x"]]),
    "an unknown hidden cell": lambda raw: raw["hidden"].append("x"),
    "an unknown free cell": lambda raw: raw["free"].append("x"),
    "an unknown cell in a witness": lambda raw: raw["witnesses"].append({"x": 0}),
    "a hidden cell twice": lambda raw: raw["hidden"].append("a"),
    "a circle": lambda raw: raw["rows"].append(["a", ["all"]]),
    "a part twice": lambda raw: raw["rows"].append(["all", ["a", "a"]]),
    "a row without parts": lambda raw: raw["rows"].append(["all", []]),
    "a row of another shape": lambda raw: raw["rows"].append(["all"]),
    "witnesses of another shape": lambda raw: raw["witnesses"].append([["a", 1]]),
    "a change with a fraction": lambda raw: raw["witnesses"].append({"a": 0.5, "b": -0.5}),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_certificate_is_refused_in_one_sentence(
    text: str, damage: Callable[[Raw], object]
) -> None:
    raw = json.loads(text)
    damage(raw)
    with pytest.raises(CertificateError) as raised:
        faults(raw)
    assert "\n" not in str(raised.value)
    assert not {"3", "4", "20", "33", "40", "100"} & set(
        str(raised.value).replace(".", " ").split()
    )


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}']
)
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    with pytest.raises(CertificateError):
        read_certificate(content)


def test_a_cell_that_is_there_twice_is_refused(text: str) -> None:
    with pytest.raises(CertificateError):
        read_certificate(text.replace('"a": 3,', '"a": 3,\n"a": 3,').encode())


def other_table(value: dict[str, int], *, free: str = "e", parts: str = "abcde") -> CountTable:
    return CountTable.of(
        list(value),
        list(value.values()),
        rows=[("all", list(parts))],
        free=[name == free for name in value],
        weight=[1.0] * len(value),
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (other_table(VALUE), ""),
        (other_table(VALUE | {"a": 2, "b": 21}), "a, b: another count than in the cells file"),
        (other_table(VALUE, free="d"), "d, e: another class than in the cells file"),
        (other_table(VALUE | {"f": 0}), "f: only in the certificate, or only in the cells file"),
        (other_table(VALUE | {"e": 0, "d": 44}, parts="abcd"), "d, e: another count"),
    ],
    ids=["the same", "counts", "class", "cells", "rows"],
)
def test_a_certificate_is_about_one_table(text: str, counts: CountTable, words: str) -> None:
    found = certificate_check.check_same_table(read_certificate(text.encode()), counts)
    assert found == [] if not words else words in found[0]


def test_other_rows_are_another_table(text: str) -> None:
    raw = json.loads(text)
    raw["rows"].append(["all", ["a", "b", "c", "e", "d"]])
    raw["cells"] |= {"x": 3}
    raw["rows"].append(["x", ["a"]])
    counts = other_table(VALUE | {"x": 3})
    found = certificate_check.check_same_table(read_certificate(json.dumps(raw).encode()), counts)
    assert found == ["x: other rows than in the rows file"]


def test_a_certificate_is_checked_where_there_is_no_solver(text: str, tmp_path: Any) -> None:
    (tmp_path / "proof.json").write_text(text, "utf-8")
    program = (
        "import sys\n"
        "sys.modules['highspy'] = None  # an import of it fails\n"
        "from click.testing import CliRunner\n"
        "from dashboard.cli.disclosure import certificate\n"
        "result = CliRunner().invoke(certificate, ['check', sys.argv[1]])\n"
        "print(result.output, result.exit_code, [name for name in sys.modules if 'highs' in name])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "proof.json")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("The certificate holds"), done.stdout + done.stderr
    assert done.stdout.split("\n")[-2].strip() == "0 ['highspy']"
