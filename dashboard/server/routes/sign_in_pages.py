"""The pages before the pages, as markup: signing in, an invitation, signing out.

They are plain pages of a form, which work without a script: a password must not pass through a
page's memory, and a visit begins with a cookie, which only a plain answer can set.
"""

import html
from collections.abc import Mapping
from urllib.parse import quote

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.static_assets import asset_url


def page(title: str, body: str, *, other: str = "") -> str:
    """Write a whole page around markup; ``other`` leads to it in the other language.

    A page that answers a form has no such address: what was typed would be lost.
    """
    lang = _other_language()
    switch = f'<a href="{html.escape(other)}" lang="{lang}">{wording.LANGUAGES[lang]}</a>'
    switch = switch if other else ""
    foot = html.escape(_("Help: 1098 (children), 100 (police)."))
    return (
        f'<!doctype html><html lang="{wording.language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{html.escape(title)} · Sima सीमा</title>"
        f'<link rel="icon" href="{asset_url("icon.svg")}">'
        f'<link rel="stylesheet" href="{asset_url("sign_in.css")}"></head><body><main>'
        f'<header><img src="{asset_url("logo.svg")}" alt="Sima सीमा">{switch}</header>'
        f"<h1>{html.escape(title)}</h1>{body}<footer>{foot}</footer></main></body></html>"
    )


def _other_language() -> str:
    return "ne" if wording.language() == "en" else "en"


def wrong(text: str) -> str:
    """Write what went wrong; nothing for an empty text."""
    return f'<p class="wrong" role="alert">{html.escape(text)}</p>' if text else ""


def field(
    name: str,
    label: str,
    *,
    kind: str = "text",
    value: str = "",
    hint: str = "",
    complete: str = "off",
    required: bool = True,
) -> str:
    """Write one field of a form with its label."""
    more = f"<small>{html.escape(hint)}</small>" if hint else ""
    must = " required" if required else ""
    numbers = ' inputmode="numeric" pattern="[0-9 ]*" maxlength="9"' if name == "code" else ""
    return (
        f'<label for="{name}">{html.escape(label)}{more}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" value="{html.escape(value)}"'
        f' autocomplete="{complete}" autocapitalize="none" spellcheck="false"{numbers}{must}>'
    )


def form(action: str, fields: str, button: str, hidden: Mapping[str, str]) -> str:
    """Write a form that is sent to a path, with what it carries along."""
    carried = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in hidden.items()
        if value
    )
    return (
        f'<form method="post" action="{action}">{carried}{fields}'
        f'<button type="submit">{html.escape(button)}</button></form>'
    )


def signing_in(*, name: str, said: str, after: str, provider: str, provider_door: str) -> str:
    """Write the page of signing in, with the provider's button where there is one."""
    words = _("For deputy mayors, planners, data stewards and auditors of the programme.")
    other = ""
    if provider:
        label = _("Sign in with {provider}").format(provider=provider)
        other = (
            f'<div class="other"><a class="button" href="{html.escape(provider_door)}">'
            f"{html.escape(label)}</a></div>"
        )
    fields = (
        field("name", _("Account"), value=name, complete="username")
        + field("password", _("Password"), kind="password", complete="current-password")
        + field(
            "code",
            _("Six-digit code"),
            hint=_("From your authenticator app, if your account has one"),
            complete="one-time-code",
            required=False,
        )
    )
    made = form("/sign-in", fields, _("Sign in"), {"next": after, "lang": wording.language()})
    lost = _("Have an invitation code, or was your password reset?")
    there = f"/invitation?lang={wording.language()}"
    body = (
        f"<p>{html.escape(words)}</p>{wrong(said)}{other}{made}"
        f'<p>{html.escape(lost)} <a href="{there}">{html.escape(_("Use the code"))}</a></p>'
    )
    other = f"/sign-in?next={quote(after, safe='')}&lang={_other_language()}"
    return page(_("Sign in"), body, other=other)


def invitation(*, name: str, said: str, least: int) -> str:
    """Write the page on which somebody who was invited chooses a password."""
    words = _("The administrator gave you an account name and a code that works once.")
    fields = (
        field("name", _("Account"), value=name, complete="username")
        + field("invitation", _("Invitation code"))
        + field(
            "password",
            _("New password"),
            kind="password",
            hint=_("At least {count} characters. Several words work well").format(
                count=wording.number(least)
            ),
            complete="new-password",
        )
        + field("again", _("Repeat the password"), kind="password", complete="new-password")
    )
    made = form("/invitation", fields, _("Continue"), {"lang": wording.language()})
    return page(
        _("Your account"),
        f"<p>{html.escape(words)}</p>{wrong(said)}{made}",
        other=f"/invitation?lang={_other_language()}",
    )


def second_factor(
    *, name: str, secret: str, picture: str, said: str, hidden: Mapping[str, str]
) -> str:
    """Write the page on which a code of six digits is set up; ``picture`` is trusted markup."""
    words = _(
        "This account needs two-step sign-in. Scan the picture with an authenticator app, or type in the key. Then enter the six-digit code from the app."
    )
    key = _("Key: {key}").format(key="\0")
    before, _sep, after = html.escape(key).partition("\0")
    fields = field("code", _("Six-digit code"), complete="one-time-code")
    made = form("/invitation/second", fields, _("Finish"), {"name": name, **hidden})
    body = (
        f'<p>{html.escape(words)}</p><div class="picture">{picture}</div>'
        f"<p>{before}<code>{html.escape(secret)}</code>{after}</p>{wrong(said)}{made}"
    )
    return page(_("Set up two-step sign-in"), body)


def done(title: str, text: str, *, label: str, address: str) -> str:
    """Write a page that says one thing and leads on."""
    body = (
        f"<p>{html.escape(text)}</p>"
        f'<p><a class="button" href="{html.escape(address)}">{html.escape(label)}</a></p>'
    )
    return page(title, body)
