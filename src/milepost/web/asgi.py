"""The application: the table of routes behind the guard, with errors as pages."""

from __future__ import annotations

import os
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler

from milepost.model.columns import LARGEST_INTEGER
from milepost.model.exceptions import MilepostError
from milepost.model.roles import Role
from milepost.web.api.api_routes import PREFIX, create_api
from milepost.web.entrance import FORM_HEADER, Person, token_of
from milepost.web.guard import Guard
from milepost.web.pages import door
from milepost.web.problems import status_of, told
from milepost.web.rendering import FORM_FIELD, field, page
from milepost.web.routes import ROUTES, Entry
from milepost.web.site import Site, site_of

DEBUG = "MILEPOST_DEBUG"
MOST_FILES = 2
LARGEST_FORM = 1_000_000
"""Bytes of the body of a request, unless its route says otherwise."""


def create(site: Site) -> Starlette:
    """The application that serves `site`."""
    limits = {False: LARGEST_FORM, True: site.largest_upload + LARGEST_FORM}
    routes: list[BaseRoute] = [
        Route(one.path, _guarded(one), methods=[one.method], max_body_size=limits[one.is_upload]) for one in ROUTES
    ]
    routes.append(Mount(PREFIX, create_api(site), max_body_size=limits[True]))
    handlers: dict[type[Exception] | int, ExceptionHandler] = {
        HTTPException: _http_error,
        MilepostError: _milepost_error,
    }
    application = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, site=site)],
        exception_handlers=handlers,
        lifespan=_working,
    )
    application.state.site = site
    return application


def _guarded(entry: Entry) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a route for those who may use it."""

    async def answer(request: Request) -> Response:
        try:
            if entry.role is not None and not await run_in_threadpool(_is_known, request, entry, entry.role):
                return await run_in_threadpool(_asked_who, request)
            return await _answered(entry, request)
        except (HTTPException, MilepostError):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            # Here, so that this answer passes the guard too.
            return _unforeseen(request, error)

    return answer


def _is_known(request: Request, entry: Entry, least: Role) -> bool:
    """Whether somebody is known to ask. Raises HTTPException if it is not somebody who may."""
    site = site_of(request)
    person = site.entrance.person(request, site.cookie)
    request.state.person = person
    if person is not None and person.role < least:
        site.entrance.tell("refused", user=person.account)
        raise HTTPException(403, f"This needs the role {least.word}. Ask an administrator.")
    if person is not None and entry.is_personal and token_of(request.headers) is not None:
        raise HTTPException(403, "A token is not enough for this. Log in with a browser.")
    return person is not None


def _asked_who(request: Request) -> Response:
    if request.method == "GET" and "hx-request" not in request.headers:
        return door.ask_who(request)
    return _error_page(request, 401, "You are not logged in, or your session has ended. Log in again.")


def _require_form_of_session(request: Request) -> None:
    """Raises HTTPException if a form was not made for the session that sends it."""
    person: Person | None = getattr(request.state, "person", None)
    given = field(request, FORM_FIELD) or request.headers.get(FORM_HEADER, "")
    if person is not None and not person.has_made(given):
        raise HTTPException(403, "This form is not of your session. Open the page again, and send it from there.")


async def _answered(entry: Entry, request: Request) -> Response:
    if any(isinstance(one, int) and one > LARGEST_INTEGER for one in request.path_params.values()):
        raise HTTPException(404, "Nothing has such a number.")
    if entry.method == "GET":
        return await run_in_threadpool(entry.endpoint, request)
    async with request.form(max_files=MOST_FILES) as form:
        request.state.form = form
        _require_form_of_session(request)
        return await run_in_threadpool(entry.endpoint, request)


@asynccontextmanager
async def _working(application: Starlette) -> AsyncIterator[None]:
    """Does jobs for as long as the application runs."""
    site: Site = application.state.site
    if site.worker is not None:
        site.worker.start()
    yield
    if site.worker is not None:
        await run_in_threadpool(site.worker.stop)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it handles no other
    return _error_page(request, error.status_code, error.detail)


def _milepost_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MilepostError)  # noqa: S101 - it handles no other
    if error.code == "store-missing" and request.method == "GET" and request.url.path != "/":
        return RedirectResponse("/", 303)
    return _error_page(request, status_of(error), told(str(error)))


def _unforeseen(request: Request, error: Exception) -> Response:
    # Without the text of the error, which may quote data.
    where = traceback.extract_tb(error.__traceback__)[-1]
    said = (
        f"This is a bug in Milepost: {type(error).__name__} in {Path(where.filename).name}, line {where.lineno}. "
        "Please report it, with what you did."
    )
    return _error_page(request, 500, said)


def _error_page(request: Request, status: int, message: str) -> Response:
    return page(request, "error.html", status=status, code=int(status), message=message)
