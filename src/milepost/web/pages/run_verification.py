"""Whether what a run wrote still stands, and the page about it that an auditor can keep."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from milepost.reading.audit import verdict, write_audit
from milepost.reading.runs import read_run
from milepost.use_cases.verifying import verify_run
from milepost.web.rendering import page
from milepost.web.site import Site, site_of


def show_verification(request: Request) -> Response:
    """What was found: a sentence each, and the first rows with other values."""
    database, number = site_of(request).database, request.path_params["run"]
    found = verify_run(database, number)
    return page(request, "verification.html", run=read_run(database, number).run, found=found, said=verdict(found))


def download_audit(request: Request) -> Response:
    """The page for auditors, as a file that needs nothing else."""
    return audit_file(site_of(request), request.path_params["run"])


def audit_file(site: Site, number: int) -> Response:
    """That file about the run with that number."""
    found, record = verify_run(site.database, number), read_run(site.database, number)
    with tempfile.NamedTemporaryFile(dir=site.data, suffix=".html", delete=False) as target:
        path = Path(target.name)
    write_audit(path, record.run, record.findings, found)
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type="text/html", filename=f"run-{number}.html", background=gone)
