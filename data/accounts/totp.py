"""The second proof: six-digit codes from an authenticator app (TOTP, RFC 6238)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp

_STEP_S = 30  # seconds for which a code is valid


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The key of a second proof, and the same as an ``otpauth:`` address for a QR code."""

    secret: str
    uri: str


def make_secret() -> str:
    """Return a new random key."""
    return pyotp.random_base32()


def build_enrolment(name: str, secret: str) -> Enrolment:
    """Return what an authenticator app needs to set up an account's key."""
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Sima"))


def find_step(secret: str, last: int | None, digits: str, now: datetime) -> int | None:
    """Return the time step of a six-digit code, None where the code is wrong or was used.

    The step before and the one after the current are accepted too, for clocks that differ
    (RFC 6238, 5.2).

    Parameters
    ----------
    last
        The newest step that was used, None if there was none: no code works twice.
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
