"""Errors of the library as answers: a status, a title, and the message in words for a page."""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from milepost.model import wording
from milepost.model.exceptions import MilepostError

_STATUS = {
    "wrong-usage": HTTPStatus.BAD_REQUEST,
    "wrong-configuration": HTTPStatus.UNPROCESSABLE_ENTITY,
    "file-unreadable": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong-header": HTTPStatus.UNPROCESSABLE_ENTITY,
    "file-missing": HTTPStatus.NOT_FOUND,
    "run-missing": HTTPStatus.NOT_FOUND,
    "run-unsuitable": HTTPStatus.CONFLICT,
    "plan-changed": HTTPStatus.PRECONDITION_FAILED,
    "no-room": HTTPStatus.INSUFFICIENT_STORAGE,
}
_ARGUMENTS = {"database": "`milepost serve --db`", "schedules": "`milepost serve --schedule-folder`"}


def status_of(error: MilepostError) -> HTTPStatus:
    """The status of the answer that tells of `error`."""
    if error.retry or error.code.startswith("store-"):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return _STATUS.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def told(message: str) -> str:
    """A message of the library in words for a page."""
    return wording.NAMED.sub(_named, message)


def _named(found: re.Match[str]) -> str:
    if found["what"] == "argument":
        return _ARGUMENTS.get(found["name"], found["name"])
    return found["name"] if found["value"] is None else f"{found['name']} = {json.loads(found['value'])}"
