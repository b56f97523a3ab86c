"""The queue of jobs: in order, one at a time, and what became of those whose process has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from databases.stores import Stores
from databases.transactions import writing
from milepost.model.exceptions import UsageError
from milepost.stores import record
from milepost.stores.record import begin
from milepost.use_cases import job_queue
from milepost.use_cases.job_queue import JobState
from milepost.use_cases.template import instant
from milepost.use_cases.worker import open_office

DEAD = f"{record.this_process().rsplit(' ', 2)[0]} 999999999 1.00"


@pytest.fixture
def places(stores: Stores) -> tuple[str, str]:
    """A store for the queue, and one that the jobs are about."""
    return stores.empty(), stores.empty()


def import_job(office: str, digest: str = "d") -> int:
    return job_queue.add(office, "import", {"digest": digest}, "eve").id


def dies(office: str, job: int) -> None:
    """Lets the process of a job have ended without a word."""
    with writing(office) as tables:
        tables.change("job", {"process": DEAD}, {"id": job})


def has_run(database: str, digest: str, actor: str = "eve") -> int:
    """Lets the store have a run that is done."""
    with writing(database) as tables:
        number = begin(tables, "tracking", "a.csv", instant(None), actor)
        tables.change("import_run", {"state": "done", "digest": digest}, {"id": number})
    return number


def test_jobs_are_claimed_in_order_and_one_at_a_time(places: tuple[str, str]) -> None:
    office, database = places
    assert not job_queue.has_work(office, "store")
    first, second = import_job(office), import_job(office, "e")
    look = job_queue.add(office, "look", {}, "eve").id
    assert job_queue.has_work(office, "store")
    claimed = job_queue.claim(office, database, "store")
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts, claimed.last_run) == (first, "running", 1, 0)
    assert job_queue.claim(office, database, "store") is None
    assert not job_queue.has_work(office, "store")
    other_lane = job_queue.claim(office, database, "files")
    assert other_lane is not None
    assert other_lane.id == look
    assert not job_queue.beat(office, first, "planning", 1, 2)
    assert job_queue.one(office, first).phase == "planning"
    job_queue.finish(office, first, run=7)
    assert job_queue.one(office, first).run == 7
    following = job_queue.claim(office, database, "store")
    assert following is not None
    assert following.id == second
    assert [job.id for job in job_queue.listing(office, is_over=True)] == [first]


def test_the_same_request_is_the_same_job_unless_it_has_failed(places: tuple[str, str]) -> None:
    office, database = places
    one = job_queue.add(office, "import", {"digest": "d"}, "eve", request="r")
    assert job_queue.add(office, "import", {"digest": "d"}, "eve", request="r").id == one.id
    with pytest.raises(UsageError, match="Another job was asked for"):
        job_queue.add(office, "import", {"digest": "e"}, "eve", request="r")
    job_queue.claim(office, database, "store")
    job_queue.fail(office, one.id, "plan-changed", "It has.")
    again = job_queue.add(office, "import", {"digest": "d"}, "eve", request="r")
    assert again.id != one.id
    job_queue.stop(office, again.id)
    assert job_queue.one(office, again.id).state is JobState.CANCELLED


def test_a_job_whose_process_died_is_done_if_the_store_has_its_run(places: tuple[str, str]) -> None:
    office, database = places
    has_run(database, "d")
    job = import_job(office)
    job_queue.claim(office, database, "store")
    dies(office, job)
    has_run(database, "d", actor="adam")
    run = has_run(database, "d")
    assert job_queue.claim(office, database, "store") is None
    found = job_queue.one(office, job)
    assert (found.state, found.run) == (JobState.DONE, run)


def test_a_job_whose_process_died_is_done_again_but_not_for_ever(places: tuple[str, str]) -> None:
    office, database = places
    job, after = import_job(office), import_job(office, "e")
    for attempt in range(1, job_queue.MOST_ATTEMPTS + 1):
        claimed = job_queue.claim(office, database, "store")
        assert claimed is not None
        assert (claimed.id, claimed.attempts) == (job, attempt)
        dies(office, job)
    claimed = job_queue.claim(office, database, "store")
    assert claimed is not None
    assert claimed.id == after
    found = job_queue.one(office, job)
    assert (found.state, found.error) == (
        JobState.FAILED,
        "Its process ended twice without a word: it was killed, or the machine had no memory left.",
    )


def test_a_job_that_is_interrupted_waits_again_or_is_cancelled(places: tuple[str, str]) -> None:
    office, database = places
    job = import_job(office)
    job_queue.claim(office, database, "store")
    job_queue.give_back(office, job)
    assert (job_queue.one(office, job).state, job_queue.one(office, job).attempts) == (JobState.WAITING, 0)
    job_queue.claim(office, database, "store")
    job_queue.stop(office, job)
    assert job_queue.beat(office, job, None, None, None)
    job_queue.give_back(office, job)
    assert job_queue.one(office, job).state is JobState.CANCELLED
    job_queue.finish(office, job, run=1)
    assert job_queue.one(office, job).state is JobState.CANCELLED
    job_queue.stop(office, job)


def test_a_job_to_be_stopped_whose_process_died_is_cancelled(places: tuple[str, str]) -> None:
    office, database = places
    job = import_job(office)
    job_queue.claim(office, database, "store")
    job_queue.stop(office, job)
    dies(office, job)
    assert job_queue.claim(office, database, "store") is None
    assert job_queue.one(office, job).state is JobState.CANCELLED


def test_a_silent_process_of_another_machine_counts_as_ended(places: tuple[str, str]) -> None:
    office, database = places
    job = import_job(office)
    job_queue.claim(office, database, "store")
    with writing(office) as tables:
        tables.change("job", {"process": "elsewhere 1 1.00"}, {"id": job})
    assert job_queue.claim(office, database, "store") is None
    with writing(office) as tables:
        tables.change("job", {"beat_at": 1}, {"id": job})
    claimed = job_queue.claim(office, database, "store")
    assert claimed is not None
    assert claimed.attempts == 2


def test_the_queue_is_written_while_an_import_writes(on_databases: Stores, tmp_path: Path) -> None:
    database = on_databases.empty()
    office = open_office(database, tmp_path)
    assert open_office(database, tmp_path) == office
    with writing(database):
        job = import_job(office)
        claimed = job_queue.claim(office, database, "store")
        assert claimed is not None
        assert not job_queue.beat(office, job, "storing", 1, None)
