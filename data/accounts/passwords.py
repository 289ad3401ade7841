"""Passwords: Argon2id by a well-kept library, rules for new ones, and a limit for the processor."""

import secrets
import threading
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.model import SimaError

LEAST = 12  # characters; length protects, rules of composition do not (NIST SP 800-63B, 5.1.1.2)
MOST = 256
_AT_ONCE = 2
_WEAK = (
    "password", "passw0rd", "123456", "12345678", "qwerty", "letmein", "welcome", "admin",
    "iloveyou", "abc123", "nepal", "kathmandu", "sima", "trafficking", "changeme",
)  # fmt: skip
_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(_AT_ONCE)


def find_weakness(password: str, *, name: str) -> str:
    """Say why a new password is easily guessed: ``length``, ``name``, ``common``, or nothing."""
    if not LEAST <= len(_one_way(password)) <= MOST:
        return "length"
    plain = _one_way(password).casefold()
    if name.strip().casefold() in plain:
        return "name"
    rest = plain
    for weak in _WEAK:
        rest = rest.replace(weak, "")
    little = len(rest.strip("0123456789 !.-_")) < LEAST // 2
    if (rest != plain and little) or len(set(plain)) < LEAST // 2 or _is_run(plain):
        return "common"
    return ""


def _is_run(plain: str) -> bool:
    """Say whether most letters follow from the one before, as in ``abcdefgh`` or ``98765432``."""
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(plain)]
    return sum(step <= 1 for step in steps) * 4 > len(steps) * 3


def require_good(password: str, *, name: str) -> None:
    """Refuse a new password that is easily guessed.

    Raises
    ------
    SimaError
        Saying what is wrong with it, without repeating it.
    """
    said = {
        "length": f"A password has {LEAST} to {MOST} characters. Several words are good.",
        "name": "A password must not contain the name of the account.",
        "common": "This password is too easy to guess. Choose several words.",
    }
    if found := find_weakness(password, name=name):
        raise SimaError(said[found])


def hash_password(password: str) -> str:
    """Give what is stored of a password."""
    with _turn:
        return _hasher.hash(_one_way(password))


def is_correct(stored: str | None, password: str) -> bool:
    """Say whether a password is the one that was stored; always the work of one hash.

    Where nothing is stored a password is compared with that of nobody, so that a name that is
    not known takes as long as one that is.
    """
    with _turn:
        try:
            right = _hasher.verify(stored or _nobodys(), _one_way(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


def needs_rehash(stored: str) -> bool:
    """Say whether a password was stored with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _one_way(password: str) -> str:
    """Write a password in one way, cut where none is that long.

    Keyboards write one Nepali letter in several ways (SP 800-63B, 5.1.1.2: normalise with NFKC).
    """
    return unicodedata.normalize("NFKC", password[: 4 * MOST])[: MOST + 1]


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
