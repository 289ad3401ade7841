"""The routes of sign-in and sign-out; visits begin and end only here."""

import io
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Send

from dashboard.auth import access_log, oidc, page_access, viewer
from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.server.routes import sign_in_pages
from data.accounts import passwords
from data.accounts.accounts import Account, Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.accounts.sign_in import SignIn
from data.accounts.visits import LOCAL, PROVIDER
from data.database import engines
from data.model import Role, SimaError
from data.settings import Settings

_NEXT = "sima_next"
_NEXT_S = 600
_LARGEST_FORM = 10_000
_MINUTE_S = 60
_HOME = "/"
_OF_AN_ADDRESS = "/?&=%+#:;,!$'()*@~"  # characters that have a meaning there
UNKNOWN = "/sign-in/unknown"


def _accounts(settings: Settings) -> Accounts:
    return _opened(str(settings.access))[0]


@lru_cache(maxsize=4)
def _opened(address: str) -> tuple[Accounts, SignIn]:
    accounts = Accounts.open(address)
    return accounts, SignIn(accounts)


def after(text: str, role: Role | None = None) -> str:
    """Return the address to open after sign-in: ``text`` if it is a page of the role, else "/".

    Without ``role`` any page of ours is allowed. Other addresses could lead to a foreign site.
    """
    parts = urlsplit(text)
    mine = page_access.DOORS if role is None else page_access.of_role(role)
    pages = {_HOME, *(f"/{door.address}" for door in mine)}
    # A browser reads what follows two slashes as a host, however many slashes there are.
    plain = text.startswith("/") and not text.startswith("//") and parts.path in pages
    if not plain or not text.isprintable() or "\\" in text:
        return _HOME
    # A header holds Latin letters only, so others are written as in an address.
    return quote(text, safe=_OF_AN_ADDRESS)


def _speak(words: Mapping[str, object]) -> None:
    wording.speak(str(words.get("lang", "")))


def _page(content: str, status: int = HTTPStatus.OK) -> HTMLResponse:
    return HTMLResponse(content, status, headers={"cache-control": "no-store"})


def _cookie(response: Response, settings: Settings, token: str) -> None:
    response.set_cookie(
        viewer.cookie(settings),
        token,
        httponly=True,
        samesite="lax",
        secure=settings.origin.startswith("https://"),
    )


async def _form(request: Request) -> dict[str, str]:
    """Read the fields of a form; return none if it is too large."""
    if int(request.headers.get("content-length", _LARGEST_FORM + 1)) > _LARGEST_FORM:
        return {}
    async with request.form(max_files=0, max_fields=12) as fields:
        return {name: str(value) for name, value in fields.items()}


def _may_enter(settings: Settings, account: Account) -> bool:
    return settings.service is not None and account.role in page_access.ROLES[settings.service]


def _noted(settings: Settings, kind: EventKind, name: str) -> AbstractContextManager[None]:
    """Log what is done inside, in one transaction with it."""
    return access_log.access_log(settings).noting(Event(kind, name), datetime.now(UTC))


# ---- signing in


def _ask(settings: Settings, *, name: str = "", said: str = "", next_: str) -> str:
    provider = oidc.name(settings)
    return sign_in_pages.signing_in(
        name=name,
        said=said,
        after=next_,
        provider=provider,
        provider_door=oidc.door() if provider else "",
    )


def sign_in_page(request: Request) -> Response:
    """Show the sign-in form, and remember for ten minutes the page to open after it."""
    _speak(request.query_params)
    settings = viewer.settings()
    next_ = after(request.query_params.get("next", _HOME))
    if viewer.viewer_of(request.cookies) is not None:
        return RedirectResponse(next_, HTTPStatus.SEE_OTHER)
    response = _page(_ask(settings, next_=next_))
    response.set_cookie(_NEXT, next_, max_age=_NEXT_S, httponly=True, samesite="lax")
    return response


def _tried(
    settings: Settings, form: Mapping[str, str], now: datetime
) -> tuple[str, Account | None, str]:
    """Try to sign in; return a token, the account, and what went wrong if there is none."""
    outcome = _opened(str(settings.access))[1].attempt(
        form.get("name", ""), form.get("password", ""), form.get("code", ""), now
    )
    if outcome.account is None:
        if outcome.known and not outcome.wait_s:
            refused = Event(EventKind.SIGN_IN_REFUSED, outcome.known)
            access_log.access_log(settings).note(refused, now)
        return "", None, _refused(outcome.wait_s)
    if not _may_enter(settings, outcome.account):
        said = _(
            "This account has no pages at this address. Ask your administrator for the right"
            " address."
        )
        return "", None, said
    with _noted(settings, EventKind.SIGNED_IN, outcome.account.name):
        token = viewer.sessions(settings).begin(outcome.account.name, LOCAL, now)
    return token, outcome.account, ""


def _refused(wait_s: int) -> str:
    if not wait_s:
        return _("Wrong account, password or code. For your safety, we do not say which.")
    if wait_s < _MINUTE_S:
        text = wording.ngettext(
            "Too many tries. Wait {seconds} second.",
            "Too many tries. Wait {seconds} seconds.",
            wait_s,
        )
        return text.format(seconds=wording.number(wait_s))
    minutes = -(-wait_s // _MINUTE_S)
    text = wording.ngettext(
        "Too many tries. Wait {minutes} minute, or ask your administrator.",
        "Too many tries. Wait {minutes} minutes, or ask your administrator.",
        minutes,
    )
    return text.format(minutes=wording.number(minutes))


async def sign_in(request: Request) -> Response:
    """Answer a sign-in form: begin a visit, or show the form with what went wrong."""
    form = await _form(request)

    def answered() -> Response:
        _speak(form)
        settings, next_ = viewer.settings(), after(form.get("next", _HOME))
        token, account, said = _tried(settings, form, datetime.now(UTC))
        if account is None:
            page = _ask(settings, name=form.get("name", ""), said=said, next_=next_)
            return _page(page, HTTPStatus.UNAUTHORIZED)
        response = RedirectResponse(after(next_, account.role), HTTPStatus.SEE_OTHER)
        _cookie(response, settings, token)
        return response

    return await run_in_threadpool(answered)


def sign_out(request: Request) -> Response:
    """End a visit, and offer to sign out at the provider, whose session stays on this device."""
    _speak(request.query_params)
    settings = viewer.settings()
    found = viewer.session_of(request.cookies)
    name = viewer.cookie(settings)
    token = request.cookies.get(name, "")
    if found is not None:
        with _noted(settings, EventKind.SIGNED_OUT, found.account.name):
            viewer.sessions(settings).end(token, datetime.now(UTC))
    elif token:
        # An expired visit is ended for good: with other settings it would be valid again.
        viewer.sessions(settings).end(token, datetime.now(UTC))
    here = f"/sign-in?lang={wording.language()}"
    response: Response = RedirectResponse(here, HTTPStatus.SEE_OTHER)
    if found is not None and found.kind == PROVIDER:
        # A link, because our forms must not lead to another host, not even by a redirect.
        response = _page(_signed_out(oidc.name(settings)))
    response.delete_cookie(
        name, httponly=True, samesite="lax", secure=settings.origin.startswith("https://")
    )
    return response


def _signed_out(provider: str) -> str:
    text = _("You are signed out here. You are still signed in to {provider} on this device.")
    label = _("Sign out of {provider} as well")
    return sign_in_pages.done(
        _("Signed out"),
        text.format(provider=provider),
        label=label.format(provider=provider),
        address=oidc.SIGN_OUT,
    )


# ---- an invitation


def invitation_page(request: Request) -> Response:
    """Show the form for an invitation code."""
    _speak(request.query_params)
    return _page(sign_in_pages.invitation(name="", said="", least=passwords.LEAST))


async def invitation(request: Request) -> Response:
    """Set a password with an invitation code, which works once."""
    form = await _form(request)

    def answered() -> Response:
        _speak(form)
        settings, name = viewer.settings(), form.get("name", "")
        password = form.get("password", "")
        if said := _weak(password, form.get("again", ""), name):
            return _invited_again(name, said)
        accounts, code, now = _accounts(settings), form.get("invitation", ""), datetime.now(UTC)
        try:
            with engines.writing(accounts.engine):
                made = accounts.accept(name, code, password, now)
                if made is None:
                    _accepted(accounts, name, now)
        except SimaError:
            return _invited_again(name, _wrong_code())
        if made is None:
            return _page(_ready())
        return _page(_second(form, secret=made.secret, uri=made.uri, said=""))

    return await run_in_threadpool(answered)


def _accepted(accounts: Accounts, name: str, now: datetime) -> None:
    event = Event(EventKind.ACCOUNT_ACCEPTED, name.strip().casefold())
    AuditLog(accounts.engine).note(event, now)


def _weak(password: str, again: str, name: str) -> str:
    """Return why a new password is refused; empty if it is accepted."""
    if password != again:
        return _("The two passwords are not the same.")
    least = wording.number(passwords.LEAST)
    said = {
        "length": _("A password needs at least {count} characters.").format(count=least),
        "name": _("A password must not contain the name of the account."),
        "common": _("This password is too easy to guess. Choose several words."),
    }
    return said.get(passwords.find_weakness(password, name=name), "")


def _wrong_code() -> str:
    return _("This invitation code is wrong, already used or expired. Ask for a new one.")


def _invited_again(name: str, said: str) -> Response:
    page = sign_in_pages.invitation(name=name, said=said, least=passwords.LEAST)
    return _page(page, HTTPStatus.UNPROCESSABLE_ENTITY)


def _second(form: Mapping[str, str], *, secret: str, uri: str, said: str) -> str:
    picture = io.BytesIO()
    segno.make_qr(uri).save(picture, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return sign_in_pages.second_factor(
        name=form.get("name", ""),
        secret=secret,
        picture=Markup(picture.getvalue().decode()),  # noqa: S704  # drawn by us
        said=said,
        hidden={"invitation": form.get("invitation", ""), "lang": wording.language()},
    )


def _ready() -> str:
    text = _("Your account is ready. Sign in with your password.")
    address = f"/sign-in?lang={wording.language()}"
    return sign_in_pages.done(_("Your account"), text, label=_("Sign in"), address=address)


async def second(request: Request) -> Response:
    """Finish an invitation with the first six-digit code."""
    form = await _form(request)

    def answered() -> Response:
        _speak(form)
        accounts = _accounts(viewer.settings())
        name, code = form.get("name", ""), form.get("invitation", "")
        now = datetime.now(UTC)
        try:
            with engines.writing(accounts.engine):
                ended = accounts.finish(name, code, form.get("code", ""), now)
                if ended:
                    _accepted(accounts, name, now)
            if ended:
                return _page(_ready())
            enrolment = accounts.enrolment(name, code, now)
        except SimaError:
            return _invited_again(name, _wrong_code())
        said = _("That code is wrong. Check that your phone's clock is correct.")
        page = _second(form, secret=enrolment.secret, uri=enrolment.uri, said=said)
        return _page(page, HTTPStatus.UNPROCESSABLE_ENTITY)

    return await run_in_threadpool(answered)


# ---- an organisation's provider


class Adopting:
    """Middleware: turn a sign-in at a provider into a visit of ours, in the same answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app in which Streamlit handles the provider's callback."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != oidc.CALLBACK:
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def adopt(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = self._adopted(request, message)
            await send(message)

        await self._app(scope, receive, adopt)

    def _adopted(self, request: Request, message: Message) -> Message:
        """Return the start of the answer with a visit of ours, or without Streamlit's cookies."""
        headers = MutableHeaders(raw=list(message["headers"]))
        who = oidc.identity(headers.getlist("set-cookie"))
        if who is None:
            # Refused, replayed or stolen: Streamlit redirects to the first page, which asks to sign in.
            return message
        settings, now = viewer.settings(), datetime.now(UTC)
        account = _accounts(settings).find_by_identity(who.issuer, who.subject)
        known = account is not None and _may_enter(settings, account)
        if account is None or not known or (account.needs_second and not who.proven):
            headers["location"] = f"{UNKNOWN}?proof=none" if known else UNKNOWN
            kept = [(n, v) for n, v in headers.raw if n.lower() != b"set-cookie"]
            return {**message, "headers": kept}
        with _noted(settings, EventKind.SIGNED_IN, account.name):
            token = viewer.sessions(settings).begin(account.name, PROVIDER, now)
        headers["location"] = after(request.cookies.get(_NEXT, _HOME), account.role)
        carrier = Response()
        _cookie(carrier, settings, token)
        headers.append("set-cookie", carrier.headers["set-cookie"])
        return {**message, "headers": headers.raw}


def unknown(request: Request) -> Response:
    """Explain why a user whom a provider knows cannot enter: no account, or no two-step sign-in."""
    _speak(request.query_params)
    text = _(
        "Your organisation knows you, but no account at this address belongs to you. Ask your administrator."
    )
    if request.query_params.get("proof"):
        text = _(
            "Your role needs two-step sign-in, and your organisation did not confirm it. Sign in with your password and code, or ask your administrator."
        )
    page = sign_in_pages.done(_("Sign in"), text, label=_("Back"), address="/sign-in")
    return _page(page, HTTPStatus.FORBIDDEN)


ROUTES = [
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route(UNKNOWN, unknown, methods=["GET"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/invitation", invitation_page, methods=["GET"]),
    Route("/invitation", invitation, methods=["POST"]),
    Route("/invitation/second", second, methods=["POST"]),
]
