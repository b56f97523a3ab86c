"""Every finding of an import: rows that just give it, and rows that just do not. (Specification, section 8.)"""

from __future__ import annotations

import pytest

from milepost.model import findings
from spec.tables import Tables

OF_REFERENCE_DATA = {
    "invalid-flag",
    "reference-not-found",
    "reference-ambiguous",
    "already-taken",
    "possible-duplicate",
}
"""The codes that only the loading of reference data gives."""

CASES: dict[str, str] = {
    "wrong-column-count": """
        progression | score | becomes
        50          | 5     | created
        50          |       | created
        50          | rejected
          ! wrong-column-count
          : {hint}; if empty cells at the end are left out, set padShortRows to yes
        50          | 5     | 6 | rejected
          ! wrong-column-count
        101         | 5     |   | rejected
          ! out-of-range progression
        """.format(hint="look for a missing or extra delimiter, or for a value with a delimiter that is not in quotes"),
    "learner-missing": """
        candidateLogin | candidateRefNumber | candidateEmail | becomes
        line-2         |                    |                | created
                       |                    |                | rejected
          ! learner-missing: fill candidateLogin, candidateRefNumber or candidateEmail
        ␣              | \u00a0             |                | rejected
          ! learner-missing
        """,
    "learning-object-missing": """
        lovCode | lovGuid | becomes
        intro   |         | created
                | guid-1  | created
                |         | rejected
          ! learning-object-missing: fill lovCode or lovGuid
        """,
    "context-missing": """
        sessionGuid | sessionTitle | trainingPathCode | becomes
        spring      |              |                  | created
                    | Spring 2024  | MATHS            | created
                    | Spring 2024  |                  | rejected
          ! context-missing
          : fill sessionGuid or sessionId, or sessionTitle together with trainingPathCode, trainingId or trainingGuid
                    |              | MATHS            | rejected
          ! context-missing
                    |              |                  | rejected
          ! context-missing
        """,
    "value-too-long": f"""
        candidateRefNumber | lovGuid | lovCode | becomes
        {"é" * 255} | {"g" * 40}     |         | rejected
          ! registration-not-found
        {"é" * 256} | {"g" * 41}     |         | rejected
          ! value-too-long candidateRefNumber: it has 256 characters, and at most 255 are kept
          ! value-too-long lovGuid: it has 41 characters, and at most 40 are kept
        ␣␣{"x" * 255}␣␣ |            | intro   | rejected
          ! registration-not-found
        """,
    "invalid-character": """
        candidateLogin | progression | becomes
        line-2         | 50          | created
        line-3\0       | 50          | rejected
          ! invalid-character candidateLogin: it holds a NUL character; remove it
        line-4         | 5\x000      | rejected
          ! invalid-character progression
        """,
    "invalid-number": """
        score | scoreMax | becomes  | score | scoreMax
        .5    | 100.0    | created  | 0.5   | 100
        5.    | 1e2      | created  | 5     | 100
        +5e-1 | +100     | created  | 0.5   | 100
        -0    |          | created  | 0     | 100
        ٣     |          | rejected
          ! invalid-number score
        nan   | 100.5    | rejected
          ! invalid-number score: "nan" is no number; write digits, with a point for decimals
          ! invalid-number scoreMax: "100.5" is not a whole number
        inf   | NaN      | rejected
          ! invalid-number score
          ! invalid-number scoreMax
        1_000 | 0x10     | rejected
          ! invalid-number score
          ! invalid-number scoreMax
        .     | 1e       | rejected
          ! invalid-number score
          ! invalid-number scoreMax
        """,
    "out-of-range": """
        progression | score | scoreMax      | firstAccessDate | becomes
        0           | 0     | 1             | 1900-01-01      | created
        100         | 0.1   | 2147483647    |                 | created
        100.0       | 5     | 5             |                 | created
        100.1       | -0.1  | 0             | 1899-12-31      | rejected
          ! out-of-range firstAccessDate: "1899-12-31" is not within the years 1900 to 9998
          ! out-of-range progression: "100.1" is out of range: at most 100 is allowed
          ! out-of-range score: "-0.1" is out of range: at least 0 is allowed
          ! out-of-range scoreMax: "0" is out of range: at least 1 is allowed
        -1          | 1e309 | 2147483647.0  | 9999-01-01      | rejected
          ! out-of-range firstAccessDate
          ! out-of-range progression
          ! out-of-range score: "1e309" is beyond the largest number that can be kept
                    |       | 2147483648    |                 | rejected
          ! out-of-range scoreMax: "2147483648" is out of range: at most 2147483647 is allowed
        """,
    "invalid-datetime": """
        firstAccessDate       | becomes  | firstAccessDate
        2024-02-29            | created  | 2024-02-29 00:00:00
        2024-1-5 8:5:9        | created  | 2024-01-05 08:05:09
        2024-01-05   23:59:59 | created  | 2024-01-05 23:59:59
        2023-02-29            | rejected
          ! invalid-datetime firstAccessDate
          : 2023-02-29 does not fit YYYY-MM-DD hh:ii:ss; there is no such day or time
        2024-13-01            | rejected
          ! invalid-datetime firstAccessDate
        2024-01-01 24:00:00   | rejected
          ! invalid-datetime firstAccessDate
        2024-01-01 23:59:60   | rejected
          ! invalid-datetime firstAccessDate
        2024-01-01 08:00      | rejected
          ! invalid-datetime firstAccessDate
          : 2024-01-01 08:00 does not fit YYYY-MM-DD hh:ii:ss; it would fit YYYY-MM-DD HH:II
        2024-01-01T08:00:00   | created  | 2024-01-01 08:00:00
        24-01-01              | rejected
          ! invalid-datetime firstAccessDate
        yesterday             | rejected
          ! invalid-datetime firstAccessDate: yesterday does not fit YYYY-MM-DD hh:ii:ss
        """,
    "invalid-duration": """
        timeSpent | becomes
        0:59      | created
        0:60      | rejected
          ! invalid-duration timeSpent
        """,
    "invalid-status": """
        trackingStatus | becomes
        passed         | created
        past           | rejected
          ! invalid-status trackingStatus
          : "past" is none of: notAttempted, incomplete, completed, passed, failed, browsed
        """,
    "score-above-maximum": """
        score  | scoreMax | becomes
        100    |          | created
        100.01 |          | rejected
          ! score-above-maximum score: the score 100.01 is above 100
        5      | 5        | created
        6      | 5        | rejected
          ! score-above-maximum score: the score 6 is above 5
               | 5        | created
        """,
    "first-completion-without-completion": """
        trackingStatus | progression | firstCompletionDate | becomes
        completed      |             | 2024-01-31          | created
        passed         |             | 2024-01-31          | created
                       | 100         | 2024-01-31          | created
                       |             | 2024-01-31          | created
        failed         | 100         | 2024-01-31          | rejected
          ! first-completion-without-completion firstCompletionDate
          : the status is failed; leave firstCompletionDate empty, or give a status that means completed
                       | 99          | 2024-01-31          | rejected
          ! first-completion-without-completion firstCompletionDate
        browsed        |             |                     | created
        """,
    "registration-not-found": """
        candidateLogin | becomes
        line-2         | created
        line-1         | rejected
          ! registration-not-found
        """,
    "learning-object-not-found": """
        lovCode | becomes
        intro   | created
        nothing | rejected
          ! learning-object-not-found: no learning object has code "nothing"
        """,
    "learning-object-crossknowledge": """
        lovCode | becomes
        movie   | rejected
          ! learning-object-crossknowledge: leave this learning object out of the file
        film    | rejected
          ! learning-object-crossknowledge
        book    | created
        """,
    "learning-object-easyquizz": """
        lovCode | becomes
        quiz    | rejected
          ! learning-object-easyquizz: leave this learning object out of the file
        exam    | rejected
          ! learning-object-easyquizz
        book    | created
        """,
    "superseded": """
        candidateLogin | lovCode | becomes
        line-2         | intro   | superseded
          ? superseded: line 5 wins
        line-3         | intro   | created
        line-2         | book    | created
        line-2         | intro   | created
        """,
    "dates-out-of-order": """
        firstAccessDate | lastAccessDate | firstCompletionDate | becomes
        2024-01-02      | 2024-01-02     | 2024-01-02          | created
        2024-01-02      | 2024-01-03     | 2024-01-04          | created
        2024-01-02      | 2024-01-01     |                     | created
          ? dates-out-of-order firstAccessDate
          : first access 2024-01-02 00:00:00 UTC is after last access 2024-01-01 00:00:00 UTC
        2024-01-02      |                | 2024-01-01          | created
          ? dates-out-of-order firstCompletionDate
          : first completion 2024-01-01 00:00:00 UTC is before first access 2024-01-02 00:00:00 UTC
        2024-01-02      | 2024-01-01     | 2024-01-01          | created
          ? dates-out-of-order firstAccessDate
          ? dates-out-of-order firstCompletionDate
        """,
    "date-in-future": """
        firstAccessDate     | lastAccessDate      | firstCompletionDate | becomes
        2024-06-01 12:00:00 | 2024-06-01 12:00:00 | 2024-06-01 12:00:00 | created
        2024-06-01 12:00:01 | 2024-06-01 12:00:02 | 2024-06-01 12:00:03 | created
          ? date-in-future firstAccessDate: 2024-06-01 12:00:01 UTC is after the beginning of this import
          ? date-in-future lastAccessDate
          ? date-in-future firstCompletionDate
                            | 9998-12-31 23:59:59 |                     | created
          ? date-in-future lastAccessDate
        """,
    "status-and-progression-differ": """
        trackingStatus | progression | becomes
        completed      | 100         | created
        completed      | 99.9        | created
          ? status-and-progression-differ trackingStatus: the status is completed at a progression of 99.9
        passed         | 0           | created
          ? status-and-progression-differ trackingStatus: the status is passed at a progression of 0
        incomplete     | 99.9        | created
        incomplete     | 100         | created
          ? status-and-progression-differ trackingStatus: the status is incomplete at a progression of 100
        failed         | 100         | created
        failed         | 50          | created
        browsed        | 100         | created
        notAttempted   | 100         | unchanged
        """,
}


@pytest.mark.parametrize("code", CASES)
def test_a_finding_is_given_where_it_should_be_and_nowhere_else(school: Tables, code: str) -> None:
    assert code in CASES[code]
    school.imports(CASES[code])


def test_a_mandatory_field_must_not_be_empty(school: Tables) -> None:
    school.imports(
        """
        progression | score | becomes
        0           | 0     | created
                    | 5     | rejected
          ! mandatory-field-empty progression: fill the cell; the configuration calls it mandatory
        ␣           |       | rejected
          ! mandatory-field-empty progression
          ! mandatory-field-empty score
        x           | 5     | rejected
          ! invalid-number progression
        """,
        mandatory="progression,score",
    )


def test_a_local_time_that_never_was_moves_forward_by_the_gap(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate     | becomes | firstAccessDate
        2024-03-31 01:59:59 | created | 2024-03-31 00:59:59
        2024-03-31 02:00:00 | created | 2024-03-31 01:00:00
          ? local-time-skipped firstAccessDate
          : 2024-03-31 02:00:00 does not exist in Europe/Paris; it is read as 2024-03-31 03:00:00
        2024-03-31 02:59:59 | created | 2024-03-31 01:59:59
          ? local-time-skipped firstAccessDate
        2024-03-31 03:00:00 | created | 2024-03-31 01:00:00
        """,
        timeZone="Europe/Paris",
    )


def test_a_local_time_that_was_twice_takes_the_first(school: Tables) -> None:
    school.imports(
        """
        lastAccessDate      | becomes | lastAccessDate
        2023-10-29 01:59:59 | created | 2023-10-28 23:59:59
        2023-10-29 02:00:00 | created | 2023-10-29 00:00:00
          ? local-time-repeated lastAccessDate
          : 2023-10-29 02:00:00 occurs twice in Europe/Paris; the first is used
        2023-10-29 02:59:59 | created | 2023-10-29 00:59:59
          ? local-time-repeated lastAccessDate
        2023-10-29 03:00:00 | created | 2023-10-29 02:00:00
        """,
        timeZone="Europe/Paris",
    )


def test_every_code_that_an_import_gives_has_a_table() -> None:
    tables_of_their_own = {
        "mandatory-field-empty",
        "local-time-skipped",
        "local-time-repeated",
        "older-than-stored",
        "ambiguous-datetime",
        "completion-date-assumed",
        "former-identifier",
    }
    assert {*CASES, *tables_of_their_own} == set(findings.CODES) - OF_REFERENCE_DATA


QUOTED = {
    "wrong-column-count": "Expected 11 columns, found 3.",
    "mandatory-field-empty": "Field scoreMax is empty.",
    "learner-missing": "At least one of these element must be present: learner login, reference number or email.",
    "learning-object-missing": "At least one of these element must be present: learning object version code or GUID.",
    "context-missing": (
        "At least one of the following to provide a precise context : "
        '"session GUID" or the couple "session title" & "training code".'
    ),
    "first-completion-without-completion": "You cannot set a first completion date if the LO is not completed.",
    "registration-not-found": "No registration found for given parameters.",
    "learning-object-not-found": "No learning object version found for given parameters.",
    "learning-object-crossknowledge": (
        "This learning object is provided by CrossKnowledge, and this report cannot be updated."
    ),
    "learning-object-easyquizz": "This learning object is an EasyQuizz, and this report cannot be updated.",
}
"""The messages that are a public interface, letter for letter."""

EXPLAINED = {
    "value-too-long": "candidateLogin holds more than 255 characters.",
    "invalid-character": "candidateLogin holds something that cannot be stored.",
    "invalid-number": "progression is not a number that can be read.",
    "out-of-range": "progression is out of range.",
    "invalid-datetime": "firstAccessDate is not a date that can be read.",
    "invalid-duration": "timeSpent is not a duration that can be read.",
    "invalid-status": "trackingStatus is not a status that is known.",
    "score-above-maximum": "The score is above the maximum score.",
    "superseded": "Another line of this file is for the same row.",
    "local-time-skipped": "firstAccessDate names a local time that does not exist: clocks went forward.",
    "local-time-repeated": "firstAccessDate names a local time that occurs twice: clocks went back.",
    "dates-out-of-order": "firstCompletionDate is out of order.",
    "date-in-future": "lastAccessDate is in the future.",
    "status-and-progression-differ": "Status and progression contradict each other.",
}

EVERYTHING = f"""
    candidateLogin | lovCode | sessionGuid | firstAccessDate     | firstCompletionDate | lastAccessDate | progression \
| trackingStatus | timeSpent | score | scoreMax
    only           | three   | cells
                   |         |             |                     |                     |                | 0           \
|                |           |       |
    line-4         | nothing | spring      |                     |                     |                |             \
|                |           |       | 5
    line-5         | movie   | spring      |                     |                     |                |             \
|                |           |       | 5
    line-6         | quiz    | spring      |                     |                     |                |             \
|                |           |       | 5
    nobody         | intro   | spring      |                     | 2024-01-31          |                | 50          \
|                |           | 6     | 5
    {"x" * 256}    | intro   | spring      | 31/01/2024          |                     |                | 1/2         \
| done           | 1:99      |       | 5
    x\0            | intro   | spring      |                     |                     |                | 101         \
|                |           |       | 5
    line-10        | intro   | spring      | 2024-03-31 02:30:00 | 2024-01-01          | 2024-12-31     | 99          \
| passed         |           |       | 5
    line-11        | intro   | spring      | 2023-10-29 02:30:00 |                     |                |             \
|                |           |       | 5
    line-11        | intro   | spring      |                     |                     |                |             \
|                |           |       | 5
"""


def test_messages(school: Tables) -> None:
    report = school.reports(EVERYTHING, timeZone="Europe/Paris", mandatory="scoreMax")
    said = {one["code"]: one["message"] for one in reversed(school.findings(report))}
    assert said == QUOTED | EXPLAINED
    assert {code: example.message for code, example in report.examples.items()} == said
