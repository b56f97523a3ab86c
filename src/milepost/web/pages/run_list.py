"""The runs of the store, with filters."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.history import Run, State
from milepost.reading.runs import runs
from milepost.web.rendering import page
from milepost.web.site import site_of

A_PAGE = 50
FILTERS = ("state", "kind", "file", "since", "until")


def show_runs(request: Request) -> Response:
    """The list of runs, the newest first."""
    listing = runs(site_of(request).database)
    given = {name: request.query_params.get(name, "").strip() for name in FILTERS}
    found = [run for run in listing if _is_wanted(run, given)]
    before = request.query_params.get("before", "")
    later = [run for run in found if not before.isdecimal() or run.id < int(before)]
    shown = later[:A_PAGE]
    return page(
        request,
        "runs.html",
        shown=shown,
        number=len(found),
        total=len(listing),
        given=given,
        states=[state.value for state in State],
        kinds=sorted({run.kind for run in listing}),
        before=shown[-1].id if len(later) > len(shown) else None,
        is_first=not before,
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
