"""Makes the folder of a project of the shipped defaults, and takes over what newer defaults change.

The folder keeps a copy of each default that it began with, in `BASE`. What a newer version of Sima
changed is therefore known apart from what the project changed itself, and can be taken piece by
piece: a piece is a run of lines that differ between the old and the new default.
"""

import difflib
import io
import os
import secrets
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.model import SimaError
from data.reference import project_files
from data.reference.project_files import FILES, shipped_path

BASE = ".defaults"  # below the folder: the defaults that its files began as


@dataclass(frozen=True, slots=True)
class Piece:
    """One change of a newer default.

    ``name`` and ``number`` say which: pieces of a file are counted from 1. ``line`` is where it
    stands in the project's file. ``old`` and ``new`` are the lines before and after. ``clear`` is
    false where the project changed the same lines itself: a person must decide then.
    """

    name: str
    number: int
    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    clear: bool

    @property
    def label(self) -> str:
        """How a command names the piece."""
        return f"{self.name}:{self.number}"


def make_folder(folder: Path) -> bool:
    """Make the folder of the shipped defaults unless it is there, and return whether it was made.

    It appears as a whole or not at all, also when the process is killed.

    Raises
    ------
    SimaError
        If the place is no folder or cannot be written.
    """
    if folder.is_dir():
        return False
    defaults = {name: shipped_path(name).read_bytes() for name in FILES}
    try:
        _make_whole(folder, {**defaults, **{f"{BASE}/{name}": defaults[name] for name in FILES}})
    except OSError as wrong:
        if folder.is_dir():  # another process was faster
            return False
        raise SimaError(f"The project folder {folder} cannot be made: {wrong.strerror}.") from wrong
    project_files.forget()
    return True


def _make_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder of some files, by their path in it; it appears as a whole or not at all."""
    begun = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        for name, content in files.items():
            (begun / name).parent.mkdir(parents=True, exist_ok=True)
            _write_through(begun / name, content)
        begun.rename(folder)
        _sync_folder(folder.parent)
    except OSError:
        shutil.rmtree(begun, ignore_errors=True)
        raise


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Replace a file of the folder; the old or the new one is there at every moment.

    Raises
    ------
    SimaError
        If it cannot be written.
    """
    path = folder / name
    begun = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        _write_through(begun, content)
        begun.replace(path)
        _sync_folder(path.parent)
    except OSError as wrong:
        begun.unlink(missing_ok=True)
        raise SimaError(f"{path} cannot be written: {wrong.strerror}.") from wrong
    project_files.forget()


def unpack(packed: bytes, folder: Path) -> list[str]:
    """Write the files of `ProjectFiles.packed` into a new folder, and return their names.

    It appears as a whole or not at all, also when the process is killed.

    Raises
    ------
    SimaError
        If there is something at that place, or it cannot be written.
    """
    if folder.exists():
        raise SimaError(f"{folder} exists already. Name a folder that does not exist yet.")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name in FILES}
    try:
        _make_whole(folder, files)
    except OSError as wrong:
        raise SimaError(f"{folder} cannot be written: {wrong.strerror}.") from wrong
    return list(files)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def list_pieces(folder: Path) -> list[Piece]:
    """Return what the shipped defaults change that the folder does not have yet.

    A file that the folder lacks is not listed: its shipped default is in force.

    Raises
    ------
    SimaError
        If there is no such folder, or a file is not UTF-8.
    """
    held = project_files.read_folder(folder)
    shipped = project_files.read_shipped()
    return [
        piece
        for name in FILES
        if name in held.own
        for piece in _pieces_of(name, _base(folder, name), held.text(name), shipped.text(name))
    ]


def _base(folder: Path, name: str) -> str:
    """Return the default that a file began as; where none is kept, the file itself."""
    try:
        return (folder / BASE / name).read_text("utf-8")
    except FileNotFoundError:
        return (folder / name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise SimaError(
            f"{folder / BASE / name} cannot be read. Restore it from a copy."
        ) from wrong


def _pieces_of(name: str, base: str, own: str, shipped: str) -> Iterator[Piece]:
    old, mine, new = (text.splitlines() for text in (base, own, shipped))
    at = _Places(old, mine)
    number = 0
    for _tag, first, last, new_first, new_last in _differences(old, new):
        number += 1
        before, after = tuple(old[first:last]), tuple(new[new_first:new_last])
        place, clear = at.find(first, last)
        if tuple(mine[place : place + len(after)]) == after and after:
            continue  # it was taken, or the project wrote the same
        yield Piece(name, number, place + 1, before, after, clear)


def _differences(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [code for code in codes if code[0] != "equal"]


class _Places:
    """Where lines of an old text stand in a changed one."""

    def __init__(self, old: list[str], mine: list[str]) -> None:
        self._blocks = difflib.SequenceMatcher(
            None, old, mine, autojunk=False
        ).get_matching_blocks()

    def find(self, first: int, last: int) -> tuple[int, bool]:
        """Return where a run of old lines stands, and whether it is unchanged with its edges."""
        for block in self._blocks:
            if block.a <= first and last <= block.a + block.size and block.size:
                return block.b + first - block.a, True
        before = [block for block in self._blocks if block.a + block.size <= first]
        return (before[-1].b + before[-1].size if before else 0), False


def settle_pieces(
    folder: Path, *, take: Collection[str] = (), keep: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Take some pieces into the project's files, and leave the project's lines of others.

    A piece that was taken or left is not offered again. Each file is replaced as a whole.

    Parameters
    ----------
    take, keep
        `Piece.label` as `list_pieces` gives them now, or the name of a file for all of its pieces.

    Returns
    -------
    The labels of the pieces that were taken, and of those that were left.

    Raises
    ------
    SimaError
        If there is no such piece, one is named twice, or the project changed the lines of one that
        is to be taken. Nothing is written then.
    """
    pieces = list_pieces(folder)
    named = {piece.label for piece in pieces} | {piece.name for piece in pieces}
    if strange := [label for label in (*take, *keep) if label not in named]:
        raise SimaError(
            f"There is no change {', '.join(strange)}. `sima project upgrade` lists the changes."
        )
    taken, kept = (
        [piece for piece in pieces if piece.label in wanted or piece.name in wanted]
        for wanted in (take, keep)
    )
    if both := [piece.label for piece in taken if piece in kept]:
        raise SimaError(f"{', '.join(both)}: a change can be taken or kept, not both.")
    if unclear := [piece.label for piece in taken if not piece.clear]:
        raise SimaError(
            f"{', '.join(unclear)}: the project changed these lines itself. Edit the file by hand,"
            " then type: sima project upgrade --keep " + " --keep ".join(unclear)
        )
    for name in dict.fromkeys(piece.name for piece in (*taken, *kept)):
        mine = [piece for piece in taken if piece.name == name]
        if mine:
            lines = (folder / name).read_text("utf-8-sig").splitlines()
            for piece in reversed(mine):
                lines[piece.line - 1 : piece.line - 1 + len(piece.old)] = piece.new
            write_file(folder, name, _joined(lines))
        _settle(folder, name, mine + [piece for piece in kept if piece.name == name])
    return [piece.label for piece in taken], [piece.label for piece in kept]


def _settle(folder: Path, name: str, pieces: list[Piece]) -> None:
    """Bring the kept default forward by some pieces, so that they are no longer differences."""
    old = _base(folder, name).splitlines()
    new = project_files.read_shipped().text(name).splitlines()
    done = {piece.number for piece in pieces}
    differences = list(enumerate(_differences(old, new), start=1))
    for number, (_tag, first, last, new_first, new_last) in reversed(differences):
        if number in done:
            old[first:last] = new[new_first:new_last]
    write_file(folder / BASE, name, _joined(old))


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
