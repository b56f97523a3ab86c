"""Whole export configurations, carried out: the files of the data folder, and those of a server."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from milepost.model.exceptions import ConfigurationError
from milepost.operations.export_run import run_exports
from milepost.operations.night_report import NightReport, StepState
from milepost.operations.run_options import RunOptions
from servers.sftp_server import LOGIN, PASSWORD, serving_sftp
from spec.tables import SCHOOL, Tables

NOW = datetime(2024, 6, 1, 22, 30, tzinfo=UTC)
WHOLE = """<export-config>
  <export guid="objects">
    <providers>
      <trackingProvider>
        <columns><candidateLogin/><contentRefNumber/><status/></columns>
        <parameters><timeZone>Europe/Paris</timeZone><deltaMode>yes</deltaMode></parameters>
      </trackingProvider>
    </providers>
    <actions><fileExportAction><format>CSV</format></fileExportAction></actions>
    <consolidators>
      <timeLogger/>
      <moveToFolder>
        <filename>objects_%d_%m_%Y_%i.csv</filename>
        <folderPath>exports/data</folderPath>
        <deleteEmptyFiles>yes</deleteEmptyFiles>
      </moveToFolder>
      <archive><folderPath>exports/archive</folderPath><prefix>objects_</prefix></archive>
      <generateEndFile>
        <filename>done_%d.txt</filename><folderPath>exports/data</folderPath><fileContent>done</fileContent>
      </generateEndFile>
    </consolidators>
    <postProcess>
      <packager>
        <type>tgz</type><inputFolderPath>exports/data</inputFolderPath>
        <outputFilePath>exports/packed/objects_%i</outputFilePath><removeSources>no</removeSources>
      </packager>
    </postProcess>
  </export>
</export-config>"""
ROW = "candidateLogin|lovCode|progression|trackingStatus\n"


@pytest.fixture
def school(holding: Callable[[str], Tables]) -> Tables:
    """A store with one tracking row."""
    held = holding(SCHOOL)
    held.holds(f"{ROW}line-2|intro|100|passed", **CONTEXT)
    return held


CONTEXT = {"sessionGuid__default": "spring"}


def _run(school: Tables, data: Path, xml: str, *, now: datetime = NOW, dry_run: bool = False) -> NightReport:
    (data / "export.xml").write_text(xml)
    return run_exports(data / "export.xml", school.database, RunOptions(now=now, dry_run=dry_run))


def _files(data: Path) -> dict[str, str]:
    found = (one for one in data.rglob("*") if one.is_file() and one.suffix in (".csv", ".txt"))
    return {str(one.relative_to(data)): one.read_text() for one in found}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_a_whole_configuration_night_after_night(school: Tables, data: Path) -> None:
    checked = _run(school, data, WHOLE, dry_run=True)
    assert {step.state for step in checked.steps} == {StepState.PLANNED}
    assert [one.name for one in data.iterdir()] == ["export.xml"]

    report = _run(school, data, WHOLE)
    assert (report.status, [step.step for step in report.steps]) == (
        0,
        ["trackingProvider", "archive", "generateEndFile", "packager", "timeLogger"],
    )
    first = "candidateLogin;contentRefNumber;status\nline-2;intro;completed\n"
    assert _files(data) == {"exports/data/objects_02_06_2024_1.csv": first, "exports/data/done_02.txt": "done"}
    with tarfile.open(data / "exports/packed/objects_1.tgz") as packed:
        assert sorted(packed.getnames()) == ["done_02.txt", "objects_02_06_2024_1.csv"]

    # Nothing is new: there is no file, and none is archived.
    assert _run(school, data, WHOLE).exports[0].rows == 0
    assert _files(data) == {"exports/data/objects_02_06_2024_1.csv": first, "exports/data/done_02.txt": "done"}

    school.holds(f"{ROW}line-3|intro|50|incomplete", **CONTEXT)
    assert _run(school, data, WHOLE, now=NOW + timedelta(days=1)).exports[0].rows == 1
    assert _files(data) == {
        "exports/archive/objects_02_06_2024_1.csv": first,
        "exports/data/objects_03_06_2024_1.csv": "candidateLogin;contentRefNumber;status\nline-3;intro;incomplete\n",
        "exports/data/done_02.txt": "done",
        "exports/data/done_03.txt": "done",
    }


def test_an_export_that_fails_leaves_what_is_new_for_the_next_time(school: Tables, data: Path) -> None:
    (data / "exports").write_text("no folder")
    report = _run(school, data, WHOLE)
    assert report.status == 3
    assert [(step.step, step.state) for step in report.steps] == [
        ("trackingProvider", StepState.FAILED),
        ("timeLogger", StepState.DONE),
    ]
    (data / "exports").unlink()
    assert _run(school, data, WHOLE).exports[0].rows == 1
    assert not (data / ".milepost-exports").exists()


def test_a_step_that_fails_leaves_those_after_it(school: Tables, data: Path) -> None:
    (data / "exports").mkdir()
    (data / "exports/packed").write_text("no folder")
    broken = WHOLE.replace("</postProcess>", "<moveToBackup><inputFolderPath>exports/data</inputFolderPath>"
                           "<outputFolderPath>old</outputFolderPath></moveToBackup></postProcess>")  # fmt: skip
    report = _run(school, data, broken)
    assert report.status == 3
    assert report.trouble[0].startswith("<packager> failed: ")
    assert report.trouble[0].endswith("Left for the next time: <moveToBackup>.")
    assert "exports/data/objects_02_06_2024_1.csv" in _files(data)


def test_paths_that_lead_out_are_refused_before_anything_is_touched(school: Tables, data: Path) -> None:
    (data / "exports").symlink_to(data.parent)
    with pytest.raises(ConfigurationError, match="leads out of the data folder"):
        _run(school, data, WHOLE)
    with pytest.raises(ConfigurationError, match="leads out of the data folder"):
        _run(school, data, WHOLE.replace("<folderPath>exports/data", "<folderPath>/var/www/exports"))
    assert not list(data.parent.glob("data/*.csv"))


SENT = """<export-config>
  <export guid="sent">
    <providers><consolidatedTrackingProvider><columns><candidateLogin/><status/></columns>
      <parameters><learner>line-2</learner></parameters></consolidatedTrackingProvider></providers>
    <actions>
      <sftpExportAction>
        <format>TSV</format><encoding>UTF-16LE</encoding>
        <sftpHost>127.0.0.1</sftpHost><sftpPort>{port}</sftpPort>
        <sftpLogin>{login}</sftpLogin><sftpPassword>{password}</sftpPassword><hostKey>{key}</hostKey>
        <sftpFolder>/in</sftpFolder><fileName>all_%y%m%d.tsv</fileName>
      </sftpExportAction>
    </actions>
    <postProcess>
      <remoteResourceUploader>
        <protocol>sFTP</protocol><host>127.0.0.1</host><port>{port}</port>
        <login>{login}</login><password>{password}</password><hostKey>{key}</hostKey>
        <sourceFilesPath>more/*.csv</sourceFilesPath><destinationFolderPath>/in</destinationFolderPath>
        <removeSouces>yes</removeSouces>
      </remoteResourceUploader>
    </postProcess>
  </export>
</export-config>"""


def test_files_go_to_a_server(school: Tables, data: Path, tmp_path: Path) -> None:
    (data / "more").mkdir()
    (data / "more/b.csv").write_text("b")
    (tmp_path / "server/in").mkdir(parents=True)
    with serving_sftp(tmp_path / "server") as server:
        facts = {"port": server.port, "login": LOGIN, "password": PASSWORD, "key": server.fingerprint}
        refused = _run(school, data, SENT.format(**facts | {"key": "SHA256:" + "A" * 43}))
        assert refused.status == 3
        assert list((tmp_path / "server/in").iterdir()) == []
        report = _run(school, data, SENT.format(**facts))
    assert (report.trouble, report.status) == ([], 0)
    sent = (tmp_path / "server/in/all_240601.tsv").read_bytes().decode("utf-16-le")
    assert sent == "candidateLogin\tstatus\nline-2\tincomplete\n"
    assert (tmp_path / "server/in/b.csv").read_text() == "b"
    assert list((data / "more").iterdir()) == []
