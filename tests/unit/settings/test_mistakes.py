"""Every mistake a configuration can have, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.settings import document


def found(path: Path, xml: str | bytes) -> list[tuple[int | None, str]]:
    """The mistakes in `xml`: an import and a check find the same."""
    path = path / "configuration.xml"
    path.write_bytes(xml.encode() if isinstance(xml, str) else xml)
    checked = config.check(path).mistakes
    if checked:
        with pytest.raises(ConfigurationError) as caught:
            config.job(path)
        assert caught.value.mistakes == checked
        assert caught.value.source == str(path)
    else:
        config.job(path)
    return [(mistake.line, mistake.message) for mistake in checked]


def in_action(inside: str) -> str:
    """An action whose elements begin on line 2."""
    return f"<createOrUpdateConsolidatedTrackingAction>\n{inside}\n</createOrUpdateConsolidatedTrackingAction>"


def in_provider(inside: str, action: str = "") -> str:
    """A configuration whose provider's elements begin on line 2."""
    return (
        f"<import-config><import><providers><fileSystemSourceProvider>\n{inside}\n</fileSystemSourceProvider></providers>"
        f"<actions><createOrUpdateConsolidatedTrackingAction>{action}</createOrUpdateConsolidatedTrackingAction></actions>"
        "</import></import-config>"
    )


@pytest.mark.parametrize(
    ("xml", "line", "message"),
    [
        (
            "\n<configuration/>",
            2,
            ("<configuration> cannot be the root of a configuration; the root is"
            " <import-config>, <actions> or <createOrUpdateConsolidatedTrackingAction>"),
        ),
        (
            "<import-config/>",
            1,
            "<import-config> holds no <createOrUpdateConsolidatedTrackingAction>, so there is nothing to import",
        ),
        (
            "<actions>\n<createOrUpdateLearnerAction/></actions>",
            1,
            "<actions> holds no <createOrUpdateConsolidatedTrackingAction>, so there is nothing to import",
        ),
        (
            "<actions><createOrUpdateConsolidatedTrackingAction/>\n<createOrUpdateConsolidatedTrakingAction/></actions>",
            2,
            ("<createOrUpdateConsolidatedTrakingAction> is unknown in <actions>;"
            " did you mean createOrUpdateConsolidatedTrackingAction?"),
        ),
        (
            "<actions><createOrUpdateConsolidatedTrackingAction/>\n<createOrUpdateConsolidatedTrackingAction/></actions>",
            2,
            "<createOrUpdateConsolidatedTrackingAction> stands on line 1 already; an import has one",
        ),
        (in_action("<timeZones>UTC</timeZones>"), 2, ("<timeZones> is unknown in"
            " <createOrUpdateConsolidatedTrackingAction>; did you mean timeZone?")),
        (in_action("<options><defaultScore>1</defaultScore></options>"), 2,
            "<defaultScore> is unknown in <options>; did you mean defaultScoreMax?"),
        (in_action("<qqq/>"), 2, "<qqq> is unknown in <createOrUpdateConsolidatedTrackingAction>"),
        (in_action("<parameters><delimiter>comma</delimiter></parameters>"), 2,
            "<delimiter> does not belong in <parameters>, but in the provider"),
        (in_action("<fileName>a</fileName>"), 2,
            "<fileName> does not belong in <createOrUpdateConsolidatedTrackingAction>, but in the provider"),
        (in_action("<options><fields/></options>"), 2, "<fields> does not belong in <options>, but in the action"),
        (in_provider("<timeZone>UTC</timeZone>"), 2,
            "<timeZone> does not belong in <fileSystemSourceProvider>, but in <parameters> of the action"),
        (in_provider("<delimeter>comma</delimeter>"), 2,
            "<delimeter> is unknown in <fileSystemSourceProvider>; did you mean delimiter?"),
        (in_provider("<sftpHots>comma</sftpHots>"), 2,
            "<sftpHots> is unknown in <fileSystemSourceProvider>; did you mean sftpHost?"),
        (("<import-config>\n<imports/><import><actions><createOrUpdateConsolidatedTrackingAction/></actions></import>"
         "</import-config>"), 2, "<imports> is unknown in <import-config>; did you mean import?"),
        (("<import-config><import>\n<action/><actions><createOrUpdateConsolidatedTrackingAction/></actions></import>"
         "</import-config>"), 2, "<action> is unknown in <import>; did you mean actions?"),
        (("<import-config><import><providers>\n<fileSystemSorceProvider/></providers><actions>"
         "<createOrUpdateConsolidatedTrackingAction/></actions></import></import-config>"), 2,
         "<fileSystemSorceProvider> is unknown in <providers>; did you mean fileSystemSourceProvider?"),
        (in_provider("<delimiter>colon</delimiter>"), 2,
            '<delimiter>: "colon" is not a delimiter; write comma, pipe, semicolon or tabulation'),
        (in_provider("<delimiter><comma/></delimiter>"), 2,
            "<delimiter>: it holds elements where only text is expected"),
        (in_provider("<decimal>;</decimal>"), 2,
            '<decimal>: ";" is not a decimal separator; write point, comma or either'),
        (in_provider("<thousands>.</thousands>"), 2,
            "<thousands>: decimal and thousands are the same sign; the two must differ"),
        (in_provider("<thousands>comma</thousands>\n<decimal>comma</decimal>"), 3,
            "<decimal>: decimal and thousands are the same sign; the two must differ"),
        (in_provider("<skipFirstLine>maybe</skipFirstLine>"), 2,
            '<skipFirstLine>: "maybe" is not yes or no; write yes or no'),
        (in_provider("<skipFirstLine>no</skipFirstLine>"), 2,
            "<skipFirstLine>: without a first line nothing names the columns; give columnsMapping or fields"),
        (in_provider("<fileEncoding>utf8x</fileEncoding>"), 2,
            '<fileEncoding>: "utf8x" is not an encoding that Python knows; did you mean utf-8?'),
        (in_provider("<fileEncoding>rot13</fileEncoding>"), 2,
            '<fileEncoding>: "rot13" is not an encoding of text files; write for example UTF-8'),
        (in_provider("<dateFormat>DD/MM</dateFormat>"), 2, '<dateFormat>: the date format "DD/MM" lacks YYYY'),
        (in_provider("<dateFormat>DD/MM/YYYY|DD.MM</dateFormat>"), 2,
            '<dateFormat>: the date format "DD.MM" lacks YYYY'),
        (in_provider("<dateFormat>DD/MM/YYYY|</dateFormat>"), 2,
            '<dateFormat>: the date format "DD/MM/YYYY|" has an empty format; remove a "|"'),
        (in_provider("<dateFormat>DD MM MMM YYYY</dateFormat>"), 2,
            '<dateFormat>: the date format "DD MM MMM YYYY" has MM and MMM; keep one of the two'),
        (in_provider("<dateFormat>AM DD/MM/YY HH</dateFormat>"), 2,
            '<dateFormat>: the date format "AM DD/MM/YY HH" has AM elsewhere than at the end of the time'),
        (in_provider("<dateFormat>DD/MM/YY AM</dateFormat>"), 2,
            '<dateFormat>: the date format "DD/MM/YY AM" has AM elsewhere than at the end of the time'),
        (in_provider("<dateFormat>serial HH</dateFormat>"), 2,
            ('<dateFormat>: the date format "serial HH" must begin with one of'
            " YYYY, YY, MMM, MM, DD, HH, II, SS, AM")),
        (in_provider("<fileName>a.csv</fileName><fileName>b.csv</fileName>"), 2,
            "<fileName>: it has another value already on line 2; keep one"),
        (in_provider("<delimiter>pipe</delimiter>\n<delimiter>comma</delimiter>"), 3,
            "<delimiter>: it has another value already on line 2; keep one of the two"),
        (in_provider("<columnsMapping>\n<lovCode/>\n<lovCodes/></columnsMapping>"), 4,
            '<lovCodes> in <columnsMapping>: "lovCodes" is not a column; did you mean lovCode?'),
        (in_provider("<columnsMapping>\n<progress/>\n<progression/></columnsMapping>"), 4,
            "<progression> in <columnsMapping>: the column progression stands on line 3 already"),
        (in_provider("<columnsMapping>lovCode</columnsMapping>"), 2,
            "<columnsMapping> holds text where only elements are expected"),
        (in_provider("<columnsMapping><lovCode>code</lovCode></columnsMapping>"), 2,
            "<lovCode> holds text where only elements are expected"),
        (in_provider("<columnsMapping><lovCode><mandatory>yes</mandatory></lovCode></columnsMapping>"), 2,
            "<mandatory> is unknown in <lovCode>"),
        (in_provider("<columnsMapping><lovCode/></columnsMapping>",
                     "<fields>\n<score><mandatory>yes</mandatory></score></fields>"), 4,
            "<mandatory>: score is mandatory, but not in columnsMapping; add it there"),
        (in_provider("<columnsMapping><lovCode/></columnsMapping>\n<columnsMapping><score/></columnsMapping>"), 3,
            "<columnsMapping>: it has another value already on line 2; keep one of the two"),
        (in_provider("<headerMapping><lovCodes>A</lovCodes></headerMapping>"), 2,
            '<headerMapping>: "lovCodes" is not a column; did you mean lovCode?'),
        (in_provider("<headerMapping><lovCode>A</lovCode>\n<score>A</score></headerMapping>"), 3,
            '<headerMapping>: the header "A" has two meanings; keep one'),
        (in_action("<fields><lovCode/>\n<lovCode/></fields>"), 3,
            "<lovCode> in <fields>: the column lovCode stands on line 2 already"),
        (in_action("<fields><ignoredColumn/></fields>"), 2, "<fields>: none of these columns is imported"),
        (in_action("<fields><lovCode><mandatory>often</mandatory></lovCode></fields>"), 2,
            '<mandatory>: "often" is not yes or no; write yes or no'),
        (in_action("<fields><lovCode><mandator>yes</mandator></lovCode></fields>"), 2,
            "<mandator> is unknown in <lovCode>; did you mean mandatory?"),
        (in_action("<fields><trackingStatus><complete>c</complete></trackingStatus></fields>"), 2,
            "<complete> is unknown in <trackingStatus>; did you mean completed?"),
        (in_action("<trackingStatus>c</trackingStatus>"), 2,
            "<trackingStatus> holds text where only elements are expected"),
        (in_action("<trackingStatus><passed>Not Attempted</passed></trackingStatus>"), 2,
            '<trackingStatus>: notAttempted and passed both go by the word "Not Attempted"; give one of them another'),
        (in_action("<trackingStatus><passed>c</passed>\n<completed>C</completed></trackingStatus>"), 3,
            '<trackingStatus>: completed and passed both go by the word "c"; give one of them another'),
        (in_action("<trackingStatus><passed>c</passed>\n<passed>d</passed></trackingStatus>"), 3,
            "<passed>: it has another value already on line 2; keep one of the two"),
        (in_action("<options><trackingStatus><passed>p</passed></trackingStatus></options>\n"
                   "<fields><trackingStatus><failed>f</failed></trackingStatus></fields>"), 3,
            "<trackingStatus>: it maps the statuses otherwise than on line 2; keep one of the two mappings"),
        (in_action("<options><timeZone>UTC</timeZone></options>\n<timeZone>Asia/Tokyo</timeZone>"), 3,
            "<timeZone>: it has another value already on line 2; keep one of the two"),
        (in_action("<timeZone>Europe/Pariss</timeZone>"), 2,
            '<timeZone>: "Europe/Pariss" is not a zone of the TZ database; did you mean Europe/Paris?'),
        (in_action("<dateTimeFormat>YYYY-MM-DD SS</dateTimeFormat>"), 2,
            '<dateTimeFormat>: the date format "YYYY-MM-DD SS" has SS without II'),
        (in_action("<defaultTime>24:00:00</defaultTime>"), 2,
            '<defaultTime>: "24:00:00" is not a time; write hh:ii:ss, for example 08:00:00'),
        (in_action("<defaultTime>08:00</defaultTime>"), 2,
            '<defaultTime>: "08:00" is not a time; write hh:ii:ss, for example 08:00:00'),
        (in_action("<defaultScoreMax>1.5</defaultScoreMax>"), 2, '<defaultScoreMax>: "1.5" is not a whole number'),
        (in_action("<defaultScoreMax>0</defaultScoreMax>"), 2,
            '<defaultScoreMax>: "0" is out of range; write a whole number from 1 to 2147483647'),
        (in_action("<defaultScoreMax>1e999</defaultScoreMax>"), 2,
            '<defaultScoreMax>: "1e999" is out of range; write a whole number from 1 to 2147483647'),
        (in_action("<timeGlobalFormat>seconds</timeGlobalFormat>"), 2,
            ('<timeGlobalFormat>: "seconds" is not a time format;'
            " write rawSeconds, rawMinutes, iso-8601, padded or paddedhh")),
        (in_action("<updateMode>merge</updateMode>"), 2,
            '<updateMode>: "merge" is not an update mode; write replace or patch'),
    ],
)  # fmt: skip
def test_one_mistake(tmp_path: Path, xml: str, line: int, message: str) -> None:
    assert found(tmp_path, xml) == [(line, message)]


def test_all_mistakes_are_given_in_the_order_of_their_lines(tmp_path: Path) -> None:
    xml = in_provider(
        "<delimiter>colon</delimiter>\n<decimal>dot</decimal>\n<columnsMapping><a/><lovCode/><b/></columnsMapping>",
        "\n<fields><c/></fields>\n<parameters><timeZone>Mars</timeZone><defaultTime>8</defaultTime></parameters>",
    )
    assert [line for line, _ in found(tmp_path, xml)] == [2, 3, 4, 4, 6, 7, 7]


UNKNOWN = (2, '<lovCodes> in <columnsMapping>: "lovCodes" is not a column; did you mean lovCode?')
TWO = (2, "<columnsMapping>: it has another value already on line 2; keep one of the two")


@pytest.mark.parametrize(
    ("provider", "action", "mistake"),
    [
        ("<skipFirstLine>no</skipFirstLine><columnsMapping><lovCodes/></columnsMapping>", "", UNKNOWN),
        (
            "<columnsMapping><lovCodes/></columnsMapping>",
            "<fields><lovCode><mandatory>yes</mandatory></lovCode></fields>",
            UNKNOWN,
        ),
        (
            "<columnsMapping><lovCode/></columnsMapping><columnsMapping><score/></columnsMapping>",
            "<fields><score><mandatory>yes</mandatory></score></fields>",
            TWO,
        ),
    ],
)
def test_a_mistake_does_not_cause_others(tmp_path: Path, provider: str, action: str, mistake: tuple[int, str]) -> None:
    assert found(tmp_path, in_provider(provider, action)) == [mistake]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("candidatelmail", "; did you mean candidateEmail?"),
        ("sessionXd", "; did you mean sessionId?"),
        ("LOVXUID", "; did you mean lovGuid?"),
        ("candidateX", ""),
        ("remarks", ""),
    ],
)
def test_the_nearest_name_is_suggested_where_there_is_one(tmp_path: Path, name: str, suggestion: str) -> None:
    expected = f'<{name}> in <fields>: "{name}" is not a column{suggestion}'
    assert found(tmp_path, in_action(f"<fields><{name}/></fields>")) == [(2, expected)]


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE actions SYSTEM "http://example.org/x.dtd">\n<actions/>',
        '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        "<!doctype actions><actions/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_doctype_is_refused(tmp_path: Path, xml: str, encoding: str) -> None:
    before = '<?xml version="1.0"?>\r\n<!-- <!DOCTYPE no> -->\n'
    mistake = (3, "the configuration has a DOCTYPE, which is refused; remove it")
    assert found(tmp_path, (before + xml).encode(encoding)) == [mistake]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f'<!DOCTYPE a [<!ENTITY e0 "ha">{entities}]>{in_action("<timeZone>&e11;</timeZone>")}'
    assert found(tmp_path, xml)[0][1] == "the configuration has a DOCTYPE, which is refused; remove it"
    (message,) = found(tmp_path, in_action("<timeZone>&e;</timeZone>"))
    why = "undefined entity; the innermost element that is open is <timeZone>, from line 2"
    assert message == (2, f"the configuration is not well-formed XML: {why}")


@pytest.mark.parametrize(
    ("data", "line", "begin"),
    [
        (b"", 1, "the configuration is empty"),
        (b" \n\t", 1, "the configuration is empty"),
        (b"login;code\n1;2\n", 1, "the configuration is not well-formed XML: "),
        (b"\x00\x01\x02\xff", 1, "the configuration is not well-formed XML: "),
        (b"PK\x03\x04\x14\x00", 1, "the configuration is not well-formed XML: "),
        (b"<actions>\n\n<createOr", 3, "the configuration is not well-formed XML: "),
        (b"<actions>\n</action>", 2, "the configuration is not well-formed XML: "),
        (b"<actions>\n\xe9</actions>", 2, "the configuration is not well-formed XML: "),
        (b'<?xml version="1.0" encoding="nope"?><actions/>', 1, "the configuration is not well-formed XML: "),
        (b"<a>" * 300 + b"</a>" * 300, 1, "the configuration has more than 256 levels of elements"),
        (b"<a>" + b"<b/>\n" * 20_000 + b"</a>", 20_000, "the configuration has more than 20,000 elements"),
        (
            b"<a " + b" ".join(b'a%d=""' % n for n in range(101)) + b"/>",
            1,
            "the configuration has more than 100 attributes",
        ),
        (
            b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-',
            1,
            "the configuration is not well-f",
        ),
        ("<!DOCTYPE a><a/>".encode("utf-32"), 1, "the configuration has a DOCTYPE"),
        ("<!DOCTYPE a><a/>".encode("utf-32-be"), 1, "the configuration has a DOCTYPE"),
        ('<?xml version="1.0" encoding="ucs-4"?><a/>'.encode("utf-32"), 1, "the configuration is not well-formed XML"),
        (b"<a>" + b" " * document.LARGEST + b"</a>", 1, "the configuration is larger than 4 MB; is it the right file?"),
    ],
)
def test_what_is_no_configuration_at_all(tmp_path: Path, data: bytes, line: int, begin: str) -> None:
    ((where, message),) = found(tmp_path, data)
    assert where == line
    assert message.startswith(begin)


def test_no_secret_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    path.write_text(
        in_provider(
            "hunter2<sftpPassword>hunter2</sftpPassword><sftpPasword>hunter2</sftpPasword><path><hunter2/></path>"
        ),
        encoding="utf-8",
    )
    checked = config.check(path)
    assert len(checked.mistakes) == 2
    assert len(checked.notes) == 1
    assert "hunter2" not in str(checked)


ELEMENTS = (
    *("import", "providers", "actions", "createOrUpdateConsolidatedTrackingAction", "fileSystemSourceProvider"),
    *("options", "parameters", "fields", "columnsMapping", "headerMapping", "trackingStatus", "mandatory", "completed"),
    *("timeZone", "delimiter", "skipFirstLine", "lovCode", "ignoredColumn", "preProcess", "path", "fileName", "x"),
)
TEXTS = st.sampled_from(["", " ", "yes", "no", "comma", "completed", "lovCode,score", "é\u2028", "1"])
TREES = st.recursive(
    st.tuples(st.sampled_from(ELEMENTS), TEXTS).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"),
    lambda inner: st.tuples(st.sampled_from(ELEMENTS), st.lists(inner, max_size=4), TEXTS).map(
        lambda parts: f"<{parts[0]}>{''.join(parts[1])}{parts[2]}</{parts[0]}>"
    ),
    max_leaves=25,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=st.sampled_from(["import-config", "actions", "createOrUpdateConsolidatedTrackingAction"]), inside=TREES)
def test_whatever_elements_stand_where_there_is_an_answer(tmp_path: Path, root: str, inside: str) -> None:
    for _, message in found(tmp_path, f"<{root}>{inside}</{root}>"):
        assert message


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60) | st.binary(max_size=30).map(lambda some: b"<?xml version='1.0'?><a>" + some))
def test_whatever_bytes_there_are_there_is_an_answer(tmp_path: Path, data: bytes) -> None:
    mistakes = found(tmp_path, data)
    assert mistakes
    assert all(line and message for line, message in mistakes)
    assert str(Mistake(*mistakes[0])).startswith("line ")


@pytest.mark.parametrize(
    ("inside", "line", "message"),
    [
        (
            '<value from="a">b</value>\n<value from=" A ">b</value>',
            3,
            '<values>: it maps "A" twice; keep one of the two',
        ),
        ("<value>b</value>", 2, '<values>: <value> has no from; write <value from="text">'),
        ('<value from=" ">b</value>', 2, "<values>: it maps an empty text; use default for empty cells"),
        ('<vaule from="a">b</vaule>', 2, "<vaule> is unknown in <values>; did you mean value?"),
        ('<value from="a"><b/></value>', 2, "<value>: it holds elements where only text is expected"),
        ("text", 2, "<values> holds text where only elements are expected"),
    ],
)
def test_mistakes_in_maps_of_values(tmp_path: Path, inside: str, line: int, message: str) -> None:
    (mistake,) = found(tmp_path, in_action(f"<fields><lovCode><values>{inside}\n</values></lovCode></fields>"))
    assert mistake == (line, message)


def test_rows_to_skip_and_header_rows_that_are_mistakes(tmp_path: Path) -> None:
    assert found(tmp_path, in_provider("<skipRows>Total</skipRows>")) == [
        (2, '<skipRows>: "Total" does not say which rows are skipped; write Header=text')
    ]
    columns = "<columnsMapping><lovCode/></columnsMapping>"
    assert found(tmp_path, in_provider(f"<skipFirstLine>no</skipFirstLine>{columns}\n<headerRow>2</headerRow>")) == [
        (3, "<headerRow>: there is no header when skipFirstLine is no; keep one of the two")
    ]
