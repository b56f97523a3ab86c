"""What the caller's own settings come to, alone and over a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from milepost import settings as config
from milepost.model.columns import Status
from milepost.model.exceptions import ConfigurationError
from milepost.model.job import Job, Mode, TimeFormat

CONFIGURED = """<import-config><import>
<providers><fileSystemSourceProvider>
<delimiter>pipe</delimiter><fileEncoding>cp1252</fileEncoding><decimal>comma</decimal>
</fileSystemSourceProvider></providers>
<actions><createOrUpdateConsolidatedTrackingAction>
<fields><candidateLogin><mandatory>yes</mandatory></candidateLogin><lovCode/><trackingStatus/></fields>
<trackingStatus><completed>c</completed><failed>f</failed></trackingStatus>
<updateMode>patch</updateMode>
</createOrUpdateConsolidatedTrackingAction></actions>
</import></import-config>"""


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A configuration for callers to beat."""
    path = tmp_path / "configuration.xml"
    path.write_text(CONFIGURED, encoding="utf-8")
    return path


def messages(configuration: Path | None = None, **given: Any) -> list[str]:  # noqa: ANN401 - whatever config.job takes
    """What is wrong with the caller's settings."""
    with pytest.raises(ConfigurationError) as caught:
        config.job(configuration, **given)
    assert {mistake.line for mistake in caught.value.mistakes} == {None}
    assert str(caught.value).startswith("The settings have ")
    return [mistake.message for mistake in caught.value.mistakes]


def test_nothing_given_is_the_job_of_nobody() -> None:
    assert config.job(None) == Job()


def test_every_setting_by_name() -> None:
    job = config.job(
        None,
        settings={
            "DATETIMEFORMAT": "DD/MM/YYYY",
            "defaultTime": "8:05:00",
            "timezone": "Asia/Tokyo",
            "timeGlobalFormat": "ISO-8601",
            "defaultScoreMax": "20",
            "updateMode": "Patch",
            "delimiter": "tabulation",
            "decimal": "comma",
            "fileEncoding": "latin-1",
            "skipFirstLine": "no",
            "columnsMapping": "candidateLogin, ignoredColumn,LOVCODE,progress,ignoredColumn,_x",
            "fields": "lovcode,candidateLogin",
            "mandatory": "lovCode",
            "trackingStatus.completed": "c",
            "TrackingStatus.NOTATTEMPTED": "n",
            "sheet": "2024",
            "RawText": "yes",
        },
    )
    assert job.reading.raw
    assert job.parameters.date_time_format.text == "DD/MM/YYYY"
    assert job.parameters.default_time == time(8, 5)
    assert job.parameters.time_zone == "Asia/Tokyo"
    assert job.parameters.time_global_format is TimeFormat.ISO_8601
    assert job.parameters.default_score_max == 20
    assert job.parameters.decimal == ","
    assert job.parameters.status_words == {Status.COMPLETED: "c", Status.NOT_ATTEMPTED: "n"}
    assert job.mode is Mode.PATCH
    assert job.reading.delimiter == "\t"
    assert job.reading.encoding == "latin-1"
    assert not job.reading.skip_first_line
    assert job.reading.columns == (
        "candidateLogin",
        "ignoredColumn",
        "lovCode",
        "progression",
        "ignoredColumn",
        "ignoredColumn",
    )
    assert job.reading.sheet == "2024"
    assert job.fields == ("lovCode", "candidateLogin")
    assert job.mandatory == {"lovCode"}


def test_date_format_by_name() -> None:
    assert config.job(None, settings={"dateFormat": "MM/DD/YYYY"}).parameters.date_time_format.text == "MM/DD/YYYY"


def test_the_options_are_settings_of_their_own() -> None:
    job = config.job(None, mode="patch", delimiter="|", encoding="UTF-16", sheet="A")
    assert (job.mode, job.reading.delimiter, job.reading.encoding, job.reading.sheet) == (
        Mode.PATCH,
        "|",
        "UTF-16",
        "A",
    )


def test_an_empty_setting_is_absent(configured: Path) -> None:
    assert config.job(None, settings={"timeZone": " ", "trackingStatus.passed": ""}, delimiter="", mode="") == Job()
    assert config.job(configured, delimiter="").reading.delimiter == "|"


def test_the_caller_beats_the_configuration(configured: Path) -> None:
    job = config.job(
        configured,
        settings={"decimal": "point", "trackingStatus.completed": "done", "fields": "lovCode,lovGuid"},
        mode="replace",
        delimiter="detect",
        encoding="UTF-8",
    )
    assert job.reading.delimiter is None
    assert job.reading.encoding == "UTF-8"
    assert job.parameters.decimal == "."
    assert job.parameters.status_words == {Status.COMPLETED: "done", Status.FAILED: "f"}
    assert job.mode is Mode.REPLACE
    assert job.fields == ("lovCode", "lovGuid")
    assert job.mandatory == frozenset()


def test_mandatory_fields_of_the_caller_replace_the_configured_ones(configured: Path) -> None:
    job = config.job(configured, settings={"mandatory": "trackingStatus, lovCode"})
    assert job.mandatory == {"lovCode", "trackingStatus"}
    assert job.fields == ("candidateLogin", "lovCode", "trackingStatus")


def test_headers() -> None:
    job = config.job(
        None,
        header_map={"User": "CANDIDATELOGIN", " Mail ": "candidateEmail", "Done": "progress", "Time": "timeGlobal"},
        header_ignore=["Remarks", ""],
    )
    assert job.reading.header_map == {"User": "candidateLogin", "Mail": "candidateEmail", "Done": "progression"}
    assert job.reading.header_ignore == {"Remarks", "Time", ""}
    assert job.notes == ("The column timeGlobal is known, but not imported; its counterpart is timeSpent.",)


def test_headers_are_of_no_use_where_the_columns_are_named() -> None:
    settings = {"columnsMapping": "candidateLogin"}
    job = config.job(None, settings=settings, header_map={"User": "candidateLogin"})
    assert job.notes == ("What headers mean is not used, because columnsMapping names the columns.",)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"timeZon": "UTC"}, '"timeZon" is not a setting; did you mean timeZone?'),
        ({"xyz": "1"}, '"xyz" is not a setting'),
        (
            {"delimiter": "colon"},
            'setting delimiter: "colon" is not a delimiter; write comma, pipe, semicolon or tabulation',
        ),
        ({"delimiter": ";", "DELIMITER": ","}, "setting delimiter: it has another value already; keep one of the two"),
        (
            {"columnsMapping": "lovCode,lovCod"},
            'setting columnsMapping: "lovCod" is not a column; did you mean lovCode?',
        ),
        ({"columnsMapping": "progress,progression"}, "setting columnsMapping: the column progression stands twice"),
        (
            {"columnsMapping": "lovCode,,score"},
            'setting columnsMapping: "lovCode,,score" has an empty name; write ignoredColumn for a column to skip',
        ),
        (
            {"mandatory": "candidateName"},
            'setting mandatory: "candidateName" names a column that is not imported; it cannot be mandatory',
        ),
        (
            {"mandatory": "score", "fields": "lovCode"},
            "setting mandatory: score is mandatory, but not in fields; add it there",
        ),
        (
            {"mandatory": "score", "columnsMapping": "lovCode"},
            "setting mandatory: score is mandatory, but not in columnsMapping; add it there",
        ),
        (
            {"skipFirstLine": "no"},
            "setting skipFirstLine: without a first line nothing names the columns; give columnsMapping or fields",
        ),
        (
            {"trackingStatus.completed": "Not-Attempted"},
            (
                'setting trackingStatus: notAttempted and completed both go by the word "Not-Attempted";'
                " give one of them another"
            ),
        ),
        ({"fields": "ignoredColumn"}, "setting fields: none of these columns is imported"),
    ],
)
def test_mistakes(settings: Mapping[str, str], message: str) -> None:
    assert messages(settings=settings) == [message]


def test_an_option_and_a_setting_that_differ_are_a_mistake() -> None:
    assert messages(settings={"updateMode": "patch"}, mode="replace") == [
        "setting updateMode: it has another value already; keep one of the two"
    ]
    assert config.job(None, settings={"delimiter": "pipe"}, delimiter="|").reading.delimiter == "|"


def test_mistakes_in_headers() -> None:
    assert messages(header_map={"User": "candidateLogi"}, header_ignore=["A"]) == [
        'setting headerMapping: "candidateLogi" is not a column; did you mean candidateLogin?'
    ]
    assert messages(header_map={"A": "score"}, header_ignore=["A"]) == [
        'setting headerMapping: the header "A" has two meanings; keep one'
    ]


def test_a_clash_between_the_caller_and_the_configuration_is_the_callers(configured: Path) -> None:
    assert messages(configured, settings={"trackingStatus.passed": "C"}) == [
        'setting trackingStatus: completed and passed both go by the word "C"; give one of them another'
    ]


@pytest.mark.parametrize(
    "name", ["rot13", "base64", "hex", "zlib", "idna", "undefined", "punycode", "unicode_escape", "x\0y"]
)
def test_encodings_that_no_file_has(name: str) -> None:
    (message,) = messages(encoding=name)
    assert message.startswith('setting fileEncoding: "')


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("europe/paris", "; did you mean Europe/Paris?"),
        ("America/Sao Paulo", "; did you mean America/Sao_Paulo?"),
        ("tokyo", "; did you mean Asia/Tokyo?"),
        ("/etc/localtime", "; write for example UTC or America/Sao_Paulo"),
        ("../../etc/passwd", "; write for example UTC or America/Sao_Paulo"),
        ("Europe", "; write for example UTC or America/Sao_Paulo"),
        ("localtime", "; write for example UTC or America/Sao_Paulo"),
    ],
)
def test_zones_that_are_none(name: str, suggested: str) -> None:
    assert messages(settings={"timeZone": name}) == [
        f'setting timeZone: "{name}" is not a zone of the TZ database{suggested}'
    ]


def test_texts_of_cells_in_every_form() -> None:
    xml_like = {"lovCode.values": {"First aid": "SAFE-01", "x": None}, "sessionGuid.default": "s"}
    grouped = {"values": {"lovcode": {"First aid": "SAFE-01", "x": ""}}, "default": {"session guid": "s"}}
    nested = {"lovCode": {"values": {"First aid": " SAFE-01", "x": ""}}, "sessionGuid": {"default": "s"}}
    jobs = [config.job(None, settings=given) for given in (xml_like, nested)]
    assert jobs[0] == jobs[1]
    assert jobs[0].parameters.values == {"lovCode": {"First aid": "SAFE-01", "x": ""}}
    assert jobs[0].parameters.defaults == {"sessionGuid": "s"}
    assert config.job(None, settings={**grouped, "default": {"sessionGuid": "s"}}) == jobs[0]
    skips = config.job(None, settings={"skipRows": ["a=b", "c=d|e", "a=b"]}).reading.skip_rows
    assert skips == (("a", ("b",)), ("c", ("d", "e")))
    assert config.job(None, settings={"nullMarkers": r"-| N/A |a\|b"}).parameters.null_markers == ("-", "N/A", "a|b")


def test_texts_of_cells_that_are_mistakes() -> None:
    assert messages(settings={"values": {"lovCod": {"a": "b"}}, "default": {"scor": "1"}}) == [
        'values: "lovCod" is no column; did you mean lovCode?',
        'default: "scor" is no column; did you mean score?',
    ]
    assert messages(settings={"lovCode.values": {"a": "b", "A ": "c"}}) == [
        'setting lovCode.values: it maps "A" twice; keep one of the two'
    ]
    assert messages(settings={"lovCode.values": "map.csv"}) == [
        "setting lovCode.values: it takes texts, each with the text that it is read as"
    ]


def test_the_callers_map_replaces_the_configured_one(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    values = '<lovCode><default>d</default><values><value from="a">b</value></values></lovCode>'
    start, end = "<createOrUpdateConsolidatedTrackingAction>", "</createOrUpdateConsolidatedTrackingAction>"
    path.write_text(f"{start}<fields>{values}</fields>{end}", "utf-8")
    job = config.job(path, settings={"values": {"lovCode": {"c": "d"}}})
    assert (job.parameters.values, job.parameters.defaults) == ({"lovCode": {"c": "d"}}, {"lovCode": "d"})
