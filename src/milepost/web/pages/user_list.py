"""Users, and all their sessions and tokens, for administrators."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.model.roles import ROLE_WORDS, Role
from milepost.use_cases import accounts, identities
from milepost.use_cases.accounts import Kind
from milepost.web.entrance import Person
from milepost.web.rendering import field, page
from milepost.web.site import site_of


def show_users(request: Request) -> Response:
    """The page."""
    return _users(request)


def add_user(request: Request) -> Response:
    """Adds a user, and shows the invitation once."""
    site = site_of(request)
    try:
        account = accounts.add(site.office, field(request, "name"), _role(request))
    except UsageError as error:
        return _users(request, 400, problem=str(error))
    _tell(request, "user added", account.id)
    return _users(request) if site.entrance.header else _invited(request, account.id)


def change_role(request: Request) -> Response:
    """Gives a user another role, at once."""
    account = request.path_params["account"]
    accounts.set_role(site_of(request).office, account, _role(request))
    _tell(request, "role changed", account)
    return RedirectResponse("/users", 303)


def invite(request: Request) -> Response:
    """Makes an invitation by which a user can choose a password, and shows it once; those before it end."""
    account = request.path_params["account"]
    accounts.end_all(site_of(request).office, accounts.one(site_of(request).office, account).id, Kind.INVITATION)
    _tell(request, "user invited", account)
    return _invited(request, account)


def remove_user(request: Request) -> Response:
    """Removes a user, with all sessions and tokens."""
    account = request.path_params["account"]
    accounts.remove(site_of(request).office, account)
    _tell(request, "user removed", account)
    return RedirectResponse("/users", 303)


def end_any(request: Request) -> Response:
    """Ends a session, a token or an invitation of anybody."""
    accounts.end(site_of(request).office, request.path_params["credential"])
    _tell(request, "access ended", None)
    return RedirectResponse("/users", 303)


def _role(request: Request) -> Role:
    word = field(request, "role")
    if word not in ROLE_WORDS:
        raise UsageError("Choose a role.")
    return Role.of(word)


def _tell(request: Request, event: str, account: int | None) -> None:
    person: Person = request.state.person
    site_of(request).entrance.tell(event, user=account, by=person.account)


def _invited(request: Request, account: int) -> Response:
    site = site_of(request)
    secret = accounts.issue(site.office, account, Kind.INVITATION, seconds=accounts.INVITATION_SECONDS)
    name = accounts.one(site.office, account).name
    return _users(request, invited=name, link=f"{site.address}/join?invitation={secret}")


def _users(request: Request, status: int = 200, **told: Any) -> Response:  # noqa: ANN401 - what templates show is of every kind
    site = site_of(request)
    listing = accounts.listing(site.office)
    names = {one.id: one.name for one in listing} | {accounts.LOCAL: accounts.local_person().name}
    return page(
        request,
        "users.html",
        status=status,
        accounts=listing,
        names=names,
        credentials=accounts.credentials(site.office),
        issuers=identities.linked(site.office),
        by_proxy=site.entrance.header is not None,
        **{"problem": None, "invited": None, "link": None} | told,
    )
