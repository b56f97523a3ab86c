"""`milepost run` with a configuration of exports, and `config check` of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from functional.workbench import CLEAN, run_here

pytestmark = pytest.mark.usefixtures("store")

XML = """<export-config>
<export name="all"><providers><trackingProvider><columns><candidateLogin/><candidateEntityName/></columns>
</trackingProvider></providers><consolidators>
<moveToFolder><fileName>all.csv</fileName><folderPath>out</folderPath></moveToFolder>
</consolidators></export></export-config>
"""
LACKING = "note: Written empty, since Milepost has no counterpart: candidateEntityName.\n"


@pytest.fixture(autouse=True)
def _imported(folder: Path, store: Path) -> None:  # noqa: ARG001 - it is filled
    (folder / "tracking.csv").write_text(CLEAN)
    run_here("import", "tracking.csv")


def test_a_run_is_checked_carried_out_and_told(folder: Path) -> None:
    (folder / "nightly.xml").write_text(XML)
    outcome = run_here("run", "nightly.xml", "--check")
    assert (outcome.status, outcome.stderr) == (0, LACKING)
    assert outcome.stdout.splitlines()[1:] == [
        "Export all: 2 rows.",
        "  <trackingProvider>: 2 rows would be written to out/all.csv.",
    ]
    assert not (folder / "out").exists()

    outcome = run_here("run", "nightly.xml", "--json")
    document = json.loads(outcome.stdout)
    assert (outcome.status, document["exports"][0]["rows"], document["imports"]) == (0, 2, [])
    assert (folder / "out/all.csv").read_text().splitlines()[0] == "candidateLogin;candidateEntityName"
    assert "nightly: last went well" in run_here("status").stdout

    outcome = run_here("run", "nightly.xml", "--only", "al")
    assert (outcome.status, outcome.stderr) == (
        2,
        "No export is called al; did you mean all? Name one with --only.\n",
    )
    outcome = run_here("run", "nightly.xml", "--strict")
    assert outcome.status == 2
    assert "line 2: <candidateEntityName> has no counterpart in Milepost" in outcome.stderr


def test_a_check_finds_what_a_run_would(folder: Path) -> None:
    (folder / "nightly.xml").write_text(XML.replace("all.csv", "all%q.csv"))
    checked, run = run_here("config", "check", "nightly.xml"), run_here("run", "nightly.xml")
    assert (checked.status, run.status) == (2, 2)
    for text in (checked.stdout, run.stderr):
        assert 'line 4: <fileName>: "all%q.csv" has %q, which stands for nothing' in text
