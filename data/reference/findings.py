"""What can be found wrong, and how it is said: kinds, sentences and remedies in both languages."""

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
    """One kind of finding; texts are by language and filled with the finding's ``params``."""

    severity: Severity
    message: Mapping[str, str]
    remedy: Mapping[str, str]


@cache
def load_finding_kinds() -> Mapping[str, FindingKind]:
    """Read every kind of finding (once a process)."""
    kinds: dict[str, FindingKind] = {}
    for name in FILES:
        with (REFERENCE / name).open("rb") as file:
            for kind, entry in tomllib.load(file).items():
                if kind in kinds:
                    raise ValueError(f"{name}: {kind} is there twice")
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
    """Make a finding of a known kind; KeyError for another."""
    severity = load_finding_kinds()[kind].severity
    return Finding(kind, severity, where, MappingProxyType(params), tuple(suggestions))


def finding_sentence(finding: Finding, language: str) -> str:
    """Say what was found."""
    return load_finding_kinds()[finding.kind].message[language].format_map(finding.params)


def finding_remedy(finding: Finding, language: str) -> str:
    """Say what to do about it."""
    return load_finding_kinds()[finding.kind].remedy[language].format_map(finding.params)
