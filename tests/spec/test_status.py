"""The status words of a file, and what an empty status or progression comes to. (Specification, section 5.)"""

from __future__ import annotations

from spec.tables import Tables


def test_a_status_goes_by_its_own_name(school: Tables) -> None:
    school.imports(
        """
        trackingStatus  | progression | becomes   | trackingStatus
        incomplete      |             | created   | incomplete
        completed       |             | created   | completed
        passed          |             | created   | passed
        failed          |             | created   | failed
        browsed         |             | created   | browsed
        notAttempted    |             | unchanged | -
        """
    )


def test_letter_case_blanks_and_hyphens_do_not_matter(school: Tables) -> None:
    school.holds("progression\n" + "50\n" * 7)
    school.imports(
        """
        trackingStatus  | becomes | trackingStatus
        not attempted   | deleted | -
        NOT_ATTEMPTED   | deleted | -
        Not-Attempted   | deleted | -
        n o t attempted | deleted | -
        PASSED          | updated | passed
        ␣failed␣        | updated | failed
        Com-pleted      | updated | completed
        """
    )


def test_a_word_of_the_file_replaces_the_status_s_own_name(school: Tables) -> None:
    school.imports(
        """
        trackingStatus | becomes  | trackingStatus
        c              | created  | completed
        C              | created  | completed
        Terminé        | created  | passed
        TERMINE\u0301  | created  | passed
        incomplete     | created  | incomplete
        completed      | rejected | -
          ! invalid-status trackingStatus
          : "completed" is none of: notAttempted, incomplete, c, Terminé, failed, browsed
        """,
        trackingStatus__completed="c",
        trackingStatus__passed="Terminé",
    )


def test_several_words_may_mean_one_status(school: Tables) -> None:
    school.imports(
        """
        trackingStatus                  | becomes  | trackingStatus
        done                            | created  | completed
        EXEMPT                          | created  | completed
        In Progress                     | created  | incomplete
        in_progress                     | created  | incomplete
        registered                      | created  | incomplete
        failed                          | created  | failed
        passed                          | created  | passed
        incomplete                      | rejected | -
          ! invalid-status trackingStatus
          : "incomplete" is none of: notAttempted, In Progress, a|b, Registered, Done, Exempt, passed, failed, browsed
        """,
        trackingStatus__completed="Done| Exempt ",
        trackingStatus__incomplete=r"In Progress|a\|b||Registered|",
        trackingStatus__failed="|",
    )


def test_an_empty_status_is_completed_or_incomplete(school: Tables) -> None:
    school.imports(
        """
        trackingStatus | progression | firstCompletionDate | becomes  | trackingStatus | progression
                       |             |                     | created  | incomplete     | 0
                       | 0           |                     | created  | incomplete     | 0
                       | 99.99       |                     | created  | incomplete     | 99.99
                       | 100         |                     | created  | completed      | 100
                       | 100.0       | 2024-01-31          | created  | completed      | 100
                       |             | 2024-01-31          | created  | completed      | 100
                       | 99          | 2024-01-31          | rejected | -              | -
          ! first-completion-without-completion firstCompletionDate
          : the status is incomplete; leave firstCompletionDate empty, or give a status that means completed
        """
    )


def test_an_empty_progression_is_100_when_completed_and_else_0(school: Tables) -> None:
    school.imports(
        """
        trackingStatus | progression | becomes | progression
        completed      |             | created | 100
        passed         |             | created | 100
        incomplete     |             | created | 0
        failed         |             | created | 0
        browsed        |             | created | 0
        failed         | 100         | created | 100
        """
    )


def test_not_attempted_imports_nothing_and_deletes_what_is_stored(school: Tables) -> None:
    school.holds("progression | score\n50 | 7")
    school.imports(
        """
        trackingStatus | progression | score | becomes
        notAttempted   | 10          | 5     | deleted
        notAttempted   | 10          | 5     | unchanged
        """
    )
    assert school.stored() == []


def test_all_rules_hold_for_not_attempted_too(school: Tables) -> None:
    school.holds("progression\n50\n50")
    school.imports(
        """
        trackingStatus | score | firstCompletionDate | becomes  | progression
        notAttempted   | 101   |                     | rejected | 50
          ! score-above-maximum score: the score 101 is above 100
        notAttempted   |       | 2024-01-31          | rejected | 50
          ! first-completion-without-completion firstCompletionDate
          : the status is notAttempted; leave firstCompletionDate empty, or give a status that means completed
        """
    )
