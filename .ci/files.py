"""Refuse files that must not be in the repository.

No workbook, database or boundary file (they could hold what is confidential, or what is not
ours), no file over 100 kB but the lock files and pictures of the documentation, no private key,
no address of a package registry, no trailing space.
"""

import re
import subprocess
import sys
from pathlib import Path

FORBIDDEN = {".xlsx", ".xls", ".xlsm", ".ods", ".sqlite", ".db", ".gpkg", ".shp", ".geojson"}
LARGE = 100_000
MAY_BE_LARGE = re.compile(
    r"requirements(-dev)?\.lock|docs/pictures/.*\.png|.*\.po|data/reference/.*",
)
REGISTRY = re.compile(r"--(extra-)?index-url|files\.pythonhosted|registry\.npmjs")
KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def complaints(path: Path) -> list[str]:
    """Say everything that is wrong with one file."""
    found = []
    if path.suffix.lower() in FORBIDDEN:
        found.append("a workbook, database or boundary file does not belong in the repository")
    content = path.read_bytes()
    if len(content) > LARGE and not MAY_BE_LARGE.fullmatch(path.as_posix()):
        found.append(f"{len(content):,} bytes; the limit is {LARGE:,}")
    if b"\0" in content or path.as_posix() == ".ci/files.py":
        return found
    text = content.decode("utf-8", errors="replace")
    if KEY.search(text):
        found.append("holds a private key")
    if REGISTRY.search(text):
        found.append("names the address of a package registry")
    if path.suffix in {".py", ".toml", ".md", ".sh", ".yaml", ".css", ".js"}:
        lines = enumerate(text.split("\n"), start=1)
        found.extend(f"line {n}: space at its end" for n, line in lines if line != line.rstrip())
    return found


def main() -> int:
    """Check every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    paths = sorted(Path(name) for name in listed if name and Path(name).is_file())
    found = [f"{path}: {complaint}" for path in paths for complaint in complaints(path)]
    summary = f"{len(paths)} files checked, {len(found)} complaints"
    sys.stdout.write("\n".join([*found, summary, ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
