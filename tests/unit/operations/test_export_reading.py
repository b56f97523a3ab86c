"""Every mistake of a whole export configuration, with its line, before anything is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from milepost.model.exceptions import ConfigurationError
from milepost.model.export import Provider
from milepost.operations.export_reading import is_export, judge_exports, read_exports
from milepost.operations.export_table import PLACES, every_export_element

PAGE = (Path(__file__).parents[3] / "docs" / "nightly-exports.md").read_text("utf-8")
MOVE = "<moveToFolder><fileName>a.csv</fileName><folderPath>exports</folderPath></moveToFolder>"


def _written(folder: Path, consolidators: str, after: str = "", action: str = "", providers: str = "") -> Path:
    path = folder / "export.xml"
    providers = providers or "<trackingProvider/>"
    path.write_text(
        f"<export-config><export><providers>{providers}</providers><actions>{action}</actions>\n"
        f"<consolidators>{consolidators}</consolidators>\n<postProcess>{after}</postProcess></export></export-config>"
    )
    return path


def _after(name: str, **options: str) -> str:
    return f"<{name}>{''.join(f'<{key}>{text}</{key}>' for key, text in options.items())}</{name}>"


def _sftp(more: str) -> str:
    return f"<sftpExportAction><sftpHost>h</sftpHost><sftpLogin>u</sftpLogin>{more}</sftpExportAction>"


HRIS = "it is a connector of the vendor, which Milepost does not have; send the file by another step"
NOT_OURS = "is not a column of <trackingProvider>, but of <consolidatedTrackingProvider>"
CASES: list[tuple[dict[str, str], list[tuple[int, str]]]] = [
    (
        {"consolidators": ""},
        [(1, "<export>: it does not say where its file goes; give it <consolidators> with a <moveToFolder>")],
    ),
    (
        {"consolidators": _after("moveToFolder", folderPath="x")},
        [(2, "<moveToFolder> has no <fileName>; give it one")],
    ),
    (
        {"consolidators": f"{MOVE}<moveToFolders/>"},
        [(2, "<moveToFolders> is unknown in <consolidators>; did you mean moveToFolder?")],
    ),
    ({"consolidators": MOVE + MOVE}, [(2, "<moveToFolder> stands on line 2 already; keep one of the two")]),
    (
        {"consolidators": MOVE.replace("exports", "../x").replace("a.csv", "%q.csv")},
        [
            (2, '<fileName>: "%q.csv" has %q, which stands for nothing; there are %d, %m, %y, %Y, %H, %M, %S, %i, %%'),
            (2, '<folderPath>: "../x" has .., which is forbidden; name a place inside the data folder'),
        ],
    ),
    (
        {"consolidators": MOVE.replace("a.csv", "a.xls"), "action": _after("fileExportAction", format="XLS")},
        [(2, "<fileName>: a spreadsheet program warns of a file named .xls that holds XLSX; write a.xlsx")],
    ),
    (
        {"consolidators": MOVE, "providers": "<trackingProvider/><trackingLogProvider/>"},
        [(2, "<fileName>: 2 providers would write one file; add %i, which numbers them")],
    ),
    (
        {"consolidators": "", "action": _sftp("<sftpFolder>x</sftpFolder><fileName>a.csv</fileName>")},
        [(1, '<sftpFolder>: "x" begins at the root of the user; write it with a / in front')],
    ),
    (
        {"consolidators": MOVE, "after": _after("packager", type="rar", inputFolderPath="a", outputFilePath="b")},
        [(3, '<type>: "rar" cannot be written; write zip, tar or tgz; no free program writes rar')],
    ),
    (
        {"consolidators": MOVE, "after": _after("HRISExportPostProcess", type="SUCCESSFACTOR")},
        [(3, f"<HRISExportPostProcess>: {HRIS}")],
    ),
    (
        {"consolidators": MOVE, "after": _after("pgpEncryption", inputFolderPath="a", outputFolderPath="b")},
        [(3, "<pgpEncryption> has no <recipient>; give it one")],
    ),
    (
        {"consolidators": MOVE, "providers": "<trackingProvider><columns><nbLO/></columns></trackingProvider>"},
        [(1, f'<nbLO> in <columns>: "nbLO" {NOT_OURS}')],
    ),
]


@pytest.mark.parametrize(("parts", "mistakes"), CASES)
def test_all_mistakes_have_their_lines(tmp_path: Path, parts: dict[str, str], mistakes: list[tuple[int, str]]) -> None:
    path = _written(tmp_path, **parts)
    with pytest.raises(ConfigurationError) as raised:
        read_exports(path)
    assert [(one.line, one.message) for one in raised.value.mistakes] == mistakes
    judged = judge_exports(path)
    assert judged is not None
    assert judged.mistakes == raised.value.mistakes


def test_a_plan(tmp_path: Path) -> None:
    path = _written(
        tmp_path,
        f"<timeLogger/><cleanFolder><dataFolderPath>DATA_PATH/exports</dataFolderPath></cleanFolder>{MOVE}",
        "<remoteResourceUploader><protocol>sFTP</protocol><host>h</host><login>u</login><password>p</password>"
        "<sourceFilesPath>exports/*.csv</sourceFilesPath><destinationFolderPath>in</destinationFolderPath>"
        "<removeSouces>no</removeSouces></remoteResourceUploader>",
    )
    plan = read_exports(path)
    (export,) = plan.exports
    assert (plan.name, export.key, export.jobs[0].provider) == ("export", "1", Provider.TRACKING)
    assert export.jobs[0].appearance.delimiter == ";"
    assert export.moved is not None
    assert export.moved.options == {"fileName": "a.csv", "folderPath": "exports", "deleteEmptyFiles": False}
    assert [step.name for step in export.consolidators] == ["timeLogger", "cleanFolder"]
    assert export.consolidators[1].options["dataFolderPath"] == "exports"
    assert export.after[0].options["removeSources"] is False
    (note,) = plan.notes
    assert note.startswith("<password> is in the configuration as plain text. Write env:NAME or file:PATH instead")
    assert is_export(path)


def test_strict_refuses_what_has_no_counterpart(tmp_path: Path) -> None:
    path = _written(
        tmp_path, MOVE, providers="<trackingProvider><columns><candidateSmartgroups/></columns></trackingProvider>"
    )
    assert len(read_exports(path).notes) == 1
    with pytest.raises(ConfigurationError, match="candidateSmartgroups"):
        read_exports(path, strict=True)


def test_what_is_for_milepost_export_alone_is_no_whole_configuration(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text("<export-config><trackingProvider/></export-config>")
    assert judge_exports(path) is None


def test_the_page_has_a_row_for_each_element_and_place() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert {one.name for one in every_export_element()} <= rows
    for place in PLACES:
        assert f"`%{place}`" in PAGE
