"""Exports as files that are sent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from milepost import settings
from milepost.model.export import Provider
from milepost.model.file_formats import FileFormat
from milepost.reading.exporting import export
from milepost.web.site import Site

PROVIDERS: Mapping[str, Provider] = {
    "tracking": Provider.TRACKING,
    "registrations": Provider.REGISTRATIONS,
    "tracking-log": Provider.TRACKING_LOG,
}
"""What can be exported, as the command line calls it."""

_TYPES = {"csv": "text/csv", "xml": "application/xml"}


def exported(site: Site, what: str, file_format: str, given: Mapping[str, Any]) -> Response:
    """What is stored, as a file: one of PROVIDERS, in a FileFormat, by the settings of an export.

    It is written as a whole before the first byte is sent, so that what is wrong is a message, and not half a file.
    Raises ConfigurationError for wrong settings, UsageError for names that nothing has.
    """
    job = settings.export_job(None, {**given, "format": file_format}, provider=PROVIDERS[what])
    ending = FileFormat(file_format).value
    with tempfile.NamedTemporaryFile(dir=site.data, suffix=f".{ending}", delete=False) as target:
        path = Path(target.name)
    try:
        export(site.database, path, job)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    gone = BackgroundTask(path.unlink, missing_ok=True)
    media_type = _TYPES.get(ending, "application/octet-stream")
    return FileResponse(path, media_type=media_type, filename=f"{what}.{ending}", background=gone)
