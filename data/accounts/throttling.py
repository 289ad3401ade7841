"""How long to wait after wrong passwords; decided before any password is hashed.

Five wrong passwords cost no wait. Then the wait doubles; after ten, an account is locked for 15
minutes, then for longer. An unknown name waits the same, as long as this process remembers it.
`RateLimit` bounds the attempts of all names together, to keep the processor free.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

_FREE, _LOCKED = 5, 10  # wrong passwords in a row
_FIRST = timedelta(seconds=2)
_LOCK = timedelta(minutes=15)
_LONGEST = timedelta(hours=24)


def wait_after(wrong: int) -> timedelta:
    """Return how long to wait after a number of wrong passwords in a row."""
    if wrong < _FREE:
        return timedelta()
    if wrong < _LOCKED:
        return _FIRST * 2 ** (wrong - _FREE)
    return min(_LOCK * 2 ** min(wrong - _LOCKED, 10), _LONGEST)


class UnknownNames:
    """Wrong passwords of the latest names without an account, in memory only."""

    def __init__(self, most: int = 10_000) -> None:
        """Remember at most ``most`` names."""
        self._most, self._lock = most, threading.Lock()
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def held(self, name: str, now: datetime) -> tuple[int, datetime]:
        """Return the number of wrong passwords so far, and when the name may be tried again."""
        with self._lock:
            return self._wrong.get(name, (0, now))

    def count(self, name: str, before: int, now: datetime) -> bool:
        """Count an attempt of a name that had ``before`` wrong ones.

        Return False where another attempt was counted meanwhile.
        """
        with self._lock:
            if self._wrong.get(name, (0, now))[0] != before:
                return False
            self._wrong.pop(name, None)
            self._wrong[name] = (before + 1, now + wait_after(before + 1))
            while len(self._wrong) > self._most:
                self._wrong.popitem(last=False)
        return True


class RateLimit:
    """A token bucket for all names together: a burst of attempts, then a rate per second."""

    def __init__(self, *, burst: int = 40, a_second: float = 1.0) -> None:
        """Start with ``burst`` attempts; ``a_second`` are added per second."""
        self._burst, self._rate, self._lock = burst, a_second, threading.Lock()
        self._left: float = burst
        self._at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Take one attempt; return False where none is left."""
        with self._lock:
            if self._at is not None:
                passed = max(0.0, (now - self._at).total_seconds())
                self._left = min(self._burst, self._left + passed * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
