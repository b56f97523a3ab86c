"""Every way to write a time spent, and every fault. (Specification, section 6.)"""

from __future__ import annotations

import pytest

from spec.tables import Tables


def test_iso_8601(school: Tables) -> None:
    school.imports(
        """
        timeSpent       | becomes | timeSpent
        PT1H25M15S      | created | 5115
        PT5115S         | created | 5115
        PT0S            | created | 0
        PT90M           | created | 5400
        P1D             | created | 86400
        P2W             | created | 1209600
        P1W1DT1H1M1S    | created | 694861
        PT1.5H          | created | 5400
        PT1,5H          | created | 5400
        P0.5W           | created | 302400
        PT1M0.5S        | created | 61
        PT0.4999S       | created | 0
        PT2147483647S   | created | 2147483647
        """
    )


def test_iso_8601_with_faults(school: Tables) -> None:
    school.imports(
        """
        timeSpent       | becomes
        P               | rejected
          ! invalid-duration timeSpent: "P" is no ISO 8601 duration such as PT1H25M15S
        PT              | rejected
          ! invalid-duration timeSpent: "PT" is no ISO 8601 duration such as PT1H25M15S
        P1DT            | rejected
          ! invalid-duration timeSpent
        P1Y             | rejected
          ! invalid-duration timeSpent: "P1Y" counts years or months, whose length differs; write days
        P1M             | rejected
          ! invalid-duration timeSpent: "P1M" counts years or months, whose length differs; write days
        P1Y2M3DT4H      | rejected
          ! invalid-duration timeSpent
        PT1.5H30M       | rejected
          ! invalid-duration timeSpent: "PT1.5H30M" has a fraction before its last part
        PT1S1M          | rejected
          ! invalid-duration timeSpent
        PT-5S           | rejected
          ! invalid-duration timeSpent
        P1H             | rejected
          ! invalid-duration timeSpent
        PT1H 5M         | rejected
          ! invalid-duration timeSpent
        PT2147483648S   | rejected
          ! invalid-duration timeSpent: "PT2147483648S" is longer than 2147483647 seconds
        PT2147483647.5S | rejected
          ! invalid-duration timeSpent
        -PT5S           | rejected
          ! invalid-duration timeSpent
        pt5s            | rejected
          ! invalid-duration timeSpent
        """
    )


def test_hours_minutes_and_seconds_by_the_clock(school: Tables) -> None:
    school.imports(
        """
        timeSpent      | becomes | timeSpent
        1:25           | created | 5100
        1:25:15        | created | 5115
        01:25:15       | created | 5115
        0:00           | created | 0
        0:59:59        | created | 3599
        100:00         | created | 360000
        0000001:00     | created | 3600
        596523:14:07   | created | 2147483647
        00:12:30.5     | created | 751
        0:12:30.499    | created | 750
        0:00:59,5      | created | 60
        596523:14:07.4 | created | 2147483647
        """
    )


def test_clock_times_with_faults(school: Tables) -> None:
    school.imports(
        """
        timeSpent      | becomes
        1:60           | rejected
          ! invalid-duration timeSpent
          : "1:60" is no h:mm or h:mm:ss; minutes and seconds have two digits and are under 60
        1:00:60        | rejected
          ! invalid-duration timeSpent
        1:5            | rejected
          ! invalid-duration timeSpent
        :30            | rejected
          ! invalid-duration timeSpent
        1:00:00:00     | rejected
          ! invalid-duration timeSpent
        1:00:00.       | rejected
          ! invalid-duration timeSpent
        1:00.5         | rejected
          ! invalid-duration timeSpent
        1:00:60.5      | rejected
          ! invalid-duration timeSpent
        596523:14:07.5 | rejected
          ! invalid-duration timeSpent: "596523:14:07.5" is longer than 2147483647 seconds
        -1:00          | rejected
          ! invalid-duration timeSpent
        1: 30          | rejected
          ! invalid-duration timeSpent
        596523:14:08   | rejected
          ! invalid-duration timeSpent: "596523:14:08" is longer than 2147483647 seconds
        """
    )


def test_bare_numbers_are_seconds(school: Tables) -> None:
    school.imports(
        """
        timeSpent    | becomes  | timeSpent
                     | created  | 0
        0            | created  | 0
        5115         | created  | 5115
        5115.49      | created  | 5115
        5115.5       | created  | 5116
        0.5          | created  | 1
        1.5          | created  | 2
        2.5          | created  | 3
        .4999999999999999999999 | created | 0
        1e3          | created  | 1000
        +5           | created  | 5
        -0           | created  | 0
        2147483647   | created  | 2147483647
        2147483647.4 | created  | 2147483647
        2147483647.5 | rejected
          ! invalid-duration timeSpent: "2147483647.5" is longer than 2147483647 seconds
        -1           | rejected
          ! invalid-duration timeSpent: "-1" is negative
        -0.1         | rejected
          ! invalid-duration timeSpent: "-0.1" is negative
        1,5          | rejected
          ! invalid-duration timeSpent
          : "1,5" needs a setting: it is 1.5 with decimal comma; {}
        1 000        | rejected
          ! invalid-duration timeSpent
        nan          | rejected
          ! invalid-duration timeSpent
        1h           | rejected
          ! invalid-duration timeSpent
          : "1h" is no duration; write seconds (5115), h:mm:ss (1:25:15) or ISO 8601 (PT1H25M15S)
        """.format("write seconds (5115), h:mm:ss (1:25:15) or ISO 8601 (PT1H25M15S)")
    )


def test_bare_numbers_may_be_minutes(school: Tables) -> None:
    school.imports(
        """
        timeSpent   | becomes  | timeSpent
        85          | created  | 5100
        85.25       | created  | 5115
        0.008       | created  | 0
        0.0083333   | created  | 0
        0.0083334   | created  | 1
        1:25:15     | created  | 5115
        PT1H25M15S  | created  | 5115
        35791394.1  | created  | 2147483646
        35791395    | rejected
          ! invalid-duration timeSpent
        """,
        timeGlobalFormat="rawMinutes",
    )


def test_the_longest_duration_in_minutes_is_that_in_seconds(school: Tables) -> None:
    school.imports(
        """
        timeSpent   | becomes  | timeSpent
        9999999     | created  | 599999940
        35791394    | created  | 2147483640
        35791394.11 | created  | 2147483647
        35791395    | rejected
          ! invalid-duration timeSpent: "35791395" is longer than 2147483647 seconds
        999999999   | rejected
          ! invalid-duration timeSpent
        """,
        timeGlobalFormat="rawMinutes",
    )


def test_decimals_may_have_a_comma(school: Tables) -> None:
    school.imports(
        """
        timeSpent | becomes  | timeSpent
        85,25     | created  | 5115
        PT1.5S    | created  | 2
        85.25     | rejected
          ! invalid-duration timeSpent
        """,
        timeGlobalFormat="rawMinutes",
        decimal="comma",
    )


@pytest.mark.parametrize("form", ["iso-8601", "padded", "paddedhh"])
def test_where_times_are_written_out_a_bare_number_is_an_error(school: Tables, form: str) -> None:
    school.imports(
        """
        timeSpent  | becomes  | timeSpent
        PT1H25M15S | created  | 5115
        01:25:15   | created  | 5115
        1:25       | created  | 5100
                   | created  | 0
        5115       | rejected
          ! invalid-duration timeSpent
          : "5115" is a bare number; write h:mm:ss (1:25:15) or ISO 8601 (PT1H25M15S), \
or set timeGlobalFormat to rawSeconds or rawMinutes
        0          | rejected
          ! invalid-duration timeSpent
        """,
        timeGlobalFormat=form,
    )
