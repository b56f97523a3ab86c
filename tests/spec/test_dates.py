"""The ways to write a date that `dateTimeFormat` knows. (Specification, section 3.)"""

from __future__ import annotations

import pytest

from spec.tables import Tables


def test_fractions_are_cut_off_and_offsets_beat_the_time_zone(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate                  | becomes  | firstAccessDate
        2024-01-02 08:00:00              | created  | 2024-01-02 07:00:00
        2024-01-02T08:00:00              | created  | 2024-01-02 07:00:00
        2024-01-02 08:00:00.999          | created  | 2024-01-02 07:00:00
        2024-01-02 08:00:00,5            | created  | 2024-01-02 07:00:00
        2024-01-02T08:00:00Z             | created  | 2024-01-02 08:00:00
        2024-01-02T08:00:00.123456+02:00 | created  | 2024-01-02 06:00:00
        2024-01-02 8:0:0 -0330           | created  | 2024-01-02 11:30:00
        2024-01-02 08:00:00   +14        | created  | 2024-01-01 18:00:00
        2024-03-31 02:30:00Z             | created  | 2024-03-31 02:30:00
        2023-10-29 02:30:00+02           | created  | 2023-10-29 00:30:00
        2024-03-31 02:30:00.0            | created  | 2024-03-31 01:30:00
          ? local-time-skipped firstAccessDate
        1900-01-01 00:00:00+00:00        | created  | 1900-01-01 00:00:00
        1900-01-01 00:00:00+00:01        | rejected
          ! out-of-range firstAccessDate
          : "1900-01-01 00:00:00+00:01" is not within the years 1900 to 9998
        2024-01-02Z                      | rejected
          ! invalid-datetime firstAccessDate
          : 2024-01-02Z does not fit YYYY-MM-DD hh:ii:ss; an offset needs a time
        2024-01-02 +02:00                | rejected
          ! invalid-datetime firstAccessDate
          : 2024-01-02 +02:00 does not fit YYYY-MM-DD hh:ii:ss; an offset needs a time
        2024-01-02 08:00:00+24           | rejected
          ! invalid-datetime firstAccessDate
        2024-01-02 08:00:00+2            | rejected
          ! invalid-datetime firstAccessDate
        2024-01-02 08:00:00.             | rejected
          ! invalid-datetime firstAccessDate
        2024-01-02 08:00:00 CET          | rejected
          ! invalid-datetime firstAccessDate
        """,
        timeZone="Europe/Paris",
    )


def test_an_offset_may_follow_minutes(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate         | becomes  | firstAccessDate
        02.01.2024T08:00Z       | created  | 2024-01-02 08:00:00
        02.01.2024 08:00-05     | created  | 2024-01-02 13:00:00
        02.01.2024 08:00.5      | rejected
          ! invalid-datetime firstAccessDate
        02.01.2024 08Z          | rejected
          ! invalid-datetime firstAccessDate
        """,
        dateTimeFormat="DD.MM.YYYYTHH:II",
    )


def test_two_digits_of_a_year(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate | becomes  | firstAccessDate
        1/2/00          | created  | 2000-02-01 00:00:00
        01/02/69        | created  | 2069-02-01 00:00:00
          ? date-in-future firstAccessDate
        01/02/70        | created  | 1970-02-01 00:00:00
        29/02/24        | created  | 2024-02-29 00:00:00
        29/02/23        | rejected
          ! invalid-datetime firstAccessDate
        01/02/2024      | rejected
          ! invalid-datetime firstAccessDate
          : 01/02/2024 does not fit DD/MM/YY; it would fit DD/MM/YYYY or MM/DD/YYYY
        01/02/4         | rejected
          ! invalid-datetime firstAccessDate
        """,
        dateTimeFormat="DD/MM/YY",
    )


def test_names_of_months_in_seven_languages(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate   | becomes  | firstAccessDate
        5 May 2024        | created  | 2024-05-05 00:00:00
        5 SEPT. 2023      | created  | 2023-09-05 00:00:00
        05 März 2024      | created  | 2024-03-05 00:00:00
        05 MA\u0308RZ 2024 | created | 2024-03-05 00:00:00
        05 Mrz. 2024      | created  | 2024-03-05 00:00:00
        05 Dez 2023       | created  | 2023-12-05 00:00:00
        05 févr. 2024     | created  | 2024-02-05 00:00:00
        05 AOÛT 2023      | created  | 2023-08-05 00:00:00
        05 enero 2024     | created  | 2024-01-05 00:00:00
        05 gennaio 2024   | created  | 2024-01-05 00:00:00
        05 lug 2023       | created  | 2023-07-05 00:00:00
        05 março 2024     | created  | 2024-03-05 00:00:00
        05 out. 2023      | created  | 2023-10-05 00:00:00
        05 mrt 2024       | created  | 2024-03-05 00:00:00
        05 augustus 2023  | created  | 2023-08-05 00:00:00
        31 avril 2024     | rejected
          ! invalid-datetime firstAccessDate
          : 31 avril 2024 does not fit DD MMM YYYY; there is no such day or time
        05 Foo 2024       | rejected
          ! invalid-datetime firstAccessDate
        05 03 2024        | rejected
          ! invalid-datetime firstAccessDate
        05 Janu 2024      | rejected
          ! invalid-datetime firstAccessDate
        """,
        dateTimeFormat="DD MMM YYYY",
    )


def test_twelve_hour_clocks(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate        | becomes  | firstAccessDate
        1/2/2024 12:00 AM      | created  | 2024-01-02 00:00:00
        1/2/2024 12:30 pm      | created  | 2024-01-02 12:30:00
        1/2/2024 8:05 a.m.     | created  | 2024-01-02 08:05:00
        1/2/2024 11:59 P.M.    | created  | 2024-01-02 23:59:00
        1/2/2024   1:00  Pm +1 | rejected
          ! invalid-datetime firstAccessDate
        1/2/2024 1:00 PM +01   | created  | 2024-01-02 12:00:00
        1/2/2024               | created  | 2024-01-02 06:30:00
        1/2/2024 13:00 PM      | rejected
          ! invalid-datetime firstAccessDate
          : 1/2/2024 13:00 PM does not fit MM/DD/YYYY HH:II AM; there is no such day or time
        1/2/2024 0:30 AM       | rejected
          ! invalid-datetime firstAccessDate
        1/2/2024 8:05          | rejected
          ! invalid-datetime firstAccessDate
        1/2/2024 8:05 am.      | rejected
          ! invalid-datetime firstAccessDate
        """,
        dateTimeFormat="MM/DD/YYYY HH:II AM",
        defaultTime="06:30:00",
    )


def test_the_first_format_that_fits_is_taken(school: Tables) -> None:
    ambiguous = "? ambiguous-datetime firstAccessDate"
    school.imports(
        f"""
        firstAccessDate  | becomes  | firstAccessDate
        13/02/2024       | created  | 2024-02-13 06:00:00
        02/13/2024       | created  | 2024-02-13 06:00:00
        03/03/2024       | created  | 2024-03-03 06:00:00
        03/02/2024       | created  | 2024-02-03 06:00:00
          {ambiguous}: DD/MM/YYYY reads it as 2024-02-03 06:00:00 UTC, MM/DD/YYYY HH:II as 2024-03-02 06:00:00 UTC
        3/2/2024 08:30   | created  | 2024-03-02 07:30:00
        45292.25         | created  | 2024-01-01 05:00:00
        5 Feb 24         | created  | 2024-02-05 06:00:00
        10/31/2021 02:30 | created  | 2021-10-31 00:30:00
          ? local-time-repeated firstAccessDate
        32/13/2024       | rejected
          ! invalid-datetime firstAccessDate
        31/12/1899       | rejected
          ! out-of-range firstAccessDate
        2024-01-01       | rejected
          ! invalid-datetime firstAccessDate
          : 2024-01-01 does not fit DD/MM/YYYY | MM/DD/YYYY HH:II|serial|DD MMM YY; it would fit YYYY-MM-DD
        """,
        dateTimeFormat="DD/MM/YYYY | MM/DD/YYYY HH:II|serial|DD MMM YY",
        defaultTime="07:00:00",
        timeZone="Europe/Paris",
    )


def test_day_numbers_of_a_spreadsheet(school: Tables) -> None:
    school.imports(
        """
        firstAccessDate   | becomes  | firstAccessDate
        61                | created  | 1900-03-01 08:00:00
        45292             | created  | 2024-01-01 08:00:00
        45292.0           | created  | 2024-01-01 08:00:00
        45292.5           | created  | 2024-01-01 12:00:00
        45292,25          | created  | 2024-01-01 06:00:00
        45292.000005      | created  | 2024-01-01 00:00:00
        45292.0000058     | created  | 2024-01-01 00:00:01
        45292.999999      | created  | 2024-01-02 00:00:00
        45292.7083333333  | created  | 2024-01-01 17:00:00
        2958465           | rejected
          ! out-of-range firstAccessDate
        60                | rejected
          ! invalid-datetime firstAccessDate
        2958466           | rejected
          ! invalid-datetime firstAccessDate
        -45292            | rejected
          ! invalid-datetime firstAccessDate
        2024-01-01        | rejected
          ! invalid-datetime firstAccessDate
        """,
        dateTimeFormat="serial",
        defaultTime="08:00:00",
    )


@pytest.mark.parametrize(
    ("written", "fits"),
    [
        ("05 Feb 2024", "DD MMM YYYY"),
        ("5-févr.-24", "DD-MMM-YY"),
        ("Feb 13, 2024 8:00 PM", "MMM DD, YYYY HH:II AM"),
        ("13/02/24", "DD/MM/YY"),
        ("2/13/2024 8:00:00 p.m.", "MM/DD/YYYY HH:II:SS AM"),
        ("45335", "serial"),
        ("13/02/2024 08:00:00Z", "DD/MM/YYYY HH:II:SS"),
    ],
)
def test_formats_that_would_fit_a_column(school: Tables, written: str, fits: str) -> None:
    report = school.reports(f"firstAccessDate\n{written}\n{written}\n")
    assert (
        report.examples["invalid-datetime"].hint == f"{written} does not fit YYYY-MM-DD hh:ii:ss; it would fit {fits}"
    )
    assert any(f"values of firstAccessDate fit {fits}, " in note for note in report.notes)
