"""`sima accounts` and `sima audit-log`: who may sign in, and the log of what was done."""

import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import click

from dashboard.cli.output import as_json, echo, settings
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind, read_head
from data.model import Role, SimaError

_ROLES = click.Choice([role.value for role in Role if role is not Role.PUBLIC])
_BY = click.option("--by", default="", help="Account of the administrator who makes the change.")
_JSON = click.option("--json", "json_", is_flag=True, help="Print JSON only.")
_PLACES = click.option(
    "--place", multiple=True, metavar="CODE",
    help="Palika of a deputy mayor, district of a planner (NP: all); repeatable.",
)  # fmt: skip


def _opened() -> Accounts:
    address = settings().access
    if address is None:
        raise SimaError("SIMA_ACCESS, the store of accounts, is not set for this process.")
    return Accounts.open(address)


def _require_administrator(accounts: Accounts, by: str) -> None:
    """Check that a change is made by an administrator, or without --by by the operator."""
    if by and accounts.role(by) is not Role.ADMINISTRATOR:
        raise SimaError(
            f"--by {by}: only an administrator changes accounts. The operator leaves --by out."
        )


def _changing(by: str) -> Accounts:
    accounts = _opened()
    _require_administrator(accounts, by)
    return accounts


def _noted(
    accounts: Accounts,
    by: str,
    name: str,
    subject: str = "",
    kind: EventKind = EventKind.ACCOUNT_CHANGED,
) -> AbstractContextManager[None]:
    """Log who changes an account, in one transaction with the change."""
    event = Event(kind, by or "command line", subject=subject, about=name)
    return AuditLog(accounts.engine).noting(event, datetime.now(UTC))


@click.group()
def accounts() -> None:
    """Manage accounts. An account is an office with a role and places, not a person.

    For a new account: add it, invite it, and hand over the printed code, which works once and for
    72 hours. After a lost password or phone, or when another person takes over: reset it. Only the
    owner knows the password.
    """


@accounts.command()
@click.argument("name")
@click.option("--role", type=_ROLES, required=True)
@_PLACES
@_BY
def add(name: str, role: str, place: tuple[str, ...], by: str) -> None:
    """Add the account NAME. It cannot sign in until it is invited."""
    store = _changing(by)
    with _noted(store, by, name, f"role={role}"):
        if not store.add(name, Role(role), place):
            raise SimaError(
                f"The account {name} exists already and was not changed. To change it:"
                f" sima accounts role {name} or sima accounts scope {name}"
            )
    click.echo(f"Added {name} as {role}. Next, to set its password: sima accounts invite {name}")


@accounts.command()
@click.argument("name")
@_BY
def invite(name: str, by: str) -> None:
    """Print a code for setting the password of NAME. It works once, within 72 hours."""
    store = _changing(by)
    if store.signs_in(name):
        raise SimaError(f"{name} can sign in already. To start over: sima accounts reset {name}")
    _invite(store, EventKind.ACCOUNT_INVITED, by, name)


@accounts.command()
@click.argument("name")
@_BY
def reset(name: str, by: str) -> None:
    """Print a new code for NAME: after a lost password or phone, or for another person.

    The old password, the two-step sign-in and the sign-in with a provider stop working. Open visits
    end, and so does a lock-out.
    """
    _invite(_changing(by), EventKind.ACCOUNT_RESET, by, name)


def _invite(store: Accounts, kind: EventKind, by: str, name: str) -> None:
    with _noted(store, by, name, kind=kind):
        code = store.invite(name, datetime.now(UTC))
    click.echo(f"Invitation code for {name}, valid for 72 hours: {code}")
    click.echo("Enter it at /invitation of the address where the account signs in.")


@accounts.command()
@click.argument("name")
@_BY
def disable(name: str, by: str) -> None:
    """Disable NAME at once: it cannot sign in, and its visits end."""
    store = _changing(by)
    with _noted(store, by, name, "state=disabled"):
        store.disable(name)
    click.echo(f"{name} is disabled; its visits ended.")


@accounts.command()
@click.argument("name")
@_BY
def enable(name: str, by: str) -> None:
    """Enable NAME again, also after too many wrong passwords."""
    store = _changing(by)
    with _noted(store, by, name, "state=active"):
        store.enable(name)
    click.echo(f"{name} may sign in.")


@accounts.command("role")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True)
@_PLACES
@_BY
def role_(name: str, role: str, place: tuple[str, ...], by: str) -> None:
    """Set the role and the places of NAME. Takes effect at its next click."""
    store = _changing(by)
    with _noted(store, by, name, f"role={role}"):
        store.set_role(name, Role(role), place)
    click.echo(f"{name} now has the role {role}.")


@accounts.command("scope")
@click.argument("name")
@_PLACES
@_BY
def scope_(name: str, place: tuple[str, ...], by: str) -> None:
    """Set the places of NAME; without --place it has none. Takes effect at its next click."""
    store = _changing(by)
    with _noted(store, by, name, f"places={len(place)}"):
        store.set_scope(name, place)
    click.echo(f"{name} now sees {', '.join(place) or 'no place'}.")


@accounts.command()
@click.argument("name")
@click.option("--issuer", required=True, help="Address of the provider, as its tokens name it.")
@click.option("--subject", required=True, help="The provider's own name for the person (sub).")
@_BY
def bind(name: str, issuer: str, subject: str, by: str) -> None:
    """Let NAME sign in with an organisation's provider. Only a hash of the subject is stored."""
    store = _changing(by)
    with _noted(store, by, name, "identity"):
        store.bind(name, issuer, subject)
    click.echo(f"{name} can now sign in with {issuer}.")


@accounts.command("list")
@_JSON
def list_(json_: bool) -> None:  # noqa: FBT001  # a flag
    """List the accounts and how each signs in."""
    frame = _opened().list_accounts()
    if json_:
        as_json(frame.to_dict("records"))
    else:
        text = frame.to_string(index=False) if len(frame) else "No accounts."
        click.echo(text if len(frame) else f"{text} See: sima accounts add --help")


@click.group("audit-log")
def audit_log() -> None:
    """Read and check the log of decisions, and of what was opened and downloaded."""


@audit_log.command("list")
@click.option("--most", default=100, show_default=True, help="How many of the newest entries.")
@click.option("--kind", type=click.Choice([kind.value for kind in EventKind]), default=None)
@_JSON
def listed(most: int, kind: str | None, json_: bool) -> None:  # noqa: FBT001  # a flag
    """List the newest entries, newest first."""
    chain = AuditLog(_opened().engine)
    frame = chain.list_entries(most=most, kind=EventKind(kind) if kind else None)
    if json_:
        as_json(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    else:
        click.echo(frame.fillna("removed").to_string(index=False) if len(frame) else "No entries.")


@audit_log.command()
@click.option(
    "--head", default=None, metavar="NUMBER:HASH", help="A head that you wrote down earlier."
)
@_JSON
def verify(head: str | None, json_: bool) -> None:  # noqa: FBT001  # a flag
    """Check that no entry was changed, removed or inserted. Exit code 1 if one was.

    Only a head that was written down elsewhere shows whether the newest entries were cut off.
    """
    chain = AuditLog(_opened().engine)
    wrong = chain.verify(read_head(head) if head else None)
    if json_:
        as_json({"whole": not wrong, "wrong": wrong, "entries": chain.head().seq})
    else:
        many = chain.head().seq
        entries = "1 entry" if many == 1 else f"{many} entries"
        click.echo(wrong or f"The log is complete: {entries}.")
    sys.exit(1 if wrong else 0)


@audit_log.command("head")
@_JSON
def head_(json_: bool) -> None:  # noqa: FBT001  # a flag
    """Print the head of the log. Write it down where nobody on this machine can change it."""
    head = AuditLog(_opened().engine).head()
    if json_:
        as_json({"seq": head.seq, "hash": head.hash})
    else:
        click.echo(f"{head.seq}:{head.hash}")


@audit_log.command()
@click.option("--older-than", default=365, show_default=True, metavar="DAYS")
@_BY
def forget(older_than: int, by: str) -> None:
    """Remove the account names from entries older than DAYS. The chain stays valid."""
    if older_than < 1:
        raise SimaError("--older-than: write a number of days, 1 or more.")
    now = datetime.now(UTC)
    chain = AuditLog(_changing(by).engine)
    removed = chain.remove_names(now - timedelta(days=older_than), by or "command line", now)
    echo(f"{removed} names removed.")
