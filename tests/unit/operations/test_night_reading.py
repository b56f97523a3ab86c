"""Whole configurations become plans, or all their mistakes with their lines; the page has every element."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.model.exceptions import ConfigurationError
from milepost.operations import night_table
from milepost.operations.load_actions import LOAD_ACTIONS
from milepost.operations.night_plan import Night, Stage
from milepost.operations.night_reading import judge_night, read_night
from milepost.reference import ReferenceKind

PAGE = (Path(__file__).parents[3] / "docs" / "nightly.md").read_text(encoding="utf-8")
PROVIDER = "<providers><fileSystemSourceProvider><fileName>a.csv</fileName></fileSystemSourceProvider></providers>"
TRACKING = "<actions><createOrUpdateConsolidatedTrackingAction/></actions>"


def written(folder: Path, text: str) -> Path:
    path = folder / "night.xml"
    path.write_text(f"<import-config>\n{text}\n</import-config>", encoding="utf-8")
    return path


def night(folder: Path, rest: str = "", provider: str = PROVIDER, actions: str = TRACKING, outside: str = "") -> Night:
    return read_night(written(folder, f"<import>\n{provider}\n{actions}\n{rest}\n</import>{outside}"))


def mistakes(path: Path, *, strict: bool = False) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        read_night(path, strict=strict)
    return [str(one) for one in refused.value.mistakes]


STEPS = [
    (
        "consolidators",
        "<timeStampedFileErrorLogger><location>logs</location></timeStampedFileErrorLogger>",
        "location",
        "logs",
    ),
    (
        "consolidators",
        "<TimeStampedFileErrorLogger><Location>DATA_PATH/logs/</Location></TimeStampedFileErrorLogger>",
        "location",
        "logs",
    ),
    ("consolidators", "<moveToBackupConsolidator/>", "backupFolder", "imports/backup"),
    ("consolidators", "<moveToBackup><timestamp>yes</timestamp></moveToBackup>", "timestamp", True),
    ("consolidators", "<deleteProcessedFilesConsolidator/>", "disabled", False),
    ("consolidators", "<deleteProcessedFiles/>", "disabled", False),
    ("consolidators", "<cleanFolder><dataFolderPath>old</dataFolderPath></cleanFolder>", "cleanOlderThan", 30),
    ("consolidators", "<cleanFolder><cleanLogs>yes</cleanLogs></cleanFolder>", "cleanLogs", True),
    (
        "postProcess",
        "<moveToBackup><inputFolderPath>a</inputFolderPath><outputFolderPath>b</outputFolderPath></moveToBackup>",
        "timestamp",
        False,
    ),
]


@pytest.mark.parametrize(("stage", "text", "option", "value"), STEPS)
def test_a_step_is_read(tmp_path: Path, stage: str, text: str, option: str, value: object) -> None:
    (one,) = night(tmp_path, f"<{stage}>{text}</{stage}>").imports
    (step,) = one.consolidators if stage == "consolidators" else one.after
    assert (step.options[option], step.line) == (value, 5)


def test_what_does_nothing_is_no_step(tmp_path: Path) -> None:
    off = "<moveToBackupConsolidator><disabled>yes</disabled></moveToBackupConsolidator>"
    found = night(tmp_path, f"<consolidators>{off}<deleteOldSessions/><massDisableLearners/></consolidators>")
    nobody = "<massDisableLearners><fullAccess>yes</fullAccess></massDisableLearners>"
    more = night(tmp_path, f"<consolidators>{nobody}</consolidators>")
    assert more.imports[0].consolidators == ()
    assert more.notes[0].startswith("<massDisableLearners> does nothing, because it has none of noInscriptions, ")
    assert found.imports[0].consolidators == ()
    assert found.notes == (
        "<deleteOldSessions> does nothing, because its fullAccess is no (line 5)",
        "<massDisableLearners> does nothing, because its fullAccess is no (line 5)",
    )


def test_consolidators_are_in_the_vendors_order(tmp_path: Path) -> None:
    steps = "<timeLogger/><deleteProcessedFilesConsolidator/><moveToBackupConsolidator/>"
    found = night(tmp_path, f"<consolidators>{steps}</consolidators>")
    assert [step.name for step in found.imports[0].consolidators] == [
        "moveToBackupConsolidator",
        "timeLogger",
        "deleteProcessedFilesConsolidator",
    ]
    assert "are carried out in this order" in found.notes[0]


def _refusal(stage: Stage, name: str) -> str:
    return (night_table.element(stage, name).refusal or "").rstrip(".")


THREE = "noInscriptions, inscriptionsWithExpiredSession or oldLearners"
BOTH = "<massDisableLearners><fullAccess>1</fullAccess><noInscriptions/><oldLearners/></massDisableLearners>"
NOT_HERE = "registrations that are not in the files are deleted, so it needs files of registrations"
WRONG = [
    (
        "<consolidators><moveToBackupp/></consolidators>",
        "line 5: <moveToBackupp> is unknown in <consolidators>; did you mean moveToBackup?",
    ),
    (
        "<consolidators><timeStampedFileErrorLogger/></consolidators>",
        "line 5: <timeStampedFileErrorLogger> has no <location>; give it one",
    ),
    (
        "<consolidators><cleanFolder><dataFolderPath>a/../../b</dataFolderPath></cleanFolder></consolidators>",
        'line 5: <dataFolderPath>: "a/../../b" has .., which is forbidden; name a place inside the data folder',
    ),
    (
        "<consolidators><cleanFolder><dataFolderPath>C:\\x</dataFolderPath></cleanFolder></consolidators>",
        'line 5: <dataFolderPath>: "C:\\x" begins with a drive; write the path as it is inside the data folder',
    ),
    (
        "<consolidators><cleanFolder><cleanOlderThan>0</cleanOlderThan></cleanFolder></consolidators>",
        'line 5: <cleanOlderThan>: "0" is out of range; write a whole number from 1 to 36525',
    ),
    (
        "<consolidators><timeLogger/><timeLogger/></consolidators>",
        "line 5: <timeLogger> stands on line 5 already; keep one of the two",
    ),
    (
        f"<consolidators>{BOTH}</consolidators>",
        f"line 5: <massDisableLearners> has several of {THREE}; keep one in each element",
    ),
    (
        "<consolidators><deleteOldSessions><fullAccess>yes</fullAccess></deleteOldSessions></consolidators>",
        f"line 5: <deleteOldSessions>: {NOT_HERE}; move it to an import of those",
    ),
    (
        "<expectations><days>Mon-Fry</days></expectations>",
        'line 5: <days>: "Mon-Fry" names no days of the week; write for example Mon-Fri or Mon,Thu',
    ),
    (
        "<preProcess><custom/></preProcess>",
        f"line 5: <custom>: {_refusal(Stage.BEFORE, 'custom')}",
    ),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_mistake_has_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, f"<import>\n{PROVIDER}\n{TRACKING}\n{text}\n</import>")
    assert mistakes(path) == [message]
    judged = judge_night(path)
    assert judged is not None
    assert [str(one) for one in judged.mistakes] == [message]


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    text = """<import>
<providers><httpSourceProvider/></providers>
<actions>
<createOrUpdateLearnerAction><fields><candidateLogn/></fields></createOrUpdateLearnerAction>
</actions>
</import>
<import guid="x">
<actions><createOrUpdateConsolidatedTrackingAction><parameters><defaultTime>9</defaultTime></parameters></createOrUpdateConsolidatedTrackingAction></actions>
</import>
<other/>"""
    assert [one.partition(":")[0] for one in mistakes(written(tmp_path, text))] == [
        f"line {line}" for line in (3, 5, 8, 9, 11)
    ]


def test_an_action_without_counterpart_is_passed_over_or_refused(tmp_path: Path) -> None:
    actions = "<actions><createOrUpdateEntityAction/><createOrUpdateConsolidatedTrackingAction/></actions>"
    found = night(tmp_path, actions=actions)
    said = "<createOrUpdateEntityAction> has no counterpart in Milepost, and is passed over"
    assert found.notes == (f"{said} (line 4)",)
    assert mistakes(tmp_path / "night.xml", strict=True) == [f"line 4: {said}"]


def test_rows_that_ask_for_a_deletion_are_skipped(tmp_path: Path) -> None:
    flag = "<registerFlag><unregisterValue>X</unregisterValue></registerFlag>"
    fields = f"<fields><candidateEmail/><sessionTitle/>{flag}</fields>"
    found = night(tmp_path, actions=f"<actions><registerLearnerAction>{fields}</registerLearnerAction></actions>")
    action = found.imports[0].action
    assert action.job.reading.skip_rows == (("registerFlag", ("X",)),)
    assert action.job.fields == ("candidateEmail", "sessionTitle")
    actions = "<actions><registerLearnerAction/></actions>"
    assert (
        "needs <fields> or <columnsMapping>" in mistakes(written(tmp_path, f"<import>{PROVIDER}{actions}</import>"))[0]
    )


def test_search_fields_say_by_which_columns_rows_are_found(tmp_path: Path) -> None:
    def kind(action: str, options: str) -> ReferenceKind:
        found = night(tmp_path, actions=f"<actions><{action}>{options}</{action}></actions>").imports[0].action.kind
        assert found is not None
        return found

    number = "<options><traineeSearchField>CandidateRefNumber</traineeSearchField></options>"
    assert kind("createOrUpdateLearnerAction", number).key == ("reference_number",)
    fields = "<fields><candidateLogin/><candidateRefNumber/><sessionGuid/><registerFlag/></fields>"
    found = kind("registerLearnerAction", f"{fields}{number}")
    assert found.references[0].columns == ("candidateRefNumber",)
    action = night(
        tmp_path, actions=f"<actions><registerLearnerAction>{fields}{number}</registerLearnerAction></actions>"
    )
    assert action.imports[0].action.job.fields == ("candidateRefNumber", "sessionGuid")
    both = number.replace("CandidateRefNumber", "candidateLogin, candidateEmail")
    assert kind("registerLearnerAction", f"{fields}{both}").references[0].columns == (
        "candidateLogin",
        "candidateEmail",
    )
    wrong = number.replace("CandidateRefNumber", "candidateName")
    path = written(
        tmp_path,
        f"<import>{PROVIDER}<actions><registerLearnerAction>{fields}{wrong}</registerLearnerAction></actions></import>",
    )
    (note,) = [one for one in read_night(path).notes if "traineeSearchField" in one]
    assert "candidateName does not find a learner; what does: candidateLogin, candidateRefNumber" in note


def test_a_configuration_of_single_files_is_not_judged(tmp_path: Path) -> None:
    assert judge_night(written(tmp_path, f"<import>{TRACKING}</import>")) is None


@pytest.mark.parametrize("element", night_table.every(), ids=lambda one: one.name)
def test_the_page_has_each_element_with_its_options(element: night_table.NightElement) -> None:
    for stage in element.stages:
        part = PAGE.partition("## Consolidators" if stage is Stage.CONSOLIDATOR else "## Before and after")[2]
        row = next(line for line in part.splitlines() if line.startswith(f"| `{element.name}`"))
        for name in (*element.synonyms, *(name for option in element.options for name in option.names)):
            assert f"`{name}`" in row
        assert all(option.kind.described in row for option in element.options)


def test_the_page_has_the_options_of_files_expectations_and_actions() -> None:
    for option in (*night_table.SOURCE, *night_table.EXPECTATIONS):
        assert f"| `{option.name}`" in PAGE
    for action in LOAD_ACTIONS.values():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{action.name}`"))
        assert all(f"`{column}`" in row for column in action.columns)
        assert all(f"`{option}`" in PAGE for option in action.options)
        assert not {column.name for column in action.kind.vocabulary.columns} & set(action.columns)
