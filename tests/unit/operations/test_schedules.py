"""Schedules: one job for each time that is due, whoever looks and however late."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from databases.stores import Stores
from databases.transactions import writing
from milepost.model.exceptions import FileError, UsageError
from milepost.operations import schedule_status, schedules
from milepost.operations.schedules import Schedule, Wanted
from milepost.stores import record
from milepost.use_cases import job_queue
from milepost.use_cases.job_queue import JobState

CONFIGURATION = """<import-config name="learners"><import>
<providers><fileSystemSourceProvider><fileName>learners.csv</fileName></fileSystemSourceProvider></providers>
<actions><createOrUpdateLearnerAction/></actions></import></import-config>"""


@pytest.fixture
def office(stores: Stores) -> str:
    """The store of the application."""
    return stores.empty()


@pytest.fixture
def schedule(office: str, tmp_path: Path) -> Schedule:
    """A schedule that is due every hour, in Paris."""
    (tmp_path / "nightly.xml").write_text(CONFIGURATION, "utf-8")
    return schedules.save(office, tmp_path, Wanted("nightly.xml", "30 * * * *", "Europe/Paris"), "eve")


def due(schedule: Schedule) -> datetime:
    assert schedule.next_at is not None
    return schedule.next_at


def jobs(office: str) -> list[job_queue.QueuedJob]:
    return list(reversed(job_queue.listing(office)))


def test_each_time_that_is_due_gives_one_job_whoever_looks(office: str, schedule: Schedule) -> None:
    assert not schedules.begin_due(office, due(schedule) - timedelta(seconds=1))
    together, found = threading.Barrier(4), list[bool]()

    def look() -> None:
        together.wait()
        found.append(schedules.begin_due(office, due(schedule)))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]
    (job,) = jobs(office)
    assert (job.kind, job.schedule_id, job.actor, job.state) == ("run", schedule.id, "eve", "waiting")
    assert job.task == {"configuration": "nightly.xml", "data": None}
    assert schedules.one(office, schedule.id).next_at == due(schedule) + timedelta(hours=1)


def test_times_that_pass_meanwhile_are_made_up_for_once(office: str, schedule: Schedule) -> None:
    late = due(schedule) + timedelta(days=3, minutes=7)
    assert schedules.begin_due(office, late)
    following = schedules.one(office, schedule.id)
    assert due(following) == late + timedelta(minutes=53)
    # The run is still at work when the next time has come.
    job = jobs(office)[0]
    assert job_queue.claim(office, office, "configurations") is not None
    assert not schedules.begin_due(office, due(following) + timedelta(hours=5))
    assert schedules.run_now(office, schedule.id, "adam").id == job.id
    job_queue.finish(office, job.id)
    assert schedules.begin_due(office, due(following) + timedelta(hours=5))
    assert not schedules.begin_due(office, due(following) + timedelta(hours=5))
    assert [one.schedule_id for one in jobs(office)] == [schedule.id] * 2


def test_what_is_paused_is_not_due_and_not_made_up_for(office: str, schedule: Schedule, tmp_path: Path) -> None:
    paused = schedules.pause(office, schedule.id, "adam")
    assert (paused.is_paused, paused.next_at, paused.actor) == (True, None, "adam")
    wanted = Wanted("nightly.xml", "15 2 * * *", "UTC")
    changed = schedules.save(office, tmp_path, wanted, "eve", schedule.id)
    assert (changed.is_paused, changed.next_at, changed.cron) == (True, None, "15 2 * * *")
    assert not schedules.begin_due(office, datetime.now(UTC) + timedelta(days=400))
    resumed = schedules.resume(office, schedule.id, "eve")
    assert due(resumed) > datetime.now(UTC)
    job = schedules.run_now(office, schedule.id, "adam")
    assert job.actor == "adam"
    assert schedules.one(office, schedule.id).next_at == resumed.next_at
    schedules.remove(office, schedule.id)
    assert job_queue.one(office, job.id).state is JobState.CANCELLED
    assert schedules.listing(office) == ()


def test_paths_stay_inside_the_folder(office: str, schedule: Schedule, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.xml"
    outside.write_text(CONFIGURATION, "utf-8")
    (tmp_path / "link.xml").symlink_to(outside)
    for path in (f"../{outside.name}", str(outside), "link.xml", "sub/../../x.xml"):
        with pytest.raises(UsageError, match="inside the folder of schedules"):
            schedules.save(office, tmp_path, Wanted(path, "* * * * *"), "eve")
        with pytest.raises(UsageError, match="inside the folder of schedules"):
            schedules.save(office, tmp_path, Wanted("nightly.xml", "* * * * *", data=path), "eve")
    with pytest.raises(FileError, match="no folder"):
        schedules.save(office, tmp_path, Wanted("nightly.xml", "* * * * *", data="nowhere"), "eve")
    with pytest.raises(UsageError, match="cannot be scheduled here"):
        schedules.save(office, None, Wanted("nightly.xml", "* * * * *"), "eve")
    assert schedules.candidates(tmp_path) == ["nightly.xml"]
    assert schedules.listing(office) == (schedule,)


def test_what_is_late_or_has_failed_needs_a_person(office: str, schedule: Schedule) -> None:
    def stuck(now: datetime) -> tuple[str, ...]:
        (status,) = schedule_status.schedule_statuses(office, office, "learners", now)
        return status.stuck

    assert schedule_status.schedule_statuses(office, office, "others") == []
    assert stuck(due(schedule) + timedelta(minutes=9)) == ()
    (sentence,) = stuck(due(schedule) + timedelta(minutes=11))
    assert sentence.startswith(
        f"Schedule {schedule.id} (nightly.xml) has been due since {due(schedule):%Y-%m-%d %H:%M}"
    )
    schedules.run_now(office, schedule.id, "eve")
    (sentence,) = stuck(datetime.now(UTC) + timedelta(minutes=11))
    assert "has not begun. Is `milepost serve` or `milepost worker` running" in sentence
    job = job_queue.claim(office, office, "configurations")
    assert job is not None
    assert stuck(datetime.now(UTC)) == ()
    (sentence,) = stuck(due(schedule) + timedelta(minutes=11))
    assert sentence.endswith(f"its run before, job {job.id}, is still at work.")
    dead = f"{record.this_process().rsplit(' ', 2)[0]} 999999999 1.00"
    with writing(office) as tables:
        tables.change("job", {"process": dead}, {"id": job.id})
    (sentence,) = stuck(datetime.now(UTC))
    assert sentence.endswith(f"the process of job {job.id} has ended, and no other has taken it up yet.")
    job_queue.fail(office, job.id, "file-missing", "There is no data folder.")
    (sentence,) = stuck(datetime.now(UTC))
    assert sentence.endswith("failed: There is no data folder.")
    # How a schedule last went is kept, however long ago.
    with writing(office) as tables:
        tables.change("job", {"finished_at": 1}, {"id": job.id})
    job_queue.forget(office, int(datetime.now(UTC).timestamp()))
    assert [one.id for one in jobs(office)] == [job.id]
