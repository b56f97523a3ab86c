"""A browser without a screen: a client with a session, and what tests ask of answers."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.testclient import TestClient

from milepost.operations import scheduled_job
from milepost.use_cases.job_process import do_next
from milepost.use_cases.job_queue import LANES, QueuedJob
from milepost.use_cases.worker import open_office
from milepost.web.asgi import create
from milepost.web.entrance import FORM_HEADER, Entrance, form_secret_of
from milepost.web.site import Site

ORIGIN = "http://127.0.0.1:8080"


@cache
def _office() -> bytes:
    """An empty queue. Making its tables takes longer than anything that tests ask."""
    with TemporaryDirectory() as folder:
        return Path(open_office("none.db", Path(folder))).read_bytes()


def visitor(
    database: Path | str,
    data: Path,
    largest_upload: int = 100_000,
    url: str | None = None,
    schedules: Path | None = None,
    **entrance: Any,  # noqa: ANN401 - as each field has it
) -> TestClient:
    """Somebody who is not logged in. `entrance` is as for `Entrance`."""
    data.mkdir(exist_ok=True)
    office = data / "web.db"
    if not office.exists():
        office.write_bytes(_office())
    site = Site(
        str(database),
        data,
        Entrance(str(office), **entrance),
        url=url,
        schedules=schedules,
        largest_upload=largest_upload,
    )
    return TestClient(create(site), base_url=url or ORIGIN, follow_redirects=False, raise_server_exceptions=False)


def secret_of(client: TestClient) -> str:
    """The secret of the application that a client asks."""
    return site_of(client).entrance.secret


def local_person(database: Path | str, data: Path, schedules: Path | None = None) -> TestClient:
    """The one local person, logged in by the secret link."""
    client = visitor(database, data, schedules=schedules)
    assert client.get(f"/enter?secret={secret_of(client)}").status_code == 303
    return own(client)


def own(client: TestClient) -> TestClient:
    """Lets a client with a session send what its own forms would send."""
    client.headers |= {
        "origin": site_of(client).address,
        FORM_HEADER: form_secret_of(client.cookies[site_of(client).cookie]),
    }
    return client


def site_of(client: TestClient) -> Site:
    """The site that a client asks."""
    site: Site = client.app.state.site  # type: ignore[attr-defined]
    return site


def work(client: TestClient) -> list[QueuedJob]:
    """Does all jobs that wait, in this process."""
    site = site_of(client)
    done = []
    for lane in LANES:
        work_of = scheduled_job.work_of(site.schedules) if lane == "configurations" and site.schedules else None
        while job := do_next(site.office, site.database, site.data, lane, work_of):
            done.append(job)
    return done


def text_of(client: TestClient, path: str, status: int = 200) -> str:
    """What a page says, without its tags."""
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
