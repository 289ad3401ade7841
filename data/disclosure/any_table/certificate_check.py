"""Check the certificate of a protected table by addition alone.

No solver is imported here: whoever checks a certificate need not trust the one that made it.
"""

import numpy as np

from data.disclosure.any_table.certificate import TableCertificate, named
from data.disclosure.any_table.contributors import find_contributors
from data.disclosure.any_table.counts_file import CountTable
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table


def check_certificate(certificate: TableCertificate) -> list[str]:
    """Check by addition alone that enough is hidden.

    Returns
    -------
    Faults, in words that quote no count; empty if every hidden cell has its width, for somebody who
    knows only what is shown and for every contributor.
    """
    counts = certificate.counts
    table, names = counts.table, counts.table.names
    at = {name: n for n, name in enumerate(names)}
    hidden = np.zeros(len(table), dtype=bool)
    hidden[[at[name] for name in certificate.hidden]] = True
    wrong = []
    if shown := [names[n] for n in np.flatnonzero(counts.small(certificate.threshold) & ~hidden)]:
        wrong.append(f"{named(shown)}: below the threshold, and not hidden")
    if free := [names[n] for n in np.flatnonzero(counts.free & hidden)]:
        wrong.append(f"{named(free)}: hidden, although the class is free")
    wrong += _check_parts(table, counts.free, hidden, certificate.hidden_parts)
    changes = np.zeros((len(certificate.witnesses), len(table)), dtype=np.int64)
    for number, witness in enumerate(certificate.witnesses):
        changes[number, [at[name] for name in witness]] = list(witness.values())
    faults = _check_witnesses(table, hidden, changes)
    # Widths mean nothing if the tables behind them are wrong.
    return wrong + (faults or _check_widths(table, hidden, changes, certificate.threshold))


def check_same_table(certificate: TableCertificate, counts: CountTable) -> list[str]:
    """Check that a certificate is about a given table; return faults that quote no count."""
    ours, theirs = certificate.counts, counts
    if set(ours.table.names) != set(theirs.table.names):
        odd = set(ours.table.names) ^ set(theirs.table.names)
        return [f"{named(odd)}: only in the certificate, or only in the cells file"]
    names = ours.table.names
    wrong = []
    if other := [names[n] for n in np.flatnonzero(ours.table.value != theirs.table.value)]:
        wrong.append(f"{named(other)}: another count than in the cells file")
    if other := [names[n] for n in np.flatnonzero(ours.free != theirs.free)]:
        wrong.append(f"{named(other)}: another class than in the cells file")
    rows = [
        {(whole, *parts.tolist()) for whole, parts in each.table.rows()} for each in (ours, theirs)
    ]
    if other := [names[whole] for whole, *_ in sorted(rows[0] ^ rows[1])]:
        wrong.append(f"{named(other)}: other rows than in the rows file")
    return wrong


def _check_parts(table: Table, free: Bools, hidden: Bools, hidden_parts: int) -> list[str]:
    """Check that no shown whole has a few hidden parts only.

    If the whole cannot be hidden because free cells tell it, the widths decide alone.
    """
    told = _told_by(table, free)
    few = []
    for whole, parts in table.rows():
        many = int(hidden[parts].sum())
        if 0 < many < hidden_parts and not hidden[whole] and not told[whole]:
            few.append(table.names[whole])
    return [f"{named(few)}: shown, with fewer hidden parts than asked for"] if few else []


def _told_by(table: Table, known: Bools) -> Bools:
    """Return which cells follow from the known ones by addition."""
    told = known.copy()
    before = -1
    while (now := int(told.sum())) != before:
        before = now
        for row in range(table.row_count):
            cells = table.cells_of(row)
            open_ = cells[~told[cells]]
            if len(open_) == 1 or (told[cells[0]] and not table.value[cells[0]]):
                told[open_] = True
    return told


def _check_witnesses(table: Table, hidden: Bools, changes: Ints) -> list[str]:
    """Add up every witness."""
    wrong = []
    for number, change in enumerate(changes, start=1):
        other = table.value + change
        if change[~hidden].any():
            wrong.append(f"witness {number} changes a cell that is shown")
        if (other < 0).any() or (other > UNBOUNDED).any():
            wrong.append(f"witness {number} has a count that cannot be")
        if any(other[whole] != other[parts].sum() for whole, parts in table.rows()):
            wrong.append(f"witness {number} does not add up")
    return wrong


def _check_widths(table: Table, hidden: Bools, changes: Ints, width: int) -> list[str]:
    """Compare the witnesses of each hidden cell, for every reader; the true table is one too."""
    nobody = np.zeros(0, dtype=np.int64)
    wrong = _check_reader(table, np.flatnonzero(hidden), nobody, changes, width)
    # Whoever knows a cell knows more only of cells that rows link to it.
    components = table.components(hidden)
    label = table.labels(components)
    touching = [changes[changes[:, cells].any(axis=1)] for cells in components]
    for own in find_contributors(table):
        for number in np.unique(label[own[hidden[own]]]).tolist():
            cells = components[number]
            wrong += _check_reader(table, cells, own, touching[number], width)
    return wrong


def _check_reader(table: Table, cells: Ints, own: Ints, changes: Ints, width: int) -> list[str]:
    usable = changes[~changes[:, own].any(axis=1)][:, cells]
    reach = usable.max(axis=0, initial=0) - usable.min(axis=0, initial=0)
    narrow = cells[(reach < width) & ~np.isin(cells, own)]
    if not len(narrow):
        return []
    reader = f"whoever knows {table.names[int(own[0])]}" if len(own) else "everybody"
    found = named([table.names[n] for n in narrow])
    return [f"{found}: for {reader}, no two tables differ enough"]
