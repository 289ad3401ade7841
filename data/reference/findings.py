"""Kinds of findings, with their sentences and remedies in both languages."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from data.model import Finding, Severity

REFERENCE = Path(__file__).parent
FILES = ("findings.toml", "boundary_findings.toml")


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding; its texts are by language and filled with a finding's ``params``."""

    severity: Severity
    message: Mapping[str, str]
    remedy: Mapping[str, str]


@cache
def load_finding_kinds() -> Mapping[str, FindingKind]:
    """Read every kind of finding by its name (once per process)."""
    kinds: dict[str, FindingKind] = {}
    for name in FILES:
        with (REFERENCE / name).open("rb") as file:
            for kind, entry in tomllib.load(file).items():
                if kind in kinds:
                    raise ValueError(
                        f"{name}: the kind {kind} is defined twice; remove one definition"
                    )
                kinds[kind] = FindingKind(
                    Severity(entry["severity"]),
                    MappingProxyType({"en": entry["en"], "ne": entry["ne"]}),
                    MappingProxyType({"en": entry["remedy_en"], "ne": entry["remedy_ne"]}),
                )
    return MappingProxyType(kinds)


def make_finding(
    kind: str,
    where: str,
    *,
    suggestions: Iterable[str] = (),
    **params: str | float,
) -> Finding:
    """Return a finding of a known kind.

    Parameters
    ----------
    where
        The place: a spreadsheet cell, a line and column, or a unit code.
    suggestions
        Ranked unit or site codes, best first.
    params
        Values for the placeholders of the kind's texts.

    Raises
    ------
    KeyError
        For an unknown kind.
    """
    severity = load_finding_kinds()[kind].severity
    return Finding(kind, severity, where, MappingProxyType(params), tuple(suggestions))


def finding_sentence(finding: Finding, language: str) -> str:
    """Return what was found, as a sentence in ``en`` or ``ne``."""
    return load_finding_kinds()[finding.kind].message[language].format_map(finding.params)


def finding_remedy(finding: Finding, language: str) -> str:
    """Return what to do about a finding, as a sentence in ``en`` or ``ne``."""
    return load_finding_kinds()[finding.kind].remedy[language].format_map(finding.params)
