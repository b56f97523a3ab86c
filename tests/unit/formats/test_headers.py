"""What a header, a mapping and the options make of a file's columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost.model.columns import TRACKING
from milepost.model.exceptions import FileError, MilepostError, UsageError
from milepost.model.job import Reading
from unit.formats.reading import Record, read, write

ROWS = [(2, ("a", "b")), (3, ("c", "d"))]


def refused(path: Path, reading: Reading | None = None, mandatory: frozenset[str] = frozenset()) -> str:
    """What is said when the file is refused."""
    with pytest.raises(MilepostError) as caught:
        read(path, reading, mandatory=mandatory)
    return str(caught.value)


def test_letter_case_blanks_and_dashes_in_names_do_not_matter(tmp_path: Path) -> None:
    result = read(write(tmp_path, "Candidate Login;LOV_code;session-title;PROGRESS\na;b;c;1\n"))
    assert result.positions == {"candidateLogin": 0, "lovCode": 1, "sessionTitle": 2, "progression": 3}
    assert result.header == ("Candidate Login", "LOV_code", "session-title", "PROGRESS")


def test_positions_are_in_canonical_order_and_the_others_are_lacking(tmp_path: Path) -> None:
    result = read(write(tmp_path, "score,lovCode,candidateLogin\n1,2,3\n"))
    assert list(result.positions.items()) == [("candidateLogin", 2), ("lovCode", 1), ("score", 0)]
    used = {"candidateLogin", "lovCode", "score"}
    assert result.lacking == tuple(column.name for column in TRACKING.columns if column.name not in used)


def test_names_that_are_skipped_and_names_that_are_passed_over(tmp_path: Path) -> None:
    header = "candidateLogin,ignoredColumn,_mine,ignoredColumn,status,timeGlobal,timeSpent,candidateName,nbLO"
    result = read(write(tmp_path, f"{header}\n"), Reading(delimiter=","))
    assert result.positions == {"candidateLogin": 0, "timeSpent": 6}
    assert result.notes == (
        (
            'Column "status" is passed over; its counterpart is trackingStatus. '
            'To read it as that: argument "header_map" = "status=trackingStatus".'
        ),
        'Column "timeGlobal" is passed over: timeSpent is read instead.',
        'Columns "candidateName", "nbLO" are passed over: Milepost does not use them.',
    )


def test_all_problems_of_a_header_are_said_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "lovCod;Kurs;;progress;progression;lovGuid\n")
    reading = Reading(delimiter=";", header_map={"Points": "score", "lovGuid": "scor"}, header_ignore=frozenset({"Q"}))
    names = '"lovCod", "Kurs", "", "progress", "progression", "lovGuid"'
    assert refused(path, reading).splitlines() == [
        f"{path}, line 1: the header has 7 problems:",
        f'  argument "header_map" = "Points" names no column of the file; it has {names}',
        f'  argument "header_ignore" = "Q" names no column of the file; it has {names}',
        '  argument "header_map" = "lovGuid=scor": "scor" is no column, the nearest is "score"',
        '  "lovCod" is no column, the nearest is "lovCode"',
        '  "Kurs" is no column',
        '  column 3 has no name; give it one, or skip it with argument "header_ignore" = ""',
        (
            '  "progress" (column 4) and "progression" (column 5) both mean progression; rename or remove one of them, '
            'or skip it with argument "header_ignore"'
        ),
        (
            'Say what a header means with argument "header_map" = "Header=column", or skip it with argument '
            '"header_ignore" = "Header".'
        ),
        'What is suggested: argument "header_map" = "lovCod=lovCode"',
        (
            "Columns that a header may mean: candidateLogin, candidateRefNumber, candidateEmail, lovCode, lovGuid, "
            "sessionGuid, sessionId, sessionTitle, trainingPathCode, trainingId, trainingGuid, "
            "firstAccessDate, lastAccessDate, "
            "firstCompletionDate, trackingStatus, timeSpent, score and scoreMax."
        ),
    ]


def test_two_names_that_are_equally_near_are_not_suggested(tmp_path: Path) -> None:
    said = refused(write(tmp_path, "trainingXd,candidateLogin\n"))
    assert '"trainingXd" is no column, the nearest is "trainingId"' in said
    said = refused(write(tmp_path, "trainingUid,candidateLogin\n"))
    assert '"trainingUid" is no column\n' in said


def test_map_and_ignore(tmp_path: Path) -> None:
    path = write(tmp_path, "Who;What;Why;;status\na;b;c;d;e\n")
    reading = Reading(
        header_map={"who": "candidate login", "What": "lovCode", "status": "trackingStatus", "Why": "ignoredColumn"},
        header_ignore=frozenset({""}),
    )
    result = read(path, reading)
    assert result.positions == {"candidateLogin": 0, "lovCode": 1, "trackingStatus": 4}
    assert result.delimiter == ";"
    assert result.records == [(2, ("a", "b", "c", "d", "e"))]


def test_map_and_ignore_of_one_name_contradict_each_other(tmp_path: Path) -> None:
    reading = Reading(header_map={"Who": "candidateLogin"}, header_ignore=frozenset({"Who"}))
    assert '"Who" is given to argument "header_map" and to argument "header_ignore"; drop one of them' in refused(
        write(tmp_path, "Who,lovCode"), reading
    )


def test_a_mapping_names_the_columns_and_the_first_line_is_skipped(tmp_path: Path) -> None:
    path = write(tmp_path, "score;Learner;x\n1;2;3\n")
    result = read(path, Reading(delimiter=";", columns=("candidateLogin", "ignoredColumn", "lovCode")))
    assert result.positions == {"candidateLogin": 0, "lovCode": 2}
    assert result.header == ("score", "Learner", "x")
    assert result.records == [(2, ("1", "2", "3"))]


def test_a_file_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2\n3;4\n")
    reading = Reading(delimiter=";", columns=("candidateLogin", "ignoredColumn"), skip_first_line=False)
    result = read(path, reading)
    assert result.header == ("candidateLogin", "ignoredColumn")
    assert result.records == [(1, ("1", "2")), (2, ("3", "4"))]


def test_fields_name_the_columns_of_a_file_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2\n")
    result = read(path, Reading(delimiter=";", skip_first_line=False), fields=("lovCode", "candidateLogin"))
    assert result.positions == {"candidateLogin": 1, "lovCode": 0}
    with pytest.raises(UsageError, match="needs columnsMapping or fields"):
        read(path, Reading(delimiter=";", skip_first_line=False))


@pytest.mark.parametrize("header", ["a;b;c", "a", "\n \n;;x", "a;b;c;_line;_codes;_messages"])
def test_a_skipped_first_line_must_have_the_cells_of_the_mapping(tmp_path: Path, header: str) -> None:
    reading = Reading(delimiter=";", columns=("candidateLogin", "lovCode"))
    with pytest.raises(FileError, match=r"line [13]: the first line has \d cells?, columnsMapping names 2"):
        read(write(tmp_path, f"{header}\n1;2\n"), reading)


def test_a_mapping_must_name_columns_that_are_known_and_each_once(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2;3;4\n")
    said = refused(path, Reading(delimiter=";", columns=("progress", "progression", "scor", "nbLO")))
    assert said.splitlines() == [
        'columnsMapping: "scor" is no column, the nearest is "score"',
        (
            'columnsMapping: "progress" (column 1) and "progression" (column 2) both mean progression; '
            'rename or remove one of them, or skip it with argument "header_ignore"'
        ),
    ]
    said = refused(path, Reading(delimiter=";", columns=("score",), header_ignore=frozenset({"x"})))
    assert "the configuration names the columns" in said


def test_fields_restrict_what_is_used(tmp_path: Path) -> None:
    result = read(write(tmp_path, "candidateLogin,score,lovCode\n"), fields=("lovCode", "candidateLogin"))
    assert result.positions == {"candidateLogin": 0, "lovCode": 2}
    assert "score" in result.lacking
    assert 'Column "score" is not used: not among the fields.' in result.notes


def test_the_file_must_have_the_mandatory_columns(tmp_path: Path) -> None:
    said = refused(write(tmp_path, "candidateLogin,score\n"), mandatory=frozenset({"score", "lovCode", "lovGuid"}))
    assert "lacks mandatory columns: lovCode, lovGuid." in said


@pytest.mark.parametrize("skip", [True, False])
def test_the_columns_of_a_rejects_file_are_dropped(tmp_path: Path, skip: bool) -> None:
    content = 'a,b,_line,_codes,_messages\n1,2,7,x y,"m\nn"\n1,2,3,8,x,m\n1,9,x,m\n,,4,x,m\n1,2\n'
    reading = Reading(delimiter=",", columns=("candidateLogin", "lovCode"), skip_first_line=skip)
    result = read(write(tmp_path, content), reading)
    assert result.header == ("a", "b")
    assert result.records == [(2, ("1", "2")), (4, ("1", "2", "3")), (5, ("1",))]
    assert any("is a rejects file" in note for note in result.notes)


def test_too_many_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "lovCode" + ",ignoredColumn" * 99_999)
    assert "has 100,000 columns; at most 4,096 are read" in refused(path)
    assert "has 100,000 columns" in refused(path, Reading(delimiter=","))


@pytest.mark.parametrize("content", ["\n", " \r\n\t\n", "\ufeff", ",,,\n"])
def test_a_file_of_white_space_has_no_header(tmp_path: Path, content: str) -> None:
    assert "has no header: it holds nothing but white space" in refused(write(tmp_path, content))


def test_empty_records_before_the_header_are_passed_over(tmp_path: Path) -> None:
    result = read(write(tmp_path, "\n ; \ncandidateLogin;lovCode\na;b\n"))
    assert result.records == [(4, ("a", "b"))]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_header_alone_gives_no_batches(tmp_path: Path, end: str) -> None:
    assert read(write(tmp_path, f"candidateLogin,lovCode{end}")).batches == []


@pytest.mark.parametrize(
    ("header", "delimiter", "note"),
    [
        ("candidateLogin,lovCode", ",", "commas"),
        ("candidateLogin;lovCode", ";", "semicolons"),
        ("candidateLogin|lovCode", "|", "pipes"),
        ("candidateLogin\tlovCode", "\t", "tabs"),
        ('"candidateLogin";"lovCode";"_a,score"', ";", "semicolons"),
    ],
)
def test_the_delimiter_is_found_by_the_known_names(tmp_path: Path, header: str, delimiter: str, note: str) -> None:
    result = read(write(tmp_path, f"{header}\n"))
    assert result.delimiter == delimiter
    assert result.notes[0] == f"The cells are separated by {note}, as the names in the first line show."


@pytest.mark.parametrize("header", ["candidateLogin,x;lovCode", "a,b;c", "Learner"])
def test_a_delimiter_that_cannot_be_told(tmp_path: Path, header: str) -> None:
    said = refused(write(tmp_path, header))
    assert "the delimiter cannot be detected from the first line" in said
    assert 'Set setting "delimiter" to comma, pipe, semicolon or tabulation' in said


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    result = read(write(tmp_path, "candidateLogin\na;b\nc,d\n"))
    assert result.notes == ()
    assert result.records == [(2, ("a;b",)), (3, ("c", "d"))]


def test_the_delimiter_under_a_mapping_is_the_one_that_fits_it(tmp_path: Path) -> None:
    result = read(
        write(tmp_path, "a,b;c,d\n"), Reading(columns=("lovCode", "score", "progression"), skip_first_line=False)
    )
    assert result.delimiter == ","


def test_a_delimiter_that_is_none(tmp_path: Path) -> None:
    assert '"#" is not a delimiter' in refused(write(tmp_path, "a#b"), Reading(delimiter="#"))


PREAMBLE = 'Report\n"Spring, 2024\nby,"LMS"\n\ncandidateLogin,lovCode\n'


@pytest.mark.parametrize(
    ("content", "reading", "records"),
    [
        # What is above is not read: no quote in it is opened.
        (PREAMBLE + "a,b\n", Reading(header_row=5), [(6, ("a", "b"))]),
        (PREAMBLE + "a,b\n", Reading(header_row=4, delimiter=","), [(6, ("a", "b"))]),
        (PREAMBLE.replace("\n", "\r\n") + "a,b", Reading(header_row=5), [(6, ("a", "b"))]),
        (PREAMBLE.replace("\n", "\r") + "a,b", Reading(header_row=5), [(6, ("a", "b"))]),
        (PREAMBLE + "a,b\n", Reading(header_row=5, columns=("lovCode", "candidateLogin")), [(6, ("a", "b"))]),
        # A rejects file has its header on the first line, whatever the settings say.
        ("candidateLogin,lovCode,_line,_codes,_messages\na,b,3,x,m\n", Reading(header_row=5), [(2, ("a", "b"))]),
        ("sep=;\ncandidateLogin;lovCode\na;b\n", Reading(), [(3, ("a", "b"))]),
        ("sep=;\r\ncandidateLogin;lovCode\r\na;b\r\n", Reading(delimiter=","), [(3, ("a", "b"))]),
        ('"sep=|"\ncandidateLogin|lovCode\na|b\n', Reading(), [(3, ("a", "b"))]),
        ("\ufeffSEP=\t\nReport\ncandidateLogin\tlovCode\na\tb\n", Reading(header_row=3), [(4, ("a", "b"))]),
        ('"sep=;";;\ncandidateLogin;lovCode\n', Reading(), []),
        ("sep=,\n1,2\n", Reading(columns=("lovCode", "score"), skip_first_line=False), [(2, ("1", "2"))]),
        # Blank records are passed over, and surplus empty cells belong to no column.
        ("\n;;\ncandidateLogin;lovCode\na;b\n", Reading(columns=("lovCode", "score")), [(4, ("a", "b"))]),
        ("candidateLogin,lovCode,,\na,b,, \nc,d\n,,,\n", Reading(), [(2, ("a", "b")), (3, ("c", "d"))]),
        ("candidateLogin,lovCode\na,b,\nc,d,\ne,f,g\n", Reading(), [*ROWS, (4, ("e", "f", "g"))]),
        ("candidateLogin,lovCode\na,b\nc,d,,,\ne\n", Reading(), [*ROWS, (4, ("e",))]),
        ("candidateLogin,lovCode\na,b\nc,d,,\ne\n\n", Reading(pad_short_rows=True), [*ROWS, (4, ("e", ""))]),
        ("x,y,\na,b,\nc,d\n", Reading(columns=("lovCode", "score")), ROWS),
    ],
)
def test_where_records_begin_and_end(tmp_path: Path, content: str, reading: Reading, records: list[Record]) -> None:
    result = read(write(tmp_path, content), reading)
    assert result.records == records
    assert len(result.header) == 2
    assert result.ragged == [record for record in records if len(record[1]) != 2]


def test_a_line_that_names_the_delimiter_is_noted_and_must_name_one(tmp_path: Path) -> None:
    result = read(write(tmp_path, "sep=;\nlovCode;score\n"), Reading(delimiter=","))
    assert result.notes == ("The cells are separated by semicolons, as the first line says.",)
    # The rejects file has no such line.
    assert result.delimiter == ","
    said = refused(write(tmp_path, "sep=^\nlovCode^score\n"))
    assert said.endswith('line 1: "sep=^" names no delimiter that is read. Save the file with semicolons.')


@pytest.mark.parametrize(
    ("above", "reading"),
    [
        ("Report\n\n", Reading()),
        ("Report\n\n", Reading(delimiter=",")),
        ("Report,of,Spring\nby,LMS\n", Reading(header_map={"When": "lastAccessDate", "Kind": "trackingStatus"})),
        ("Report;x\n" + "a;b\n" * 28, Reading()),
    ],
)
def test_a_header_that_stands_lower_is_named(tmp_path: Path, above: str, reading: Reading) -> None:
    header = "When,Kind,lovCode" if reading.header_map else "lovCode,score"
    said = refused(write(tmp_path, f"{above}{header}\na,b\n"), reading)
    line = above.count("\n") + 1
    assert f"line 1 has no name of a column, but line {line} has: " in said
    assert f'If the header stands there, use setting "headerRow" = "{line}".' in said


def test_a_header_that_stands_too_low_or_has_one_known_name_is_not_named(tmp_path: Path) -> None:
    for above, header in (
        ("x;y\n" + "a;b\n" * 30, "lovCode;score"),
        ("x;y\n", "lovCode;other"),
        ("x;score\n", "lovCode;score"),
    ):
        assert "headerRow" not in refused(write(tmp_path, f"{above}{header}\n"), Reading(delimiter=";"))
    assert "from line 9 on, it holds nothing but white space" in refused(
        write(tmp_path, "lovCode;score\n"), Reading(header_row=9)
    )


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Completion Date", ', it may mean "firstCompletionDate"'),
        ("Max Score", ', it may mean "scoreMax"'),
        # Understood, but no column: never the nearest in letters.
        ("Session Start", ""),
        ("Passing Score", ""),
        # Near to a name that has no column.
        ("sesionEndDat", ""),
        ("lovCodes", ', the nearest is "lovCode"'),
        # The file has that column already.
        ("Course Code,lovCode", ""),
        ("lovCodes,lovCode", ""),
        ("Date Completed,Abschlussdatum", '"Abschlussdatum" is no column'),
    ],
)
def test_suggestions_are_by_meaning_then_by_letters(tmp_path: Path, header: str, said: str) -> None:
    named = said if said.startswith('"') else f'"{header.split(",")[0]}" is no column{said}'
    assert f"  {named}\n" in refused(write(tmp_path, f"candidateLogin,{header}\n"), Reading(delimiter=","))


def test_headers_in_other_languages_show_the_delimiter_and_the_line(tmp_path: Path) -> None:
    said = refused(write(tmp_path, "Benutzername;Kurscode;Ort\n"))
    assert '"Benutzername" is no column, it may mean "candidateLogin"' in said
    assert "line 1 has no name of a column, but line 3 has: " in refused(
        write(tmp_path, "Bericht;2024\n\nNom d'utilisateur;Code du cours\n")
    )
