"""A row gets all its findings at once, in their order, and none that an error hides. (Specification, section 8.)"""

from __future__ import annotations

import pytest

from spec.tables import Tables


def test_a_row_that_names_nothing_is_told_so_at_once(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | lovCode | sessionTitle | progression | becomes
                       |         | Spring 2024  | 5           | rejected
          ! learner-missing
          ! learning-object-missing
          ! context-missing
        """
    )


def test_findings_stand_in_the_order_of_codes_and_then_of_columns(school: Tables) -> None:
    school.imports(
        f"""
        trackingStatus | scoreMax | score | timeSpent | lastAccessDate | firstAccessDate | progression | lovGuid \
| candidateLogin | sessionTitle | becomes
        gone           | 0        | -1    | soon      | today          | 2024-13-01      |             | guid-1  \
| {"x" * 256}    |              | rejected
          ! mandatory-field-empty progression
          ! context-missing
          ! value-too-long candidateLogin
          ! out-of-range score
          ! out-of-range scoreMax
          ! invalid-datetime firstAccessDate
          ! invalid-datetime lastAccessDate
          ! invalid-duration timeSpent
          ! invalid-status trackingStatus
        gone           | x        | 1,5   | -1        | 1800-01-01     |                 | ten         | {"g" * 41} \
| line\0         | Spring 2024  | rejected
          ! context-missing
          ! value-too-long lovGuid
          ! invalid-character candidateLogin
          ! invalid-number progression
          ! invalid-number score
          ! invalid-number scoreMax
          ! out-of-range lastAccessDate
          ! invalid-duration timeSpent
          ! invalid-status trackingStatus
        """,
        mandatory="progression",
    )


def test_rules_look_ups_and_locks_are_judged_together(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | lovCode | score | trackingStatus | firstCompletionDate | becomes
        nobody         | movie   | 101   | failed         | 2024-01-31          | rejected
          ! score-above-maximum score
          ! first-completion-without-completion firstCompletionDate
          ! registration-not-found
        line-3         | nothing | 101   | failed         | 2024-01-31          | rejected
          ! score-above-maximum score
          ! first-completion-without-completion firstCompletionDate
          ! learning-object-not-found
        line-4         | movie   | 101   | failed         | 2024-01-31          | rejected
          ! score-above-maximum score
          ! first-completion-without-completion firstCompletionDate
          ! learning-object-crossknowledge
        """
    )


def test_a_rejected_row_keeps_its_warnings(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate     | lastAccessDate | progression | trackingStatus | score | becomes
        2024-10-27 02:30:00 | 2024-03-01     | 99          | passed         | 101   | rejected
          ! score-above-maximum score
          ? local-time-repeated firstAccessDate
          ? dates-out-of-order firstAccessDate
          ? date-in-future firstAccessDate
          ? status-and-progression-differ trackingStatus
        2024-03-31 02:30:00 | 2024-03-01     | 101         | passed         | 1     | rejected
          ! out-of-range progression
          ? local-time-skipped firstAccessDate
          ? dates-out-of-order firstAccessDate
        """,
        timeZone="Europe/Paris",
    )


def test_a_wrong_column_count_stands_alone(school: Tables) -> None:
    school.imports(
        """
        progression | score | scoreMax | becomes
        101         | x     | rejected
          ! wrong-column-count
        """,
        mandatory="score",
    )


@pytest.mark.parametrize(
    ("what", "row", "finding"),
    [
        ("status by progression", "|  | 2024-01-31 | x |  |  |", "invalid-number progression"),
        ("status by completion date", "|  | x |  |  |  |", "invalid-datetime firstCompletionDate"),
        ("status itself", "|  | 2024-01-31 | 100 | x |  |", "invalid-status trackingStatus"),
        ("progression beside a status", "|  |  | 101 | completed |  |", "out-of-range progression"),
        ("status beside a progression", "|  |  | 99 | done |  |", "invalid-status trackingStatus"),
        ("score", "|  |  |  |  | x | 5", "invalid-number score"),
        ("maximum score", "|  |  |  |  | 101 | x", "invalid-number scoreMax"),
        ("date before another", "| x | 2024-01-31 | 100 |  |  |", "invalid-datetime firstAccessDate"),
        ("completion date of a failed row", "|  | x | 50 | failed |  |", "invalid-datetime firstCompletionDate"),
    ],
)
def test_no_rule_is_judged_that_needs_an_unreadable_value(school: Tables, what: str, row: str, finding: str) -> None:
    del what
    school.imports(
        f"""
        candidateLogin | firstAccessDate | firstCompletionDate | progression | trackingStatus | score | scoreMax \
| becomes
        line-2 {row} | rejected
          ! {finding}
        """
    )


@pytest.mark.parametrize(
    ("row", "finding"),
    [
        ("{long} |       | spring |      |      | nothing |", "value-too-long candidateLogin"),
        ("       | {long} | spring |      |      | nothing |", "value-too-long candidateEmail"),
        ("nobody | {long} | spring |      |      | nothing |", "value-too-long candidateEmail"),
        ("nobody |       |        | x    |      | nothing |", "invalid-number sessionId"),
        ("nobody |       | {long} |      |      | nothing |", "value-too-long sessionGuid"),
        ("nobody |       | nowhere |     | 1e99 | nothing |", "out-of-range trainingId"),
        ("line-2 |       | spring |      |      | {long}  |", "value-too-long lovCode"),
        ("line-2 |       | spring |      |      | {long}  | guid-9", "value-too-long lovCode"),
        ("line-2 |       | spring |      |      | movie   | {long}", "value-too-long lovGuid"),
    ],
)
def test_nothing_is_looked_up_that_needs_an_unreadable_value(school: Tables, row: str, finding: str) -> None:
    school.imports(
        f"""
        candidateLogin | candidateEmail | sessionGuid | sessionId | trainingId | lovCode | lovGuid | becomes
        {row.format(long="x" * 256)} | rejected
          ! {finding}
        """
    )


def test_an_unreadable_value_is_no_missing_one(school: Tables) -> None:
    school.imports(
        f"""
        candidateLogin | lovGuid    | sessionGuid | score | becomes
        {"x" * 256}    | {"g" * 41} | {"s" * 41}  | x     | rejected
          ! value-too-long candidateLogin
          ! value-too-long lovGuid
          ! value-too-long sessionGuid
          ! invalid-number score
        """,
        mandatory="candidateLogin,score",
    )


def test_what_does_not_need_the_unreadable_value_is_judged(school: Tables) -> None:
    school.imports(
        f"""
        candidateLogin | sessionTitle | trainingPathCode | progression | score | lovCode | becomes
        {"x" * 256}    | Spring 2024  |                  | ten         | 101   | intro   | rejected
          ! context-missing
          ! value-too-long candidateLogin
          ! invalid-number progression
          ! score-above-maximum score
        nobody         | Spring 2024  | MATHS            | ten         | 5     | intro   | rejected
          ! invalid-number progression
          ! registration-not-found
        """
    )
