"""Entering and leaving, and the files that every page needs."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.exceptions import UsageError
from milepost.web.entrance import token_of
from milepost.web.rendering import exact_field, field, page, static
from milepost.web.site import site_of

_TYPES = {"css": "text/css", "js": "text/javascript", "txt": "text/plain", "svg": "image/svg+xml"}


def enter(request: Request) -> Response:
    """Lets in whoever opens the secret link; without a secret, asks who it is."""
    given = request.query_params.get("secret")
    return ask_who(request, status=200) if given is None else _entered(request, given)


def ask_who(request: Request, status: int = 401, problem: str | None = None) -> Response:
    """The page that lets people in, whatever they have asked for."""
    entrance = site_of(request).entrance
    way = "proxy" if entrance.header else "link" if entrance.is_open() else "password"
    asked = field(request, "to") if request.method == "POST" else str(request.url.replace(scheme="", netloc=""))
    provider = entrance.provider
    named = None if provider is None else provider.name
    return page(request, "enter.html", status=status, way=way, problem=problem, to=own_path(asked), provider=named)


def enter_by_form(request: Request) -> Response:
    """Lets in whoever knows a name with its password, or pastes the secret."""
    site = site_of(request)
    if "secret" in request.state.form:
        return _entered(request, field(request, "secret"))
    try:
        session = site.entrance.log_in(request, field(request, "name"), exact_field(request, "password"))
    except HTTPException as error:
        answer = ask_who(request, error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer
    if session is None:
        return ask_who(request, 403, "The name or the password is wrong.")
    return begun(request, session, own_path(field(request, "to")))


def leave(request: Request) -> Response:
    """Ends the session."""
    site = site_of(request)
    site.entrance.leave(request.state.person)
    response = RedirectResponse("/enter", 303)
    response.delete_cookie(site.cookie, httponly=True, samesite="lax", secure=site.is_encrypted)
    return response


def show_invitation(request: Request) -> Response:
    """The form by which somebody who was invited chooses a password."""
    return _join(request, request.query_params.get("invitation", ""))


def join(request: Request) -> Response:
    """Lets in whoever was invited, with the password that was chosen."""
    invitation, password = field(request, "invitation"), exact_field(request, "password")
    if password != exact_field(request, "again"):
        problem = "The two passwords differ. Type the same one twice."
        return _join(request, invitation, 400, problem)
    try:
        session = site_of(request).entrance.join(invitation, password)
    except UsageError as error:
        return _join(request, invitation, 400, str(error))
    return begun(request, session, "/")


def static_file(request: Request) -> Response:
    """A file that every page needs."""
    name = request.path_params["name"]
    content = static(name)
    if content is None:
        raise HTTPException(404, "There is no such file.")
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]])


def _join(request: Request, invitation: str, status: int = 200, problem: str | None = None) -> Response:
    entrance = site_of(request).entrance
    name = entrance.invited(invitation)
    if name is None:
        status, problem = 403, "This invitation has been used, or has ended. Ask an administrator for another one."
    named = None if entrance.provider is None else entrance.provider.name
    return page(request, "join.html", status=status, invitation=invitation, name=name, problem=problem, provider=named)


def _entered(request: Request, secret: str) -> Response:
    # Who pastes may paste the whole link.
    session = site_of(request).entrance.enter(secret.strip().rpartition("secret=")[2])
    if session is None:
        said = "This is not the secret of the application that is running. It has a new one each time that it starts."
        return ask_who(request, 403, said)
    return begun(request, session, "/")


def begun(request: Request, session: str, place: str) -> Response:
    """The answer that begins a session. One that the browser had ends."""
    site = site_of(request)
    if token_of(request.headers) is None and (former := site.entrance.person(request, site.cookie)):
        site.entrance.leave(former)
    response = RedirectResponse(place, 303)
    response.set_cookie(site.cookie, session, httponly=True, samesite="lax", path="/", secure=site.is_encrypted)
    return response


def own_path(text: str) -> str:
    """An address of this application; the overview for anything else."""
    parts = urlsplit(text)
    is_own = text.startswith("/") and not parts.netloc and not parts.scheme and "\\" not in text and text.isprintable()
    return text if is_own and parts.path.split("/")[1] not in ("enter", "join") else "/"
