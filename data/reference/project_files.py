"""The files of a project: those of its own folder, and the shipped defaults for the rest.

All files are read together, so that what a process works with is one state of the folder, which has
one hash. An edit is noticed within a second. Work that must not see two states, such as making a
release or drawing a page, holds one by `pinned` or `pin`.
"""

import hashlib
import io
import json
import os
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from pathlib import Path
from threading import Lock
from time import monotonic
from types import MappingProxyType
from typing import Any, ParamSpec, TypeGuard, TypeVar

from data.model import SimaError
from data.reference.relations import RELATIONS
from data.settings import project_folder

SHIPPED = Path(__file__).parent
ADDED = "added.toml"  # indicators that were added by command or page
LANGUAGES = ("en", "ne")
FILES = (
    ADDED,
    "aliases.csv",
    "border_points.csv",
    "bs_months.csv",
    "claims.toml",
    "indicators.toml",
    "ladder.toml",
    "ledger.toml",
    "logframe.toml",
    "organisations.toml",
    "policy.toml",
    "programme.csv",
    "project.toml",
    "sites.csv",
    "targets.toml",
    "templates.toml",
)
# What the figures of a release mean: a release keeps these files, and everybody may read them.
MEANING = (
    ADDED,
    "claims.toml",
    "indicators.toml",
    "ladder.toml",
    "ledger.toml",
    "logframe.toml",
    "policy.toml",
    "targets.toml",
    "templates.toml",
)
# Where the tables of `ADDED` belong: by file, the table there and its table here (empty: the top).
_ADDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "indicators.toml": {"indicator": ""},
        "policy.toml": {"design": "design", **{name: name for name in RELATIONS}},
        "templates.toml": {"column": "column", "activity": "activity"},
    }
)
_GAZETTEER = frozenset({"aliases.csv", "border_points.csv", "programme.csv", "sites.csv"})
_NAMES = frozenset({"name", "operator"})  # columns of lists that end in a language
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same files give the same bytes


_LOOK_AGAIN = 1.0  # seconds until the folder is compared with what was read
_STATES = 3  # of a loaded table that are kept: the present one, one being left, one pinned

Arguments = ParamSpec("Arguments")
Loaded = TypeVar("Loaded")


@dataclass(frozen=True)
class ProjectFiles:
    """The files of a project as they were read.

    ``folder`` is None where the project has no folder of its own. ``content`` has every name of
    `FILES`; ``own`` the names that stand in the folder. ``kept`` says that some files are those
    that a release kept: they may have texts in fewer languages than the project has now.
    """

    folder: Path | None
    content: Mapping[str, bytes]
    own: frozenset[str]
    kept: bool = False

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of each file, in hexadecimal."""
        return {name: hashlib.sha256(self.content[name]).hexdigest() for name in FILES}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all names and contents; where the folder stands makes no difference."""
        listed = "".join(f"{self.digests[name]}  {name}\n" for name in FILES)
        return hashlib.sha256(listed.encode()).hexdigest()

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the project's texts, the one to begin with first; see project.toml.

        All of `LANGUAGES` where the file states none, or wrong ones, which `read_project` refuses.
        """
        try:
            stated = self._own_table("project.toml").get("languages")
        except SimaError:
            stated = None
        return tuple(stated) if are_languages(stated) else LANGUAGES

    def text(self, name: str) -> str:
        """Return a file as text.

        Raises
        ------
        SimaError
            If it is not UTF-8.
        """
        try:
            return self.content[name].decode("utf-8-sig")
        except UnicodeDecodeError as wrong:
            raise SimaError(f"{self.say(name)} is not text in UTF-8. Save it as UTF-8.") from wrong

    def table(self, name: str) -> dict[str, Any]:
        """Return a TOML file as a table, with what `ADDED` adds to it.

        In a project of one language, every text is there in all `LANGUAGES`, with the same words.

        Raises
        ------
        SimaError
            If it is not TOML (the message has line and column), or something was added to it that
            it has itself.
        """
        table = self._own_table(name)
        if name in _ADDS:
            added = self._own_table(ADDED)
            for group, at in _ADDS[name].items():
                if group in RELATIONS:
                    table[at] = [*table.get(at, ()), *added.get(group, ())]
                    continue
                inside = table.setdefault(at, {}) if at else table
                _merge(inside, added.get(group, {}), group)
        if self.kept or len(self.languages) < len(LANGUAGES):
            _complete_texts(table)
        return table

    def _own_table(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text(name))
        except tomllib.TOMLDecodeError as wrong:
            raise SimaError(f"{self.say(name)}: {wrong}.") from wrong

    def policy_text(self) -> str:
        """Return the whole policy as text: ``policy.toml``, and added designs and relations."""
        parts, added = [self.text("policy.toml")], self._own_table(ADDED)
        for code, designs in added.get("design", {}).items():
            for audience, design in designs.items():
                parts.append(_as_toml(f"[design.{code}.{audience}]", design))
        for name in RELATIONS:
            parts += [_as_toml(f"[[{name}]]", entry) for entry in added.get(name, ())]
        return "".join(parts)

    def meaning(self) -> str:
        """Return the files of `MEANING` as JSON: the text of each by its name."""
        return json.dumps({name: self.text(name) for name in MEANING}, ensure_ascii=False)

    def with_meaning(self, kept: str) -> "ProjectFiles":
        """Return these files with those that a release kept, as `meaning` returned them."""
        texts = json.loads(kept) if kept else {}
        old = {name: str(text).encode() for name, text in texts.items() if name in MEANING}
        return replace(self, content=MappingProxyType({**self.content, **old}), kept=bool(old))

    def say(self, name: str) -> str:
        """Return how messages call a file: its path in the folder, or its name alone."""
        return str(self.folder / name) if self.folder and name in self.own else name

    def packed(self) -> bytes:
        """Return the files as a ZIP archive; the same files give the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in FILES:
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), self.content[name])
        return out.getvalue()


def _as_toml(header: str, entry: Mapping[str, Any]) -> str:
    """Return a table of texts, numbers and lists of them as TOML."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
    return "\n".join([f"\n{header}", *lines, ""])


def _merge(table: dict[str, Any], added: Mapping[str, Any], group: str) -> None:
    """Add entries to a table; columns are one level deeper, by template."""
    for key, entry in added.items():
        if group == "column":
            _merge(table.setdefault(key, {}), entry, f"column.{key}")
        elif key in table:
            raise SimaError(f"{ADDED}, {group}.{key}: there is one already.")
        else:
            table[key] = entry


def are_languages(stated: object) -> TypeGuard[list[str]]:
    """Return whether a value of project.toml is a list of different languages of `LANGUAGES`."""
    return (
        isinstance(stated, list)
        and bool(stated)
        and all(each in LANGUAGES for each in stated)
        and len(set(stated)) == len(stated)
    )


def _complete_texts(table: dict[str, Any]) -> None:
    """Give each text of a table the words of its own language in every language that it lacks."""
    for entry in table.values():
        if isinstance(entry, dict):
            said = next((entry[each] for each in LANGUAGES if entry.get(each)), None)
            if said is not None and set(entry) <= set(LANGUAGES):
                entry.update({each: said for each in LANGUAGES if not entry.get(each)})
            else:
                _complete_texts(entry)
        elif isinstance(entry, list):
            _complete_texts({str(n): each for n, each in enumerate(entry)})


def shipped_path(name: str) -> Path:
    """Return where the shipped default of a file stands."""
    return (SHIPPED / "gazetteer" / name) if name in _GAZETTEER else SHIPPED / name


def read_shipped() -> ProjectFiles:
    """Return the shipped defaults."""
    content = {name: shipped_path(name).read_bytes() for name in FILES}
    return ProjectFiles(None, MappingProxyType(content), frozenset())


def read_folder(folder: Path) -> ProjectFiles:
    """Return the files of a folder, with the shipped default of each that is absent there.

    Raises
    ------
    SimaError
        If the folder is missing or a file cannot be read.
    """
    if not folder.is_dir():
        raise SimaError(
            f"There is no project folder {folder}. Make it with: sima setup"
            " - or correct SIMA_PROJECT."
        )
    content, own = {}, set()
    for name in FILES:
        path = folder / name
        try:
            if path.exists():
                content[name] = path.read_bytes()
                own.add(name)
            else:
                content[name] = shipped_path(name).read_bytes()
        except OSError as wrong:
            raise SimaError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    return ProjectFiles(folder, MappingProxyType(content), frozenset(own))


class _Current:
    """The state of the folder that was read last, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._files: ProjectFiles | None = None
        self._signature: object = None
        self._looked = 0.0

    def files(self) -> ProjectFiles:
        """Return the present state; the folder is looked at again after a second."""
        with self._lock:
            now = monotonic()
            if self._files is not None and now - self._looked < _LOOK_AGAIN:
                return self._files
            folder, named = project_folder(os.environ), bool(os.environ.get("SIMA_PROJECT"))
            signature = (folder, named, _signature(folder))
            if self._files is None or signature != self._signature:
                shipped = not named and not folder.is_dir()
                self._files = read_shipped() if shipped else read_folder(folder)
                self._signature = signature
            self._looked = now
            return self._files

    def forget(self) -> None:
        """Look at the folder when it is asked for next."""
        with self._lock:
            self._looked, self._signature = 0.0, None


_current = _Current()
_pinned: ContextVar[ProjectFiles | None] = ContextVar("project_files", default=None)


def _signature(folder: Path) -> tuple[object, ...]:
    """Return what changes when a file of the folder does: identity, time and size of each."""
    found: list[object] = []
    for name in FILES:
        try:
            stat = (folder / name).stat()
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def project_files() -> ProjectFiles:
    """Return the project's files: the pinned ones, else the present ones.

    They come from the folder that ``SIMA_PROJECT`` names. Without the variable they come from
    ``project`` below ``SIMA_VAR``, and are the shipped defaults where that does not exist.

    Raises
    ------
    SimaError
        If ``SIMA_PROJECT`` names no folder, or a file cannot be read.
    """
    return _pinned.get() or _current.files()


def pin(files: ProjectFiles | None = None) -> None:
    """Keep to some files, or to the present ones, in this thread until this is called again."""
    _pinned.set(files or _current.files())


@contextmanager
def pinned(files: ProjectFiles | None = None) -> Iterator[ProjectFiles]:
    """Keep to some files, or to the present ones, within a block."""
    held = files or project_files()
    token = _pinned.set(held)
    try:
        yield held
    finally:
        _pinned.reset(token)


def forget() -> None:
    """Notice a change of the folder at once: for whoever changed it."""
    _current.forget()


def remembered(
    *names: str,
) -> Callable[[Callable[Arguments, Loaded]], Callable[Arguments, Loaded]]:
    """Keep what a function makes of some files until one of them changes, or ``project.toml``.

    Arguments of the function must be hashable.
    """

    def decorate(load: Callable[Arguments, Loaded]) -> Callable[Arguments, Loaded]:
        kept: dict[tuple[str, ...], dict[object, Loaded]] = {}
        lock = Lock()

        @wraps(load)
        def loaded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Loaded:
            files = project_files()
            digests = (files.digests[name] for name in (*names, "project.toml"))
            state = (str(files.kept), *digests)
            call = (args, tuple(sorted(kwargs.items())))
            try:
                return kept[state][call]
            except KeyError:
                pass
            with pinned(files):
                made = load(*args, **kwargs)
            with lock:
                while state not in kept and len(kept) >= _STATES:
                    del kept[next(iter(kept))]
                return kept.setdefault(state, {}).setdefault(call, made)

        return loaded

    return decorate


def languages() -> tuple[str, ...]:
    """Return the languages of the project's texts; see `ProjectFiles.languages`."""
    return project_files().languages


def complete_names(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row of a list with its names in every one of `LANGUAGES`.

    In a project of one language, an empty ``name_…`` or ``operator_…`` of another one says the same
    as that language. Otherwise the row stays as it is.
    """
    spoken = languages()
    found = dict(row)
    if len(spoken) < len(LANGUAGES):
        for key, said in row.items():
            group, _, language = key.rpartition("_")
            if group in _NAMES and language in LANGUAGES and not said:
                found[key] = row.get(f"{group}_{spoken[0]}", "")
    return found


def read_text(name: str) -> str:
    """Return a file of the project as text; see `ProjectFiles.text`."""
    return project_files().text(name)


def read_table(name: str) -> dict[str, Any]:
    """Return a TOML file of the project as a table; see `ProjectFiles.table`."""
    return project_files().table(name)
