"""Registrations with their roll-ups, and how far they have come as a picture."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import Status
from milepost.model.exceptions import UsageError
from milepost.model.export import Filters
from milepost.reading import run_pages
from milepost.reading.exporting import registrations
from milepost.web import charts
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 100
MOST_AT_ONCE = 20_000
"""A store with more registrations shows some only when a filter says which."""
FILTERS = ("training", "session", "learner", "status")
_STATUSES = (Status.COMPLETED, Status.INCOMPLETE, Status.NOT_ATTEMPTED)


def show_registrations(request: Request) -> Response:
    """The registrations that the filters name, page by page."""
    database = site_of(request).database
    given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    offset = request.query_params.get("offset", "")
    begin = int(offset) if offset.isascii() and offset.isdecimal() and len(offset) < 10 else 0
    number = run_pages.count(database, "registration")
    context: dict[str, Any] = {"given": given, "statuses": [status.value for status in _STATUSES], "begin": begin}
    context |= {"problem": None, "rows": None, "total": number, "picture": None, "next": None}
    if number > MOST_AT_ONCE and not any(given[name] for name in FILTERS[:3]):
        return page(request, "registrations.html", **context)
    try:
        found = registrations(database, filters=_filters(given))
    except UsageError as error:
        return page(request, "registrations.html", status=404, **context | {"problem": str(error)})
    following = begin + A_PAGE
    shown = {
        "rows": found.slice(begin, A_PAGE).to_dicts(),
        "total": found.height,
        "picture": charts.distribution(found["progression"]),
        "next": following if following < found.height else None,
    }
    return page(request, "registrations.html", **context | shown)


def _filters(given: dict[str, str]) -> Filters:
    statuses = tuple(status for status in _STATUSES if status.value == given["status"])
    trainings, sessions, learners = ((given[name],) if given[name] else () for name in FILTERS[:3])
    return Filters(trainings, sessions, learners, statuses)
