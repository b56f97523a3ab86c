"""What a row does to what is stored. (Specification, section 7.)"""

from __future__ import annotations

import pytest

from spec.tables import Tables

FULL = """
    firstAccessDate     | lastAccessDate      | progression | trackingStatus | timeSpent | score | scoreMax
    2024-01-01 08:00:00 | 2024-01-02 09:00:00 | 50          | failed         | 90        | 7     | 10
"""


def test_replace_resets_what_is_absent_or_empty(school: Tables) -> None:
    school.holds(FULL)
    report = school.imports(
        """
        lastAccessDate | score | becomes | firstAccessDate | lastAccessDate | progression | trackingStatus | timeSpent \
| score | scoreMax
        2024-03-01     |       | updated |                 | 2024-03-01 00:00:00 | 0      | incomplete     | 0         \
|       |
        """
    )
    assert report.notes[-1] == (
        "The file lacks firstAccessDate, firstCompletionDate, progression, trackingStatus, timeSpent, scoreMax; that "
        "resets 1 of firstAccessDate, 1 of progression, 1 of trackingStatus, 1 of timeSpent, 1 of scoreMax stored. "
        'To keep what is stored: setting "updateMode" = "patch".'
    )


def test_patch_keeps_what_is_absent_or_empty(school: Tables) -> None:
    school.holds(FULL)
    report = school.imports(
        """
        lastAccessDate | score | becomes | firstAccessDate     | lastAccessDate      | progression | trackingStatus \
| timeSpent | score | scoreMax
        2024-03-01     |       | updated | 2024-01-01 08:00:00 | 2024-03-01 00:00:00 | 50          | failed         \
| 90        | 7     | 10
        """,
        updateMode="patch",
    )
    assert report.notes == ()


def test_patch_is_replace_where_nothing_is_stored(school: Tables) -> None:
    school.imports(
        """
        progression | score | becomes | progression | trackingStatus | timeSpent | score | scoreMax
                    |       | created | 0           | incomplete     | 0         |       |
        100         | 7     | created | 100         | completed      | 0         | 7     | 100
        """,
        updateMode="patch",
    )


def test_in_a_patch_defaults_fill_only_what_is_still_empty(school: Tables) -> None:
    school.holds(
        """
        progression | trackingStatus | score | scoreMax
        50          | incomplete     |       |
        50          | incomplete     | 5     | 20
        50          | incomplete     |       |
        """
    )
    school.imports(
        """
        trackingStatus | score | becomes   | progression | trackingStatus | score | scoreMax
                       | 8     | updated   | 50          | incomplete     | 8     | 100
                       | 8     | updated   | 50          | incomplete     | 8     | 20
                       |       | unchanged | 50          | incomplete     |       |
        """,
        updateMode="patch",
    )


def test_in_a_patch_rules_judge_the_merged_row(school: Tables) -> None:
    school.holds(
        """
        firstAccessDate | progression | trackingStatus | score | scoreMax
                        | 50          | incomplete     | 5     | 10
        2024-02-01      | 50          | incomplete     |       |
                        | 50          | incomplete     |       |
                        | 50          | incomplete     | 20    | 20
        """
    )
    school.imports(
        """
        lastAccessDate | progression | score | scoreMax | becomes  | progression | score
                       |             | 11    |          | rejected | 50          | 5
          ! score-above-maximum score: the score 11 is above 10
        2024-01-01     |             |       |          | updated  | 50          |
          ? dates-out-of-order firstAccessDate
          : first access 2024-02-01 00:00:00 UTC is after last access 2024-01-01 00:00:00 UTC
                       | 100         |       |          | updated  | 100         |
          ? status-and-progression-differ trackingStatus: the status is incomplete at a progression of 100
                       |             |       | 19       | rejected | 50          | 20
          ! score-above-maximum score: the score 20 is above 19
        """,
        updateMode="patch",
    )


def test_in_a_patch_an_unreadable_cell_is_not_filled_from_what_is_stored(school: Tables) -> None:
    school.holds("score | scoreMax | progression\n20 | 20 | 100\n20 | 20 | 100\n20 | 20 | 100")
    school.imports(
        """
        score | scoreMax | progression | trackingStatus | firstCompletionDate | becomes
        x     | 1        |             |                |                     | rejected
          ! invalid-number score
        21    | x        |             |                |                     | rejected
          ! invalid-number scoreMax
              |          |             | done           | 2024-01-31          | rejected
          ! invalid-status trackingStatus
        """,
        updateMode="patch",
    )


def test_in_a_patch_a_stored_date_in_the_future_is_not_warned_of_again(school: Tables) -> None:
    school.reports("firstAccessDate | progression\n2025-01-01 | 50")
    school.imports(
        """
        progression | firstAccessDate | becomes
        60          |                 | updated
        """,
        updateMode="patch",
    )
    school.imports(
        """
        progression | firstAccessDate | becomes
        60          | 2025-01-01      | unchanged
          ? date-in-future firstAccessDate
        """,
        updateMode="patch",
    )


def test_in_a_patch_a_mandatory_field_must_stand_in_the_file(school: Tables) -> None:
    school.holds("score\n5")
    school.imports(
        """
        score | becomes
              | rejected
          ! mandatory-field-empty score
        """,
        updateMode="patch",
        mandatory="score",
    )


def test_a_patched_row_that_is_not_completed_loses_its_stored_completion_date(school: Tables) -> None:
    school.holds(
        """
        trackingStatus | firstCompletionDate
        completed      | 2024-01-31
        completed      | 2024-01-31
        completed      | 2024-01-31
        """
    )
    school.imports(
        """
        trackingStatus | firstCompletionDate | becomes  | trackingStatus | firstCompletionDate | progression
        failed         |                     | updated  | failed         |                     | 100
        passed         |                     | updated  | passed         | 2024-01-31 00:00:00 | 100
        failed         | 2024-01-31          | rejected | completed      | 2024-01-31 00:00:00 | 100
          ! first-completion-without-completion firstCompletionDate
        """,
        updateMode="patch",
    )


def test_in_a_patch_dates_are_compared_with_the_completion_date_that_is_kept(school: Tables) -> None:
    school.holds("trackingStatus | firstCompletionDate\ncompleted | 2024-01-31\ncompleted | 2024-01-31")
    school.imports(
        """
        trackingStatus | firstAccessDate | becomes | firstCompletionDate
        failed         | 2024-02-05      | updated |
        passed         | 2024-02-05      | updated | 2024-01-31 00:00:00
          ? dates-out-of-order firstCompletionDate
        """,
        updateMode="patch",
    )


@pytest.mark.parametrize("mode", ["replace", "patch"])
def test_the_first_completion_date(school: Tables, mode: str) -> None:
    school.holds(
        """
        trackingStatus | firstCompletionDate
        completed      | 2024-01-31
        passed         | 2024-01-31
        incomplete     |
        failed         |
        completed      | 2024-01-31
        completed      | 2024-01-31
        """
    )
    school.imports(
        """
        trackingStatus | progression | firstCompletionDate | becomes   | firstCompletionDate
        completed      | 100         |                     | unchanged | 2024-01-31 00:00:00
        completed      | 100         |                     | updated   | 2024-01-31 00:00:00
        completed      | 100         |                     | updated   | 2024-06-03 10:00:00
        passed         | 100         |                     | updated   | 2024-06-03 10:00:00
        completed      | 100         | 2024-03-01          | updated   | 2024-03-01 00:00:00
        incomplete     | 50          |                     | updated   |
        completed      | 100         |                     | created   | 2024-06-03 10:00:00
        passed         | 100         |                     | created   | 2024-06-03 10:00:00
        completed      | 100         | 2023-01-01          | created   | 2023-01-01 00:00:00
        incomplete     | 50          |                     | created   |
        """,
        updateMode=mode,
        now="2024-06-03 10:00:00",
    )


def test_of_two_lines_for_the_same_row_the_later_wins(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | progression | score | timeSpent | lastAccessDate | becomes
        line-2         | 10          | 5     | 60        |                | superseded
          ? superseded: line 4 wins; it has no timeSpent, score
        line-3         | 10          |       |           |                | created
        LINE-2         | 20          |       |           | 2024-01-01     | created
        """
    )
    school.stores(
        """
        candidateLogin | progression | score | timeSpent | lastAccessDate
        line-2         | 20          |       | 0         | 2024-01-01 00:00:00
        line-3         | 10          |       | 0         |
        """
    )


def test_of_three_lines_the_last_wins_over_each(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | score | scoreMax | becomes
        line-2         | 1     | 10       | superseded
          ? superseded: line 4 wins; it has no score
        line-2         |       |          | superseded
          ? superseded: line 4 wins
        line-2         |       | 50       | created
        """
    )


def test_a_rejected_line_neither_wins_nor_is_superseded(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | progression | becomes
        line-2         | 101         | rejected
          ! out-of-range progression
        line-2         | 10          | created
        line-2         | 102         | rejected
          ! out-of-range progression
        """
    )
    school.stores("candidateLogin | progression\nline-2 | 10")


@pytest.mark.parametrize("mode", ["replace", "patch"])
def test_a_superseded_line_has_no_effect_at_all(school: Tables, mode: str) -> None:
    school.holds("progression | score\n50 | 5\n50 | 5\n50 | 5")
    school.imports(
        """
        candidateLogin | trackingStatus | progression | score | becomes
        line-2         | notAttempted   |             |       | superseded
          ? superseded: line 5 wins; it has no trackingStatus
        line-3         |                | 60          | 5     | superseded
          ? superseded: line 6 wins; it has no progression, score
        line-4         |                |             | 9     | superseded
          ? superseded: line 7 wins; it has no score
        line-2         |                | 50          | 5     | unchanged
        line-3         | notAttempted   |             |       | deleted
        line-4         | incomplete     | 70          |       | updated
        """,
        updateMode=mode,
    )
    school.stores(
        f"""
        candidateLogin | progression | score
        line-2         | 50          | 5
        line-4         | 70          | {"5" if mode == "patch" else ""}
        """
    )


def test_not_attempted_wins_as_any_other_line_does(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | trackingStatus | becomes
        line-2         | completed      | superseded
          ? superseded: line 3 wins
        line-2         | notAttempted   | unchanged
        """
    )
    assert school.stored() == []


@pytest.mark.parametrize("mode", ["replace", "patch"])
def test_the_same_file_again_changes_nothing(school: Tables, mode: str) -> None:
    table = """
        candidateLogin | trackingStatus | progression | score | timeSpent | firstAccessDate | becomes
        line-2         | completed      |             | 0.1   | 1:30      | 2024-01-01      | {new}
        line-3         |                | 33.333      |       | PT1S      |                 | {new}
        line-4         | notAttempted   |             |       |           |                 | unchanged
        line-5         | passed         | 100         | 7     |           |                 | superseded
          ? superseded: line 6 wins; it has no progression, score
        line-5         | failed         |             |       |           |                 | {new}
        line-6         |                | 101         |       |           |                 | rejected
          ! out-of-range progression
    """
    school.imports(table.format(new="created"), updateMode=mode)
    before = school.stored()
    school.imports(table.format(new="unchanged"), updateMode=mode, now="2024-07-01 00:00:00")
    assert school.stored() == before


def test_an_unchanged_row_is_equal_as_numbers_and_instants_are(school: Tables) -> None:
    school.holds("progression | score | timeSpent | firstAccessDate\n50 | 7 | 90 | 2024-01-01 08:00:00")
    school.imports(
        """
        progression | score | timeSpent | firstAccessDate     | scoreMax | becomes
        5e1         | 7.0   | 0:01:30   | 2024-01-01 09:00:00 | 100.0    | unchanged
        """,
        timeZone="Europe/Paris",
    )


def test_whole_seconds_are_stored(school: Tables) -> None:
    school.imports(
        """
        timeSpent | trackingStatus | becomes | timeSpent | firstCompletionDate
        1.7       | completed      | created | 2         | 2024-06-01 12:00:00
        """,
        now="2024-06-01 12:00:00.900",
    )


def test_a_score_without_a_maximum_gets_the_default_one(school: Tables) -> None:
    school.imports(
        """
        score | scoreMax | becomes  | score | scoreMax
        7     |          | created  | 7     | 20
        20    |          | created  | 20    | 20
        7     | 10       | created  | 7     | 10
              | 10       | created  |       | 10
              |          | created  |       |
        21    |          | rejected | -     | -
          ! score-above-maximum score: the score 21 is above 20
        """,
        defaultScoreMax="20",
    )


def test_dates_are_read_in_the_file_s_zone_and_stored_in_utc(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate  | becomes | firstAccessDate
        15/01/2024 08:30 | created | 2024-01-15 11:30:00
        1/2/2024 8:5     | created | 2024-02-01 11:05:00
        15/01/2024       | created | 2024-01-15 10:15:00
        """,
        timeZone="America/Sao_Paulo",
        dateTimeFormat="DD/MM/YYYY HH:II",
        defaultTime="07:15:00",
    )
