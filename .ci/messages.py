"""Bring the Nepali catalogue up to date with the messages of the source.

Drops what nobody says any more, writes anew where each message is said, and lists those that are
not yet in Nepali; translations of other catalogues named on the command line are taken over.
"""

import ast
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
PO = ROOT / "dashboard" / "locale" / "ne" / "LC_MESSAGES" / "sima.po"


def said() -> dict[str, set[str]]:
    """Give every message of the source, and the files that say it."""
    found: dict[str, set[str]] = {}
    for folder in ("dashboard", "pages"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "_":
                    (argument,) = node.args
                    if isinstance(argument, ast.Constant):
                        place = path.relative_to(ROOT).as_posix()
                        found.setdefault(argument.value, set()).add(place)
    return found


def read(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file)


def quoted(text: str) -> str:
    """Write a text as a catalogue does, on one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> int:
    """Write the catalogue; 1 where a message has no Nepali."""
    texts: dict[str, str] = {}
    for path in [*map(Path, sys.argv[1:]), PO]:  # ours stands where both have one
        for entry in read(path):
            if entry.id and entry.string:
                texts[entry.id] = entry.string
    places = said()
    order = [text for text in texts if text in places]
    order += sorted(text for text in places if text not in texts)
    head = PO.read_text("utf-8").split("\n\n", 1)[0]
    blocks = [head]
    for text in order:
        where = " ".join(sorted(places[text]))
        translated = quoted(texts.get(text, ""))
        blocks.append(f"#: {where}\nmsgid {quoted(text)}\nmsgstr {translated}")
    PO.write_text("\n\n".join(blocks) + "\n", "utf-8")
    missing = [text for text in order if not texts.get(text)]
    for text in missing:
        sys.stdout.write(f"not in Nepali: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
