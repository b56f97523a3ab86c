"""Entering and leaving, and the files that every page needs."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.web.rendering import field, page, static
from milepost.web.site import site_of

_TYPES = {"css": "text/css", "js": "text/javascript", "txt": "text/plain", "svg": "image/svg+xml"}


def enter(request: Request) -> Response:
    """Lets in whoever opens the secret link; without a secret, shows how to."""
    given = request.query_params.get("secret")
    return page(request, "enter.html") if given is None else _entered(request, given)


def enter_by_form(request: Request) -> Response:
    """Lets in whoever pastes the secret."""
    return _entered(request, field(request, "secret"))


def leave(request: Request) -> Response:
    """Ends the session."""
    site = site_of(request)
    site.entrance.leave(request.cookies[site.cookie])
    response = RedirectResponse("/enter", 303)
    response.delete_cookie(site.cookie, httponly=True, samesite="lax")
    return response


def static_file(request: Request) -> Response:
    """A file that every page needs."""
    name = request.path_params["name"]
    content = static(name)
    if content is None:
        raise HTTPException(404, "There is no such file.")
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]])


def _entered(request: Request, secret: str) -> Response:
    site = site_of(request)
    # Who pastes may paste the whole link.
    token = site.entrance.enter(secret.strip().rpartition("secret=")[2])
    if token is None:
        return page(request, "enter.html", status=403, is_wrong=True)
    response = RedirectResponse("/", 303)
    response.set_cookie(site.cookie, token, httponly=True, samesite="lax", path="/")
    return response
