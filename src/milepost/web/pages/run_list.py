"""The runs of the store, with filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.history import State
from milepost.model.people import ERASE, MERGE, RENAME
from milepost.reading.run_pages import RunFilter, runs_page
from milepost.reference import KINDS as REFERENCE
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 50
_LONGEST_NUMBER = 19
_KINDS = ("tracking", "undo", RENAME, MERGE, ERASE, *REFERENCE)
FILTERS = ("state", "kind", "file", "since", "until")


def show_runs(request: Request) -> Response:
    """The list of runs, the newest first."""
    given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < _LONGEST_NUMBER else None
    found = runs_page(site_of(request).database, run_filter(given), before=before, limit=A_PAGE)
    return page(
        request,
        "runs.html",
        shown=found.runs,
        total=found.total,
        given=given,
        states=[state.value for state in State],
        kinds=_KINDS,
        before=found.before,
        is_first=before is None,
    )


def run_filter(given: Mapping[str, str]) -> RunFilter:
    """What the filters of FILTERS mean; days are in UTC."""
    since, until = _day(given["since"]), _day(given["until"])
    last = None if until is None else until + timedelta(days=1, seconds=-1)
    return RunFilter(given["state"] or None, given["kind"] or None, given["file"] or None, since, last)


def _day(text: str) -> datetime | None:
    """The beginning of a day in UTC; None for what is no date."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
