"""The pages before the pages: signing in, an invitation, signing out.

They are plain pages of a form, which work without a script: a password must not pass through a
page's memory, and a visit begins with a cookie, which only a plain answer can set.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from markupsafe import Markup

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.static_assets import asset_url

_ADDRESSES = {"sign_in": "/sign-in", "invitation": "/invitation"}


def _page(
    template: str, title: str, *, other: Mapping[str, str] | None = None, **texts: object
) -> Markup:
    """Return a whole page; ``other`` are the words of its address in the other language.

    A page that answers a form has no such address: what was typed would be lost.
    """
    language = wording.other_language()
    address = ""
    if other is not None and language is not None:
        address = f"{_ADDRESSES[template]}?{urlencode({**other, 'lang': language})}"
    return render(
        f"sign_in/{template}.html.j2",
        title=title,
        language=wording.language(),
        asset=asset_url,
        other=address,
        other_language=language,
        other_name=wording.LANGUAGES.get(language or ""),
        helplines=_("Help: 1098 (children), 100 (police)."),
        **texts,
    )


def signing_in(*, name: str, said: str, after: str, provider: str, provider_door: str) -> Markup:
    """Return the page of signing in, with a button of the provider where there is one.

    Parameters
    ----------
    name
        The account that was typed before.
    said
        What went wrong, empty at first; so on the other pages, too.
    after
        The address to open after signing in.
    """
    return _page(
        "sign_in",
        _("Sign in"),
        other={"next": after},
        lead=_("For deputy mayors, planners, data stewards and auditors of the programme."),
        wrong=said,
        provider=_("Sign in with {provider}").format(provider=provider) if provider else "",
        provider_door=provider_door,
        after=after,
        account=_("Account"),
        name=name,
        password=_("Password"),
        code=_("Six-digit code"),
        code_hint=_("From your authenticator app, if your account has one"),
        button=_("Sign in"),
        invited=_("Have an invitation code, or was your password reset?"),
        invitation=f"/invitation?{urlencode({'lang': wording.language()})}",
        use_code=_("Use the code"),
    )


def invitation(*, name: str, said: str, least: int) -> Markup:
    """Return the page on which somebody with an invitation chooses a password.

    ``least`` is the smallest number of characters of a password.
    """
    return _page(
        "invitation",
        _("Your account"),
        other={},
        lead=_("The administrator gave you an account name and a code that works once."),
        wrong=said,
        account=_("Account"),
        name=name,
        code=_("Invitation code"),
        password=_("New password"),
        password_hint=_("At least {count} characters. Several words work well").format(
            count=wording.number(least)
        ),
        again=_("Repeat the password"),
        button=_("Continue"),
    )


def second_factor(
    *, name: str, secret: str, picture: Markup, said: str, hidden: Mapping[str, str]
) -> Markup:
    """Return the page on which a code of six digits is set up.

    ``picture`` is the drawn key, an SVG of ours; ``hidden`` is what the form sends along.
    """
    key_before, _key, key_after = _("Key: {key}").partition("{key}")
    return _page(
        "second_factor",
        _("Set up two-step sign-in"),
        lead=_(
            "This account needs two-step sign-in. Scan the picture with an authenticator app, or type in the key. Then enter the six-digit code from the app."
        ),
        picture=picture,
        key_before=key_before,
        secret=secret,
        key_after=key_after,
        wrong=said,
        carried={"name": name, **hidden},
        code=_("Six-digit code"),
        button=_("Finish"),
    )


def done(title: str, text: str, *, label: str, address: str) -> Markup:
    """Return a page that says one thing and leads on."""
    return _page("done", title, text=text, label=label, address=address)
