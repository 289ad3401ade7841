"""The certificate of a protected table, as a file.

It holds the table with its true counts, which cells are hidden, and alternative tables (witnesses).
So it shows which cells are small, and stays with those who may know the true counts.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.disclosure.any_table.counts_file import CountTable
from data.disclosure.engine.additive_table import UNBOUNDED, TableError
from data.model import SimaError

FORMAT = "sima certificate of a table, 1"
WARNING = (
    "Confidential: this file holds the true counts and shows which hidden cells are small. "
    "Keep it with the true counts, and never publish it."
)
_MOST_NAMED = 5  # cells in one sentence
_ROW = 2  # a whole, and its parts


class CertificateError(SimaError):
    """Raised for a file that is no certificate of a table, or is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class TableCertificate:
    """What a certificate says.

    Attributes
    ----------
    counts
        The table that it is about.
    hidden
        Names of all hidden cells.
    threshold, hidden_parts
        What the table was protected with.
    witnesses
        Alternative tables: by cell, alternative count minus true count.
    """

    counts: CountTable
    hidden: tuple[str, ...]
    threshold: int
    hidden_parts: int
    witnesses: tuple[dict[str, int], ...]


def write_certificate(certificate: TableCertificate) -> str:
    """Return a certificate as JSON text; the same certificate gives the same text."""
    table = certificate.counts.table
    names = table.names
    content = {
        "format": FORMAT,
        "confidential": WARNING,
        "threshold": certificate.threshold,
        "hidden_parts": certificate.hidden_parts,
        "cells": dict(zip(names, table.value.tolist(), strict=True)),
        "free": [names[n] for n in np.flatnonzero(certificate.counts.free)],
        "rows": [[names[whole], [names[n] for n in parts]] for whole, parts in table.rows()],
        "hidden": list(certificate.hidden),
        "witnesses": list(certificate.witnesses),
    }
    lines = (f"{json.dumps(name)}: {_lines(value)}" for name, value in content.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _lines(value: object) -> str:
    """Write one entry a line, so that people can read it."""
    if isinstance(value, dict):
        inner = (f"{_plain(name)}: {_plain(each)}" for name, each in value.items())
        return "{\n" + ",\n".join(inner) + "\n}" if value else "{}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_plain, value)) + "\n]"
    return _plain(value)


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_certificate(content: bytes) -> TableCertificate:
    """Read a certificate.

    Raises
    ------
    CertificateError
        If the file is no certificate of a table, or is damaged, or its table contradicts itself.
    """
    try:
        raw = json.loads(content.decode("utf-8"), object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError):
        raise CertificateError(
            "The file is no certificate, or it is damaged; make it again with sima suppress."
        ) from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise CertificateError(
            "The file is not a certificate of a table of this version of Sima; make it again with "
            "sima suppress."
        )
    wrong = [
        name for name, is_right in _SHAPES.items() if name not in raw or not is_right(raw[name])
    ]
    wrong += sorted(set(raw) - set(_SHAPES))
    if wrong:
        raise CertificateError(
            f"The entry {wrong[0]} of the certificate is missing or damaged; make the certificate "
            "again with sima suppress."
        )
    cells: dict[str, int] = raw["cells"]
    unknown = {name for whole, parts in raw["rows"] for name in (whole, *parts)}
    unknown |= {*raw["free"], *raw["hidden"], *(name for each in raw["witnesses"] for name in each)}
    unknown -= set(cells)
    if unknown:
        raise CertificateError(f"The certificate has no count of {named(unknown)}; make it again.")
    try:
        counts = CountTable.of(
            list(cells),
            list(cells.values()),
            rows=raw["rows"],
            free=[name in set(raw["free"]) for name in cells],
            weight=[1.0] * len(cells),
        )
    except TableError as fault:
        raise CertificateError(f"The table of the certificate is wrong. {fault}") from None
    return TableCertificate(
        counts,
        tuple(raw["hidden"]),
        raw["threshold"],
        raw["hidden_parts"],
        tuple(raw["witnesses"]),
    )


def named(names: Iterable[str]) -> str:
    """Return the names of some cells, the first few."""
    ordered = sorted(set(names))
    more = len(ordered) - _MOST_NAMED
    return ", ".join(ordered[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_once(value: object) -> bool:
    return isinstance(value, list) and _is_names(value) and len(set(value)) == len(value)


def _is_counts(value: object, least: int) -> bool:
    return isinstance(value, dict) and all(_is_count(each, least) for each in value.values())


def _is_count(value: object, least: int) -> bool:
    return type(value) is int and least <= value <= UNBOUNDED


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, list) and len(row) == _ROW and isinstance(row[0], str) and _is_names(row[1])
        for row in value
    )


_SHAPES: dict[str, Callable[[object], bool]] = {
    "format": lambda value: value == FORMAT,
    "confidential": lambda value: isinstance(value, str),
    "threshold": lambda value: _is_count(value, 1),
    "hidden_parts": lambda value: _is_count(value, 1),
    "cells": lambda value: bool(value) and _is_counts(value, 0),
    "free": _is_once,
    "rows": _is_rows,
    "hidden": _is_once,
    "witnesses": lambda value: (
        isinstance(value, list) and all(_is_counts(each, -UNBOUNDED) for each in value)
    ),
}
