"""Consent to a policy that protects less than the last release's: two people must give it."""

import hashlib
from collections.abc import Sequence

from data.model import SimaError
from data.reference.policy import Policy, list_weakened_rules

TWO_PEOPLE = 2


def policy_hash(text: str) -> str:
    """Return the name under which consents to a policy are kept: SHA-256 of its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def require_consent(before: str, policy: Policy, agreed: Sequence[str]) -> None:
    """Refuse a policy that protects less than the last one, unless two people agreed to it.

    Parameters
    ----------
    before
        Text of the policy of the audience's last release; empty before the first release.
    agreed
        Accounts that agreed to ``policy``.

    Raises
    ------
    SimaError
        With the names of what the policy lowers.
    """
    if not before or before == policy.text:
        return
    less = list_weakened_rules(before, policy.text)
    if less and len(agreed) < TWO_PEOPLE:
        raise SimaError(
            f"The policy protects less than the last release's ({'; '.join(less[:5])})."
            f" Two people must agree to that, {len(agreed)} did:"
            " sima policy agree --by ACCOUNT"
        )
