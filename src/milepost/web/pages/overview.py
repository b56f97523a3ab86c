"""What is stored, and the last runs as a picture."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from milepost.model.exceptions import StoreError
from milepost.reading import run_pages
from milepost.web import charts
from milepost.web.rendering import page
from milepost.web.site import site_of

NEWEST = 8
_IN_PICTURE = 40


def show_overview(request: Request) -> Response:
    """The overview."""
    database = site_of(request).database
    try:
        counts, newest = run_pages.counts(database), run_pages.runs_page(database, limit=_IN_PICTURE)
    except StoreError as error:
        if error.code != "store-missing":
            raise
        return page(request, "no_store.html", message=str(error))
    done = [run for run in newest.runs if run.rows is not None]
    return page(
        request,
        "overview.html",
        counts=counts,
        listing=newest.runs[:NEWEST],
        number=newest.total,
        picture=charts.bars_of_runs(list(reversed(done))),
    )
