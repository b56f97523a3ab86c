"""The usual way to read a column agrees with the exact one, and is there for what nearly all files hold."""

from __future__ import annotations

import itertools
import unicodedata
from datetime import time

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generative.effort import examples
from milepost.model.batch import Batch
from milepost.model.columns import TRACKING, CellType, Column, Kind, Status
from milepost.model.datetime_format import DateTimeFormat
from milepost.model.job import Layout, Parameters, ProgressionUnit, TimeFormat
from milepost.model.likeness import WHITE_SPACE
from milepost.steps.interpret import READERS, instants, interpret

FORMATS = (
    "YYYY-MM-DD hh:ii:ss",
    "DD/MM/YYYY hh:ii",
    "YYYY-MM-DDThh:ii:ss",
    "YYYYMMDDhhiiss",
    "MM/DD/YYYY",
    "hh:ii:ss DD.MM.YYYY",
    "DD.MM.YYYY,  hh",
)
ZONES = ("UTC", "Europe/Paris", "America/Sao_Paulo", "Pacific/Apia")
SEPARATORS = [pair for pair in itertools.product((".", ",", "either"), ("", ",", ".", " ", "'")) if pair[0] != pair[1]]
JOBS = st.builds(
    lambda separators, **settings: Parameters(decimal=separators[0], thousands=separators[1], **settings),
    st.sampled_from(SEPARATORS),
    date_time_format=st.sampled_from(FORMATS).map(DateTimeFormat.parse),
    time_zone=st.sampled_from(ZONES),
    default_time=st.sampled_from((time(), time(23, 59, 59))),
    time_global_format=st.sampled_from(TimeFormat),
    progression_unit=st.sampled_from(ProgressionUnit),
    status_words=st.sampled_from(
        ({}, {Status.PASSED: "completed", Status.COMPLETED: "passed"}, {Status.FAILED: " né "})
    ),
)
COLUMNS = (*TRACKING.columns, Column("number", Kind.NUMBER), Column("integer", Kind.INTEGER), Column("flag", Kind.FLAG))
NUMBERS = st.one_of(
    st.text("0123456789+-.,eE_x \tinfaNd", max_size=8),
    st.integers(-(2**70), 2**70).map(str),
    st.from_regex(r"\A[+-]?[0-9]{1,4}([,. '][0-9]{1,4}){0,3}(e3)?( ?%)?\Z"),
    st.floats().map(repr),
    st.decimals(allow_nan=False).map(str),
)
YEARS = st.one_of(st.integers(1880, 2140), st.sampled_from((0, 1, 1900, 2024, 9998, 9999)))
PARTS = st.tuples(YEARS, *(st.integers(0, most) for most in (13, 32, 25, 61, 61)))
WORDS = st.sampled_from(
    (*(status.value for status in Status), " né ", "né", "Completed", "not attempted", "Y", "N", "y")
)
TEXTS = st.one_of(st.text(max_size=45), st.text("ab é\0\n", max_size=45), st.text("a", min_size=250, max_size=260))


@st.composite
def dates(draw: st.DrawFn) -> str:
    """Local times in one of the formats, now and then with a digit or a blank too few or too many."""
    pieces = DateTimeFormat.parse(draw(st.sampled_from(FORMATS))).parts
    parts = dict(zip(("YYYY", "MM", "DD", "HH", "II", "SS"), draw(PARTS), strict=True))
    digits = {name: f"{value:0{4 if name == 'YYYY' else 2}d}" for name, value in parts.items()}
    text = "".join(digits.get(piece, piece) for piece in pieces)
    place = draw(st.one_of(st.none(), st.integers(0, len(text))))
    return text if place is None else text[:place] + draw(st.sampled_from(("", " ", "0", "\n"))) + text[place + 1 :]


def trimmed(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip(WHITE_SPACE))


@given(parameters=JOBS, texts=st.lists(st.one_of(NUMBERS, dates(), WORDS, TEXTS), min_size=1, max_size=20))
@example(parameters=Parameters(), texts=["2024-02-30 00:00:00", "2024-01-01 24:00:00", "2024-01-01 00:00:60"])
@example(parameters=Parameters(), texts=["-0", "-0.0", "-1e-400", "1e400", "0" * 300 + "5", "2147483647", "2147483648"])
@example(parameters=Parameters(time_zone="Europe/Paris"), texts=["2024-03-31 02:30:00", "2024-10-27 02:30:00"])
def test_what_is_read_the_usual_way_is_what_the_exact_reader_says(parameters: Parameters, texts: list[str]) -> None:
    raw = pl.DataFrame({"text": texts})
    for column in COLUMNS:
        reader = READERS[column.kind]
        usual = raw.with_columns(value=reader.usual(pl.col("text"), column, parameters))
        exact = reader.exact(raw["text"].replace("", None), column, parameters)
        for text, value, answer in zip(texts, usual["value"], exact.iter_rows(named=True), strict=True):
            if value is not None:
                assert repr(answer["value"]) == repr(value), (column, text)
                assert answer["code"] is None
                assert answer.get("warning") is None
                assert text == trimmed(text)
                assert "\0" not in text


@pytest.mark.parametrize(
    ("column", "text", "parameters"),
    [
        ("candidateLogin", "J. Doe", Parameters()),
        ("sessionId", "501", Parameters()),
        ("progression", "99.5", Parameters()),
        ("progression", "99,5", Parameters(decimal=",")),
        ("progression", "99,5", Parameters(decimal="either", thousands=" ")),
        ("progression", "99.5", Parameters(decimal="either")),
        ("trackingStatus", "notAttempted", Parameters()),
        ("trackingStatus", "c", Parameters(status_words={Status.COMPLETED: "c"})),
        ("timeSpent", "3600", Parameters()),
        ("timeSpent", "60", Parameters(time_global_format=TimeFormat.RAW_MINUTES)),
        ("firstAccessDate", "2024-02-29 23:59:59", Parameters()),
        ("firstAccessDate", "2024-02-29 23:59:59", Parameters(time_zone="America/Sao_Paulo")),
        ("firstAccessDate", "29/02/2024 23:59", Parameters(date_time_format=DateTimeFormat.parse("DD/MM/YYYY hh:ii"))),
        ("firstAccessDate", "29.02.2024, 23", Parameters(date_time_format=DateTimeFormat.parse("DD.MM.YYYY,  hh"))),
        ("firstAccessDate", "20240229", Parameters(date_time_format=DateTimeFormat.parse("YYYYMMDD"))),
        ("firstAccessDate", "29/02/2024", Parameters(date_time_format=DateTimeFormat.parse("YYYYMMDD|DD/MM/YYYY"))),
    ],
)
def test_usual_spellings_are_read_the_usual_way(column: str, text: str, parameters: Parameters) -> None:
    found = TRACKING.column(column)
    value = READERS[found.kind].usual(pl.lit(text), found, parameters)
    assert pl.select(value).item() is not None


SPECIAL_DATES = [
    "0000-02-29 00:00:00",
    "0000-02-30 00:00:00",
    "2024-01-01\x1c00:00:00",
    "2024-01-01\u2028 00:00:00",
    "9/9/2024",
    "9 sept. 2024 12:30:00 pm",
    "29/02/23 8:00 AM",
    "45292.5",
]


@examples(8)
@given(drawn=st.lists(dates(), min_size=1, max_size=12))
@example(SPECIAL_DATES)
def test_all_ways_to_read_a_date_agree(drawn: list[str]) -> None:
    texts = pl.Series("text", drawn)
    fitting: list[list[str]] = [[] for _ in drawn]
    for form in instants.candidates():
        if form.is_serial:
            exact = [instants._fitting(texts[place : place + 1], form) or None for place in range(len(drawn))]
        else:
            exact = instants._matched(texts, form, 7)["local"].to_list()
        if form.is_plain:
            padded = texts.to_frame().select(instants._padded(pl.col("text"), form, 7)).to_series()
            assert all(one in (None, other) for one, other in zip(padded, exact, strict=True))
        for found, local in zip(fitting, exact, strict=True):
            if local is not None:
                found.append(form.text)
    assert [instants._suggested(text) for text in drawn] == [found[:2] for found in fitting]


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kathmandu"])
def test_instants_are_exact_in_every_zone(zone: str) -> None:
    """Of both local times that came twice in São Paulo; a column of text shows them in UTC."""
    columns = {TRACKING.column("lastAccessDate"): 0, TRACKING.column("lovCode"): 1}
    instants = ["2018-02-18 01:30:00Z", "2018-02-18 02:30:00Z", "0001-01-01 00:00:00Z"]
    cells = pl.DataFrame({"line": [2, 3, 4], "0": instants, "1": instants})
    types = pl.DataFrame({name: [CellType.INSTANT.value] * 3 for name in ("0", "1")})
    found = interpret(Batch(cells, types), Layout(("a", "b"), columns, ()), Parameters(time_zone=zone))
    read = pl.from_epoch("lastAccessDate", time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%SZ")
    assert found.values.select(read).to_series().to_list() == [*instants[:2], None]
    assert found.values["lovCode"].to_list() == instants
    assert found.findings.select("line", "code").rows() == [(4, "out-of-range")]


@pytest.mark.parametrize(
    ("local", "code"),
    [("2018-11-04 00:30:00", "local-time-skipped"), ("2018-02-17 23:30:00", "local-time-repeated")],
)
def test_typed_dates_get_their_warnings(local: str, code: str) -> None:
    """A spreadsheet's dates are read type by type, and the usual way gives no warnings."""
    column = TRACKING.column("lastAccessDate")
    cells = pl.DataFrame({"line": [2, 3], "0": ["2024-01-01 00:00:00", local]})
    types = pl.DataFrame({"0": [CellType.DATETIME.value] * 2})
    layout = Layout(("lastAccessDate",), {column: 0}, ())
    found = interpret(Batch(cells, types), layout, Parameters(time_zone="America/Sao_Paulo")).findings
    assert found.select("line", "code").rows() == [(3, code)]
