"""Faults in what policy.toml says of figures that are reported together."""

from collections.abc import Iterator

from data.model import IndicatorClass
from data.projects.faults import Fault
from data.reference.digits import to_devanagari
from data.reference.indicators import load_indicators
from data.reference.minimum import locate
from data.reference.project_files import ProjectFiles
from data.reference.relations import read_relations, unexplained_pairs

_PAIRS_NAMED = 12  # of figures of which policy.toml says nothing


def find_relation_faults(files: ProjectFiles) -> Iterator[Fault]:
    """Yield each relation that the audit cannot use, and the pairs of figures that are forgotten.

    Each entry of the files can be read by itself.
    """
    yield from _telling(files)
    yield from _unexplained(files)


def _telling(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the relations in which a figure about people would tell something of others.

    Such a figure can be suppressed itself, and then the audit would need more than bounds.
    """
    counted, rules = load_indicators(), files.table("policy.toml")
    for name, key in (("none_without", "events"), ("at_least", "each")):
        for number, entry in enumerate(rules.get(name, ()), start=1):
            code, place = entry[key], f"{name}.{number}"
            found = counted.get(code)
            if found is None or found.indicator_class is IndicatorClass.ORGANISATIONAL:
                continue
            yield Fault(
                *locate(files, "policy.toml", place),
                f"{place}: `{key}` must be an organisational figure, and {code} is about people.",
                f"{place}: `{key}` संस्थागत अङ्क हुनुपर्छ, {code} मानिसबारे हो।",
            )


def _unexplained(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the pairs of figures of one row or activity of which policy.toml says nothing.

    Whoever fills the row knows how they are related, so an attacker does, and the audit must.
    """
    reported, known = files.table("templates.toml"), read_relations(files.table("policy.toml"))
    rows = {
        f"column.{kind}": [entry["indicator"] for entry in columns.values()]
        for kind, columns in reported.get("column", {}).items()
    }
    for code, entry in reported.get("activity", {}).items():
        rows[f"activity.{code}"] = [
            entry[key] for key in ("people", "events", "amount") if key in entry
        ]
    for key, codes in rows.items():
        pairs = unexplained_pairs([codes], known)
        if not pairs:
            continue
        shown = "; ".join(f"{one}, {other}" for one, other in pairs[:_PAIRS_NAMED])
        more = len(pairs) - _PAIRS_NAMED
        yield Fault(
            *locate(files, "templates.toml", key),
            f"{key}: policy.toml does not say what figures tell of each other ({shown}"
            + (f"; and {more} more pairs" if more > 0 else "")
            + "). Say it with none_without, part_of, at_least or apart (docs/project.md). For"
            " Sima's own figures, take the newer defaults: sima project upgrade.",
            f"{key}: अङ्कहरूले एकअर्काबारे के भन्छन् भनी policy.toml मा लेखिएको छैन ({shown}"
            + (f"; अरू {to_devanagari(str(more))} जोडी" if more > 0 else "")
            + ")। none_without, part_of, at_least वा apart ले लेख्नुहोस् (docs/project.md)। सीमाका आफ्ना"
            " अङ्कका लागि नयाँ पूर्वनिर्धारित फाइल लिनुहोस्: sima project upgrade।",
        )
