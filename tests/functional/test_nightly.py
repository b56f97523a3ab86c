"""`milepost run`: whole configurations, on local files."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from functional.night_scene import AFTER, AN_HOUR, PAGE, STORED, files, fill, put, stored, tracking
from functional.workbench import Outcome, run_here
from milepost.cli import interruption
from milepost.model.exceptions import FileError
from milepost.operations import file_steps, night_import
from milepost.stores import nights, record


def run(*words: str) -> Outcome:
    """The night of the working folder."""
    return run_here("run", "nightly.xml", *words)


def configure(folder: Path, provider: str = "", rest: str = "", action: str = "") -> None:
    """A configuration with one import of tracking."""
    text = f"""<import-config><import guid="tracking">
    <providers><fileSystemSourceProvider><fileName>tracking_*.csv</fileName>{provider}</fileSystemSourceProvider></providers>
    <actions><createOrUpdateConsolidatedTrackingAction>{action}</createOrUpdateConsolidatedTrackingAction></actions>
    {rest}</import></import-config>"""
    (folder / "nightly.xml").write_text(text, encoding="utf-8")


INI = re.compile(r"^```ini\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BACKUP = "<consolidators><moveToBackupConsolidator/></consolidators>"


def states(outcome: Outcome) -> dict[str, str]:
    """What became of each file."""
    every = [file for one in outcome.document["imports"] for file in one["files"]]
    return {Path(file["file"]).name: file["state"] for file in every}


def test_a_whole_night(folder: Path, store: Path) -> None:
    fill(folder)
    before = (files(folder), store.read_bytes())
    checked = run("--check", "--json")
    assert (files(folder), store.read_bytes()) == before
    assert checked.status == 3, checked.stderr  # two thirds of the rows would be rejected without the other imports
    outcome = run("--json")
    assert outcome.status == 3
    assert [sentence.partition(";")[0] for sentence in outcome.document["trouble"]] == [
        f"Import tracking: 1 of 3 rows of import/tracking_2024030{day}.csv were rejected" for day in (1, 2, 3)
    ]
    assert [list(states(outcome).items())[-3:]] == [[(f"tracking_2024030{day}.csv", "imported") for day in (1, 2, 3)]]
    assert files(folder) == AFTER
    assert stored(store) == STORED
    log = next((folder / "imports/logs").glob("*_tracking_20240301.csv.log"))
    message = '"No registration found for given parameters. no learner has login ""nobody"""'
    assert (
        log.read_text("utf-8")
        == f"Line number:3,ERROR,nobody,intro,guid-2024,2024-03-01 10:00:00,10,incomplete,{message}\n"
    )
    again = run("--json")
    assert (states(again), files(folder), stored(store)) == ({}, AFTER, STORED)
    (status,) = run_here("status", "--json").document["configurations"]
    assert (status["configuration"], status["waiting"], status["stuck"]) == ("nightly", [], [])


def test_the_summary_says_what_became_of_each_file(folder: Path, store: Path) -> None:
    configure(folder, rest=BACKUP)
    put(folder, "tracking_1.csv", tracking(1).replace("cyd;outro;guid-2025", "bob;outro;guid-2024"))
    outcome = run()
    assert outcome.status == 1
    lines = outcome.stdout.splitlines()
    assert lines[1:] == [
        "Import tracking (createOrUpdateConsolidatedTrackingAction):",
        "  import/tracking_1.csv: imported, run 7",
        "    3 rows: 2 created, 1 rejected",
        "    findings: registration-not-found 1",
        "  <moveToBackupConsolidator> import/tracking_1.csv: It is moved to imports/backup/tracking_1.csv.",
    ]
    assert run_here("status").stdout.startswith("nightly: last went well 20")
    assert store.is_file()


@pytest.mark.parametrize("place", range(8) if os.environ.get("MILEPOST_KILLS") else (0, 3, 6))
def test_a_night_that_fails_anywhere_ends_as_if_it_had_not(
    place: int, folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    calls = [0]

    def failing(call: object) -> object:
        def work(*arguments: object, **more: object) -> object:
            calls[0] += 1
            if calls[0] == place * 4 + 1:
                raise FileError("The disk is full.", code="no-room")
            result = call(*arguments, **more)  # type: ignore[operator]
            if calls[0] == place * 4 + 2:
                raise KeyboardInterrupt
            return result

        return work

    with monkeypatch.context() as patched:
        for home, name in (
            (night_import, "import_file"),
            (night_import, "load_file"),
            (file_steps, "write_error_log"),
            (file_steps, "move"),
            (file_steps, "delete"),
            (nights, "imported"),
            (nights, "mark"),
        ):
            patched.setattr(home, name, failing(getattr(home, name)))
        assert run("-q").status in (2, 3, 130)
    assert calls[0] > place * 4
    outcome = run("--json")
    assert outcome.status in (0, 3), outcome
    assert (files(folder), stored(store)) == (AFTER, STORED)


def test_a_bad_file_does_not_stop_the_others_unless_told(folder: Path, store: Path) -> None:
    configure(folder, rest=BACKUP)
    for day in (1, 3):
        put(folder, f"tracking_2024030{day}.csv", tracking(day))
    put(folder, "tracking_20240302.csv", "what;is\nthis;?\n")
    outcome = run("--json")
    assert outcome.status == 3
    assert list(states(outcome).values()) == ["imported", "failed", "imported"]
    put(folder, "tracking_20240303.csv", tracking(4))
    configure(folder, "<onBadFile>stop</onBadFile>", BACKUP)
    assert states(run("--json")) == {"tracking_20240302.csv": "failed", "tracking_20240303.csv": "left"}
    stuck = run_here("status", "--json").document["configurations"][0]["stuck"]
    assert stuck[1] == "import/tracking_20240303.csv is left for the next time: a file before it failed"
    assert store.is_file()


def test_a_file_that_is_not_complete_is_left_for_the_next_time(folder: Path, store: Path) -> None:
    configure(folder, "<doneMarker>.done</doneMarker>", BACKUP)
    put(folder, "tracking_1.csv", tracking(1))
    put(folder, "tracking_2.csv", tracking(2))
    put(folder, "tracking_1.csv.done", "")
    put(folder, "tracking_3.csv.part", "")
    assert states(run("--json")) == {"tracking_1.csv": "imported", "tracking_2.csv": "waiting"}
    assert files(folder) == ["import/tracking_2.csv", "import/tracking_3.csv.part", "imports/backup/tracking_1.csv"]
    put(folder, "tracking_2.done", "")
    assert states(run("--json")) == {"tracking_2.csv": "imported"}
    assert store.is_file()


def test_a_file_that_is_being_written_is_left(folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(folder)
    growing, young = put(folder, "tracking_1.csv", tracking(1), 0), put(folder, "tracking_2.csv", tracking(2), 0)

    def sleep(seconds: float) -> None:
        assert 0 < seconds <= 10
        growing.write_text(tracking(1) + tracking(2))

    monkeypatch.setattr(time, "sleep", sleep)
    assert states(run("--json")) == {"tracking_2.csv": "imported", "tracking_1.csv": "waiting"}
    assert young.is_file()
    assert store.is_file()


def test_the_same_bytes_are_imported_once(folder: Path, store: Path) -> None:
    configure(folder, rest=BACKUP)
    for name in ("tracking_20240301.csv", "tracking_20240302.csv"):
        put(folder, name, tracking(1))
    assert list(states(run("--json")).values()) == ["imported", "repeated"]
    put(folder, "tracking_20240301.csv", tracking(1))
    outcome = run("--json")
    assert (list(states(outcome).values()), outcome.status) == (["repeated"], 0)
    assert files(folder) == [f"imports/backup/tracking_2024030{day}.csv" for day in (1, 2)]
    assert run_here("undo", "7", "-q").status == 0
    put(folder, "tracking_20240301.csv", tracking(1))
    assert list(states(run("--json")).values()) == ["imported"]
    put(folder, "tracking_20240301.csv", tracking(1))
    assert list(states(run("--json", "--import-again")).values()) == ["imported"]
    assert store.is_file()


def test_a_file_that_stays_is_imported_once(folder: Path, store: Path) -> None:
    configure(folder)
    path = put(folder, "tracking_1.csv", tracking(1))
    assert list(states(run("--json")).values()) == ["imported"]
    assert list(states(run("--json")).values()) == ["settled"]
    path.write_text(tracking(2), encoding="utf-8")
    os.utime(path, (path.stat().st_mtime - AN_HOUR,) * 2)
    assert list(states(run("--json")).values()) == ["imported"]
    assert store.is_file()


def test_a_held_file_stays_and_a_moved_one_takes_no_place(folder: Path, store: Path) -> None:
    configure(folder, rest=BACKUP, action="<options><maxRejected>0</maxRejected></options>")
    put(folder, "tracking_1.csv", tracking(1))
    outcome = run("--json")
    assert (outcome.status, states(outcome)) == (3, {"tracking_1.csv": "held"})
    assert files(folder) == ["import/tracking_1.csv"]
    configure(folder, rest=BACKUP)
    (folder / "imports/backup").mkdir(parents=True)
    (folder / "imports/backup/tracking_1.csv").write_text("another")
    assert run("--json").status == 1
    assert files(folder) == ["imports/backup/tracking_1-2.csv", "imports/backup/tracking_1.csv"]
    assert store.is_file()


def test_cleaning_leaves_what_is_not_imported(folder: Path, store: Path) -> None:
    clean = "<cleanFolder><dataFolderPath>link</dataFolderPath><cleanOlderThan>1</cleanOlderThan></cleanFolder>"
    move = (
        "<moveToBackup><inputFolderPath>import</inputFolderPath><outputFolderPath>old</outputFolderPath></moveToBackup>"
    )
    configure(folder, rest=f"<consolidators>{clean}</consolidators><postProcess>{move}</postProcess>")
    put(folder, "tracking_1.csv", "broken", 9 * 24 * AN_HOUR)
    put(folder, "tracking_2.csv", tracking(1), 9 * 24 * AN_HOUR)
    put(folder, "other.txt", "young")
    (folder / "link").symlink_to("import")
    assert run("-q").status == 3
    assert files(folder) == ["import/tracking_1.csv", "old/other.txt"]
    assert store.is_file()


def test_one_run_at_a_time(folder: Path, store: Path) -> None:
    configure(folder)
    assert run("-q").status == 0
    (lock,) = folder.glob(".milepost-*.lock")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        outcome = run("--json")
    assert (outcome.status, outcome.document["error"]["code"]) == (4, "run-unfinished")
    assert store.is_file()


def test_links_do_not_lead_out_of_the_data_folder(folder: Path, store: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (folder / "outside").mkdir()
    configure(folder)
    (data / "import").symlink_to(folder / "outside")
    outcome = run("--data", "data")
    assert (outcome.status, "leads out of the data folder" in outcome.stderr) == (2, True)
    (data / "import").unlink()
    (data / "import").mkdir()
    (data / "import" / "tracking_1.csv").symlink_to(folder / "nightly.xml")
    outcome = run("--data", "data")
    assert (outcome.status, "leads out of the data folder" in outcome.stderr) == (2, True)
    assert store.is_file()


def test_expectations(folder: Path, store: Path) -> None:
    expected = "<fileBy>00:00</fileBy><minRows>4</minRows><maxShrunk>10%</maxShrunk>"
    configure(folder, rest=f"{BACKUP}<expectations>{expected}</expectations>")
    assert [one["code"] for one in run("--json").document["imports"][0]["findings"]] == ["no-file"]
    put(folder, "tracking_1.csv", tracking(1) + tracking(2))
    put(folder, "tracking_2.csv", tracking(3))
    outcome = run("--json")
    assert (outcome.status, [one["code"] for one in outcome.document["imports"][0]["findings"]]) == (
        3,
        ["few-rows", "shrunk"],
    )
    assert run("--json").document["imports"][0]["findings"] == []
    assert store.is_file()


def test_only_one_import(folder: Path, store: Path) -> None:
    fill(folder)
    assert list(states(run("--only", "LEARNERS", "--json"))) == ["learners_20240301.csv"]
    assert list(states(run("--only", "2", "--json"))) == ["sessions_20240301.csv"]
    assert "No import is called lerners; did you mean learners?" in run("--only", "lerners").stderr
    assert store.is_file()


def test_without_a_store_one_is_made_and_a_check_makes_none(folder: Path) -> None:
    configure(folder)
    assert run("--check", "-q").status == 2
    assert not (folder / "milepost.db").exists()
    assert run("-q").status == 0
    assert (folder / "milepost.db").exists()


def test_metrics_and_units(folder: Path, store: Path) -> None:
    configure(folder, rest=BACKUP)
    put(folder, "tracking_1.csv", tracking(1))
    assert run("-q", "--metrics", "milepost.prom").status == 1
    lines = (folder / "milepost.prom").read_text("utf-8").splitlines()
    assert 'milepost_run_last_status{configuration="nightly"} 1.0' in lines
    assert 'milepost_run_rejected_rows{configuration="nightly"} 2.0' in lines
    assert 'milepost_run_stuck{configuration="nightly"} 0.0' in lines
    assert store.is_file()


def test_units_of_systemd(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILEPOST_DB", "it's $HOME.db")
    units = run("--systemd", "--data", "a %folder", "--metrics", 'x".prom').stdout
    (command,) = [line for line in units.splitlines() if line.startswith("ExecStart=")]
    words = command[command.index(" run ") :]
    expected = ' --quiet --data "a %%folder" --metrics "x\\".prom" --db "it\'s $$HOME.db"'
    assert words == f" run {folder / 'nightly.xml'}{expected}"
    documented = (PAGE.parent / "operations.md").read_text("utf-8").replace("/usr/local/bin/milepost", sys.executable)
    parts = re.split(r"^# /etc/systemd/system/(.+)$", units + "".join(INI.findall(documented)), flags=re.MULTILINE)[1:]
    names = dict(zip(parts[::2], parts[1::2], strict=True))
    assert len(names) == 4
    for name, text in names.items():
        (folder / name).write_text(text, "utf-8")
    # It refuses units that are loaded later without effect; without systemd, their words above must do.
    if (judge := shutil.which("systemd-analyze")) is not None:
        judged = subprocess.run([judge, "verify", *(folder / name for name in names)], capture_output=True, text=True)
        wrong = [line for line in judged.stderr.splitlines() if "milepost" in line]
        assert (judged.returncode, wrong) == (0, [])


def test_an_interruption_during_a_commit_comes_after_it(
    folder: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(folder, rest=BACKUP)
    for day in (1, 2):
        put(folder, f"tracking_2024030{day}.csv", tracking(day))
    finish = record.finish

    def finish_late(*arguments: object) -> None:
        finish(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(interruption._State, "is_pending", True)

    monkeypatch.setattr(record, "finish", finish_late)
    outcome = run("-q")
    assert (outcome.status, outcome.stderr[:12]) == (130, "Interrupted.")
    monkeypatch.setattr(record, "finish", finish)
    assert list(states(run("--json")).values()) == ["resumed", "imported"]
    assert [count for name, count in stored(store)["runs"] if "tracking" in str(name)] == [1, 1]


def test_rules_of_retention_are_kept_in_the_store_and_applied(folder: Path, store: Path) -> None:
    kept = "<postProcess><retention><findings>30d</findings><logs>30d</logs></retention></postProcess>"
    configure(folder, rest=kept)
    log = folder / "milepost-data" / "serve.log"
    log.parent.mkdir()
    log.write_text("x")
    os.utime(log, (1_600_000_000, 1_600_000_000))
    put(folder, "tracking_1.csv", tracking(1))
    checked = run("--check").stdout
    assert "<retention>: To be removed: findings 0, logs 1." in checked
    assert (run_here("retention", "--json").document["rules"], log.exists()) == ({}, True)
    assert "<retention>: Removed: findings 0, logs 1." in run().stdout
    assert run_here("retention", "--json").document["rules"] == {"findings": 30, "logs": 30}
    assert not log.exists()
    assert store.is_file()
    (folder / "nightly.xml").write_text((folder / "nightly.xml").read_text().replace("30d", "a month"))
    assert '<logs>: "a month" is no age: write a whole number and d, w, m or y' in run().stderr


def test_the_contents_of_trainings_come_with_them(folder: Path, store: Path) -> None:
    (folder / "nightly.xml").write_text(
        """<import-config><import>
        <providers><fileSystemSourceProvider><fileName>trainings_*.csv</fileName></fileSystemSourceProvider></providers>
        <actions><createOrUpdateTrainingCourseAction>
          <fields><trainingPathCode/><trainingName/><lovCodes/><trainingAction/></fields>
        </createOrUpdateTrainingCourseAction></actions>
        <consolidators><deleteProcessedFilesConsolidator/></consolidators></import></import-config>""",
        encoding="utf-8",
    )
    rows = "new;New;outro||intro, outro;M\nodd;Odd;what;M\ngone;Gone;intro;A\n"
    put(folder, "trainings_1.csv", f"trainingPathCode;trainingName;lovCodes;trainingAction\n{rows}")
    steps = [step["message"] for step in run("--check", "--json").document["imports"][0]["steps"]]
    assert steps[0] == "The contents of the trainings in trainings_1.csv would be loaded."
    outcome = run("--json")
    steps = [step["message"] for step in outcome.document["imports"][0]["steps"]]
    assert steps == [
        "3 contents of trainings are loaded, run 8, 1 rejected: see `milepost runs 8`.",
        "It is deleted.",
    ]
    with closing(sqlite3.connect(store)) as connection:
        query = (
            "SELECT path_code, code, position FROM training_content JOIN training ON training.id = training_id "
            "JOIN learning_object_version AS object ON object.id = learning_object_version_id "
            "WHERE path_code <> 'maths' ORDER BY path_code, position"
        )
        assert connection.execute(query).fetchall() == [("new", "outro", 1), ("new", "intro", 2)]
