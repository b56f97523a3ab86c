"""How exported values look, and what does not come back."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.formats.write.appearance import losses, rendered
from milepost.model.columns import LARGEST_INTEGER, Column, Kind, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.export import Appearance, ExportColumn
from milepost.model.file_formats import FileFormat
from milepost.model.job import Parameters, TimeFormat
from milepost.model.time_zones import last_repeated
from milepost.steps.interpret import READERS

TYPES = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.DATETIME: pl.Int64(),
    Kind.DURATION: pl.Int64(),
    Kind.STATUS: pl.String(),
    Kind.FLAG: pl.Boolean(),
    Kind.DAY: pl.Date(),
}

PARIS_SPRING = int(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp())
PARIS_AUTUMN = int(datetime(2024, 10, 27, 1, tzinfo=UTC).timestamp())


def texts(kind: Kind, values: list[object], appearance: Appearance, **words: str) -> list[str | None]:
    """The values of one column as an appearance has them."""
    column = ExportColumn("it", kind, words={Status(status): word for status, word in words.items()})
    frame = pl.DataFrame({"it": values}, schema={"it": TYPES[kind]})
    return rendered(frame, [column], appearance)["it"].to_list()


def read_back(kind: Kind, written: list[str | None], appearance: Appearance) -> list[object]:
    """What an import with the same settings makes of texts."""
    parameters = Parameters(
        date_time_format=appearance.date_time_format,
        time_zone=appearance.time_zone,
        time_global_format=appearance.time_global_format,
        decimal=appearance.decimal,
        status_words=appearance.status_words,
    )
    read = READERS[kind].read(pl.Series(written, dtype=pl.String), Column("it", kind), parameters)
    return read["value"].to_list()


def dated(text: str, zone: str = "UTC") -> Appearance:
    """An appearance with a date format and a zone."""
    return Appearance(date_time_format=DateTimeFormat.parse(text), time_zone=zone)


@pytest.mark.parametrize(
    ("time_format", "decimal", "seconds", "text"),
    [
        (TimeFormat.RAW_SECONDS, ".", 0, "0"),
        (TimeFormat.RAW_SECONDS, ",", 5100, "5100"),
        (TimeFormat.RAW_MINUTES, ".", 0, "0.00"),
        (TimeFormat.RAW_MINUTES, ".", 5100, "85.00"),
        (TimeFormat.RAW_MINUTES, ",", 5100, "85,00"),
        (TimeFormat.RAW_MINUTES, ".", 1, "0.02"),
        (TimeFormat.RAW_MINUTES, ".", 59, "0.98"),
        (TimeFormat.RAW_MINUTES, ".", 5115, "85.25"),
        (TimeFormat.ISO_8601, ".", 0, "PT0S"),
        (TimeFormat.ISO_8601, ".", 5100, "PT1H25M"),
        (TimeFormat.ISO_8601, ".", 5115, "PT1H25M15S"),
        (TimeFormat.ISO_8601, ".", 3615, "PT1H15S"),
        (TimeFormat.ISO_8601, ".", 60, "PT1M"),
        (TimeFormat.ISO_8601, ".", 15, "PT15S"),
        (TimeFormat.ISO_8601, ".", 90_000, "PT25H"),
        (TimeFormat.PADDED, ".", 5100, "001:25"),
        (TimeFormat.PADDED, ".", 5159, "001:25"),
        (TimeFormat.PADDED, ".", 0, "000:00"),
        (TimeFormat.PADDED, ".", 3_600_000, "1000:00"),
        (TimeFormat.PADDED_HH, ".", 5100, "01:25"),
        (TimeFormat.PADDED_HH, ".", 59, "00:00"),
        (TimeFormat.PADDED_HH, ".", 360_060, "100:01"),
    ],
)
def test_durations(time_format: TimeFormat, decimal: str, seconds: int, text: str) -> None:
    appearance = Appearance(time_global_format=time_format, decimal=decimal)
    assert texts(Kind.DURATION, [seconds, None], appearance) == [text, None]


@pytest.mark.parametrize("time_format", [TimeFormat.RAW_SECONDS, TimeFormat.RAW_MINUTES, TimeFormat.ISO_8601])
@pytest.mark.parametrize("decimal", [".", ","])
def test_no_second_is_lost_in_any_minute(time_format: TimeFormat, decimal: str) -> None:
    appearance = Appearance(time_global_format=time_format, decimal=decimal)
    seconds = [*range(7300), *range(LARGEST_INTEGER - 200, LARGEST_INTEGER + 1)]
    assert read_back(Kind.DURATION, texts(Kind.DURATION, [*seconds], appearance), appearance) == seconds


@pytest.mark.parametrize("time_format", [TimeFormat.PADDED, TimeFormat.PADDED_HH])
def test_hours_and_minutes_come_back_without_seconds(time_format: TimeFormat) -> None:
    appearance = Appearance(time_global_format=time_format)
    seconds = [*range(7300), 360_000, 3_600_059, LARGEST_INTEGER]
    written = texts(Kind.DURATION, [*seconds], appearance)
    assert read_back(Kind.DURATION, written, appearance) == [one // 60 * 60 for one in seconds]


@pytest.mark.parametrize(
    ("date_format", "zone", "text"),
    [
        ("YYYY-MM-DD hh:ii:ss", "UTC", "2024-07-01 22:05:09"),
        ("YYYY-MM-DD hh:ii:ss", "Europe/Paris", "2024-07-02 00:05:09"),
        ("YYYY-MM-DD hh:ii:ss", "America/Sao_Paulo", "2024-07-01 19:05:09"),
        ("DD/MM/YYYY HH:II", "UTC", "01/07/2024 22:05"),
        ("MM.DD.YYYY", "Asia/Tokyo", "07.02.2024"),
        ("YYYYMMDDTHHIISS", "Asia/Kolkata", "20240702T033509"),
        ("HH_II, DD;MM;YYYY", "UTC", "22_05, 01;07;2024"),
    ],
)
def test_instants(date_format: str, zone: str, text: str) -> None:
    instant = int(datetime(2024, 7, 1, 22, 5, 9, tzinfo=UTC).timestamp())
    assert texts(Kind.DATETIME, [instant, None], dated(date_format, zone)) == [text, None]


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("YYYY-MM-DD hh:ii:ss", "2024-07-01"),
        ("DD/MM/YYYY HH:II", "01/07/2024"),
        ("MMDDYYYY", "07012024"),
        ("HH:II DD/MM/YYYY", "2024-07-01"),
    ],
)
def test_days(date_format: str, text: str) -> None:
    assert texts(Kind.DAY, [date(2024, 7, 1), None], dated(date_format, "Asia/Tokyo")) == [text, None]


@given(
    st.lists(st.integers(-2_208_988_800, 253_370_764_799), min_size=1),
    st.sampled_from(["Europe/Paris", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Monrovia"]),
)
def test_local_times_are_those_of_the_tz_database(instants: list[int], zone: str) -> None:
    instants = [*instants, *range(PARIS_SPRING - 2, PARIS_SPRING + 2), *range(PARIS_AUTUMN - 2, PARIS_AUTUMN + 2)]
    expected = [
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=one)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for one in instants
    ]
    written = texts(Kind.DATETIME, [*instants], dated("YYYY-MM-DD HH:II:SS", zone))
    assert written == [one.isoformat(" ") for one in expected]


@pytest.mark.parametrize(
    ("number", "text"),
    [(100.0, "100"), (33.5, "33,5"), (0.1 + 0.2, "0,30000000000000004"), (1e-7, "0,0000001"), (1e16, "1" + "0" * 16)],
)
def test_numbers(number: float, text: str) -> None:
    assert texts(Kind.NUMBER, [number, None], Appearance(decimal=",")) == [text, None]
    assert texts(Kind.NUMBER, [number, None], Appearance()) == [text.replace(",", "."), None]


@given(st.lists(st.floats(0, allow_infinity=False, allow_nan=False)), st.sampled_from(".,"))
def test_every_number_comes_back(numbers: list[float], decimal: str) -> None:
    appearance = Appearance(decimal=decimal)
    assert read_back(Kind.NUMBER, texts(Kind.NUMBER, [*numbers], appearance), appearance) == numbers


def test_the_rest() -> None:
    assert texts(Kind.INTEGER, [-5, 2**62, None], Appearance(decimal=",")) == ["-5", "4611686018427387904", None]
    assert texts(Kind.FLAG, [True, False, None], Appearance()) == ["Y", "N", None]
    assert texts(Kind.TEXT, ["=1", "", None], Appearance()) == ["=1", "", None]


def test_a_status_goes_by_the_word_of_the_file_then_of_the_column_then_by_its_own() -> None:
    appearance = Appearance(status_words={Status.PASSED: "bestanden", Status.FAILED: ""})
    words = {"passed": "reçu", "failed": "échoué", "completed": "terminé"}
    written = texts(Kind.STATUS, ["passed", "failed", "completed", "browsed", None], appearance, **words)
    assert written == ["bestanden", "échoué", "terminé", "browsed", None]


@pytest.mark.parametrize("height", [0, 2])
@pytest.mark.parametrize("time_format", TimeFormat)
def test_frames_without_values_and_with_empty_chunks(height: int, time_format: TimeFormat) -> None:
    schema = {kind.value: dtype for kind, dtype in TYPES.items()}
    empty = pl.DataFrame(schema=schema)
    frame = pl.concat([empty, pl.DataFrame({name: [None] * height for name in schema}, schema=schema), empty])
    appearance = Appearance(time_global_format=time_format, time_zone="Europe/Paris", decimal=",")
    written = rendered(frame, [ExportColumn(kind.value, kind) for kind in TYPES], appearance)
    assert written.rows() == [(None,) * len(TYPES)] * height
    assert set(written.dtypes) == {pl.String()}


COLUMNS = (
    ExportColumn("firstAccessDate", Kind.DATETIME),
    ExportColumn("lastAccessDate", Kind.DATETIME),
    ExportColumn("timeSpent", Kind.DURATION),
    ExportColumn("trackingStatus", Kind.STATUS),
    ExportColumn("score", Kind.NUMBER),
)
_DATES = "firstAccessDate and lastAccessDate"
_TWICE = f"a local time occurs twice; {_DATES} cannot show which of the two it is, and an import uses the first."


@pytest.mark.parametrize(
    ("appearance", "said"),
    [
        (Appearance(), []),
        (Appearance(decimal=",", time_global_format=TimeFormat.RAW_MINUTES, time_zone="Etc/GMT+3"), []),
        (Appearance(time_global_format=TimeFormat.ISO_8601), []),
        (Appearance(time_global_format=TimeFormat.PADDED), ["padded has no seconds: those of timeSpent are dropped."]),
        (
            Appearance(time_global_format=TimeFormat.PADDED_HH, file_format=FileFormat.XLSX),
            ["paddedhh has no seconds: those of timeSpent are dropped."],
        ),
        (Appearance(time_global_format=TimeFormat.PADDED_HH, file_format=FileFormat.PARQUET), []),
        (dated("DD/MM/YYYY"), [f"DD/MM/YYYY has no time: that of {_DATES} is dropped."]),
        (dated("DD/MM/YYYY", "Europe/Paris"), [f"DD/MM/YYYY has no time: that of {_DATES} is dropped."]),
        (dated("YYYYMMDDHH"), [f"YYYYMMDDHH has no minutes and seconds: those of {_DATES} are dropped."]),
        (dated("YYYYMMDD HH:II"), [f"YYYYMMDD HH:II has no seconds: those of {_DATES} are dropped."]),
        (
            dated("YYYY-MM-DD HH:II:SS", "Europe/Paris"),
            [f"Where the clocks of Europe/Paris are put back, {_TWICE}"],
        ),
        (
            dated("YYYY-MM-DD HH:II:SS", "Asia/Tokyo"),
            [f"Where the clocks of Asia/Tokyo were put back, last in 1951, {_TWICE}"],
        ),
        (
            Appearance(status_words={Status.PASSED: "done", Status.COMPLETED: "D-one"}),
            ['In trackingStatus the word "D-one" means completed and passed.'],
        ),
        (Appearance(status_words={Status.PASSED: "completed", Status.COMPLETED: "passed"}), []),
    ],
)
def test_what_does_not_come_back_is_told(appearance: Appearance, said: list[str]) -> None:
    assert list(losses(COLUMNS, appearance)) == said
    assert losses(COLUMNS[-1:], appearance) == ()


_INSTANTS = [
    *range(PARIS_SPRING - 3601, PARIS_SPRING + 3601, 450),
    *range(PARIS_AUTUMN - 3601, PARIS_AUTUMN + 3601, 450),
    *range(-2_208_988_800, 253_370_764_799, 10**9 + 12_345),
    int(datetime(1951, 9, 8, 15, 30, tzinfo=UTC).timestamp()),
    253_370_764_799,
]
_VALUES: dict[Kind, list[object]] = {
    Kind.DATETIME: [*_INSTANTS, None],
    Kind.DURATION: [0, 1, 59, 60, 3599, 5115, LARGEST_INTEGER],
    Kind.STATUS: [*Status],
}


@pytest.mark.parametrize("kind", _VALUES)
@pytest.mark.parametrize(
    "date_format", ["YYYY-MM-DD HH:II:SS", "HH:II:SS DD.MM.YYYY", "DDMMYYYYHHIISS", "YYYY-MM-DD HH:II", "MM/DD/YYYY"]
)
def test_just_what_is_told_does_not_come_back(kind: Kind, date_format: str) -> None:
    words: tuple[dict[Status, str], ...] = ({}, {Status.PASSED: "done"}, {Status.PASSED: "done", Status.FAILED: "DONE"})
    zones = ("UTC", "Europe/Paris", "Asia/Tokyo", "Etc/GMT-5")
    for time_format, decimal, zone, word in itertools.product(TimeFormat, ".,", zones, words):
        appearance = Appearance(
            date_time_format=DateTimeFormat.parse(date_format),
            time_zone=zone,
            time_global_format=time_format,
            decimal=decimal,
            status_words=word,
        )
        column = ExportColumn("it", kind)
        came_back = read_back(kind, texts(kind, _VALUES[kind], appearance), appearance) == _VALUES[kind]
        assert came_back == (losses([column], appearance) == ()), appearance


def test_zones_whose_clocks_were_put_back() -> None:
    found = {zone: last_repeated(zone) for zone in ("UTC", "Etc/GMT+3", "Europe/Paris", "Asia/Kolkata", "America/Lima")}
    assert found == {"UTC": None, "Etc/GMT+3": None, "Europe/Paris": 2037, "Asia/Kolkata": 1945, "America/Lima": 1994}
