"""Schedules on pages and over HTTP: added, run, paused, resumed, changed, removed."""

from __future__ import annotations

import fcntl
import re
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from functional.night_scene import put, tracking
from milepost.web.api.api_routes import PREFIX
from web.workbench import local_person, site_of, text_of, work

CONFIGURATION = """<import-config><import guid="tracking">
<providers><fileSystemSourceProvider><fileName>tracking_*.csv</fileName></fileSystemSourceProvider></providers>
<actions><createOrUpdateConsolidatedTrackingAction/></actions>
<consolidators><moveToBackupConsolidator/></consolidators></import></import-config>"""
AT_TWO = {"configuration": "lms/nightly.xml", "cron": "15 2 * * *", "zone": "Europe/Paris", "data": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of schedules with one configuration and a file for it."""
    place = tmp_path / "schedules" / "lms"
    place.mkdir(parents=True)
    (place / "nightly.xml").write_text(CONFIGURATION, "utf-8")
    put(place, "tracking_1.csv", tracking(1))
    return tmp_path / "schedules"


@pytest.fixture
def keeper(store: Path, folder: Path, tmp_path: Path) -> TestClient:
    """The local person, in front of a store that is changed."""
    return local_person(store, tmp_path / "data", folder)


def test_a_configuration_runs_by_itself(keeper: TestClient, folder: Path) -> None:
    assert "Nothing is scheduled" in text_of(keeper, "/schedules")
    assert keeper.post("/schedules", data=AT_TWO).headers["location"] == "/schedules"
    said = text_of(keeper, "/schedules")
    assert "lms/nightly.xml At 02:15 every day 15 2 * * *, Europe/Paris" in said
    assert "none yet" in said
    assert keeper.post("/schedules/1/run").headers["location"] == "/schedules/1"
    assert "waiting" in text_of(keeper, "/schedules/1")
    assert "Carrying out a configuration" in text_of(keeper, "/jobs/1")
    (job,) = work(keeper)
    assert (job.state, job.night) == ("done", 1)
    said = text_of(keeper, "/schedules/1")
    assert "rows rejected 3 2 import/tracking_1.csv imported" in said
    run = re.findall(r'href="(/runs/\d+)">import/tracking_1.csv', keeper.get("/schedules/1").text)[0]
    assert "tracking_1.csv" in text_of(keeper, run)
    assert (folder / "lms/imports/backup/tracking_1.csv").is_file()
    assert "What came of it" in text_of(keeper, "/jobs/1")
    assert 'milepost_schedule_late_seconds{configuration="nightly",schedule="1"} 0.0' in keeper.get("/metrics").text
    assert keeper.post("/schedules/1/pause").status_code == 303
    assert "paused: it is not due until it is resumed" in text_of(keeper, "/schedules/1")
    assert keeper.post("/schedules/1/resume").status_code == 303
    assert keeper.post("/schedules/1", data={**AT_TWO, "cron": "0 6 * * MON"}).status_code == 303
    assert "At 06:00 on Monday (Europe/Paris)" in text_of(keeper, "/schedules/1")
    assert keeper.post("/schedules/1/remove").headers["location"] == "/schedules"
    assert keeper.get("/schedules/1").status_code == 404
    assert "What came of it" not in text_of(keeper, "/jobs/1")


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"cron": "15 2 * *"}, 400, "is not a cron expression"),
        ({"zone": "Rom"}, 400, "is not a zone of the TZ database"),
        ({"configuration": "../x.xml"}, 400, "inside the folder of schedules"),
        ({"configuration": "no.xml"}, 404, "There is no file"),
        ({"configuration": "wrong.xml"}, 422, "line 1"),
    ],
)
def test_what_is_wrong_is_told_and_the_form_kept(
    wrong: dict[str, str], status: int, said: str, keeper: TestClient, folder: Path
) -> None:
    (folder / "wrong.xml").write_text("<import-config><import><actions><noAction/></actions></import></import-config>")
    answer = keeper.post("/schedules", data={**AT_TWO, **wrong})
    assert answer.status_code == status
    assert said in answer.text
    assert 'value="15 2 * *' in answer.text
    assert keeper.post(f"{PREFIX}/schedules", json={**AT_TWO, "data": None, **wrong}).status_code == status
    assert keeper.get(f"{PREFIX}/schedules").json()["schedules"] == []


def test_the_api_does_the_same(keeper: TestClient, folder: Path) -> None:
    made = keeper.post(f"{PREFIX}/schedules", json={**AT_TWO, "data": "lms"})
    assert (made.status_code, made.headers["location"]) == (201, f"{PREFIX}/schedules/1")
    (folder / "lms/nightly.xml").unlink()
    assert keeper.post(f"{PREFIX}/schedules/1/run").json()["schedule"] == 1
    work(keeper)
    found = keeper.get(f"{PREFIX}/schedules/1").json()
    assert [run["outcome"] for run in found["runs"]] == ["failed"]
    assert "nightly.xml" in found["stuck"][0]
    (folder / "lms/nightly.xml").write_text(CONFIGURATION, "utf-8")
    assert keeper.post(f"{PREFIX}/schedules/1/run").status_code == 202
    work(keeper)
    found = keeper.get(f"{PREFIX}/schedules/1").json()
    assert [run["outcome"] for run in found["runs"]] == ["rows rejected", "failed"]
    assert (found["last"]["rows"], found["last"]["rejected"], found["stuck"]) == (3, 2, [])
    changed = keeper.patch(f"{PREFIX}/schedules/1", json={"paused": True, "zone": "UTC"}).json()
    assert (changed["paused"], changed["next_at"], changed["cron"], changed["zone"]) == (
        True,
        None,
        "15 2 * * *",
        "UTC",
    )
    assert keeper.patch(f"{PREFIX}/schedules/1", json={"paused": False}).json()["next_at"] is not None
    assert keeper.delete(f"{PREFIX}/schedules/1").status_code == 204
    assert keeper.get(f"{PREFIX}/schedules/1").json()["code"] == "run-missing"


def test_a_run_waits_for_one_that_was_started_elsewhere(
    keeper: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.post("/schedules", data=AT_TWO)
    keeper.post("/schedules/1/run")
    assert site_of(keeper).schedules == folder
    # A run of cron makes the lock.
    keeper.post("/schedules/1/run")
    work(keeper)
    (lock,) = (folder / "lms").glob(".milepost-*.lock")
    put(folder / "lms", "tracking_2.csv", tracking(2))
    keeper.post("/schedules/1/run")
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        slept = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            fcntl.flock(held, fcntl.LOCK_UN)

        monkeypatch.setattr(time, "sleep", sleep)
        (job,) = work(keeper)
    assert (len(slept), job.state) == (1, "done")


def test_without_a_folder_nothing_is_added(store: Path, tmp_path: Path) -> None:
    client = local_person(store, tmp_path / "data")
    assert "without --schedule-folder" in text_of(client, "/schedules")
    assert "cannot be scheduled here" in client.post("/schedules", data=AT_TWO).text
