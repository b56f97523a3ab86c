"""What is old goes; what somebody is at work on, or has begun since, stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

from databases.transactions import writing
from milepost.use_cases import drafts, job_queue
from milepost.use_cases.sweeping import sweep
from milepost.use_cases.worker import Worker, open_office

A_DAY = 86_400


def aged(office: str, data: Path, draft: int, days: int) -> Path:
    """Lets a draft have been begun that many days ago. Its folder."""
    place = drafts.one(office, draft).place(data)
    with writing(office) as tables:
        tables.change("draft", {"created_at": int(time.time()) - days * A_DAY - 60}, {"id": draft})
    os.utime(place, (0, time.time() - days * A_DAY))
    return place


def test_old_uploads_go_but_for_those_with_a_job(tmp_path: Path) -> None:
    office = open_office("none.db", tmp_path)
    old, busy, new = (drafts.create(office, tmp_path, f"{name}.csv", "eve").id for name in ("old", "busy", "new"))
    places = [aged(office, tmp_path, draft, days) for draft, days in ((old, 30), (busy, 40), (new, 29))]
    waiting = job_queue.add(office, "look", {}, "eve", draft=busy).id
    over = job_queue.add(office, "look", {}, "eve", draft=old).id
    job_queue.stop(office, over)
    with writing(office) as tables:
        tables.change("job", {"finished_at": 1}, {"id": over})
    orphan, fresh, unfinished = tmp_path / "uploads" / "a", tmp_path / "uploads" / "b", tmp_path / "tmpx.csv"
    for path in (orphan, fresh):
        path.mkdir()
    unfinished.touch()
    for path in (orphan, unfinished):
        os.utime(path, (0, 0))
    assert sweep(office, tmp_path, 30) == 1
    assert [place.exists() for place in places] == [False, True, True]
    assert [path.exists() for path in (orphan, fresh, unfinished)] == [False, True, False]
    assert [job.id for job in job_queue.listing(office)] == [waiting]
    assert {one.id for one in drafts.listing(office)} == {busy, new}
    assert Path(office).exists()


def test_a_worker_sweeps_when_it_starts(tmp_path: Path) -> None:
    office = open_office("none.db", tmp_path)
    place = aged(office, tmp_path, drafts.create(office, tmp_path, "old.csv", "eve").id, 3)
    worker = Worker(office, "none.db", tmp_path, keep_days=2)
    worker.start()
    deadline = time.monotonic() + 20
    while place.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.stop()
    assert not place.exists()
