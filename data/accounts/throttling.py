"""How long to wait after wrong passwords: decided before anything is hashed.

Five may be wrong without a wait; then the wait doubles, and after ten an account is locked for a
quarter of an hour, then for longer. A name that is no account waits just so, as far as this process
remembers it. All together may try as often as `RateLimit` allows, which keeps the processor free.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

_FREE, _LOCKED = 5, 10
_FIRST = timedelta(seconds=2)
_LOCK = timedelta(minutes=15)
_LONGEST = timedelta(hours=24)


def wait_after(wrong: int) -> timedelta:
    """Give how long to wait after so many wrong passwords in a row."""
    if wrong < _FREE:
        return timedelta()
    if wrong < _LOCKED:
        return _FIRST * 2 ** (wrong - _FREE)
    return min(_LOCK * 2 ** min(wrong - _LOCKED, 10), _LONGEST)


class UnknownNames:
    """Wrong passwords for names that are no account, the latest of them; nothing is stored."""

    def __init__(self, most: int = 10_000) -> None:
        """Remember so many names."""
        self._most, self._lock = most, threading.Lock()
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def held(self, name: str, now: datetime) -> tuple[int, datetime]:
        """Give how many were wrong so far, and when the name may be tried again."""
        with self._lock:
            return self._wrong.get(name, (0, now))

    def count(self, name: str, before: int, now: datetime) -> bool:
        """Count a try of a name that had ``before``; False where another was counted since."""
        with self._lock:
            if self._wrong.get(name, (0, now))[0] != before:
                return False
            self._wrong.pop(name, None)
            self._wrong[name] = (before + 1, now + wait_after(before + 1))
            while len(self._wrong) > self._most:
                self._wrong.popitem(last=False)
        return True


class RateLimit:
    """So many tries at once, and so many a second after that, for all names together."""

    def __init__(self, *, burst: int = 40, a_second: float = 1.0) -> None:
        """Begin full."""
        self._burst, self._rate, self._lock = burst, a_second, threading.Lock()
        self._left: float = burst
        self._at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Take one try; False where none is left."""
        with self._lock:
            if self._at is not None:
                passed = max(0.0, (now - self._at).total_seconds())
                self._left = min(self._burst, self._left + passed * self._rate)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
