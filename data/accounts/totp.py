"""The second proof: codes of six digits from an authenticator app (TOTP, RFC 6238)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp

_STEP_S = 30  # of a code of six digits


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What sets up a second proof: the key, and the same as an address for a picture."""

    secret: str
    uri: str


def make_secret() -> str:
    """Give a key made by chance."""
    return pyotp.random_base32()


def build_enrolment(name: str, secret: str) -> Enrolment:
    """Give what an app is told of an account's key."""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Sima"))


def find_step(secret: str, last: int | None, digits: str, now: datetime) -> int | None:
    """Give the half minute that a code of six digits is of, None where it is wrong or was used.

    One half minute before and after now is taken, for clocks that differ (RFC 6238, 5.2); ``last``
    is the newest that was used: no code works twice.
    """
    plain = digits.replace(" ", "")
    if not (plain.isascii() and plain.isdecimal()):
        return None
    current = int(now.timestamp()) // _STEP_S
    for step in (current - 1, current, current + 1):
        right = pyotp.TOTP(secret).generate_otp(step)
        if hmac.compare_digest(right, plain) and (last is None or step > last):
            return step
    return None
