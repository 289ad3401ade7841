"""Published targets, from ``targets.toml``, to compare a release's figures with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.model import Audience, SimaError
from data.reference import calendar, project_files
from data.reference.indicators import load_indicators, texts

_KEYS = {
    "indicator", "unit", "target", "ledger_number", "name", "counted", "source", "wording",
    "caveat",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """One published target.

    ``target`` counts what ``counted`` names, which may differ from the unit of the indicator;
    ``caveat`` says so. Without ``periods`` it is for the whole time of the figure.
    ``ledger_number`` is its number in the ledger of published figures. Texts for readers are by
    language; ``wording`` is the source's.
    """

    code: str
    indicator: str
    unit_code: str
    target: int
    periods: tuple[str, ...]
    ledger_number: str
    name: Mapping[str, str]
    counted: Mapping[str, str]
    caveat: Mapping[str, str]
    source: str
    wording: str


@project_files.remembered(
    project_files.ADDED,
    "targets.toml",
    "ledger.toml",
    "claims.toml",
    "indicators.toml",
    "policy.toml",
)
def load_targets() -> tuple[Target, ...]:
    """Read ``targets.toml`` of the project."""
    return read_targets(project_files.read_table("targets.toml"))


def read_targets(table: Mapping[str, Mapping[str, Any]]) -> tuple[Target, ...]:
    """Build the targets from their table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong: a key is missing or unknown, the indicator is not public,
        the target is not above zero, a text lacks a language, a period is invalid.
    """
    return tuple(_read(code, entry) for code, entry in table.items())


def _read(code: str, entry: Mapping[str, Any]) -> Target:
    if wrong := sorted(_KEYS ^ (set(entry) - {"periods"})):
        raise SimaError(f"targets.toml, {code}: missing or unknown: {', '.join(wrong)}.")
    indicator = load_indicators().get(entry["indicator"])
    if indicator is None or Audience.PUBLIC not in indicator.designs:
        raise SimaError(f"targets.toml, {code}: {entry['indicator']} is not a public indicator.")
    if not isinstance(entry["target"], int) or entry["target"] <= 0:
        raise SimaError(f"targets.toml, {code}: the target must be a whole number above 0.")
    try:
        periods = tuple(calendar.parse_period(period).code for period in entry.get("periods", ()))
    except ValueError as wrong_period:
        raise SimaError(f"targets.toml, {code}: {wrong_period}") from wrong_period
    try:
        words = {name: texts(entry[name]) for name in ("name", "counted", "caveat")}
    except SimaError as lacking:
        raise SimaError(f"targets.toml, {code}: {lacking}.") from lacking
    return Target(
        code=code,
        indicator=entry["indicator"],
        unit_code=entry["unit"],
        target=entry["target"],
        periods=periods,
        ledger_number=entry["ledger_number"],
        source=entry["source"],
        wording=entry["wording"],
        **words,
    )
