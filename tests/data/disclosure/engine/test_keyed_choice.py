"""Which cells are suppressed besides the small ones follows from a key, and tells no count."""

import numpy as np
import pytest

from data.disclosure.engine.protection import draw_by_key
from tests.support.keyed_attacker import grid, line, narrow_cells

KEY = b"the secret of a test"
# Counts just above the threshold are where a choice by size told most.
LINES = [
    [9, 10, 10, 10, 50], [3, 10, 11, 12, 13], [9, 9, 10, 40, 41], [0, 0, 12, 30, 90], [8, 60, 70, 80],
    [1, 10, 10, 200, 300, 400],
]  # fmt: skip
GRIDS = [
    [[9, 12, 30, 31], [40, 41, 12, 13]], [[2, 10, 11, 50], [10, 10, 70, 12]], [[0, 25, 26], [27, 28, 29]],
]  # fmt: skip


def by_size(value: np.ndarray) -> np.ndarray:
    """The choice of the program as it was: the smallest further counts first."""
    return 0.5 + np.argsort(np.argsort(value, kind="stable")) / (2 * len(value))


def test_the_same_key_gives_the_same_cells_and_another_key_others() -> None:
    setting = line([9, 30, 30, 30, 30, 30])
    patterns = {tuple(setting.release(bytes([n]))[0].tolist()) for n in range(20)}
    assert len(patterns) > 5
    assert (setting.release(KEY)[0] == setting.release(KEY)[0]).all()


def test_a_draw_follows_from_the_name_and_the_key_alone() -> None:
    names = [f"cell {n}" for n in range(2_000)]
    draws = draw_by_key(names, KEY)
    assert draws.tolist() == [draw_by_key([name], KEY)[0] for name in names]
    assert ((draws >= 0) & (draws < 1)).all()
    assert abs(draws.mean() - 0.5) < 0.05
    assert abs(np.corrcoef(draws, draw_by_key(names, b"another"))[0, 1]) < 0.1


def test_a_choice_by_size_told_the_smallest_count() -> None:
    """The attacker is sharp enough: of the program as it was he finds what was told."""
    setting = line([9, 11, 11, 11, 50])
    pattern, sound = setting.gate(setting.table.value, by_size(setting.table.value))
    assert sound
    hidden = [name for name, each in zip(setting.table.names, pattern, strict=True) if each]
    assert hidden == ["p0", "p1", "p2"]
    told = set()
    for value in np.ndindex(32, 32):
        counts = setting.table.value.copy()
        counts[:3] = (*value, 31 - sum(value))
        if counts[2] >= 0 and (setting.gate(counts, by_size(counts))[0] == pattern).all():
            told.add(tuple(sorted(counts[:3].tolist())))
    assert told == {(9, 11, 11)}, "no further cell is larger than the least that is shown"


@pytest.mark.parametrize("values", LINES, ids=str)
def test_whoever_runs_the_program_does_not_narrow_a_line(values: list[int]) -> None:
    setting = line(values)
    pattern, sound = setting.release(KEY)
    assert sound
    assert narrow_cells(setting, pattern) == {}


@pytest.mark.deep
@pytest.mark.parametrize("values", GRIDS, ids=str)
def test_whoever_runs_the_program_does_not_narrow_a_grid(values: list[list[int]]) -> None:
    setting = grid(values)
    for key in (KEY, b"another", b"a third"):
        pattern, sound = setting.release(key)
        assert sound
        assert narrow_cells(setting, pattern) == {}


@pytest.mark.deep
@pytest.mark.parametrize("values", [*LINES, *GRIDS], ids=str)
def test_nor_does_an_insider_who_runs_it(values: list) -> None:
    setting = line(values) if isinstance(values[0], int) else grid(values)
    pattern, _ = setting.release(KEY)
    for own in setting.places:
        assert narrow_cells(setting, pattern, own=own) == {}


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(12))
def test_nor_in_random_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.minimum(rng.negative_binomial(1, 1 / 15, int(rng.integers(4, 8))), 300)
    setting = line(values.tolist(), width=int(rng.choice([5, 10])))
    pattern, _ = setting.release(KEY)
    for own in (None, *setting.places):
        found = (
            narrow_cells(setting, pattern, own=own)
            if own is not None
            else narrow_cells(setting, pattern)
        )
        # Under a hidden whole one can learn that a part is small, and nothing else.
        assert not found or pattern[setting.table.names.index("whole")]
        assert all((low, high) == (0, setting.width - 1) for low, high in found.values())
