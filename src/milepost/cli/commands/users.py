"""`user`: who may use the web application."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from milepost.cli import options, shape, terminal
from milepost.cli.commands import web_server
from milepost.model.exceptions import UsageError
from milepost.model.roles import ROLE_WORDS, Role

if TYPE_CHECKING:
    from milepost.use_cases.accounts import Account

_name = click.argument("name")
_where = options.together(web_server.data, options.database)


@click.group(cls=shape.Group)
def user() -> None:
    """Say who may use the web application."""


@user.command()
@_name
@options.option(
    "--role", type=click.Choice(ROLE_WORDS), default="viewer", show_default=True, help="What the user may do."
)
@options.option("--no-password", is_flag=True, help="A proxy lets the user in, or an invitation.")
@_where
def add(name: str, role: str, no_password: bool, data: str, db: str) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    office = _office(db, data)
    from milepost.use_cases import accounts

    made = accounts.add(office, name, Role.of(role), None if no_password else _password())
    terminal.say([f"{made.name} is {_said(made.role)} now."])


@user.command("list")
@options.as_json
@_where
def list_users(as_json: bool, data: str, db: str) -> None:
    """List the users."""
    office = _office(db, data)
    from milepost.use_cases import accounts

    listing = accounts.listing(office)
    if as_json:
        terminal.document({"users": [_facts(one) for one in listing]})
        return
    width = max((len(one.name) for one in listing), default=0)
    lines = [
        f"{one.name:<{width}}  {one.role.word:<13}  {'' if one.has_password else 'no password'}" for one in listing
    ]
    terminal.say([line.rstrip() for line in lines] or ["There are no users."])


@user.command()
@_name
@click.argument("role", type=click.Choice(ROLE_WORDS))
@_where
def role(name: str, role: str, data: str, db: str) -> None:
    """Give a user another role, at once."""
    office = _office(db, data)
    from milepost.use_cases import accounts

    found = _known(office, name)
    accounts.set_role(office, found.id, Role.of(role))
    terminal.say([f"{found.name} is {_said(Role.of(role))} now."])


@user.command()
@_name
@_where
def password(name: str, data: str, db: str) -> None:
    """Give a user another password, which is asked for, or read from standard input. It ends the user's sessions."""
    office = _office(db, data)
    from milepost.use_cases import accounts

    found = _known(office, name)
    accounts.set_password(office, found.id, _password())
    terminal.say([f"{found.name} has another password now. All sessions have ended."])


@user.command()
@_name
@_where
def remove(name: str, data: str, db: str) -> None:
    """Remove a user, with all sessions and tokens."""
    office = _office(db, data)
    from milepost.use_cases import accounts

    found = _known(office, name)
    accounts.remove(office, found.id)
    terminal.say([f"{found.name} is no user any more."])


def _office(db: str, data: str) -> str:
    with web_server.needing_web():
        from milepost.use_cases import accounts  # noqa: F401 - it imports what may be missing
        from milepost.use_cases.worker import open_office

    return open_office(db, Path(data))


def _known(office: str, name: str) -> Account:
    from milepost.use_cases import accounts

    found = accounts.named(office, name)
    if found is None:
        raise UsageError(f"There is no user {name}. `milepost user list` lists them all.")
    return found


def _password() -> str:
    """A new password: typed twice, or the first line of standard input. Others could see an argument."""
    if sys.stdin is None:
        raise UsageError("Standard input is closed, so there is no password.")
    if sys.stdin.isatty():
        return str(click.prompt("New password", hide_input=True, confirmation_prompt="The same again", err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _said(role: Role) -> str:
    return f"{'a' if role is Role.VIEWER else 'an'} {role.word}"


def _facts(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": account.role.word,
        "has_password": account.has_password,
        "created_at": account.created_at,
    }
