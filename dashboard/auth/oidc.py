"""Sign-in with an organisation's own provider (OpenID Connect), through Streamlit's `st.login`.

Streamlit asks the provider and checks its answer. Its own cookie would then identify the user for
thirty days. In the same response we exchange it for a visit of ours, which ends when idle and can
be ended; the account's rights are looked up at every request. Streamlit's cookie opens nothing; it
is kept only for signing out at the provider as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from data.model import Service, SimaError
from data.settings import Settings

CALLBACK = "/oauth2callback"
SIGN_OUT = "/auth/logout"
_NEEDED = ("client_id", "client_secret", "cookie_secret", "server_metadata_url")
_SHORTEST_SECRET = 32
# Methods of RFC 8176 that are a second factor, or say that there was one.
_SECOND_PROOFS = ("mfa", "otp", "hwk", "sc")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as a provider identifies them: its address (issuer) and its name for them (subject).

    ``proven`` is whether the provider confirmed two-step sign-in (RFC 8176, ``amr``).
    """

    issuer: str
    subject: str
    proven: bool = False


def _section(settings: Settings) -> Mapping[str, Any]:
    """Read the ``[auth]`` section of the secrets file; empty if there is none."""
    if not settings.secrets or settings.service is Service.PUBLIC:
        return {}
    import tomllib  # noqa: PLC0415  # only where a provider is set up

    path = Path(settings.secrets)
    try:
        with path.open("rb") as file:
            section = tomllib.load(file).get("auth", {})
    except OSError as wrong:
        raise SimaError(f"SIMA_SECRETS: {path.name} cannot be read.") from wrong
    except tomllib.TOMLDecodeError:  # its message may hold a secret
        raise SimaError(f"SIMA_SECRETS: {path.name} is not TOML.") from None
    return section if isinstance(section, Mapping) else {}


def require_sound(settings: Settings) -> None:
    """Check that a provider, if there is one, is set up completely; no message holds a secret.

    Raises
    ------
    SimaError
        If an entry is missing or wrong, or others can read the file.
    """
    section = _section(settings)
    if not settings.secrets:
        return
    for name in _NEEDED:
        if not isinstance(section.get(name), str) or not section[name]:
            raise SimaError(f"SIMA_SECRETS: [auth] needs {name}. See docs/access.md.")
    if len(section["cookie_secret"]) < _SHORTEST_SECRET:
        raise SimaError(
            f"SIMA_SECRETS: cookie_secret needs {_SHORTEST_SECRET} random characters or more."
        )
    if Path(settings.secrets).stat().st_mode & 0o077:
        raise SimaError("SIMA_SECRETS: others can read the file. Run: chmod 600 on it.")


def name(settings: Settings) -> str:
    """Return the provider's name for its button; empty if none is set up."""
    section = _section(settings)
    return str(section.get("name", "OpenID Connect")) if section else ""


def configure(settings: Settings, address: str) -> None:
    """Set Streamlit up for the provider before it starts, and keep it from other secrets files.

    ``address`` is where this process listens; readers use ``settings.origin`` if it is set.
    """
    from streamlit import config  # noqa: PLC0415  # slow to load
    from streamlit.runtime.secrets import secrets_singleton  # noqa: PLC0415  # as above

    section = dict(_section(settings))
    config.set_option("secrets.files", [settings.secrets] if section else [])
    if section:
        # This value follows from our address, so nobody has to write it twice.
        origin = settings.origin or address
        secrets_singleton.load_if_toml_exists()
        found = dict(secrets_singleton._secrets or {})  # noqa: SLF001  # Streamlit has no public way to add one
        found["auth"] = {**section, "redirect_uri": origin + CALLBACK}
        found["auth"].pop("name", None)
        secrets_singleton._secrets = found  # noqa: SLF001  # as above


def door() -> str:
    """Return the address that starts a sign-in with the provider."""
    from streamlit.auth_util import encode_provider_token  # noqa: PLC0415  # slow to load

    return f"/auth/login?provider={encode_provider_token('default')}"


def identity(set_cookies: list[str]) -> Identity | None:
    """Read the user from the cookies that Streamlit's response sets; None if it sets none.

    This process signed them a moment ago; the signature is checked all the same.
    """
    from streamlit.auth_util import get_cookie_with_chunks  # noqa: PLC0415  # slow to load
    from streamlit.web.server.server_util import get_cookie_secret  # noqa: PLC0415  # as above
    from streamlit.web.server.starlette.starlette_app_utils import (  # noqa: PLC0415  # as above
        decode_signed_value,
    )
    from streamlit.web.server.starlette.starlette_server_config import (  # noqa: PLC0415  # as above
        USER_COOKIE_NAME,
    )

    given: dict[str, str] = {}
    for line in set_cookies:
        try:
            given |= {key: morsel.value for key, morsel in SimpleCookie(line).items()}
        except CookieError:
            continue
    content = get_cookie_with_chunks(
        lambda key: (
            decode_signed_value(get_cookie_secret(), key, given[key]) if given.get(key) else None
        ),
        USER_COOKIE_NAME,
    )
    if not content:
        return None
    return of_claims(json.loads(content))


def of_claims(claims: Mapping[str, object]) -> Identity | None:
    """Read the user from a provider's token; None if it lacks the issuer or the subject."""
    issuer, subject, shown = claims.get("iss"), claims.get("sub"), claims.get("amr")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        return None
    proven = isinstance(shown, list) and any(each in _SECOND_PROOFS for each in shown)
    return Identity(issuer, subject, proven)
