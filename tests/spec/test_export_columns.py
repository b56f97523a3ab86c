"""Every column of the exports, with its value; and the parameters of whole configurations."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import milepost
from databases.transactions import writing
from milepost import settings
from milepost.model.columns import Kind
from milepost.model.exceptions import ConfigurationError, UsageError
from milepost.model.export import ExportJob, Provider
from milepost.model.export_columns import BY_NAME
from spec.tables import Tables

SCHOOL = """
    learners
    candidateLogin|candidateRefNumber|candidateEmail|candidateGuid|candidateName|candidateFirstname|candidateTimeZone
    ada|7|ada@x.example|l-ada|Lovelace|Ada|Europe/London
    bob|||l-bob||Bob|

    learning-objects
    lovGuid|lovCode|title|publisher|locale|learningObjectGuid
    a|A|Notes <b>on</b>|Acme|en-GB|lo-1
    b|B||||

    trainings
    trainingPathCode|trainingId|trainingGuid|trainingTitle|trainingModality|trainingPublisher|trainingStatus|trainingDuration
    ONB|11|t-onb|Onboarding|blended|House|P|2 days
    OLD|12|t-old||||A|

    contents
    trainingPathCode|lovGuid|mandatory|folder
    ONB|a|Y|Week 1
    ONB|b|N|
    OLD|a|Y|

    sessions
    sessionGuid|sessionTitle|trainingPathCode|sessionId|startDate|endDate
    s-1|Spring|ONB|5|2024-02-29 23:30:00|2024-06-30 00:00:00
    s-2|Spring|OLD|6||

    registrations
    candidateLogin|sessionGuid|registrationGuid|registrationDate|timeSpentCBT|timeSpentDigital
    ada|s-1|r-1|2024-02-01 08:00:00|600|60
    bob|s-1|r-2|||
    bob|s-2|r-3|||
"""
TRACKING = """
    candidateLogin|sessionGuid|lovGuid|firstAccessDate|lastAccessDate|firstCompletionDate|progression|trackingStatus|timeSpent|score|scoreMax
    ada|s-1|a|2024-03-01|2024-03-02|2024-03-02|100|passed|90|8|10
    ada|s-1|b|2024-03-03|2024-03-04||50|failed|30||
    bob|s-1|a||||10|browsed|0||
    bob|s-2|a||2024-03-05||20|incomplete|60||
"""
WHOSE = """
    candidateLogin                  | ada
    candidateRefNumber              | 7
    candidateEmail                  | ada@x.example
    candidateId                     | 1
    candidateGuid                   | l-ada
    candidateName                   | Lovelace
    candidateFirstname              | Ada
    candidateTimeZone               | Europe/London
    candidateSmartgroups            |
    candidateEntityAncestors        |
    candidateEntityName             |
    candidatePresentation           |
    candidateCustomFieldGuid        |
    trainingId                      | 11
    trainingGuid                    | t-onb
    trainingTitle                   | Onboarding
    trainingPathCode                | ONB
    trainingModality                | blended
    trainingPublisher               | House
    trainingStatus                  | P
    trainingDuration                | 2 days
    trainingChapters                |
    catalogVisibility               |
    sessionId                       | 5
    sessionGuid                     | s-1
    sessionTitle                    | Spring
    sessionStartDate                | 2024-03-01
    sessionEndDate                  | 2024-06-30
    registrationGuid                | r-1
    registrationDate                | 2024-02-01 09:00:00
    constantValue                   |
    templatedValue                  |
"""
OF_WHAT = """
    reportId                        |
    reportGuid                      |
    lovGuid                         | a
    lovCode                         | A
    contentGuid                     | a
    contentRefNumber                | A
    contentTitle                    | Notes <b>on</b>
    contentLocale                   | en-GB
    learningObjectGuid              | lo-1
    learningObjectPublisher         | Acme
    learningObjectRealCompletionTime| 2024-03-02 01:00:00
    trainingContentFolder           | Week 1
    trainingContentMandatory        | Y
    firstLaunchDate                 | 2024-03-01 01:00:00
    completionTime                  | 2024-03-02 01:00:00
    firstCompletionDate             | 2024-03-02 01:00:00
    progression                     | 100
    score                           | 8
    status                          | completed
    timeGlobal                      | 90
    timeSpent                       | 90
"""
VALUES = {
    Provider.TRACKING: f"""{WHOSE}{OF_WHAT}
    firstAccessDate                 | 2024-03-01 01:00:00
    lastAccessDate                  | 2024-03-02 01:00:00
    trackingStatus                  | passed
    scoreMax                        | 10
""",
    Provider.TRACKING_LOG: f"""{WHOSE}{OF_WHAT}
    date                            | 2024-03-02
    logDate                         | 2024-03-02
""",
    Provider.REGISTRATIONS: f"""{WHOSE}
    nbLO                            | 2
    nbLOStarted                     | 2
    nbLOFinished                    | 1
    firstLaunchDate                 | 2024-03-01 01:00:00
    completionTime                  | 2024-03-04 01:00:00
    firstCompletionDate             | 2024-03-02 01:00:00
    progression                     | 75
    progressionMandatory            | 100
    score                           | 80
    status                          | completed
    timeGlobal                      | 120
    timeSpentCBT                    | 600
    timeSpentCB                     | 600
    timeSpentDigital                | 60
    timeSpent                       | 780
    lastPlatformAccessDate          |
    thresholdReachedDate            |
    scoreNPS                        |
""",
}
"""What each provider writes of Ada's first row: times are those of Paris, an hour after UTC."""


@pytest.fixture
def school(holding: Callable[..., Tables]) -> Tables:
    """A store in which every column has a value."""
    return holding(SCHOOL, _track)


def _track(school: Tables) -> None:
    school.holds(TRACKING, dateTimeFormat="YYYY-MM-DD", completionDateDefault="none")


def _table(text: str) -> dict[str, str]:
    rows = (line.partition("|") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in rows}


def _export(school: Tables, job: ExportJob, now: datetime | None = None) -> list[str]:
    written = io.BytesIO()
    milepost.export(school.database, written, job, now=now)
    return written.getvalue().decode().splitlines()


@pytest.mark.parametrize("provider", Provider)
def test_every_column_has_its_value(school: Tables, provider: Provider) -> None:
    expected = _table(VALUES[provider])
    assert expected.keys() == BY_NAME[provider].keys()
    given = {"columns": list(expected), "timeZone": "Europe/Paris", "delimiter": "|", "learner": "ada"}
    header, row, *_ = _export(school, settings.export_job(None, given, provider=provider))
    assert dict(zip(header.split("|"), row.split("|"), strict=True)) == expected


def test_every_format_has_every_column(school: Tables, tmp_path: Path) -> None:
    for provider in Provider:
        for name in ("out.parquet", "out.xlsx", "out.jsonl", "out.xml", "out.csv"):
            given = {"columns": list(BY_NAME[provider])}
            job = settings.export_job(None, given, provider=provider, file_name=name)
            assert milepost.export(school.database, tmp_path / name, job) == (
                3 if provider is Provider.REGISTRATIONS else 4
            )
        frame = pl.read_parquet(tmp_path / "out.parquet")
        assert frame.columns == list(BY_NAME[provider])
        days = [column.name for column in BY_NAME[provider].values() if column.kind is Kind.DAY]
        assert {frame.schema[name] for name in days} == {pl.Date()}


WHOLE = """<export-config>
  <export name="objects" guid="Nightly">
    <providers>
      <trackingProvider>
        <columns>
          <candidateLogin label="Who"/><candidateName/><candidateFirstname/>
          <candidateCustomFieldGuid label="Team">0a1b</candidateCustomFieldGuid>
          <candidateCustomFieldGuid label="Site">2c3d</candidateCustomFieldGuid>
          <contentRefNumber/><contentTitle/><sessionStartDate/><trainingStatus/>
          <status/><timeGlobal/>
          <constantValue label="Lang" value="EN"/><constantValue>x</constantValue><constantValue/>
          <templatedValue label="Link" templateId="L"/><templatedValue label="Full" templateId="N"/>
          <candidateEntityName/>
        </columns>
        <parameters>
          <dateFormat>DD.MM.YYYY</dateFormat>
          <timeGlobalFormat>padded</timeGlobalFormat>
          <statusFormat><completed>C</completed><incomplete>I</incomplete></statusFormat>
          <trainingStatusFormat><published>Open</published></trainingStatusFormat>
          <stripHTML>yes</stripHTML>
          <maxLength>9</maxLength>
          <entityIds>1,2</entityIds>
          <onlyHrisSelectedItems>yes</onlyHrisSelectedItems>
          <templates>
            <template id="L">/go/{5}/{9}</template>
            <template id="N">{2} {1}</template>
          </templates>
        </parameters>
      </trackingProvider>
    </providers>
    <actions><fileExportAction><format>CSV</format><delimiter>semicolon</delimiter></fileExportAction></actions>
  </export>
</export-config>"""


def test_a_whole_configuration(school: Tables, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(WHOLE)
    job = settings.export_job(path)
    assert _export(school, job) == [
        (
            "Who;candidateName;candidateFirstname;Team;Site;contentRefNumber;contentTitle;sessionStartDate;"
            "trainingStatus;status;timeGlobal;Lang;constantValue;constantValue;Link;Full;candidateEntityName"
        ),
        "ada;Lovelace;Ada;;;A;Notes on;29.02.2024;Open;C;000:01;EN;x;;/go/A/C;Ada Lovel;",
        "ada;Lovelace;Ada;;;B;;29.02.2024;Open;I;000:00;EN;x;;/go/B/I;Ada Lovel;",
        "bob;;Bob;;;A;Notes on;29.02.2024;Open;I;000:00;EN;x;;/go/A/I;Bob ;",
        "bob;;Bob;;;A;Notes on;;A;I;000:01;EN;x;;/go/A/I;Bob ;",
    ]
    lacking = "candidateCustomFieldGuid and candidateEntityName"
    passed_over = "<entityIds> and <onlyHrisSelectedItems>"
    assert job.notes == (
        f"Passed over in <trackingProvider> (line 4): {passed_over}; Milepost has no counterpart.",
        f"Written empty, since Milepost has no counterpart: {lacking}.",
    )
    assert settings.check(path) == settings.Checked((), job.notes)
    with pytest.raises(ConfigurationError) as raised:
        settings.export_job(path, strict=True)
    assert [(one.line, one.message.split()[0]) for one in raised.value.mistakes] == [
        (7, "<candidateCustomFieldGuid>"),
        (8, "<candidateCustomFieldGuid>"),
        (13, "<candidateEntityName>"),
        (22, "<entityIds>"),
        (23, "<onlyHrisSelectedItems>"),
    ]
    assert settings.check(path, strict=True).mistakes == raised.value.mistakes
    again = tmp_path / "again.xml"
    again.write_text(settings.write_export(job))
    assert _export(school, settings.export_job(again)) == _export(school, job)


@pytest.mark.parametrize(
    ("provider", "given", "wanted"),
    [
        (Provider.TRACKING, {"trainingPathCode": "ONB", "sessionTitle": "Spring"}, "ada A, ada B, bob A"),
        (Provider.TRACKING, {"sessionTitle": "Spring", "sessionGuid": "s-2"}, "bob A"),
        (Provider.TRACKING, {"trainingGuid": "T-OLD"}, "bob A"),
        (Provider.TRACKING, {"trainingModalityFormat": "Blended"}, "ada A, ada B, bob A"),
        (Provider.TRACKING, {"trainingStatus": "a, C"}, "bob A"),
        (Provider.TRACKING, {"trainingPublishers": "house"}, "ada A, ada B, bob A"),
        (Provider.TRACKING, {"publishers": "ACME", "learner": "ada"}, "ada A"),
        (Provider.TRACKING, {"reportStatus": "completed"}, "ada A"),
        (Provider.TRACKING, {"reportStatus": "incomplete", "status": "failed"}, "ada B"),
        (Provider.TRACKING, {"reportStatus": "notAttempted"}, ""),
        (Provider.TRACKING, {"withoutLaunchTime": "no"}, "ada A, ada B, bob A"),
        (Provider.TRACKING, {"withoutLaunchTime": "yes"}, "ada A, ada B, bob A, bob A"),
        (Provider.REGISTRATIONS, {"publishers": "Acme"}, "ada r-1, bob r-2, bob r-3"),
        (Provider.REGISTRATIONS, {"withoutLaunchTime": "no"}, "ada r-1, bob r-3"),
        (Provider.REGISTRATIONS, {"reportStatus": "incomplete"}, "bob r-2, bob r-3"),
        (Provider.TRACKING_LOG, {"trainingStatus": "P", "reportStatus": "completed"}, "ada A"),
    ],
)
def test_some_rows(school: Tables, provider: Provider, given: dict[str, str], wanted: str) -> None:
    second = "registrationGuid" if provider is Provider.REGISTRATIONS else "contentRefNumber"
    columns = f"templatedValue({{1}} {{2}}),candidateLogin,{second}"
    _, *rows = _export(school, settings.export_job(None, {**given, "columns": columns}, provider=provider))
    assert ", ".join(row.partition(",")[0] for row in rows) == wanted


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"trainingPathCode": "t-onb"}, 'No training has the path code "t-onb".'),
        ({"sessionTitle": "Sprnig"}, 'No session has the title "Sprnig". Nearest: "Spring".'),
    ],
)
def test_names_that_nothing_has(school: Tables, given: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        _export(school, settings.export_job(None, given, provider=Provider.TRACKING))


def test_columns_that_no_row_of_the_store_has(school: Tables) -> None:
    job = settings.export_job(None, {"columns": "constantValue(a, b)=K,constantValue"}, provider=Provider.TRACKING)
    assert _export(school, job) == ["K,constantValue", *['"a, b",'] * 4]


DELTA = '<export guid="{}"><{}><deltaMode>yes</deltaMode><columns>{}</columns></{}></export>'


def _delta(folder: Path, provider: Provider, columns: str, guid: str = "n-1") -> ExportJob:
    path = folder / "delta.xml"
    path.write_text(DELTA.format(guid, provider, columns, provider))
    return settings.export_job(path)


def test_what_is_new_since_the_previous_export(school: Tables, tmp_path: Path) -> None:
    rows = _delta(tmp_path, Provider.TRACKING, "<candidateLogin/><contentRefNumber/>")
    of_whom = _delta(tmp_path, Provider.REGISTRATIONS, "<registrationGuid/>")
    days = _delta(tmp_path, Provider.TRACKING_LOG, "<candidateLogin/><logDate/>")
    now = datetime(2024, 6, 1, tzinfo=UTC)
    assert len(_export(school, rows, now)) == 5
    assert _export(school, of_whom, now)[1:] == ["r-1", "r-2", "r-3"]
    assert len(_export(school, days, now)) == 5
    assert _export(school, rows, now)[1:] == []
    # The same rows again are no news; the GUID goes without letter case, and another one has its own beginning.
    school.imports(
        """
        candidateLogin|sessionGuid|lovGuid|lastAccessDate|progression|trackingStatus|timeSpent|becomes
        ada           |s-1        |b      |2024-03-04    |60         |incomplete    |40       |updated
        """,
        dateTimeFormat="YYYY-MM-DD",
    )
    assert _export(school, _delta(tmp_path, Provider.TRACKING, "<candidateLogin/><lovCode/>", "N-1"), now)[1:] == [
        "ada,B"
    ]
    assert _export(school, of_whom, now)[1:] == ["r-1"]
    assert len(_export(school, _delta(tmp_path, Provider.TRACKING, "<lovCode/>", "other"), now)) == 5
    # An undo gives the row back to the run before; that is new as well.
    milepost.undo(school.database, 8, now=now)
    assert _export(school, rows, now)[1:] == ["ada,B"]
    # A row that is gone is new to its registration alone.
    school.imports(
        "candidateLogin|sessionGuid|lovGuid|trackingStatus|becomes\nada|s-1|b|notAttempted|deleted",
        now="2024-06-02 00:00:00",
    )
    assert _export(school, rows, now)[1:] == []
    assert _export(school, of_whom, now)[1:] == ["r-1"]


def test_an_export_that_fails_is_no_beginning(school: Tables, tmp_path: Path) -> None:
    job = _delta(tmp_path, Provider.TRACKING, "<candidateLogin/>")
    with pytest.raises(milepost.FileError):
        milepost.export(school.database, tmp_path / "nowhere" / "out.csv", job)
    assert len(_export(school, job)) == 5
    assert len(_export(school, job)) == 1


def test_a_run_at_work_is_new_to_the_next_export(school: Tables, tmp_path: Path) -> None:
    job = _delta(tmp_path, Provider.TRACKING, "<candidateLogin/>")
    with writing(school.database) as tables:
        tables.change("import_run", {"state": "running"}, {"kind": "tracking"})
    assert len(_export(school, job)) == 5
    with writing(school.database) as tables:
        tables.change("import_run", {"state": "done"}, {"kind": "tracking"})
    assert len(_export(school, job)) == 5
    assert len(_export(school, job)) == 1
