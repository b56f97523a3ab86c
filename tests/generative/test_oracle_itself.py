"""The naive oracle against cases written by hand, so that it is not merely wrong in the package's way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from generative import oracle, oracle_values, spelling
from generative.oracle_store import Learner, Record, Registration, Session, Store, Tracking, Training, Version
from generative.oracle_values import Settings


def utc(*parts: int) -> int:
    """The instant of a time in UTC."""
    year, month, day, *clock = parts
    hour, minute, second = [*clock, 0, 0, 0][:3]
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


def outcome(column: str, text: str, settings: Settings = Settings()) -> object:  # noqa: B008
    """The value of a cell, or its error; with its warning, if it has one."""
    cell = oracle_values.read(column, text, settings)
    result = cell.error or cell.value
    return (result, *cell.warnings) if cell.warnings else result


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("candidateLogin", " \u3000jdoe\x85", "jdoe"),
        ("candidateLogin", "\x1cjdoe", "\x1cjdoe"),
        ("candidateLogin", "e\u0301", "é"),
        ("candidateLogin", "e\u0301" * 255, "é" * 255),
        ("candidateLogin", "x" * 256, "value-too-long"),
        ("candidateLogin", "\0" + "x" * 256, "invalid-character"),
        ("lovGuid", "x" * 41, "value-too-long"),
        ("sessionId", "0501.0", 501),
        ("sessionId", "-0", 0),
        ("sessionId", "10e-1", 1),
        ("sessionId", "1e-1", "invalid-number"),
        ("sessionId", "100.5", "invalid-number"),
        ("sessionId", "1 000", "invalid-number"),
        ("sessionId", "2147483647", 2147483647),
        ("sessionId", "2147483648", "out-of-range"),
        ("sessionId", "-2147483649", "out-of-range"),
        ("sessionId", "1e400", "out-of-range"),
        ("scoreMax", "0", "out-of-range"),
        ("scoreMax", "1\0", "invalid-character"),
        ("score", ".5", 0.5),
        ("score", "5.", 5.0),
        ("score", "+1E2", 100.0),
        ("score", ".", "invalid-number"),
        ("score", "1,5", "invalid-number"),
        ("score", "NaN", "invalid-number"),
        ("score", "inf", "invalid-number"),
        ("score", "٣", "invalid-number"),
        ("score", "1e400", "out-of-range"),
        ("score", "-1", "out-of-range"),
        ("progression", "100.0000000000000000001", 100.0),
        ("progression", "100.01", "out-of-range"),
        ("timeSpent", "PT1H25M15S", 5115),
        ("timeSpent", "P1W1DT0,5S", 604800 + 86400 + 1),
        ("timeSpent", "P1DT0.4S", 86400),
        ("timeSpent", "PT1.5H", 5400),
        ("timeSpent", "PT1.5H1M", "invalid-duration"),
        ("timeSpent", "P1M", "invalid-duration"),
        ("timeSpent", "P", "invalid-duration"),
        ("timeSpent", "P1DT", "invalid-duration"),
        ("timeSpent", "1:25", 5100),
        ("timeSpent", "100:00:01", 360001),
        ("timeSpent", "1:60", "invalid-duration"),
        ("timeSpent", "1:5", "invalid-duration"),
        ("timeSpent", "2.5", 3),
        ("timeSpent", "-0", 0),
        ("timeSpent", "-1", "invalid-duration"),
        ("timeSpent", "2147483647.4", 2147483647),
        ("timeSpent", "2147483647.5", "invalid-duration"),
        ("trackingStatus", "NOT Attempted", "notAttempted"),
        ("trackingStatus", "not_att-empted", "notAttempted"),
        ("trackingStatus", "done", "invalid-status"),
        ("firstAccessDate", "2024-02-29 1:2:3", utc(2024, 2, 29, 1, 2, 3)),
        ("firstAccessDate", "2024-02-29\u2003 01:02:03", utc(2024, 2, 29, 1, 2, 3)),
        ("firstAccessDate", "2024-2-9", utc(2024, 2, 9)),
        ("firstAccessDate", "2023-02-29", "invalid-datetime"),
        ("firstAccessDate", "0000-02-29", "out-of-range"),
        ("firstAccessDate", "1900-02-29", "invalid-datetime"),
        ("firstAccessDate", "1899-12-31 23:59:59", "out-of-range"),
        ("firstAccessDate", "1900-01-01", utc(1900, 1, 1)),
        ("firstAccessDate", "9998-12-31 23:59:59", utc(9998, 12, 31, 23, 59, 59)),
        ("firstAccessDate", "9999-01-01", "out-of-range"),
        ("firstAccessDate", "2024-01-01 24:00:00", "invalid-datetime"),
        ("firstAccessDate", "2024-01-01 23:59:60", "invalid-datetime"),
        ("firstAccessDate", "2024-01-01 10:00", "invalid-datetime"),
        ("firstAccessDate", "2024/01/01", "invalid-datetime"),
    ],
)
def test_one_cell(column: str, text: str, expected: object) -> None:
    """Values and errors with the default settings."""
    assert outcome(column, text) == expected


@pytest.mark.parametrize(
    ("text", "in_a_file"),
    [
        ("=x", "'=x"),
        ("'=x", "''=x"),
        ("-5", "-5"),
        ("+1,5", "+1,5"),
        ("'-5", "''-5"),
        ("-5.", "'-5."),
        ("-,5", "'-,5"),
        ("-1,5,5", "'-1,5,5"),
        ("-", "'-"),
        ("'x", "'x"),
        ("'", "'"),
        ("", ""),
    ],
)
def test_texts_like_formulas(text: str, in_a_file: str) -> None:
    """What is written of a text, and what that is read as."""
    assert spelling.unlike_a_formula(text) == in_a_file
    assert oracle_values.as_meant(in_a_file, Settings()) == text
    assert oracle_values.as_meant(in_a_file, Settings(raw=True)) == in_a_file


@pytest.mark.parametrize(
    ("settings", "column", "text", "expected"),
    [
        (Settings(decimal=","), "score", "1,5", 1.5),
        (Settings(decimal=","), "score", "1.5", "invalid-number"),
        (Settings(decimal=","), "timeSpent", "PT1.5S", 2),
        (Settings(thousands=","), "score", "1,234.5", 1234.5),
        (Settings(thousands=","), "score", "1.234", 1.234),
        (Settings(decimal=",", thousands=" "), "score", "1\u202f234,5", 1234.5),
        (Settings(decimal="either"), "score", "1.234,5", 1234.5),
        (Settings(decimal="either"), "score", "18,5", 18.5),
        (Settings(decimal="either"), "score", "1,234", "invalid-number"),
        (Settings(decimal="either"), "score", "0,234", 0.234),
        (Settings(decimal="either"), "score", "1,234,567", 1234567),
        (Settings(decimal="either", thousands=","), "score", "1,234", 1234),
        (Settings(), "progression", "85 %", 85.0),
        (Settings(progression_unit="fraction"), "progression", "85 %", 85.0),
        (Settings(progression_unit="fraction"), "progression", "0.285", 28.5),
        (Settings(progression_unit="fraction"), "progression", "1.01", "out-of-range"),
        (Settings(), "scoreMax", "85%", "invalid-number"),
        (Settings(time_global_format="rawMinutes"), "timeSpent", "85.25", 5115),
        (Settings(time_global_format="padded"), "timeSpent", "85", "invalid-duration"),
        (Settings(time_global_format="iso-8601"), "timeSpent", "1:00", 3600),
        (Settings(words={"completed": "c"}), "trackingStatus", "C", "completed"),
        (Settings(words={"completed": "c"}), "trackingStatus", "completed", "invalid-status"),
        (Settings(words={"completed": "groß"}), "trackingStatus", "G-ROSS", "completed"),
        (Settings("YYYYMMDD"), "firstAccessDate", "20240131", utc(2024, 1, 31)),
        (Settings("DD/MM/YY"), "firstAccessDate", "1/2/69", utc(2069, 2, 1)),
        (Settings("DD/MM/YY"), "firstAccessDate", "1/2/70", utc(1970, 2, 1)),
        (Settings("DD MMM YYYY"), "firstAccessDate", "1 AOÛT 2024", utc(2024, 8, 1)),
        (Settings("DD MMM YYYY"), "firstAccessDate", "1 Sept. 2024", utc(2024, 9, 1)),
        (Settings("DD MMM YYYY"), "firstAccessDate", "1 Foo 2024", "invalid-datetime"),
        (Settings("YYYYMMDD hh:ii am"), "firstAccessDate", "20240131 12:30 A.M.", utc(2024, 1, 31, 0, 30)),
        (Settings("YYYYMMDD hh:ii am"), "firstAccessDate", "20240131 0:30 AM", "invalid-datetime"),
        (Settings("serial"), "firstAccessDate", "45292.5", utc(2024, 1, 1, 12)),
        (Settings("serial"), "firstAccessDate", "60", "invalid-datetime"),
        (Settings(), "firstAccessDate", "2024-01-31T01:02:03.9+02:00", utc(2024, 1, 30, 23, 2, 3)),
        (Settings(), "firstAccessDate", "2024-01-31Z", "invalid-datetime"),
        (
            Settings("DD/MM/YYYY|MM/DD/YYYY"),
            "firstAccessDate",
            "1/2/2024",
            (utc(2024, 2, 1), "ambiguous-datetime"),
        ),
        (Settings("DD/MM/YYYY|MM/DD/YYYY"), "firstAccessDate", "1/13/2024", utc(2024, 1, 13)),
        (Settings("DD/MM/YYYY hh"), "firstAccessDate", "1/2/2024 3", utc(2024, 2, 1, 3)),
        (Settings("hh:ii DD.MM.YYYY"), "firstAccessDate", "03:04 1.2.2024", utc(2024, 2, 1, 3, 4)),
        (Settings("hh:ii DD.MM.YYYY"), "firstAccessDate", "1.2.2024", "invalid-datetime"),
        (Settings(default_time=time(8)), "firstAccessDate", "2024-01-31", utc(2024, 1, 31, 8)),
        (Settings(default_time=time(8)), "firstAccessDate", "2024-01-31 00:00:00", utc(2024, 1, 31)),
        (
            Settings(time_zone="Europe/London"),
            "firstAccessDate",
            "2024-03-31 01:30:00",
            (utc(2024, 3, 31, 1, 30), "local-time-skipped"),
        ),
        (
            Settings(time_zone="Europe/London"),
            "firstAccessDate",
            "2024-10-27 01:30:00",
            (utc(2024, 10, 27, 0, 30), "local-time-repeated"),
        ),
        (
            Settings(time_zone="America/Sao_Paulo"),
            "firstAccessDate",
            "2018-11-04",
            (utc(2018, 11, 4, 3), "local-time-skipped"),
        ),
        (
            Settings(time_zone="Australia/Lord_Howe"),
            "firstAccessDate",
            "2024-10-06 02:15:00",
            (utc(2024, 10, 5, 15, 45), "local-time-skipped"),
        ),
        (
            Settings(time_zone="Pacific/Apia"),
            "firstAccessDate",
            "2011-12-30 12:00:00",
            (utc(2011, 12, 30, 22), "local-time-skipped"),
        ),
        (Settings(time_zone="Europe/London"), "firstAccessDate", "2500-07-01", utc(2500, 6, 30, 23)),
        (Settings(time_zone="Asia/Tokyo"), "firstAccessDate", "1900-01-01 00:00:00", "out-of-range"),
        (Settings(time_zone="Asia/Tokyo"), "firstAccessDate", "9999-01-01 08:59:59", utc(9998, 12, 31, 23, 59, 59)),
        (Settings(time_zone="America/Sao_Paulo"), "firstAccessDate", "1899-12-31 23:59:00", utc(1900, 1, 1, 3, 5, 28)),
    ],
)
def test_one_cell_under_settings(settings: Settings, column: str, text: str, expected: object) -> None:
    """Values, errors and warnings under other settings."""
    assert outcome(column, text, settings) == expected


NOW = utc(2024, 6, 1, 12)
STORED = Tracking(utc(2024, 1, 1), utc(2024, 1, 2), utc(2024, 1, 2), 100.0, "completed", 60, 50.0, 100, run=1, line=9)
STORE = Store(
    learners=(Learner(1, "jdoe", "R1", "shared@example.org"), Learner(2, "adoe", "R1", "shared@example.org")),
    versions=(
        Version(1, "g1", "C1"),
        Version(2, "g2", "C1"),
        Version(3, "g3", "C3", publisher="CROSSKNOWLEDGE", runtime="easyquizz"),
    ),
    trainings=(Training(1, "t1", "P1", (1, 3)), Training(2, "t2", "P2", (1, 2))),
    sessions=(Session(1, "s1", "2024", 1), Session(2, "s2", "2024", 2)),
    registrations=(Registration(1, 1, 1), Registration(2, 1, 2), Registration(3, 2, 2)),
    tracking={(1, 1): STORED},
)


def run(lines: list[dict[str, str]], *, patch: bool = False, mandatory: tuple[str, ...] = ()) -> oracle.Result:
    """The import of the given cells, as lines 2, 3, …; each row is for jdoe in session s1 unless it says otherwise."""
    whole = [{"candidateLogin": "jdoe", "sessionGuid": "s1", "lovCode": "C1", **line} for line in lines]
    records = [
        Record(number, tuple(line.get(name, "") for name in oracle.COLUMNS)) for number, line in enumerate(whole, 2)
    ]
    settings = Settings(patch=patch, mandatory=frozenset(mandatory))
    return oracle.import_rows(STORE, settings, oracle.COLUMNS, records, NOW, 7)


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ({}, []),
        ({"candidateLogin": ""}, ["learner-missing"]),
        ({"lovCode": ""}, ["learning-object-missing"]),
        ({"sessionGuid": ""}, ["context-missing"]),
        ({"sessionGuid": "", "sessionTitle": "2024"}, ["context-missing"]),
        ({"sessionGuid": "", "sessionTitle": "2024", "trainingGuid": "T1"}, []),
        ({"sessionTitle": "2023"}, ["registration-not-found"]),
        ({"candidateLogin": "JDOE", "candidateRefNumber": "R1"}, []),
        ({"candidateLogin": "", "candidateRefNumber": "R1"}, []),
        ({"candidateLogin": "", "candidateRefNumber": "R1", "sessionGuid": "S2"}, ["registration-not-found"]),
        ({"candidateRefNumber": "r1"}, ["registration-not-found"]),
        ({"sessionId": "x"}, ["invalid-number"]),
        ({"sessionGuid": "s2"}, ["learning-object-not-found"]),
        ({"sessionGuid": "s2", "lovGuid": "G2"}, []),
        ({"lovCode": "c1"}, ["learning-object-not-found"]),
        ({"lovCode": "C3"}, ["learning-object-crossknowledge", "learning-object-easyquizz"]),
        ({"score": "101"}, ["score-above-maximum"]),
        ({"score": "101", "scoreMax": "x"}, ["invalid-number"]),
        ({"firstCompletionDate": "2024-01-01", "trackingStatus": "failed"}, ["first-completion-without-completion"]),
        ({"firstCompletionDate": "2024-01-01"}, []),
        ({"firstCompletionDate": "2024-01-01", "progression": "x"}, ["invalid-number"]),
        ({"firstAccessDate": "2024-01-02", "lastAccessDate": "2024-01-01"}, ["dates-out-of-order"]),
        ({"firstAccessDate": "2024-01-02", "firstCompletionDate": "2024-01-01"}, ["dates-out-of-order"]),
        ({"firstAccessDate": "2024-06-01 12:00:01"}, ["date-in-future"]),
        ({"firstAccessDate": "2024-06-01 12:00:00"}, []),
        ({"trackingStatus": "passed", "progression": "99"}, ["status-and-progression-differ"]),
        ({"trackingStatus": "incomplete", "progression": "100"}, ["status-and-progression-differ"]),
        ({"trackingStatus": "failed", "progression": "100"}, []),
    ],
)
def test_findings_of_one_row(line: dict[str, str], codes: list[str]) -> None:
    """The codes that a row gets."""
    assert [code for code, _ in run([line]).findings.get(2, [])] == codes


def test_findings_come_in_the_order_of_codes_then_of_columns() -> None:
    line = {"candidateEmail": "x" * 256, "sessionTitle": "\0", "progression": "x", "score": "", "scoreMax": "1e400"}
    assert run([line], mandatory=("score", "lovGuid")).findings[2] == [
        ("mandatory-field-empty", "lovGuid"),
        ("mandatory-field-empty", "score"),
        ("value-too-long", "candidateEmail"),
        ("invalid-character", "sessionTitle"),
        ("invalid-number", "progression"),
        ("out-of-range", "scoreMax"),
    ]


def test_a_replacing_row_resets_what_it_leaves_out() -> None:
    result = run([{"trackingStatus": "completed"}])
    assert result.counts["updated"] == 1
    assert result.tracking[1, 1] == Tracking(
        None, None, STORED.first_completion, 100.0, "completed", 0, None, None, run=7, line=2
    )


def test_a_patching_row_keeps_what_it_leaves_out() -> None:
    assert run([{}], patch=True).counts["unchanged"] == 1
    result = run([{"progression": "99"}], patch=True)
    assert result.tracking[1, 1] == replace(STORED, progression=99.0, run=7, line=2)
    assert result.findings == {2: [("status-and-progression-differ", "trackingStatus")]}
    failed = run([{"trackingStatus": "failed"}], patch=True)
    assert failed.tracking[1, 1] == replace(STORED, status="failed", first_completion=None, run=7, line=2)


def test_not_attempted_deletes_what_there_is() -> None:
    result = run([{"trackingStatus": "notAttempted"}, {"lovGuid": "g1", "trackingStatus": "not attempted"}])
    assert (result.counts["superseded"], result.counts["deleted"], result.tracking) == (1, 1, {})
    assert (result.findings, result.winners) == ({2: [("superseded", None)]}, {2: 3})
    new = run([{"sessionGuid": "s2", "lovGuid": "g1", "trackingStatus": "notAttempted"}])
    assert new.counts["unchanged"] == 1


def test_a_rejected_row_supersedes_nothing() -> None:
    result = run([{"progression": "5"}, {"progression": "x"}])
    assert (result.counts["updated"], result.counts["rejected"], result.counts["superseded"]) == (1, 1, 0)


def test_a_first_completion_is_the_instant_of_the_run() -> None:
    result = run([{"sessionGuid": "s2", "lovGuid": "g1", "progression": "100"}])
    assert result.tracking[2, 1] == Tracking(None, None, NOW, 100.0, "completed", 0, None, None, run=7, line=2)


def test_records_without_text_are_no_rows_and_ragged_ones_say_nothing_else() -> None:
    records = [Record(2, ("", "\u2003")), Record(3, ("", "", "")), Record(4, ("x",)), Record(5, ("", "", "x"))]
    result = oracle.import_rows(STORE, Settings(), ("candidateLogin", None), records, NOW, 7)
    assert result.counts["rows"] == result.counts["rejected"] == 2
    assert result.findings == {4: [("wrong-column-count", None)], 5: [("wrong-column-count", None)]}


def test_texts_that_stand_for_others() -> None:
    job = Settings(
        null_markers=("-", "N/A"),
        values={"score": {"None": "0", "x": "n/a"}},
        defaults={"score": "NONE", "lovCode": "-"},
    )
    texts = {" none\u3000": "0", "X": "0", "n/A": "0", "": "0", "5": "5"}
    assert {text: oracle_values.stands_for("score", text, job) for text in texts} == texts
    assert [oracle_values.stands_for("lovCode", text, job) for text in ("", "a", "none")] == ["", "a", "none"]
    assert oracle_values.fitted(("a", "b", " "), 2, job) == ("a", "b")
    assert oracle_values.fitted(("a", "b", "c"), 2, job) == ("a", "b", "c")
    assert oracle_values.fitted(("a",), 2, Settings(pads=True)) == ("a", "")
    skipping = Settings(skips={1: ("Total", "=x")})
    rows = (("a", " TOTAL "), ("a", "'=X", ""), ("Total", "a"), ("a",))
    assert [oracle_values.is_skipped(cells, 2, skipping) for cells in rows] == [True, True, False, False]
