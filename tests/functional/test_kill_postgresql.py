"""A process or a connection that dies leaves a PostgreSQL store as before or as after. `make kill-test` kills more."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import milepost
from databases import proxy
from databases.proxy import Fate
from databases.stores import PostgreSQLStores
from functional import crash, crash_postgresql
from functional.crash_postgresql import Blow, Striker, Work

KILLS = int(os.environ.get("MILEPOST_KILLS", "10"))
"""A tenth as many undos, and prunes, are killed, and twice as many imports; of each as many are cut off again."""
_SEED = os.environ.get("MILEPOST_SEED", "1")
_LOST = r"^The connection to postgresql:///postgres(, schema store_\d+)? was lost"
_UNCHANGED = _LOST + r"\. Nothing was changed\. Try again\.$"
_UNKNOWN = _LOST + (
    r" while the work was being committed: either all of it is done, or nothing was changed\. "
    r"`milepost runs` lists a run that is done as done\. Running it again is safe\.$"
)


@pytest.fixture(scope="module")
def works(postgresql_stores: PostgreSQLStores, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Work]:
    """Gives the command of a name, measured once."""
    return cache(lambda name: crash_postgresql.work(name, postgresql_stores, tmp_path_factory.mktemp("work")))


@pytest.fixture
def work(name: str, works: Callable[[str], Work]) -> Work:
    """The command that the test is about."""
    return works(name)


@pytest.fixture
def store(work: Work) -> Iterator[str]:
    """A store to do it in."""
    with work.store() as url:
        yield url


def _assert_before_or_after(work: Work, store: str) -> bool:
    """Whether the store is as after; it must be that, or as before, and tell so."""
    with Striker(store) as server:
        server.wait_until_gone()
    content = crash_postgresql.dump(store)
    is_done = content == work.after
    assert is_done or content == work.before
    runs = crash_postgresql.runs(store)
    if work.name == "prune":
        assert [run["pruned_at"] is not None for run in runs] == [is_done] * 2
        return is_done
    states = [run["state"] for run in runs]
    before = ["done"] * (1 if work.name == "import" else 2)
    assert states in ([["done", *before]] if is_done else [before, ["interrupted", *before]])
    return is_done


def _assert_runs_again(work: Work, store: str, *, is_done: bool) -> None:
    """The same command once more ends well, and with it the store is as after."""
    assert work.run(store) == (work.again if is_done else work.outcome)
    content = crash_postgresql.dump(store)
    assert crash.tracked(content) == crash.tracked(work.after)
    assert len(content["tracking_change"]) == len(work.after["tracking_change"])
    states = [run["state"] for run in crash_postgresql.runs(store)]
    assert states[0] == "done"
    assert "running" not in states


def _start_and_strike(number: int, blow: Blow, work: Work, store: str) -> subprocess.Popen[bytes]:
    """The process, which is struck at a moment of its life: another one for each number."""
    chosen = random.Random(f"{_SEED} {work.name} {blow} {number}").random()
    with Striker(store) as striker:
        if number % 3 == 0:
            return _start_and_strike_at_commit(chosen, blow, work, store, striker)
        process = work.start(store)
        if number % 3 == 1 and blow is Blow.KILL:
            time.sleep(chosen * work.seconds[0])
        else:
            striker.wait_until_connected(process)
            time.sleep(chosen * work.seconds[1])
        striker.strike(blow, process)
        return process


_COMMIT_SECONDS = 0.004
"""At most so long after the last statement comes a blow that is to come with the COMMIT."""


def _start_and_strike_at_commit(
    chosen: float, blow: Blow, work: Work, store: str, striker: Striker
) -> subprocess.Popen[bytes]:
    started: list[subprocess.Popen[bytes]] = []
    is_started = threading.Event()

    def strike() -> None:
        is_started.wait(crash.PATIENCE)
        time.sleep(chosen**2 * _COMMIT_SECONDS)
        striker.strike(blow, started[0])

    striking = threading.Thread(target=strike, daemon=True)
    with proxy.between(store, crash_postgresql.LAST, act=striking.start) as (url, _):
        process = work.start(url)
        started.append(process)
        is_started.set()
        process.wait(crash.PATIENCE)
        striking.join(crash.PATIENCE)
        return process


def _assert_true(outcome: crash_postgresql.Outcome, work: Work, *, is_done: bool) -> None:
    """What the program told must be so."""
    status, answer = outcome
    if status not in (2, 4):
        assert is_done
        assert outcome == work.outcome
    elif not re.search(_UNKNOWN, answer["error"]["message"]):
        assert re.search(_UNCHANGED, answer["error"]["message"])
        assert not is_done


_COMMANDS = ("import", "undo", "prune")
_LOST_WITH = (Fate.DROPPED, Fate.UNANSWERED)
_BLOWS = [
    (name, blow, number)
    for name in _COMMANDS
    for blow in Blow
    for number in range(KILLS // (5 if (name, blow) == ("import", Blow.KILL) else 10))
]


@pytest.mark.parametrize(("name", "blow", "number"), _BLOWS)
def test_a_blow_leaves_the_store_as_before_or_as_after(number: int, blow: Blow, work: Work, store: str) -> None:
    process = _start_and_strike(number, blow, work, store)
    status, out, err = crash.end(process)
    is_done = _assert_before_or_after(work, store)
    assert err == ""
    if status != -signal.SIGKILL:
        _assert_true((status, crash_postgresql.told(out)), work, is_done=is_done)
    _assert_runs_again(work, store, is_done=is_done)


_CUTS = [
    *((name, crash_postgresql.LAST, fate) for name in _COMMANDS for fate in _LOST_WITH),
    *((name, crash_postgresql.ENTRY, fate) for name in ("import", "undo") for fate in _LOST_WITH),
]


@pytest.mark.parametrize(("name", "mark", "fate"), _CUTS)
def test_a_commit_whose_answer_does_not_come(
    mark: bytes, fate: Fate, work: Work, store: str, caplog: pytest.LogCaptureFixture
) -> None:
    with proxy.between(store, mark, fate) as (url, between):
        status, answer = work.run(url)
    assert between.has_come.is_set()
    is_done = _assert_before_or_after(work, store)
    assert is_done == ((mark, fate) == (crash_postgresql.LAST, Fate.UNANSWERED))
    assert status == 2
    assert re.search(_UNKNOWN, answer["error"]["message"])
    # What is logged would be printed, with a traceback.
    assert not caplog.records
    _assert_runs_again(work, store, is_done=is_done)


@pytest.mark.parametrize("number", range(max(1, KILLS // 15)))
def test_a_killed_first_load_leaves_no_half_made_store(
    number: int, postgresql_stores: PostgreSQLStores, tmp_path: Path
) -> None:
    store = postgresql_stores.place()
    file = tmp_path / "learners.csv"
    file.write_text("candidateLogin\nada\n")
    with Striker(store) as striker:
        process = crash_postgresql.start(("load", "learners", str(file)), store, tmp_path)
        striker.wait_until_connected(process)
        time.sleep(random.Random(f"{_SEED} load {number}").uniform(0, 0.7))
        striker.strike(Blow.KILL, process)
        crash.end(process)
        striker.wait_until_gone()
    report = milepost.load_file("learners", file, store)
    assert (report.rows, report.created + report.unchanged) == (1, 1)
    states = [run["state"] for run in crash_postgresql.runs(store)]
    assert states in (["done"], ["done", "done"], ["done", "interrupted"])
    postgresql_stores.take_back()
