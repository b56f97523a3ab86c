"""Errors of the API as problems (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from milepost.model import documents
from milepost.model.exceptions import ERRORS, MilepostError
from milepost.web.problems import status_of, told

_CODES = {
    401: "not-logged-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    422: "wrong-usage",
}
"""The codes of problems that are not errors of the library, by status."""


class JSONDocument(Response):
    """A JSON document as the command line prints it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - a document
        """The bytes of a document."""
        return documents.text({"format_version": documents.FORMAT_VERSION, **content}).encode()

    @staticmethod
    def plain(content: object) -> Response:
        """JSON that is no document."""
        return Response(documents.text(content), media_type="application/json")


def problem(status: int, code: str, detail: str, **more: object) -> Response:
    """The answer that tells of a problem."""
    title = ERRORS.get(code) or HTTPStatus(status).phrase
    content = {"type": f"urn:milepost:problem:{code}", "title": title, "status": int(status), "detail": detail}
    return Response(documents.text(content | {"code": code, **more}), status, media_type="application/problem+json")


def of_milepost_error(_request: Request, error: Exception) -> Response:
    """The problem that an error of the library is."""
    assert isinstance(error, MilepostError)  # noqa: S101 - it handles no other
    return problem(status_of(error), error.code, told(str(error)), retry=error.retry, run=error.run)


def of_http_error(_request: Request, error: Exception) -> Response:
    """The problem that a refusal is."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it handles no other
    return problem(error.status_code, _CODES.get(error.status_code, "refused"), str(error.detail))


def of_wrong_request(_request: Request, error: Exception) -> Response:
    """The problem that a request is whose parts are wrong; without what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it handles no other
    wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return problem(422, "wrong-usage", "; ".join(wrong))


def of_bug(error: Exception) -> Response:
    """The problem that a bug is; without its text, which may quote data."""
    return problem(500, "bug", f"This is a bug in Milepost: {type(error).__name__}. Please report it.")
