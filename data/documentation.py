"""Writes the manual's pages on the reference tables: ``python -m data.documentation``.

With ``--check`` nothing is written, and the exit code is 1 if a page is out of date.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from data.model import Audience, Design, Display, Indicator, IndicatorClass
from data.reference import findings, project_files, templates
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy

DOCS = Path(__file__).parents[1] / "docs"
_MADE = "<!-- Made by `make docs`. Do not edit: change the reference tables instead. -->\n"
_ABOUT_DICTIONARY = """
Every indicator: what is counted, how much care it needs, and what each audience may see at most.
Small counts within that are hidden as well: see [disclosure.md](disclosure.md).
Policy version {version}.

"""
_ABOUT_FINDINGS = """
Everything that Sima can find in an uploaded file or a boundary file. An *error* must be mended
first, a *question* needs a person's choice, a *notice* is for information. Words in braces are
replaced by the place or a limit; the content of a cell is never repeated.

"""
_CLASSES = {
    IndicatorClass.AT_RISK: "people at risk",
    IndicatorClass.PEOPLE: "people",
    IndicatorClass.ORGANISATIONAL: "organisational",
}


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for row in rows:
        cells = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _design(design: Design | None) -> str:
    """Return in words what an audience may see of an indicator."""
    if design is None:
        return "nothing"
    finest = max(design.levels).name.lower()
    words = [f"down to {finest}", " and ".join(sorted(kind.value for kind in design.period_kinds))]
    for name, levels in (("sex", design.sex_levels), ("age", design.age_levels)):
        if levels:
            words.append(f"by {name} down to {max(levels).name.lower()}")
    if design.display is Display.CLASS:
        words.append("as classes, no number")
    if design.delay_quarters:
        words.append(f"{design.delay_quarters} full quarter later")
    return "; ".join(words)


def _categories(indicator: Indicator) -> str:
    names = {"f": "female", "m": "male", "u18": "under 18", "18p": "18 and over", "all": ""}
    said = [
        " ".join(filter(None, (names[sex], names[age])))
        for sex, age in sorted(templates.categories(indicator.code))
    ]
    return ", ".join(filter(None, said)) or "not split"


def dictionary() -> str:
    """Return the data dictionary, made from ``indicators.toml`` and ``policy.toml``."""
    policy, indicators = load_policy(), load_indicators()
    parts = [
        "# Data dictionary\n\n",
        _MADE,
        _ABOUT_DICTIONARY.format(version=policy.version),
        _table(
            ["class", *(f"fewest people shown, {audience.value}" for audience in Audience)],
            (
                [name, *(policy.threshold(audience, each) or "any" for audience in Audience)]
                for each, name in _CLASSES.items()
            ),
        ),
    ]
    for theme in dict.fromkeys(indicator.theme for indicator in indicators.values()):
        parts.append(f"\n## {theme.replace('_', ' ').capitalize()}\n")
        parts.extend(_entry(each) for each in indicators.values() if each.theme == theme)
    parts.append("\n## Templates\n")
    for kind in templates.KINDS:
        rows = (
            (f"`{c.key}`", c.en, c.ne, f"`{c.hxl}`", "yes" if c.required else "", c.indicator)
            for c in templates.columns(kind)
        )
        head = ("column", "English", "नेपाली", "HXL", "needed", "indicator")
        parts.append(f"\n### {kind}\n\n{_table(head, rows)}")
    activities = _table(
        ("activity", "English", "नेपाली", "people are", "events are", "the amount is"),
        (
            (f"`{k}`", a.en, a.ne, a.people, a.events, a.amount)
            for k, a in templates.activities().items()
        ),
    )
    parts.append(f"\n### Activities of the template trainings\n\n{activities}")
    signs = _table(
        ("sign", "English", "नेपाली"),
        ((f"`{code}`", *texts) for code, texts in templates.SIGNS.items()),
    )
    parts.append(f"\n### Signs of the template committee-signs\n\n{signs}")
    return "".join(parts)


def _entry(indicator: Indicator) -> str:
    facts = [
        ("code", f"`{indicator.code}` ({indicator.catalogue})"),
        ("नेपाली", f"{indicator.name['ne']}: {indicator.definition['ne']}"),
        ("unit", f"{indicator.unit['en']} / {indicator.unit['ne']}"),
        ("class", _CLASSES[indicator.indicator_class]),
        ("reported by", _categories(indicator)),
        ("over time", "adds up" if indicator.aggregation == "flow" else "keeps its last state"),
        ("stands at", "the booth's palika" if indicator.booth else "the place reported"),
        *(
            (f"{audience.value} sees", _design(indicator.designs.get(audience)))
            for audience in Audience
        ),
    ]
    if indicator.most_per_person > 1:
        facts.append(("at most for one person", f"{indicator.most_per_person:,}"))
    if indicator.source:
        facts.append(("source", indicator.source))
    return (
        f"\n### {indicator.name['en']}\n\n{indicator.definition['en']}\n\n{_table(('', ''), facts)}"
    )


def manual_of_findings() -> str:
    """Return the list of every kind of finding with its remedy, in both languages."""
    rows = (
        (
            f"`{kind}`",
            entry.severity.value,
            entry.message["en"],
            entry.remedy["en"],
            f"{entry.message['ne']} {entry.remedy['ne']}",
        )
        for kind, entry in findings.load_finding_kinds().items()
    )
    return (
        "# Findings\n\n"
        + _MADE
        + _ABOUT_FINDINGS
        + _table(("kind", "severity", "what was found", "what to do", "नेपाली"), rows)
    )


PAGES = {"data-dictionary.md": dictionary, "findings.md": manual_of_findings}


def out_of_date() -> list[str]:
    """Return the names of generated pages that differ from the reference tables."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != make()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages or only check them, and return the exit code.

    They describe the shipped defaults, whatever project somebody works with here.
    """
    with project_files.pinned(project_files.read_shipped()):
        return _write(arguments)


def _write(arguments: list[str]) -> int:
    old = out_of_date()
    if "--check" in arguments:
        if old:
            print(f"Out of date: {', '.join(old)}. Run: make docs", file=sys.stderr)  # noqa: T201
        return 1 if old else 0
    for name in old:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"Wrote docs/{name}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
