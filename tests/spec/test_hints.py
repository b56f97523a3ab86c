"""Hints and notes: what else helps. (Specification, sections 3, 7 and 8.)"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spec.tables import Tables

STORE = """
    learners
    candidateLogin | candidateRefNumber | candidateEmail
    jdoe           | 2024-0001          | jane.doe@school.example
    mueller        | 7718-9930          | t.mueller@school.example
    mueller2       |                    |
    ann            |                    |

    learning-objects
    lovGuid | lovCode
    g-1     | welcome
    g-2     | fractions

    trainings
    trainingPathCode
    AAA-2013J
    AAA-2014J
    CCC

    contents
    trainingPathCode | lovGuid
    AAA-2013J        | g-1
    AAA-2014J        | g-1

    sessions
    sessionGuid | sessionId | sessionTitle  | trainingPathCode
    s-2013      | 1         | October 2013  | AAA-2013J
    s-2014      | 2         | February 2014 | AAA-2014J

    registrations
    candidateLogin | sessionGuid
    jdoe           | s-2013
    mueller        | s-2013
    mueller        | s-2014
"""


@pytest.fixture
def store(holding: Callable[[str], Tables]) -> Tables:
    """Names that are easily mistyped."""
    return holding(STORE)


def test_the_nearest_name_is_suggested(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode  | becomes
        jdo            | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "jdo"; nearest: "jdoe"
        j.doe          | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "j.doe"; nearest: "jdoe"
        JDO            | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "JDO"; nearest: "jdoe"
        jdoe           | s-2013      | welcom   | rejected
          ! learning-object-not-found: no learning object has code "welcom"; nearest: "welcome"
        """
    )


def test_nothing_is_suggested_where_nothing_is_near_or_two_are_as_near(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode  | becomes
        zzz            | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "zzz"
        mueller3       | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "mueller3"; nearest: "mueller"
        mueller22      | s-2013      | welcome  | rejected
          ! registration-not-found: no learner has login "mueller22"; nearest: "mueller2"
        jdoe           | s-201       | welcome  | rejected
          ! registration-not-found: no session has GUID "s-201"
        """
    )
    store.imports(
        """
        candidateLogin | sessionTitle  | trainingPathCode | lovCode | becomes
        jdoe           | October 2013  | AAA-2015J        | welcome | rejected
          ! registration-not-found: no training has path code "AAA-2015J"
        """
    )


def test_other_identifiers_have_near_names_too(store: Tables) -> None:
    store.imports(
        """
        candidateRefNumber | candidateEmail          | sessionTitle | trainingPathCode | lovCode | becomes
        2024-001           |                         | October 2013 | AAA-2013J        | welcome | rejected
          ! registration-not-found: no learner has reference number "2024-001"; nearest: "2024-0001"
                           | jane.doe@shcool.example | October 2013 | AAA-2013J        | welcome | rejected
          ! registration-not-found
          : no learner has e-mail "jane.doe@shcool.example"; nearest: "jane.doe@school.example"
        2024-0001          |                         | Oktober 2013 | AAA-2013J        | welcome | rejected
          ! registration-not-found: no session is titled "Oktober 2013"; nearest: "October 2013"
        2024-0001          |                         | October 2013 | AAA2013J         | welcome | rejected
          ! registration-not-found: no training has path code "AAA2013J"; nearest: "AAA-2013J"
        """
    )


def test_where_the_learner_is_registered_instead(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionGuid | lovCode | becomes
        jdoe           | s-2014      | welcome | rejected
          ! registration-not-found: "jdoe" is registered to AAA-2013J, not to AAA-2014J
        ann            | s-2014      | welcome | rejected
          ! registration-not-found: "ann" is not registered to any session
        """
    )


def test_ids_stand_without_quotes(store: Tables) -> None:
    store.imports(
        """
        candidateLogin | sessionId | trainingId | lovCode | becomes
        jdoe           | 77        |            | welcome | rejected
          ! registration-not-found: no session has id 77
        jdoe           | 1         | 99         | welcome | rejected
          ! registration-not-found: no training has id 99
        """
    )


def test_a_comma_or_a_point_that_the_configuration_does_not_expect(school: Tables) -> None:
    school.imports(
        """
        progression | becomes
        85,5        | rejected
          ! invalid-number progression: "85,5" needs a setting: it is 85.5 with decimal comma
        1.234,5     | rejected
          ! invalid-number progression
          : "1.234,5" needs a setting: it is 1234.5 with decimal comma and thousands point
        1,234       | rejected
          ! invalid-number progression
          : "1,234" needs a setting: it is 1234 with thousands comma, 1.234 with decimal comma
        1.2.3       | rejected
          ! invalid-number progression: "1.2.3" is no number; write digits, with a point for decimals
        1 234       | rejected
          ! invalid-number progression
          : "1 234" needs a setting: it is 1234 with thousands blank
        85 % 5      | rejected
          ! invalid-number progression: "85 % 5" is no number; write digits, with a point for decimals
        """
    )
    school.imports(
        """
        progression | becomes  | progression
        85,5        | created  | 85.5
        85.5        | rejected
          ! invalid-number progression: "85.5" needs a setting: it is 85.5 with decimal point
        """,
        decimal="comma",
    )


def test_another_date_format_that_would_fit(school: Tables) -> None:
    report = school.imports(
        """
        firstAccessDate | becomes
        02/13/2024      | created
        02/14/2024      | created
        13/02/2024      | rejected
          ! invalid-datetime firstAccessDate: 13/02/2024 does not fit MM/DD/YYYY; it would fit DD/MM/YYYY
        2024-02-13      | rejected
          ! invalid-datetime firstAccessDate: 2024-02-13 does not fit MM/DD/YYYY; it would fit YYYY-MM-DD
        02/30/2024      | rejected
          ! invalid-datetime firstAccessDate: 02/30/2024 does not fit MM/DD/YYYY; there is no such day or time
        soon            | rejected
          ! invalid-datetime firstAccessDate: soon does not fit MM/DD/YYYY
        """,
        dateTimeFormat="MM/DD/YYYY",
    )
    assert not [note for note in report.notes if "dateTimeFormat" in note]


def test_a_date_that_two_formats_would_fit(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate | becomes
        03/02/2024      | rejected
          ! invalid-datetime firstAccessDate
          : 03/02/2024 does not fit YYYY-MM-DD hh:ii:ss; it would fit DD/MM/YYYY or MM/DD/YYYY
        """
    )


def test_a_whole_column_that_another_format_fits_is_noted_once(school: Tables) -> None:
    report = school.imports(
        """
        firstAccessDate  | lastAccessDate | becomes
        13/02/2024 08:00 | 2024-03-01     | rejected
          ! invalid-datetime firstAccessDate
        03/02/2024 08:00 | 2024-03-01     | rejected
          ! invalid-datetime firstAccessDate
        2024-02-05       | 2024-03-01     | created
                         | 2024-03-01     | created
        """
    )
    (note,) = (note for note in report.notes if "dateTimeFormat" in note)
    assert note == (
        "2 of the 3 values of firstAccessDate fit DD/MM/YYYY HH:II, and 1 fit YYYY-MM-DD hh:ii:ss. "
        'If the column is in that format: setting "dateTimeFormat" = "DD/MM/YYYY HH:II".'
    )


def test_the_words_of_a_status(school: Tables) -> None:
    school.imports(
        """
        trackingStatus | becomes
        done           | rejected
          ! invalid-status trackingStatus
          : "done" is none of: notAttempted, incomplete, c, passed, failed, browsed
        """,
        trackingStatus__completed="c",
    )


def test_a_long_value_is_cut_in_a_hint(school: Tables) -> None:
    school.imports(
        f"""
        progression  | trackingStatus | becomes
        {"9x" * 100} | {"s" * 100}    | rejected
          ! invalid-number progression
          : "{"9x" * 20}…" is no number; write digits, with a point for decimals
          ! invalid-status trackingStatus
          : "{"s" * 40}…" is none of: notAttempted, incomplete, completed, passed, failed, browsed
        """
    )


def test_a_finding_quotes_at_most_255_characters_of_its_value(school: Tables) -> None:
    report = school.reports(f"progression\n{'9x' * 200}\nten")
    assert [one["value"] for one in school.findings(report)] == ["9x" * 127 + "9", "ten"]


def test_what_the_file_lacks_is_noted_with_what_that_resets(school: Tables) -> None:
    school.holds("progression | timeSpent | score\n50 | 60 | 5\n60 | 60 | 6\n70 | 60 |")
    report = school.imports(
        """
        progression | lastAccessDate | firstAccessDate | firstCompletionDate | trackingStatus | becomes
        50          |                |                 |                     |                | updated
        60          |                |                 |                     |                | updated
        71          |                |                 |                     |                | updated
        """
    )
    (note,) = report.notes
    assert note == (
        "The file lacks timeSpent, score, scoreMax; that resets 3 of timeSpent, 2 of score, 2 of scoreMax stored. "
        'To keep what is stored: setting "updateMode" = "patch".'
    )


def test_columns_that_are_lacking_and_reset_nothing_are_noted_too(school: Tables) -> None:
    report = school.imports(
        """
        progression | timeSpent | score | scoreMax | firstAccessDate | lastAccessDate | trackingStatus | becomes
        50          |           |       |          |                 |                |                | created
        """
    )
    assert report.notes == ("The file lacks firstCompletionDate; that resets no stored value.",)


def test_a_value_that_comes_to_be_is_no_value_that_is_reset(school: Tables) -> None:
    school.holds("progression | trackingStatus\n50 | incomplete")
    report = school.imports(
        """
        progression | trackingStatus | timeSpent | score | scoreMax | firstAccessDate | lastAccessDate | becomes
        100         | completed      |           |       |          |                 |                | updated
        """
    )
    assert report.notes == ("The file lacks firstCompletionDate; that resets no stored value.",)


def test_names_that_are_passed_over_are_noted_with_their_counterparts(school: Tables) -> None:
    report = school.imports(
        """
        progress | candidateName | completionTime      | ignoredColumn | _mine | becomes | progression
        50       | Doe           | 2024-01-01 10:00:00 | x             | y     | created | 50
        """
    )
    with_counterpart, without, _ = report.notes
    assert with_counterpart == (
        'Column "completionTime" is passed over; its counterpart is lastAccessDate. '
        'To read it as that: argument "header_map" = "completionTime=lastAccessDate".'
    )
    assert without == 'Column "candidateName" is passed over: Milepost does not use it.'
