"""Every mistake an export configuration can have, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.export import Provider
from unit.settings.exports.workbench import found, in_action, in_parameters, in_provider, written

REGISTRATIONS = "consolidatedTrackingProvider"

CASES: list[tuple[str, int, str]] = [
    ("<export-config/>", 1,
        ("<export-config> holds no <trackingProvider>, <consolidatedTrackingProvider> or"
         " <trackingLogProvider>, so there is nothing to export")),
    ("<export-config>x</export-config>", 1,
        "<export-config> holds text where only elements are expected"),
    ("\n<exports-config/>", 2,
        ("<exports-config> cannot be the root of an export configuration; the root is"
         " <export-config>, <export>, <trackingProvider>, <consolidatedTrackingProvider> or <trackingLogProvider>")),
    ("<export-config>\n<exports/></export-config>", 2,
        "<exports> is unknown in <export-config>; did you mean export?"),
    ("<export-config>\n<export/></export-config>", 2,
        ("<export> has no provider; give it <trackingProvider>,"
         " <consolidatedTrackingProvider> or <trackingLogProvider>")),
    ("<export-config>\n<export><actions/></export></export-config>", 2,
        ("<export> has no provider; give it <trackingProvider>,"
         " <consolidatedTrackingProvider> or <trackingLogProvider>")),
    ("<export-config><export>\n<trackingProvder/></export></export-config>", 2,
        "<trackingProvder> is unknown in <export>; did you mean trackingProvider?"),
    ("<export-config><export><trackingProvider/>\n<trackingProvider/></export></export-config>", 2,
        "<trackingProvider>: <trackingProvider> stands on line 1 already; an export has one"),
    ("<export-config><export><trackingProvider/></export>\n<trackingProvider/></export-config>", 2,
        "<trackingProvider> stands beside <export>; put it into an <export>"),
    ("<export-config><export><trackingProvider/></export>\n<actions/></export-config>", 2,
        "<actions> stands beside <export>; put it into an <export>"),
    ("<export-config><export><trackingProvider/><actions>\n<fileExport/></actions></export></export-config>", 2,
        "<fileExport> is unknown in <actions>; did you mean fileExportAction?"),
    ("<export-config><export><trackingProvider/><actions>\n<trackingProvider/></actions></export></export-config>", 2,
        "<trackingProvider> does not belong in <actions>, but in <export>"),
    ("<export-config><export><trackingProvider/><fileExportAction/>\n<fileExportAction/></export></export-config>", 2,
        "<fileExportAction>: <fileExportAction> stands on line 1 already; an export has one"),
    ("<export-config><export><trackingProvider/>\n<columns/></export></export-config>", 2,
        "<columns> does not belong in <export>, but in the provider"),
    ("<export-config><export><trackingProvider/>\n<delimiter>pipe</delimiter></export></export-config>", 2,
        "<delimiter> does not belong in <export>, but in <fileExportAction>"),
    ("<export-config><learnerProvider/></export-config>", 1,
        ("<export-config> holds no <trackingProvider>, <consolidatedTrackingProvider> or"
         " <trackingLogProvider>, so there is nothing to export")),
    (in_provider("x"), 1,
        "<trackingProvider> holds text where only elements are expected"),
    (in_provider("<column>score</column>"), 2,
        "<column> is unknown in <trackingProvider>; did you mean columns?"),
    (in_provider("<parameter/>"), 2,
        "<parameter> is unknown in <trackingProvider>; did you mean parameters?"),
    (in_provider("<columns>score</columns>"), 2,
        "<columns> holds text where only elements are expected"),
    (in_provider("<columns><column/></columns>"), 2,
        "<column> in <columns>: it holds no name of a column"),
    (in_provider("<columns><column>scores</column></columns>"), 2,
        '<column> in <columns>: "scores" is not a column of <trackingProvider>; did you mean score?'),
    (in_provider("<columns><column>candidateLogins</column></columns>"), 2,
        ('<column> in <columns>: "candidateLogins" is not a column of'
         ' <trackingProvider>; did you mean candidateLogin?')),
    (in_provider("<columns><column>nbLO</column></columns>"), 2,
        ('<column> in <columns>: "nbLO" is not a column of'
         ' <trackingProvider>, but of <consolidatedTrackingProvider>')),
    (in_provider("<columns><column>score(10)</column></columns>"), 2,
        "<column> in <columns>: the column score takes no text of its own"),
    (in_provider('<columns><templatedValue templateId="1"/></columns>'), 2,
        '<columns>: <templatedValue>: no <template> has the id "1"; there is none'),
    (in_provider('<columns><templatedValue templateId="1"/></columns>'
                 '<templates><template id="2">x</template></templates>'), 2,
        '<columns>: <templatedValue>: no <template> has the id "1"; there are "2"'),
    (in_provider("<columns><templatedValue/></columns>"), 2,
        "<columns>: <templatedValue>: it has no templateId"),
    (in_provider('<columns><score/><templatedValue templateId="1"/></columns>'
                 '<templates><template id="1">{2}</template></templates>'), 2,
        '<columns>: the template "{2}" has {2}; there are 2 columns, and the first is {0}'),
    (in_provider('<columns><score/><templatedValue templateId="1"/></columns>'
                 '<templates><template id="1">{1}</template></templates>'), 2,
        '<columns>: the template "{1}" has {1}, which is a template too'),
    (in_parameters('<templates><template id="1"/>\n<template id="1"/></templates>'), 3,
        "<templates>: <template>: another has the same id; give each one of its own"),
    (in_parameters("<reportStatus><done/></reportStatus>"), 2,
        "<done> is unknown in <reportStatus>"),
    (in_parameters("<reportStatus>done</reportStatus>"), 2,
        '<reportStatus>: "done" is not a status of a report; write completed, incomplete or notAttempted'),
    (in_parameters("<dateFormat>YYYY-MM-DD HH:II</dateFormat>"), 2,
        '<dateFormat>: the date format "YYYY-MM-DD HH:II" has a time; write only YYYY, MM and DD'),
    (in_parameters("<deltaMode>yes</deltaMode>"), 2,
        '<deltaMode>: it needs a name that the store knows again; write <export guid="...">'),
    (('<export guid="g"><trackingProvider><deltaMode>yes</deltaMode><timeFrames>1</timeFrames>'
     "\n<timeFramesScale>less_than_n_days</timeFramesScale></trackingProvider></export>"), 2,
        "<timeFramesScale>: deltaMode and timeFramesScale contradict each other; keep one of the two"),
    (in_parameters("<withoutLaunchTime>yes</withoutLaunchTime><timeFrames>1</timeFrames>"
                   "<timeFramesScale>less_than_n_days</timeFramesScale>"), 2,
        "<withoutLaunchTime>: rows that were never launched are in no period; keep withoutLaunchTime or timeFrames"),
    (in_provider("<columns><column>lastAccessDate</column></columns>", REGISTRATIONS), 2,
        ('<column> in <columns>: "lastAccessDate" is not a column of <consolidatedTrackingProvider>, but of'
         ' <trackingProvider>; did you mean completionTime?')),
    (in_provider("<columns><scors/></columns>"), 2,
        '<scors> in <columns>: "scors" is not a column of <trackingProvider>; did you mean score?'),
    (in_provider("<columns><score>score</score></columns>"), 2,
        "<score> holds text where only elements are expected"),
    (in_provider("<columns><column>score</column>\n<column>Score</column></columns>"), 3,
        "<column> in <columns>: the column score stands on line 2 already"),
    (in_provider("<columns><progress/>\n<column>progression</column></columns>"), 3,
        "<column> in <columns>: the column progression stands on line 2 already"),
    (in_provider('<columns><column lable="Points">score</column></columns>'), 2,
        'the attribute "lable" is unknown in <column>; did you mean label?'),
    (in_provider('<columns><column colour="red">score</column></columns>'), 2,
        'the attribute "colour" is unknown in <column>; it has label'),
    (in_provider('<columns><score label="A">\n<label>B</label></score></columns>'), 3,
        "<score>: it has two labels; keep one of the two"),
    (in_provider("<columns><score><label><b/></label></score></columns>"), 2,
        "<label>: it holds elements where only text is expected"),
    (in_provider("<columns><score><lable>A</lable></score></columns>"), 2,
        "<lable> is unknown in <score>; did you mean label?"),
    (in_provider('<columns><score/>\n<column label="Score ">timeSpent</column></columns>'), 2,
        '<columns>: score and timeSpent are both headed "Score"; give one of them another label'),
    (in_provider("<columns><score/></columns>\n<columns><scoreMax/></columns>"), 3,
        "<columns>: it has another value already on line 2; keep one of the two"),
    (in_provider("<columns><trackingStatus><complete>c</complete></trackingStatus></columns>"), 2,
        "<complete> is unknown in <trackingStatus>; did you mean completed?"),
    (in_parameters("<timeZon>UTC</timeZon>"), 2,
        "<timeZon> is unknown in <parameters>; did you mean timeZone?"),
    (in_parameters("<delimiter>pipe</delimiter>"), 2,
        "<delimiter> does not belong in <parameters>, but in <fileExportAction>"),
    (in_parameters("<columns/>"), 2,
        "<columns> does not belong in <parameters>, but in the provider"),
    (in_parameters("<timeZone>Europe/Pariss</timeZone>"), 2,
        '<timeZone>: "Europe/Pariss" is not a zone of the TZ database; did you mean Europe/Paris?'),
    (in_parameters("<timeZone><UTC/></timeZone>"), 2,
        "<timeZone>: it holds elements where only text is expected"),
    (in_parameters("<timeZone>UTC</timeZone>\n<timeZone>Asia/Tokyo</timeZone>"), 3,
        "<timeZone>: it has another value already on line 2; keep one of the two"),
    (in_parameters("<dateTimeFormat>DD/MM</dateTimeFormat>"), 2,
        '<dateTimeFormat>: the date format "DD/MM" lacks YYYY'),
    (in_parameters("<dateTimeFormat>DD MMM YYYY</dateTimeFormat>"), 2,
        ('<dateTimeFormat>: the date format "DD MMM YYYY" cannot be written;'
         ' use one format of YYYY, MM, DD, HH, II, SS')),
    (in_parameters("<dateTimeFormat>DD/MM/YYYY|YYYYMMDD</dateTimeFormat>"), 2,
        ('<dateTimeFormat>: the date format "DD/MM/YYYY|YYYYMMDD" cannot be written;'
         ' use one format of YYYY, MM, DD, HH, II, SS')),
    (in_parameters("<timeGlobalFormat>seconds</timeGlobalFormat>"), 2,
        ('<timeGlobalFormat>: "seconds" is not a time format; write rawSeconds,'
         ' rawMinutes, iso-8601, padded or paddedhh')),
    (in_parameters("<trackingStatus>c</trackingStatus>"), 2,
        "<trackingStatus> holds text where only elements are expected"),
    (in_parameters("<trackingStatus><passed>completed</passed></trackingStatus>"), 2,
        '<trackingStatus>: completed and passed both go by the word "completed"; give one of them another'),
    (in_parameters("<status>done</status>"), 2,
        ('<status>: "done" is not a status; write notAttempted,'
         ' incomplete, completed, passed, failed or browsed')),
    (in_parameters("<status>not attempted</status>"), 2,
        ("<status>: a tracking row is never notAttempted;"
         " write incomplete, completed, passed, failed or browsed")),
    (in_parameters("<status>passed</status>", REGISTRATIONS), 2,
        "<status>: a registration is never passed; write notAttempted, incomplete or completed"),
    (in_parameters("<timeFrames>3</timeFrames>"), 2,
        "<timeFrames>: it means nothing by itself; give timeFramesScale too"),
    (in_parameters("<timeFramesScale>less_than_n_days</timeFramesScale>"), 2,
        "<timeFramesScale>: it means nothing by itself; give timeFrames too"),
    (in_parameters("<timeFrames>-1</timeFrames>"), 2,
        '<timeFrames>: "-1" is out of range; write a whole number from 0 up'),
    (in_parameters("<timeFrames>1.5</timeFrames>"), 2,
        '<timeFrames>: "1.5" is not a whole number'),
    (in_parameters("<timeFrames>200</timeFrames><timeFramesScale>less_than_n_years</timeFramesScale>"), 2,
        "<timeFrames>: 200 reach back too far; write at most 100 for less_than_n_years"),
    (in_parameters("<timeFrames>2</timeFrames><timeFramesScale>months</timeFramesScale>"), 2,
        ('<timeFramesScale>: "months" is not a scale; write less_than_n_days,'
         ' less_than_n_months, less_than_n_full_months, less_than_n_years or less_than_n_full_years')),
    (in_parameters("<timeFrames>2</timeFrames><timeFramesScale>less_than_n_months</timeFramesScale>\n"
                   "<since>2024-01-01</since>"), 3,
        "<since>: the period is given by timeFrames and timeFramesScale already; keep one of the two"),
    (in_parameters("<since>2024-01-01</since>\n<asOf>2024-01-01</asOf>"), 3,
        "<asOf>: the period is given by since already; keep one of the two"),
    (in_parameters("<asOf>2024-01-01</asOf>"), 2,
        "<asOf>: it means nothing by itself; give timeFrames and timeFramesScale too"),
    (in_parameters("<timeFrameMode>timeSpent</timeFrameMode>"), 2,
        "<timeFrameMode>: there is no period; give timeFrames and timeFramesScale, or since or until"),
    (in_parameters("<since>2024-01-01</since><timeFrameMode>time</timeFrameMode>"), 2,
        '<timeFrameMode>: "time" is not a mode; write timeSpent, lastActivity or lastActivityCumulative'),
    (in_parameters("<since>01/02/2024</since>"), 2,
        ('<since>: "01/02/2024" is neither a day nor a moment; write for example 2024-01-31,'
         ' 2024-01-31 08:00 or 2024-01-31T08:00:00Z')),
    (in_parameters("<since>2023-02-29</since>"), 2,
        '<since>: "2023-02-29" is not in the calendar; write a day that there is'),
    (in_parameters("<since>0001-01-01</since>"), 2,
        '<since>: "0001-01-01" is out of range; write a year from 1900 to 9998'),
    (in_parameters("<until>2024-01-01 24:00</until>"), 2,
        '<until>: "2024-01-01 24:00" has a time that is none; write for example 08:00 or 23:59:59'),
    (in_parameters("<until>2024-01-01T08:00+99:00</until>"), 2,
        '<until>: "2024-01-01T08:00+99:00" has a time that is none; write for example 08:00 or 23:59:59'),
    (in_parameters("<since>2024-02-01</since>\n<until>2024-01-31</until>"), 3,
        "<until>: the period from 2024-02-01 until 2024-01-31 is empty; since must come first"),
    (in_parameters("<until>2024-01-01T00:00Z</until><since>2024-01-01T00:00Z</since>"), 2,
        ("<since>: the period from 2024-01-01 00:00:00+00:00 until 2024-01-01"
         " 00:00:00+00:00 is empty; since must come first")),
    (in_action("<formats>csv</formats>"), 2,
        "<formats> is unknown in <fileExportAction>; did you mean format?"),
    (in_action("<timeZone>UTC</timeZone>"), 2,
        "<timeZone> does not belong in <fileExportAction>, but in <parameters> of the provider"),
    (in_action("<format>pdf</format>"), 2,
        '<format>: "pdf" is not a file format; write csv, tsv, xlsx, xml, jsonl or parquet'),
    (in_action("<encoding>utf8x</encoding>"), 2,
        '<encoding>: "utf8x" is not an encoding that Python knows; did you mean utf-8?'),
    (in_action("<encoding>utf-8</encoding><fileEncoding>cp1252</fileEncoding>"), 2,
        "<encoding>: it has another value already on line 2; keep one of the two"),
    (in_action("<delimiter>detect</delimiter>"), 2,
        '<delimiter>: "detect" is not a delimiter; write comma, pipe, semicolon or tabulation'),
    (in_action("<showHeaders>maybe</showHeaders>"), 2,
        '<showHeaders>: "maybe" is not yes or no; write yes or no'),
    (in_action("<decimal>dot</decimal>"), 2,
        '<decimal>: "dot" is not a decimal separator; write point or comma'),
    (in_action("<format>tsv</format><delimiter>comma</delimiter>"), 2,
        "<delimiter>: it is for csv, and the format is tsv; leave one of them out"),
    (in_action("<format>xlsx</format>\n<delimiter>comma</delimiter>"), 3,
        "<delimiter>: it is for csv, and the format is xlsx; leave one of them out"),
    (in_action("<format>jsonl</format><encoding>cp1252</encoding>"), 2,
        "<encoding>: it is for csv and tsv, and the format is jsonl; leave one of them out"),
    (in_action("<format>parquet</format><showHeaders>no</showHeaders>"), 2,
        "<showHeaders>: it is for csv, tsv and xlsx, and the format is parquet; leave one of them out"),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "line", "message"), CASES)
def test_one_mistake(tmp_path: Path, xml: str, line: int, message: str) -> None:
    assert found(tmp_path, xml) == [(line, message)]


def test_all_mistakes_are_given_in_the_order_of_their_lines(tmp_path: Path) -> None:
    xml = """<export-config>
<export name="a"><trackingProvider>
<columns><column>scor</column><column>nbLO</column></columns>
<parameters><timeZone>Mars</timeZone>
<since>soon</since><timeFrames>-3</timeFrames></parameters></trackingProvider>
<actions><fileExportAction><format>xlsx</format><delimiter>pipe</delimiter></fileExportAction></actions></export>
<export name="A"><trackingLogProvider><columns><scores/></columns></trackingLogProvider></export>
</export-config>"""
    path = written(tmp_path, xml)
    checked = config.check(path).mistakes
    assert [mistake.line for mistake in checked] == [3, 3, 4, 5, 5, 6, 7, 7]
    with pytest.raises(ConfigurationError) as caught:
        config.export_job(path, {"timeZone": "Mars"}, name="2")
    assert [mistake.line for mistake in caught.value.mistakes] == [3, 3, 4, 5, 5, 6, 7, 7, None]


def test_a_mistake_does_not_cause_others(tmp_path: Path) -> None:
    for inside in (
        "<timeFrames>-1</timeFrames><since>2024-01-01</since>",
        "<timeZone>Mars</timeZone><since>2024-01-02</since><until>2024-01-01</until>",
        "<timeFrameMode>x</timeFrameMode>",
        "<since>x</since><timeFrameMode>timeSpent</timeFrameMode>",
    ):
        assert len(found(tmp_path, in_parameters(inside))) == 1
    assert len(found(tmp_path, in_action("<format>pdf</format><delimiter>pipe</delimiter>"))) == 1


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        (b"", "the configuration is empty"),
        (b"<export-config>", "the configuration is not well-formed XML: "),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><export-config/>", "the configuration has a DOCTYPE, which is refused"),
    ],
)
def test_what_is_no_configuration_at_all(tmp_path: Path, data: bytes, begin: str) -> None:
    ((line, message),) = found(tmp_path, data)
    assert line == 1
    assert message.startswith(begin)


def test_an_import_and_an_export_do_not_take_each_other_s_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, "<export-config><trackingProvider/></export-config>")
    with pytest.raises(ConfigurationError, match="<export-config> is the configuration of an export; an import has"):
        config.job(path)
    path = written(tmp_path, "<import-config/>")
    with pytest.raises(ConfigurationError, match="<import-config> is the configuration of an import; an export has"):
        config.export_job(path)


def test_no_secret_is_repeated(tmp_path: Path) -> None:
    inside = "hunter2<sftpPassword>hunter2</sftpPassword><sftpPasword>hunter2</sftpPasword><path><hunter2/></path>"
    checked = config.check(written(tmp_path, in_action(inside)))
    assert len(checked.mistakes) == 2
    assert len(checked.notes) == 1
    assert "hunter2" not in str(checked)


ELEMENTS = (
    *("export", "providers", "actions", "trackingProvider", "consolidatedTrackingProvider", "trackingLogProvider"),
    *("fileExportAction", "parameters", "columns", "column", "trackingStatus", "completed", "label", "score", "date"),
    *("timeZone", "since", "until", "asOf", "timeFrames", "timeFramesScale", "timeFrameMode", "status", "training"),
    *("format", "delimiter", "encoding", "showHeaders", "decimal", "path", "learnerProvider", "postProcess", "x"),
)
TEXTS = st.sampled_from(
    [
        *("", " ", "yes", "no", "comma", "completed", "score", "é\u2028", "1", "xlsx", "UTC", "less_than_n_years"),
        *("2024-01-01", "2024-01-01T00:00Z", "1900-01-01 00:00:00+23:59", "9998-12-31 23:59:59-23:59", "lastActivity"),
    ]
)
ATTRIBUTES = st.sampled_from(["", "", "", ' name="1"', ' label="A"', ' x="é"'])
TREES = st.recursive(
    st.tuples(st.sampled_from(ELEMENTS), ATTRIBUTES, TEXTS).map(
        lambda parts: f"<{parts[0]}{parts[1]}>{parts[2]}</{parts[0]}>"
    ),
    lambda inner: st.tuples(st.sampled_from(ELEMENTS), ATTRIBUTES, st.lists(inner, max_size=5), TEXTS).map(
        lambda parts: f"<{parts[0]}{parts[1]}>{''.join(parts[2])}{parts[3]}</{parts[0]}>"
    ),
    max_leaves=25,
)


def mistakes_of(
    path: Path | None,
    given: Mapping[str, str] = MappingProxyType({}),
    provider: Provider | None = None,
    name: str | None = None,
) -> tuple[Mistake, ...]:
    """What an export says is wrong; none where there is one."""
    try:
        config.export_job(path, given, provider=provider, file_name="a.jsonl" if name else None, name=name)
    except ConfigurationError as error:
        return error.mistakes
    return ()


def answered(folder: Path, xml: str | bytes) -> None:
    """An export says at least what a check says, and neither fails otherwise."""
    path = written(folder, xml)
    checked = config.check(path).mistakes
    said = mistakes_of(path)
    assert set(checked) <= set(said)
    assert bool(checked) == bool(said) or all("say which one" in mistake.message for mistake in said)
    assert all(str(mistake) for mistake in mistakes_of(path, {"timeFrames": "1"}, name="1"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=st.sampled_from(["export-config", "export", "trackingProvider"]), inside=st.lists(TREES, max_size=4))
def test_whatever_elements_stand_where_there_is_an_answer(tmp_path: Path, root: str, inside: list[str]) -> None:
    answered(tmp_path, f"<{root}>{''.join(inside)}</{root}>")


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.lists(TREES, max_size=6), action=st.lists(TREES, max_size=4))
def test_whatever_stands_in_the_right_places_there_is_an_answer(
    tmp_path: Path, parameters: list[str], action: list[str]
) -> None:
    answered(tmp_path, in_parameters("".join(parameters)))
    answered(tmp_path, in_provider(f"<columns>{''.join(parameters)}</columns>"))
    answered(tmp_path, in_action("".join(action)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.binary(max_size=30).map(lambda some: b"<export-config>" + some))
def test_whatever_bytes_there_are_there_is_an_answer(tmp_path: Path, data: bytes) -> None:
    answered(tmp_path, data)


@settings(max_examples=120, deadline=None)
@given(name=st.sampled_from(["since", "until", "asOf", "timeFrames", "status", "columns", "format"]), text=st.text())
def test_whatever_text_a_setting_has_there_is_an_answer(name: str, text: str) -> None:
    assert all(mistake.line is None for mistake in mistakes_of(None, {name: text}, Provider.TRACKING))
