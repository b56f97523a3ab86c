"""Exports: a form, and the file that it asks for."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from milepost.model.columns import Status
from milepost.model.exceptions import MilepostError
from milepost.model.file_formats import FileFormat
from milepost.web.downloads import PROVIDERS, exported
from milepost.web.problems import status_of, told
from milepost.web.rendering import page
from milepost.web.site import site_of

SETTINGS = {
    "training": "Training",
    "session": "Session",
    "learner": "Learner",
    "since": "From this day on",
    "until": "To the end of this day",
    "timeZone": "Time zone of the dates",
    "columns": "Columns, with commas",
}
"""The settings of an export that the form has, beside the status."""


def show_exports(request: Request) -> Response:
    """The form."""
    return _form(request)


def download_export(request: Request) -> Response:
    """The file; or the form again, with what is wrong."""
    what, file_format = request.path_params["what"], request.query_params.get("format", "csv")
    if what not in PROVIDERS or file_format not in list(FileFormat):
        raise HTTPException(404, "There is no such export.")
    names = (*SETTINGS, "status")
    given = {name: text for name in names if (text := request.query_params.get(name, "").strip())}
    try:
        return exported(site_of(request), what, file_format, given)
    except MilepostError as error:
        if error.code not in ("wrong-usage", "wrong-configuration"):
            raise
        return _form(request, status_of(error), what, told(str(error)))


def _form(request: Request, status: int = 200, what: str = "tracking", problem: str | None = None) -> Response:
    return page(
        request,
        "exports.html",
        status=status,
        chosen=what,
        problem=problem,
        providers=list(PROVIDERS),
        formats=[one.value for one in FileFormat],
        settings=[(name, label, request.query_params.get(name, "")) for name, label in SETTINGS.items()],
        statuses=[one.value for one in Status if one is not Status.NOT_ATTEMPTED],
    )
