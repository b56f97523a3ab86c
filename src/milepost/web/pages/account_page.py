"""What belongs to the one who asks: the password, sessions and tokens."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.model.roles import ROLE_WORDS, Role
from milepost.use_cases import accounts
from milepost.use_cases.accounts import LOCAL, Kind
from milepost.web.entrance import Person
from milepost.web.rendering import exact_field, field, page
from milepost.web.site import site_of

DAYS = (7, 30, 90, 365)
"""How long a token may be good for."""

_A_DAY = 86_400
_LONGEST_LABEL = 100


def show_account(request: Request) -> Response:
    """The page."""
    return _account(request)


def change_password(request: Request) -> Response:
    """Gives whoever knows the password another one. It ends all other sessions."""
    site, person = site_of(request), _person(request)
    if site.entrance.verified(request, person.name, exact_field(request, "current")) is None:
        return _account(request, 403, problem="The current password is wrong.")
    new = exact_field(request, "password")
    if new != exact_field(request, "again"):
        return _account(request, 400, problem="The two new passwords differ. Type the same one twice.")
    try:
        accounts.set_password(site.office, person.account, new, keep=person.credential)
    except UsageError as error:
        return _account(request, 400, problem=str(error))
    site.entrance.tell("password changed", user=person.account)
    return _account(request, done="The password was changed. All other sessions have ended.")


def make_token(request: Request) -> Response:
    """Makes a token, and shows it once."""
    site, person = site_of(request), _person(request)
    days, word, label = field(request, "days"), field(request, "role"), field(request, "label")
    if days not in map(str, DAYS) or word not in ROLE_WORDS or not 0 < len(label) <= _LONGEST_LABEL:
        return _account(request, 400, problem="A token needs a role, days, and a name of 1 to 100 characters.")
    role = min(Role.of(word), person.role)
    token = accounts.issue(site.office, person.account, Kind.TOKEN, seconds=int(days) * _A_DAY, role=role, label=label)
    site.entrance.tell("token made", user=person.account)
    return _account(request, token=token)


def end_own(request: Request) -> Response:
    """Ends a session or a token of the one who asks."""
    person = _person(request)
    accounts.end(site_of(request).office, request.path_params["credential"], account=person.account)
    return RedirectResponse("/account", 303)


def _person(request: Request) -> Person:
    person: Person = request.state.person
    return person


def _account(request: Request, status: int = 200, **told: Any) -> Response:  # noqa: ANN401 - what templates show is of every kind
    site, person = site_of(request), _person(request)
    return page(
        request,
        "account.html",
        status=status,
        has_password=person.account != LOCAL and accounts.one(site.office, person.account).has_password,
        credentials=accounts.credentials(site.office, person.account),
        days=DAYS,
        **{"problem": None, "done": None, "token": None} | told,
    )
