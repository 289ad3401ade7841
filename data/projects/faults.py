"""Faults of a project's files, in both languages."""

from dataclasses import dataclass

from data.reference.minimum import locate
from data.reference.project_files import ProjectFiles

_KINDS = {
    "border point": "सीमा नाका",
    "district": "जिल्ला",
    "district or palika": "जिल्ला वा पालिका",
    "palika": "पालिका",
    "place": "ठाउँ",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file of the project.

    ``line`` is counted from 1. ``en`` and ``ne`` say what is wrong and what is allowed.
    """

    name: str
    line: int
    en: str
    ne: str

    @property
    def where(self) -> str:
        """The file and the line."""
        return f"{self.name}, line {self.line}"


def unknown_code(files: ProjectFiles, name: str, key: str, code: str, where: str) -> Fault:
    """Return the fault of a key that names a code which another file should have."""
    return Fault(
        *locate(files, name, key), f"{key}: {code} does not stand in {where}.",
        f"{key}: {code} {where} मा छैन।",
    )  # fmt: skip


def unknown_place(name: str, line: int, code: str, kind: str) -> Fault:
    """Return the fault of a line that names a place which there is not; ``kind`` is in English."""
    return Fault(name, line, f"There is no {kind} {code}.", f"{code} नामको {_KINDS[kind]} छैन।")


def named_twice(name: str, line: int, code: str) -> Fault:
    """Return the fault of a line whose code an earlier line has."""
    return Fault(name, line, f"{code} stands in the list twice.", f"{code} सूचीमा दुई पटक छ।")
