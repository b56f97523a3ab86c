"""What the elements of a configuration come to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from milepost import settings as config
from milepost.model.columns import Status
from milepost.model.exceptions import ConfigurationError, FileError
from milepost.model.job import Job, Mode, TimeFormat

DATA = Path(__file__).parents[2] / "data" / "configuration"

Read = Callable[[str], Job]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads XML as the configuration of a job."""

    def job(xml: str) -> Job:
        path = tmp_path / "configuration.xml"
        path.write_text(xml, encoding="utf-8")
        return config.job(path)

    return job


def action(inside: str) -> str:
    """A bare action."""
    return f"<createOrUpdateConsolidatedTrackingAction>{inside}</createOrUpdateConsolidatedTrackingAction>"


def whole(provider: str, inside: str = "") -> str:
    """A whole configuration."""
    return (
        f"<import-config><import><providers><fileSystemSourceProvider>{provider}</fileSystemSourceProvider></providers>"
        f"<actions>{action(inside)}</actions></import></import-config>"
    )


def test_the_example_of_the_documentation() -> None:
    job = config.job(DATA / "example.xml", file_name="tracking_2024.csv")
    assert job.reading.columns == (
        "candidateLogin",
        "ignoredColumn",
        "lovCode",
        "sessionTitle",
        "trainingPathCode",
        "lastAccessDate",
        "progression",
        "trackingStatus",
        "timeSpent",
        "score",
    )
    assert job.reading.skip_first_line
    assert job.reading.delimiter == ";"
    assert job.reading.encoding == "UTF-8"
    assert job.parameters.decimal == "."
    assert job.parameters.time_zone == "America/Sao_Paulo"
    assert job.parameters.default_time == time(8)
    assert job.parameters.status_words == {Status.COMPLETED: "c", Status.NOT_ATTEMPTED: "n"}
    assert job.fields == tuple(name for name in job.reading.columns if name != "ignoredColumn")
    assert job.mandatory == {"candidateLogin"}
    assert job.mode is Mode.REPLACE
    assert job.notes == ("Passed over in <fileSystemSourceProvider> (line 4): <path>; an import is told its file.",)


def test_a_configuration_as_customers_run_it() -> None:
    job = config.job(DATA / "customer.xml", file_name="TRACKING_2024.csv")
    assert job.reading.delimiter == "|"
    assert job.reading.encoding == "windows-1252"
    assert not job.reading.skip_first_line
    assert job.reading.columns == (
        "candidateEmail",
        "ignoredColumn",
        "lovGuid",
        "sessionId",
        "progression",
        "trackingStatus",
        "timeSpent",
        "score",
        "scoreMax",
        "ignoredColumn",
        "ignoredColumn",
        "lastAccessDate",
        "firstAccessDate",
        "firstCompletionDate",
        "ignoredColumn",
    )
    assert job.fields == (
        "trackingStatus",
        "candidateEmail",
        "lovGuid",
        "sessionId",
        "progression",
        "timeSpent",
        "scoreMax",
        "score",
        "lastAccessDate",
        "firstAccessDate",
        "firstCompletionDate",
    )
    assert job.mandatory == {"candidateEmail"}
    assert job.mode is Mode.PATCH
    assert job.parameters.decimal == ","
    assert job.parameters.date_time_format.text == "DD/MM/YYYY HH:II"
    assert job.parameters.default_time == time(18, 30)
    assert job.parameters.time_zone == "Europe/Paris"
    assert job.parameters.time_global_format is TimeFormat.RAW_MINUTES
    assert job.parameters.default_score_max == 20
    assert job.parameters.status_words == {Status.COMPLETED: "terminé", Status.FAILED: "échec"}


def test_what_customers_have_beside_tracking_is_passed_over_with_a_note() -> None:
    notes = config.job(DATA / "customer.xml").notes
    assert set(notes) == {
        "<preProcess> is passed over (line 5): an import reads one file and no more.",
        "<postProcess> is passed over (line 69): an import reads one file and no more.",
        "The action createOrUpdateLearnerAction is passed over (line 12): it is not an import of tracking.",
        "<consolidators> is passed over (line 13): an import reads one file and no more.",
        "<postProcess> is passed over (line 17): an import reads one file and no more.",
        "<consolidators> is passed over (line 18): an import reads one file and no more.",
        "The action sendEmailAction is passed over (line 20): it is not an import of tracking.",
        "<preProcess> is passed over (line 48): an import reads one file and no more.",
        (
            "Passed over in <sftpSourceProvider> (line 50): <sftpPassword>, <sftpHost>, <autoDetectLineEndings> and"
            " <path>; an import is told its file."
        ),
        "The column completionTime is known, but not imported; its counterpart is lastAccessDate.",
        "The column candidateName is known, but not imported.",
        "dateFormat is not used, because dateTimeFormat is given.",
    }
    assert "hunter2" not in "".join(notes)
    assert config.check(DATA / "customer.xml") == config.Checked((), notes)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_elements_does_not_matter(tmp_path: Path, seed: int) -> None:
    def shuffled(element: ET.Element) -> None:
        if element.tag not in ("columnsMapping", "fields"):
            element[:] = random.Random(seed).sample(list(element), len(element))
            for child in element:
                shuffled(child)

    tree = ET.parse(DATA / "customer.xml")  # noqa: S314 - the project's own file
    shuffled(tree.getroot())
    tree.write(tmp_path / "shuffled.xml", encoding="utf-8")
    expected = config.job(DATA / "customer.xml", file_name="tracking_1.csv")
    job = config.job(tmp_path / "shuffled.xml", file_name="tracking_1.csv")
    assert len(job.notes) == len(expected.notes)
    assert replace(job, notes=()) == replace(expected, notes=())


def test_defaults_of_a_configuration_that_says_nothing(read: Read) -> None:
    job = read(action(""))
    assert job.reading.delimiter == ";"
    assert job.reading.encoding.casefold() == "utf-8"
    assert job.reading.skip_first_line
    assert job.reading.columns is None
    assert job.fields is None
    assert not job.mandatory
    assert job.mode is Mode.REPLACE
    assert job.parameters == Job().parameters
    assert not job.notes


@pytest.mark.parametrize(
    "xml",
    [
        whole("", "<timeZone>Asia/Tokyo</timeZone>"),
        f"<actions>{action('<timeZone>Asia/Tokyo</timeZone>')}</actions>",
        action("<timeZone>Asia/Tokyo</timeZone>"),
        action("<options><timeZone>Asia/Tokyo</timeZone></options>"),
        action("<parameters><timeZone>Asia/Tokyo</timeZone></parameters>"),
        action("<parameters/><options><timeZone/></options><TIMEZONE a='b'>\n Asia/Tokyo\n </TIMEZONE>"),
        action("<options><timeZone>Asia/Tokyo</timeZone></options><timeZone>Asia/<!-- c -->Tokyo</timeZone>"),
        action("<timeZone><![CDATA[Asia/Tokyo]]></timeZone>"),
        action("<timeZone>Asia&#47;Tokyo<?p i?></timeZone>"),
        f"<x:actions xmlns:x='urn:x'>{action('<x:timeZone>Asia/Tokyo</x:timeZone>')}</x:actions>",
    ],
)
def test_roots_and_places_of_a_setting(read: Read, xml: str) -> None:
    assert read(xml).parameters.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("comma", ","),
        ("PIPE", "|"),
        (" semicolon ", ";"),
        ("tabulation", "\t"),
        (",", ","),
        ("|", "|"),
        (";", ";"),
        ("\t", "\t"),
        ("&#9;", "\t"),
        ("\n\t\t", ";"),
        ("", ";"),
        ("detect", None),
    ],
)
def test_delimiters(read: Read, text: str, delimiter: str | None) -> None:
    assert read(whole(f"<delimiter>{text}</delimiter>")).reading.delimiter == delimiter


@pytest.mark.parametrize(
    ("text", "skip"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("false", False), ("0", False)]
)
def test_yes_and_no(read: Read, text: str, skip: bool) -> None:
    columns = "<columnsMapping><candidateLogin/></columnsMapping>"
    assert read(whole(f"<skipFirstLine>{text}</skipFirstLine>{columns}")).reading.skip_first_line is skip


@pytest.mark.parametrize("text", ["100", "100.0", "+100", "0100.", "1e2"])
def test_whole_numbers(read: Read, text: str) -> None:
    assert read(action(f"<defaultScoreMax>{text}</defaultScoreMax>")).parameters.default_score_max == 100


@pytest.mark.parametrize(
    "encoding", ["UTF-8", "utf8", "UTF-16", "ISO-8859-1", "windows-1252", "cp1252", "Shift_JIS", "koi8-r", "utf-8-sig"]
)
def test_an_encoding_is_kept_as_it_was_written(read: Read, encoding: str) -> None:
    assert read(whole(f"<fileEncoding>{encoding}</fileEncoding>")).reading.encoding == encoding


def test_the_date_format_of_the_provider_serves_without_one_of_the_action(read: Read) -> None:
    provider = "<dateFormat>DD/MM/YYYY</dateFormat>"
    assert read(whole(provider)).parameters.date_time_format.text == "DD/MM/YYYY"
    both = read(whole(provider, "<dateTimeFormat>YYYY/MM/DD</dateTimeFormat>"))
    assert both.parameters.date_time_format.text == "YYYY/MM/DD"
    assert both.notes == ("dateFormat is not used, because dateTimeFormat is given.",)


def test_fields_give_the_order_where_neither_first_line_nor_mapping_does(read: Read) -> None:
    fields = "<fields><lovCode/><ignoredColumn/><candidateName/><_x/><candidateLogin/></fields>"
    job = read(whole("<skipFirstLine>no</skipFirstLine>", fields))
    assert job.reading.columns == ("lovCode", "ignoredColumn", "ignoredColumn", "ignoredColumn", "candidateLogin")
    assert job.fields == ("lovCode", "candidateLogin")
    assert read(whole("", fields)).reading.columns is None


@pytest.mark.parametrize(
    "xml",
    [
        whole("<columnsMapping><trackingStatus><completed>c</completed></trackingStatus></columnsMapping>"),
        action("<fields><trackingStatus><completed>c</completed></trackingStatus></fields>"),
        action("<fields><trackingStatus><mandatory>no</mandatory><Completed>c</Completed></trackingStatus></fields>"),
        action("<trackingStatus><completed>c</completed><passed/></trackingStatus>"),
        whole(
            "<columnsMapping><trackingStatus><completed>c</completed></trackingStatus></columnsMapping>",
            "<parameters><trackingStatus><completed>C</completed></trackingStatus></parameters><trackingStatus/>",
        ),
    ],
)
def test_places_of_the_status_words(read: Read, xml: str) -> None:
    assert read(xml).parameters.status_words == {Status.COMPLETED: "c"}


def test_two_mappings_with_the_same_words_in_another_order_are_one(read: Read) -> None:
    words = "<trackingStatus><completed>{}</completed></trackingStatus>"
    mapping, parameters = words.format("c|d"), words.format(" D | C")
    xml = whole(f"<columnsMapping>{mapping}</columnsMapping>", f"<parameters>{parameters}</parameters>")
    assert read(xml).parameters.status_words == {Status.COMPLETED: "c|d"}


def test_two_statuses_may_swap_their_names(read: Read) -> None:
    words = "<trackingStatus><completed>passed</completed><passed>Completed</passed></trackingStatus>"
    assert read(action(words)).parameters.status_words == {Status.COMPLETED: "passed", Status.PASSED: "Completed"}


def test_headers_and_sheet(read: Read) -> None:
    mapping = (
        "<candidateLogin> User </candidateLogin><candidateLogin>Login</candidateLogin><ignoredColumn>X</ignoredColumn>"
    )
    reading = read(whole(f"<sheet>Year 1</sheet><headerMapping>{mapping}</headerMapping>")).reading
    assert reading.sheet == "Year 1"
    assert reading.header_map == {"User": "candidateLogin", "Login": "candidateLogin"}
    assert reading.header_ignore == {"X"}


@pytest.mark.parametrize(
    "kind", ["fileSystemSourceProvider", "sftpSourceProvider", "HTTPSOURCEPROVIDER", "weirdSourceProvider"]
)
def test_every_kind_of_provider_holds_the_same_settings(read: Read, kind: str) -> None:
    xml = whole("<delimiter>pipe</delimiter>").replace("fileSystemSourceProvider", kind)
    assert read(xml).reading.delimiter == "|"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_the_encoding_that_the_xml_declares(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "configuration.xml"
    xml = action("<trackingStatus><completed>terminé</completed></trackingStatus>")
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{xml}'.encode(encoding))
    assert config.job(path).parameters.status_words == {Status.COMPLETED: "terminé"}


@pytest.mark.parametrize("name", ["missing.xml", ".", "a\0b"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    for use in (config.job, config.check):
        with pytest.raises(
            FileError, match=r"The configuration .* cannot be read: .*\. Check its name and its rights\."
        ):
            use(tmp_path / name)


def test_a_wrong_configuration_names_the_file_and_all_mistakes_in_line_order(tmp_path: Path) -> None:
    path = tmp_path / "wrong.xml"
    path.write_text(
        action("<timeZone>Mars</timeZone>\n<updateMode>merge</updateMode>\n<fields><lovCod/></fields>"),
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError) as caught:
        config.job(path, settings={"decimal": "dot"})
    assert str(caught.value).splitlines() == [
        f"{path} has 4 mistakes:",
        '  line 1: <timeZone>: "Mars" is not a zone of the TZ database; write for example UTC or America/Sao_Paulo',
        '  line 2: <updateMode>: "merge" is not an update mode; write replace or patch',
        '  line 3: <lovCod> in <fields>: "lovCod" is not a column; did you mean lovCode?',
        '  setting decimal: "dot" is not a decimal separator; write point, comma or either',
    ]
