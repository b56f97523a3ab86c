"""Nights that disable learners, and delete registrations and sessions; on each database."""

from __future__ import annotations

from pathlib import Path

from databases.stores import Stores
from functional.night_scene import put
from functional.workbench import REFERENCE, Outcome, run_here

CONFIGURATION = """<import-config>
<import guid="learners">
  <providers><fileSystemSourceProvider><fileName>learners_*.csv</fileName></fileSystemSourceProvider></providers>
  <actions><createOrUpdateLearnerAction><fields><candidateLogin/></fields></createOrUpdateLearnerAction></actions>
  <consolidators>
    <massDisableLearners>
      <fullAccess>yes</fullAccess><oldLearners/><maxDisabled>LIMIT</maxDisabled>
    </massDisableLearners>
    <moveToBackupConsolidator/>
  </consolidators>
</import>
<import guid="registrations">
  <providers><fileSystemSourceProvider><fileName>registrations_*.csv</fileName></fileSystemSourceProvider></providers>
  <actions><registerLearnerAction>
    <fields><candidateLogin/><sessionGuid/><registerFlag/></fields>
  </registerLearnerAction></actions>
  <consolidators>
    <moveToBackupConsolidator/>
    <deleteOldSessions><fullAccess>yes</fullAccess><maxDeleted>LIMIT</maxDeleted></deleteOldSessions>
    <deleteEmptySessions><fullAccess>yes</fullAccess><maxDeleted>LIMIT</maxDeleted></deleteEmptySessions>
  </consolidators>
</import></import-config>"""
SESSIONS = "sessionGuid,sessionTitle,trainingPathCode\nguid-2025,2025,maths\n"
TRACKING = "candidateLogin;lovCode;sessionGuid;lastAccessDate;progression\nbob;intro;guid-2024;2024-03-01 10:00:00;5\n"


def said(outcome: Outcome) -> list[str]:
    """What is said of the steps that clear."""
    steps = [step for one in outcome.document["imports"] for step in one["steps"]]
    return [f"{step['state']}: {step['message']}" for step in steps if "moveTo" not in step["step"]]


def test_what_is_in_no_file_goes_within_the_limit(folder: Path, on_databases: Stores) -> None:
    db = on_databases.empty()
    for kind, content in (REFERENCE | {"sessions": REFERENCE["sessions"] + SESSIONS.partition("\n")[2]}).items():
        assert run_here("load", kind, "-", "--db", db, stdin=content).status == 0
    assert run_here("import", "-", "--delimiter", "semicolon", "--db", db, stdin=TRACKING).status == 0
    before = run_here("export", "tracking", "--db", db).stdout

    def run(limit: str, *words: str) -> Outcome:
        (folder / "nightly.xml").write_text(CONFIGURATION.replace("LIMIT", limit), encoding="utf-8")
        return run_here("run", "nightly.xml", "--db", db, "--json", *words)

    put(folder, "learners_1.csv", "candidateLogin\nada\n")
    put(folder, "registrations_1.csv", "candidateLogin;sessionGuid;registerFlag\nada;guid-2024;Y\nbob;guid-2024;N\n")
    planned = run("60%", "--check")
    assert said(planned) == [
        "planned: 1 of 2 learners would be disabled.",
        "planned: 1 of 2 registrations would be deleted, with 1 rows of tracking.",
        "planned: 1 of 2 sessions would be deleted.",
    ]
    held = run("10%")
    assert held.status == 3
    assert said(held)[0] == (
        "failed: 1 of 2 learners would be disabled, more than the limit of 10%. Nothing was done. If that is right, "
        "raise the limit of <massDisableLearners>."
    )
    assert run_here("export", "tracking", "--db", db).stdout == before
    done = run("60%")
    assert done.status == 0
    runs = [int(sentence.partition("by run ")[2].partition(".")[0]) for sentence in said(done)]
    assert run_here("export", "tracking", "--db", db).stdout != before
    assert said(run("60%")) == [
        "done: No learners are disabled: no file was imported.",
        "done: No registrations are deleted: no file was imported.",
        "done: No sessions are deleted: no file was imported.",
    ]
    for number in reversed(runs):
        assert run_here("verify", str(number), "--db", db).status == 0
        assert run_here("undo", str(number), "--db", db).status == 0
    assert run_here("export", "tracking", "--db", db).stdout == before
