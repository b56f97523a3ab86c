"""What is stored over HTTP: how much, and reference data by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response

from milepost.reading.reference_rows import reference_rows
from milepost.reading.run_pages import counts
from milepost.web.api.api_problems import JSONDocument
from milepost.web.api.api_wanted import Cursor, Key, Limit
from milepost.web.cursors import number_of
from milepost.web.pages.run_verification import audit_file
from milepost.web.site import site_of


def read_counts(request: Request) -> Response:
    """How many rows there are of each kind."""
    return JSONDocument({"counts": dict(counts(site_of(request).database))})


def list_reference(
    request: Request,
    kind: Literal["learners", "learning-objects", "trainings", "sessions"],
    name: Annotated[str, Query(description="Any name of the row; all rows if it is left out.")] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Response:
    """The rows of a kind of reference data, in the columns of its files."""
    after = number_of(cursor) or 0
    found = reference_rows(site_of(request).database, kind, name=name.strip() or None, after=after, limit=limit)
    return JSONDocument({"rows": found.rows.to_dicts(), "next": None if found.after is None else str(found.after)})


def read_audit(request: Request, run: Key) -> Response:
    """The verification of a run as a page for auditors, in HTML."""
    return audit_file(site_of(request), run)
