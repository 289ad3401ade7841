"""Passwords: Argon2id from argon2-cffi, rules for new ones, and a limit on concurrent hashes."""

import secrets
import threading
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.model import SimaError

LEAST = (
    12  # characters; length protects, rules about kinds of characters do not (SP 800-63B, 5.1.1.2)
)
MOST = 256
_AT_ONCE = 2
_WEAK = (
    "password", "passw0rd", "123456", "12345678", "qwerty", "letmein", "welcome", "admin",
    "iloveyou", "abc123", "nepal", "kathmandu", "sima", "trafficking", "changeme",
)  # fmt: skip
_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(_AT_ONCE)


def find_weakness(password: str, *, name: str) -> str:
    """Return why a new password is easy to guess, empty if it is not.

    One of ``length``, ``name`` (it contains the account's name) and ``common``.
    """
    if not LEAST <= len(_normalised(password)) <= MOST:
        return "length"
    plain = _normalised(password).casefold()
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
    """Return whether most letters follow from the one before, as in ``abcdefgh``."""
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(plain)]
    return sum(step <= 1 for step in steps) * 4 > len(steps) * 3


def require_good(password: str, *, name: str) -> None:
    """Refuse a new password that is easy to guess.

    Raises
    ------
    SimaError
        Saying what is wrong with it, without repeating it.
    """
    sentences = {
        "length": f"A password has {LEAST} to {MOST} characters. Use several words.",
        "name": "A password must not contain the name of the account.",
        "common": "This password is too easy to guess. Choose several words.",
    }
    if found := find_weakness(password, name=name):
        raise SimaError(sentences[found])


def hash_password(password: str) -> str:
    """Return the hash to store for a password."""
    with _turn:
        return _hasher.hash(_normalised(password))


def is_correct(stored: str | None, password: str) -> bool:
    """Return whether a password matches the stored hash; always takes the time of one hash.

    Where nothing is stored, the password is compared with a random one, so that an unknown name
    takes as long as a known one.
    """
    with _turn:
        try:
            right = _hasher.verify(stored or _random_hash(), _normalised(password))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


def needs_rehash(stored: str) -> bool:
    """Return whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _normalised(password: str) -> str:
    """Return a password in one normal form, cut just above the longest allowed length.

    Keyboards write one Nepali letter in several ways (SP 800-63B, 5.1.1.2: normalise with NFKC).
    """
    return unicodedata.normalize("NFKC", password[: 4 * MOST])[: MOST + 1]


@cache
def _random_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
