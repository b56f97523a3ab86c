"""The runs of the store, with filters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.history import Run, State
from milepost.model.people import ERASE, MERGE, RENAME
from milepost.reading.run_pages import runs_page
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
    found = runs_page(site_of(request).database, partial(_is_wanted, given=given), before=before, limit=A_PAGE)
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


def _is_wanted(run: Run, given: dict[str, str]) -> bool:
    since, until = _day(given["since"]), _day(given["until"])
    return (
        given["state"] in ("", run.state)
        and given["kind"] in ("", run.kind)
        and given["file"].casefold() in run.file.casefold()
        and (since is None or run.started_at >= since)
        and (until is None or run.started_at.date() <= until.date())
    )


def _day(text: str) -> datetime | None:
    """The beginning of a day in UTC; None for what is no date."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
