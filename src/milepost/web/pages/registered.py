"""Registrations with their roll-ups, and how far they have come as a picture."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import Status
from milepost.model.exceptions import UsageError
from milepost.model.export import Filters
from milepost.reading.registration_pages import registrations_page
from milepost.web import charts
from milepost.web.cursors import number_of
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 100
FILTERS = ("training", "session", "learner", "status")
_STATUSES = (Status.COMPLETED, Status.INCOMPLETE, Status.NOT_ATTEMPTED)


def show_registrations(request: Request) -> Response:
    """The registrations that the filters name, page by page."""
    given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    after = number_of(request.query_params.get("after", "")) or 0
    context: dict[str, Any] = {"given": given, "statuses": [status.value for status in _STATUSES], "problem": None}
    context |= {"rows": [], "total": None, "picture": None, "next": None, "is_first": not after}
    try:
        found = registrations_page(site_of(request).database, _filters(given), after=after, limit=A_PAGE)
    except UsageError as error:
        return page(request, "registrations.html", status=404, **context | {"problem": str(error)})
    shown = {
        "rows": found.rows.to_dicts(),
        "total": found.total,
        "picture": None if found.progressions is None else charts.distribution(found.progressions),
        "next": found.after,
    }
    return page(request, "registrations.html", **context | shown)


def _filters(given: dict[str, str]) -> Filters:
    statuses = tuple(status for status in _STATUSES if status.value == given["status"])
    trainings, sessions, learners = ((given[name],) if given[name] else () for name in FILTERS[:3])
    return Filters(trainings, sessions, learners, statuses)
