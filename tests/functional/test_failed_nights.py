"""A night that fails, whatever the cause, says so; when the cause is mended, the next one ends as if it had not."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from databases.stores import SQLiteStores, Stores
from functional.feed_scene import EXPORTS, IMPORTS, FeedScene, Unruly, feed_scene
from functional.workbench import CLEAN, HEADER, REFERENCE, command, environment, run_here
from servers.key_ring import KeyRing

_WRITING = frozenset({"open", "os.mkdir", "os.rename"})
"""What needs room on a disk."""


@dataclass
class _Disk:
    """What this process writes in a folder; nothing from one number on."""

    folder: str = ""
    """Nothing is watched without one."""
    writes: list[str] = field(default_factory=list)
    most: int | None = None
    """How many succeed."""

    def __post_init__(self) -> None:
        sys.addaudithook(self._hear)

    def _hear(self, event: str, facts: tuple[object, ...]) -> None:
        if not self.folder or event not in _WRITING or not str(facts[0]).startswith(self.folder):
            return
        if event == "open" and not int(str(facts[2])) & (os.O_WRONLY | os.O_RDWR):
            return
        self.writes.append(f"{event} {facts[0]}")
        if self.most is not None and len(self.writes) > self.most:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(facts[0]))

    @contextmanager
    def watched(self, folder: Path, most: int | None = None) -> Iterator[None]:
        """Watches a folder."""
        self.folder, self.writes, self.most = str(folder), [], most
        try:
            yield
        finally:
            self.folder = ""


DISK = _Disk()
EVERY = os.environ.get("MILEPOST_KILLS") is not None
"""Whether a disk is full at each write, and not at some."""


def fill(db: str) -> None:
    """Puts reference data into a store."""
    for kind, content in REFERENCE.items():
        assert run_here("load", kind, "-", "--db", db, stdin=content).status == 0


@pytest.fixture
def feed(
    folder: Path, key_ring: KeyRing, sqlite_stores: SQLiteStores, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FeedScene]:
    """A night of imports."""
    db = sqlite_stores.holding("reference", fill)
    with feed_scene(folder, db, key_ring, IMPORTS, monkeypatch.setenv) as scene:
        yield scene


@pytest.fixture(scope="module")
def whole(
    key_ring: KeyRing, sqlite_stores: SQLiteStores, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """What a night comes to that nothing goes wrong in."""
    db = sqlite_stores.holding("reference", fill)
    home = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, feed_scene(home, db, key_ring, IMPORTS, patch.setenv) as scene:
        scene.send_feed()
        with DISK.watched(scene.data):
            outcome = scene.run()
        assert len(DISK.writes) < _MOST_WRITES
        assert outcome.document.get("trouble") == [], outcome
        return scene.imported()


def fill_tracking(db: str) -> None:
    """Puts reference data and tracking into a store."""
    fill(db)
    assert run_here("import", "-", "--db", db, stdin=CLEAN).status == 0


@pytest.fixture
def out(
    folder: Path, key_ring: KeyRing, sqlite_stores: SQLiteStores, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FeedScene]:
    """A night of exports."""
    db = sqlite_stores.holding("tracking", fill_tracking)
    with feed_scene(folder, db, key_ring, EXPORTS, monkeypatch.setenv) as scene:
        yield scene


@pytest.fixture(scope="module")
def whole_out(
    key_ring: KeyRing, sqlite_stores: SQLiteStores, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """What a night of exports comes to that nothing goes wrong in."""
    db = sqlite_stores.holding("tracking", fill_tracking)
    home = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, feed_scene(home, db, key_ring, EXPORTS, patch.setenv) as scene:
        outcome = scene.run()
        assert outcome.document.get("trouble") == [], outcome
        return scene.exported()


@dataclass(frozen=True)
class Failure:
    """Something that goes wrong in a night."""

    said: str
    """What the night says of it."""
    wrong: dict[str, str]
    """What is wrong in the configuration."""
    cut: str | None = None
    """What is half of itself on the server."""
    hangs_up_at: str | None = None
    is_mail_refused: bool = False
    is_call_refused: bool = False
    status: int = 3


FAILURES = {
    "server gone": Failure("cannot be reached by SFTP", {"PORT": "1"}),
    "server gone while a file comes": Failure("broke the connection", {}, hangs_up_at="read"),
    "server gone when a file is to be removed": Failure("broke the connection", {}, hangs_up_at="remove"),
    "wrong host key": Failure("host key", {"HOSTKEY": f"SHA256:{'A' * 43}"}),
    "wrong PGP key": Failure("signed", {"SIGNER": "A" * 40}),
    "half an encrypted file": Failure("feed.zip.pgp", {}, cut="pgp"),
    "half an archive": Failure("feed.zip", {}, cut="zip"),
    "half a file": Failure("tracking_20240301.csv", {}, cut="tracking"),
    "mail refused": Failure("refuses the mail", {}, is_mail_refused=True),
    "no folder for back-ups": Failure("feed.xml", {"BACKUP": "feed.xml"}),
    "no folder for logs": Failure("feed.xml", {"LOGS": "feed.xml"}),
}


IN_CAMPAIGNS = {"wrong host key", "half an encrypted file", "no folder for logs"}
"""Failures that the program meets at the place of another one."""


@pytest.mark.parametrize("name", [name for name in FAILURES if EVERY or name not in IN_CAMPAIGNS])
def test_a_night_of_imports_that_fails_is_made_up_for(name: str, feed: FeedScene, whole: dict[str, object]) -> None:
    failure = FAILURES[name]
    feed.send_feed(cut=failure.cut)
    feed.configure(**failure.wrong)
    Unruly.hangs_up_at, feed.mail.answer = failure.hangs_up_at, "451 not now" if failure.is_mail_refused else "250 OK"
    outcome = feed.run()
    assert outcome.status == failure.status, outcome
    assert any(failure.said in sentence for sentence in outcome.document["trouble"]), outcome.document["trouble"]
    assert feed.imported() != whole
    Unruly.hangs_up_at, feed.mail.answer = None, "250 OK"
    feed.configure()
    if failure.cut:
        feed.send_feed()
    outcome = feed.run()
    assert (outcome.status, outcome.document["trouble"]) == (1, [])
    assert feed.imported() == whole
    assert [line for line in feed.mail.mails[-1].as_string().splitlines() if "1 rejected" in line]
    if failure.hangs_up_at == "remove":
        again = feed.run()
        assert (again.status, again.document["trouble"], feed.imported()) == (0, [], whole)


_MOST_WRITES = 40


@pytest.mark.parametrize("number", range(_MOST_WRITES) if EVERY else range(4, _MOST_WRITES, 14))
def test_a_night_of_imports_is_made_up_for_when_the_disk_has_room_again(
    number: int, feed: FeedScene, whole: dict[str, object]
) -> None:
    feed.send_feed()
    with DISK.watched(feed.data, number):
        outcome = feed.run()
    if len(DISK.writes) <= number:
        return  # a night writes less
    assert outcome.status in (2, 3)
    assert "No space left on device" in outcome.stdout
    assert "bug" not in outcome.stdout
    outcome = feed.run()
    assert outcome.document["trouble"] == []
    assert feed.imported() == whole


KILLS = max(1, int(os.environ.get("MILEPOST_KILLS", "30")) // 30)
_SEED = os.environ.get("MILEPOST_SEED", "1")


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("what", ["imports", "exports"] if EVERY else ["imports"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"] if EVERY else ["postgresql"])
def test_a_night_that_is_killed_is_made_up_for_on_each_database(
    kind: str,
    what: str,
    number: int,
    folder: Path,
    key_ring: KeyRing,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = random.Random(f"{_SEED} {number}")
    is_import = what == "imports"
    stores: Stores = request.getfixturevalue(f"{kind}_stores")
    db = stores.holding(what, fill if is_import else fill_tracking)
    with feed_scene(folder, db, key_ring, IMPORTS if is_import else EXPORTS, monkeypatch.setenv) as scene:
        if is_import:
            scene.send_feed()
        for _ in range(2 if EVERY else 1):
            words = command("run", scene.data / scene.name, "--data", scene.data, "--db", db, "-q")
            process = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and not list(scene.data.glob(".milepost-*.lock")):
                time.sleep(0.01)
            time.sleep(moment.uniform(0, 2 if is_import else 0.5))
            process.kill()
            process.wait()
            for lock in scene.data.glob(".milepost-*.lock"):
                lock.unlink()
        outcome = scene.run()
        assert (outcome.status in (0, 1), outcome.document["trouble"]) == (True, [])
        found = scene.imported() if is_import else scene.exported()
        assert found == request.getfixturevalue("whole" if is_import else "whole_out")
        assert scene.mail.mails


EXPORT_FAILURES = {
    "server gone": Failure("cannot be reached by SFTP", {"PORT": "1"}),
    "server gone while a file goes": Failure("broke the connection", {}, hangs_up_at="write"),
    "server gone before a file has its name": Failure("broke the connection", {}, hangs_up_at="rename"),
    "wrong host key": Failure("host key", {"HOSTKEY": f"SHA256:{'A' * 43}"}),
    "wrong PGP key": Failure("AAAA", {"RECIPIENT": "A" * 40}),
    "wrong PGP key to sign": Failure("AAAA", {"SIGNER": "A" * 40}),
    "mail refused": Failure("refuses the mail", {}, is_mail_refused=True),
    "call refused": Failure("503", {}, is_call_refused=True),
    "no folder": Failure("out.xml", {"FOLDER": "out.xml"}),
}


@pytest.mark.parametrize("name", EXPORT_FAILURES)
def test_a_night_of_exports_that_fails_is_made_up_for(name: str, out: FeedScene, whole_out: dict[str, object]) -> None:
    failure = EXPORT_FAILURES[name]
    out.configure(**failure.wrong)
    Unruly.hangs_up_at, out.mail.answer = failure.hangs_up_at, "451 not now" if failure.is_mail_refused else "250 OK"
    out.calls.status = 503 if failure.is_call_refused else 200
    outcome = out.run()
    assert outcome.status == failure.status, outcome
    assert any(failure.said in sentence for sentence in outcome.document["trouble"]), outcome.document["trouble"]
    out.calls.status = 200
    Unruly.hangs_up_at, out.mail.answer = None, "250 OK"
    out.configure()
    before = len(out.mail.mails), len(out.calls.requests)
    outcome = out.run()
    assert outcome.document["trouble"] == []
    assert out.exported() == whole_out
    assert (len(out.mail.mails), len(out.calls.requests)) == (before[0] + 1, before[1] + 1)


def test_what_was_new_to_a_night_that_failed_stays_on_each_database(
    folder: Path, key_ring: KeyRing, on_databases: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = on_databases.holding("tracking", fill_tracking)
    with feed_scene(folder, db, key_ring, EXPORTS, monkeypatch.setenv) as out:
        out.calls.status = 503
        assert out.run().status == 3
        out.calls.status = 200
        out.configure(PORT="1")
        assert out.run().status == 3
        out.configure()
        more = f"{HEADER}bob,outro,2024,maths,2024-02-03 10:00:00,5,incomplete,\n"
        assert run_here("import", "-", "--db", db, stdin=more).status == 0
        assert out.run().status == 0
        there = {one.name: one.read_text("utf-8").splitlines()[1:] for one in out.sftp.folder.glob("new*")}
        assert there == {"new.csv": ["ada;intro", "bob;intro"], "new-2.csv": ["bob;outro"]}
        assert out.run().status == 0
        assert (out.sftp.folder / "new.csv").read_text("utf-8").splitlines()[1:] == []
