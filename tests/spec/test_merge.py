"""How a file's value and a stored one become one value."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import milepost
from databases.stores import Stores
from generative.effort import examples
from milepost import settings as config
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.job import RULES, STATUS_ORDER
from spec import tables
from spec.tables import Tables

RULED = [
    # column, rule, stored, in the file, merged
    ("progression", "replace", "50", "40", "40"),
    ("progression", "highest", "50", "40", "50"),
    ("progression", "highest", "50", "60", "60"),
    ("progression", "highest", "50", "", "50"),
    ("progression", "lowest", "50", "40", "40"),
    ("progression", "lowest", "50", "60", "50"),
    ("progression", "fill", "50", "60", "50"),
    ("progression", "keep", "50", "60", "50"),
    ("timeSpent", "highest", "60", "59", "60"),
    ("timeSpent", "lowest", "60", "", "0"),
    ("score", "highest", "50", "", "50"),
    ("score", "highest", "", "7", "7"),
    ("score", "highest", "9", "10", "10"),
    ("score", "lowest", "", "7", "7"),
    ("score", "lowest", "9", "10", "9"),
    ("score", "fill", "", "7", "7"),
    ("score", "fill", "9", "7", "9"),
    ("score", "keep", "", "7", ""),
    ("score", "keep", "9", "", "9"),
    ("firstAccessDate", "earliest", "2024-01-02 10:00:00", "2024-01-03 10:00:00", "2024-01-02 10:00:00"),
    ("firstAccessDate", "earliest", "2024-01-02 10:00:00", "2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ("firstAccessDate", "earliest", "2024-01-02 10:00:00", "", "2024-01-02 10:00:00"),
    ("lastAccessDate", "latest", "2024-01-02 10:00:00", "2024-01-03 10:00:00", "2024-01-03 10:00:00"),
    ("lastAccessDate", "latest", "2024-01-02 10:00:00", "2024-01-01 10:00:00", "2024-01-02 10:00:00"),
    ("lastAccessDate", "latest", "", "2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ("lastAccessDate", "fill", "", "2024-01-01 10:00:00", "2024-01-01 10:00:00"),
    ("lastAccessDate", "keep", "", "2024-01-01 10:00:00", ""),
    ("trackingStatus", "furthest", "completed", "failed", "completed"),
    ("trackingStatus", "furthest", "browsed", "incomplete", "incomplete"),
    ("trackingStatus", "furthest", "failed", "incomplete", "failed"),
    ("trackingStatus", "furthest", "completed", "passed", "passed"),
    ("trackingStatus", "furthest", "incomplete", "notAttempted", "incomplete"),
    ("trackingStatus", "fill", "incomplete", "passed", "incomplete"),
    ("trackingStatus", "keep", "incomplete", "notAttempted", "incomplete"),
]


@pytest.mark.parametrize(("column", "rule"), dict.fromkeys((column, rule) for column, rule, *_ in RULED))
def test_a_value_is_merged_by_its_rule(school: Tables, column: str, rule: str) -> None:
    stored, read, merged = zip(
        *(values for one, other, *values in RULED if (one, other) == (column, rule)), strict=True
    )
    school.holds(_column(column, stored))
    school.lists(_column(column, read), None, settings={f"{column}.merge": rule})
    assert [row[column] for row in school.stored()] == list(merged)


def _column(name: str, values: tuple[str, ...]) -> str:
    """A table of one column, and of a status where that is not the column."""
    if name == "trackingStatus":
        return "\n".join((name, *values))
    return "\n".join((f"trackingStatus | {name}", *(f"incomplete | {value}" for value in values)))


def test_the_maximum_goes_with_the_score_that_wins(school: Tables) -> None:
    school.holds("score | scoreMax\n9 | 10\n9 | 10\n9 | 10")
    school.lists("score | scoreMax\n8 | 20\n15 | 20\n9 | 20", None, settings={"score.merge": "highest"})
    assert [(row["score"], row["scoreMax"]) for row in school.stored()] == [("9", "10"), ("15", "20"), ("9", "20")]


@pytest.mark.parametrize(
    ("rules", "scores"),
    [
        # score | scoreMax each: what is stored, what is read, what is stored then
        (
            {"score": "highest", "scoreMax": "lowest"},
            [
                ("9 | 20", "8 | 10", "9 | 10"),
                ("15 | 20", "9 | 10", "15 | 15"),
                ("9 | 10", "14.5 | 20", "14.5 | 15"),
            ],
        ),
        (
            {"score": "lowest", "scoreMax": "lowest"},
            [
                ("15 | 100", " | 10", "15 | 100"),
                (" | 10", "15 | 100", "15 | 100"),
                (" | 10", " | 20", " | 10"),
            ],
        ),
        ({"score": "highest", "scoreMax": "highest"}, [("9 | 20", " | 30", "9 | 30")]),
        (
            {"scoreMax": "keep"},
            [
                ("9 | 10", "8 | 20", "8 | 10"),
                ("9 | 10", "15 | 20", "15 | 15"),
                (" | ", "7 | 20", "7 | 20"),
                (" | ", " | 20", " | "),
            ],
        ),
        ({"scoreMax": "fill"}, [(" | ", " | 20", " | 20")]),
        ({"scoreMax": "replace", "score": "highest"}, [("9 | 10", "8 | 20", "9 | 10")]),
    ],
)
def test_a_score_has_a_maximum_that_is_not_below_it(
    school: Tables, rules: dict[str, str], scores: list[tuple[str, str, str]]
) -> None:
    stored, read, merged = ("\n".join(one) for one in zip(*scores, strict=True))
    school.holds(f"score | scoreMax\n{stored}")
    settings = {f"{column}.merge": rule for column, rule in rules.items()}
    school.lists(f"score | scoreMax\n{read}", None, settings=settings)
    assert "\n".join(f"{row['score']} | {row['scoreMax']}" for row in school.stored()) == merged


@pytest.mark.parametrize("rule", ["replace", "earliest", "latest", "fill", "keep"])
def test_a_row_that_becomes_completed_takes_the_date_of_the_file(school: Tables, rule: str) -> None:
    school.holds("trackingStatus\nincomplete")
    school.lists(
        "trackingStatus | firstCompletionDate\ncompleted | 2024-01-01 10:00:00",
        None,
        settings={"firstCompletionDate.merge": rule},
    )
    assert [row["firstCompletionDate"] for row in school.stored()] == ["2024-01-01 10:00:00"]


def test_what_is_not_attempted_changes_nothing_where_the_status_is_merged(school: Tables) -> None:
    school.holds("trackingStatus | progression | score\nincomplete | 50 | 9")
    before = school.stored()
    report = school.lists("trackingStatus\nnotAttempted", None, settings={"trackingStatus.merge": "furthest"})
    assert (report.unchanged, school.stored()) == (1, before)


def test_a_row_that_is_not_completed_loses_its_completion_whatever_the_rule(school: Tables) -> None:
    school.holds("trackingStatus | firstCompletionDate\ncompleted | 2024-01-01 10:00:00")
    school.lists("trackingStatus\nincomplete", None, settings={"firstCompletionDate.merge": "earliest"})
    assert [row["firstCompletionDate"] for row in school.stored()] == [""]


def test_a_completion_stays_where_the_status_does(school: Tables) -> None:
    school.holds("trackingStatus | firstCompletionDate\ncompleted | 2024-01-01 10:00:00")
    school.lists("trackingStatus\nincomplete", None, settings={"trackingStatus.merge": "furthest"})
    assert [row["firstCompletionDate"] for row in school.stored()] == ["2024-01-01 10:00:00"]


def test_rows_that_are_older_are_left_out(school: Tables) -> None:
    school.holds(
        """
        lastAccessDate      | progression
        2024-01-02 10:00:00 | 50
        2024-01-02 10:00:00 | 50
                            | 50
        2024-01-02 10:00:00 | 50
        """
    )
    school.imports(
        """
        lastAccessDate      | progression | trackingStatus | becomes   | progression
        2024-01-02 09:59:59 | 60          | incomplete     | unchanged | 50
          ? older-than-stored: the last access is 2024-01-02 09:59:59 UTC, the stored one 2024-01-02 10:00:00 UTC
        2024-01-02 10:00:00 | 60          | incomplete     | updated   | 60
        2024-01-01 10:00:00 | 60          | incomplete     | updated   | 60
                            | 60          | incomplete     | updated   | 60
        2024-01-01 10:00:00 | 60          | incomplete     | created   | 60
        """,
        merge="newer",
    )


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        ({"progression": "latest"}, 'setting progression.merge: "latest" is not a merge rule of progression'),
        ({"progres": "highest"}, 'merge: "progres" is no field that is stored'),
        ({"candidateLogin": "keep"}, 'merge: "candidateLogin" is no field that is stored'),
        ({"row": "older"}, 'setting merge: "older" is not a merge rule of rows'),
        ({"progress": "lowest", "progression": "highest"}, "setting progression.merge: it has another value already"),
    ],
)
def test_what_is_no_rule(merge: dict[str, str], message: str) -> None:
    with pytest.raises(milepost.ConfigurationError) as raised:
        milepost.configure(None, merge=merge)
    assert [mistake.message.partition(";")[0] for mistake in raised.value.mistakes] == [message]


IN_XML = """
<actions><createOrUpdateConsolidatedTrackingAction>
  <fields>
    <candidateLogin/><lovCode/><sessionGuid/>
    <progression><mandatory>yes</mandatory><merge>highest</merge></progression>
    <trackingStatus><merge>furthest</merge><completed>done</completed></trackingStatus>
  </fields>
  <parameters><timeSpent><merge>lowest</merge></timeSpent><merge>newer</merge></parameters>
</createOrUpdateConsolidatedTrackingAction></actions>
"""


def test_rules_stand_in_the_elements_of_fields_and_are_written_there(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    path.write_text(IN_XML, "utf-8")
    job = milepost.configure(path)
    assert job.merge == {"progression": "highest", "trackingStatus": "furthest", "timeSpent": "lowest"}
    assert job.row_rule == "newer"
    assert job.parameters.status_words == {"completed": "done"}
    path.write_text(config.write(job), "utf-8")
    assert milepost.configure(path) == job


def test_the_rules_of_the_caller_beat_those_in_xml(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    path.write_text(IN_XML, "utf-8")
    job = milepost.configure(path, merge={"progression": "lowest", "row": "always", "score": "fill"})
    assert job.merge == {
        "progression": "lowest",
        "trackingStatus": "furthest",
        "timeSpent": "lowest",
        "score": "fill",
    }
    assert job.row_rule == "always"
    path.write_text(config.write(job), "utf-8")
    assert milepost.configure(path) == job


def test_mistakes_in_rules_have_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "configuration.xml"
    path.write_text(IN_XML.replace("lowest", "least").replace("furthest", "far"), "utf-8")
    checked = config.check(path)
    assert [(mistake.line, mistake.message.partition(";")[0]) for mistake in checked.mistakes] == [
        (6, '<merge>: "far" is not a merge rule of trackingStatus'),
        (8, '<merge>: "least" is not a merge rule of timeSpent'),
    ]


COMMUTING = [
    ("progression", "highest"),
    ("progression", "lowest"),
    ("timeSpent", "highest"),
    ("timeSpent", "lowest"),
    ("score", "highest"),
    ("score", "lowest"),
    ("scoreMax", "replace"),
    ("scoreMax", "highest"),
    ("scoreMax", "lowest"),
    ("firstAccessDate", "earliest"),
    ("firstAccessDate", "latest"),
    ("lastAccessDate", "earliest"),
    ("lastAccessDate", "latest"),
]
INSTANTS = ["", "2024-01-01 10:00:00", "2024-01-02 10:00:00", "2024-01-03 10:00:00"]


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line of each field; a completed one has its completion date."""
    status = draw(st.sampled_from([one.value for one in STATUS_ORDER[1:]]))
    score = draw(st.sampled_from(["", "0", "9", "14.5", "15"]))
    values = {
        "firstAccessDate": draw(st.sampled_from(INSTANTS)),
        "lastAccessDate": draw(st.sampled_from(INSTANTS)),
        "firstCompletionDate": draw(st.sampled_from(INSTANTS[1:])) if status in ("completed", "passed") else "",
        "progression": draw(st.sampled_from(["", "0", "50", "100"])),
        "trackingStatus": status,
        "timeSpent": draw(st.sampled_from(["", "0", "60", "70"])),
        "score": score,
        "scoreMax": draw(st.sampled_from(["", "20", "30"] if score in ("14.5", "15") else ["", "10", "20"])),
    }
    return " | ".join(values.values())


@given(
    files=st.lists(st.lists(st.tuples(st.integers(2, 6), lines()), min_size=1, max_size=8), min_size=2, max_size=3),
    cut=st.integers(0, 24),
    order=st.randoms(use_true_random=False),
    rules=st.fixed_dictionaries(
        {column: st.sampled_from([rule for one, rule in COMMUTING if one == column]) for column, _ in COMMUTING}
    ),
    completion=st.sampled_from(["earliest", "latest"]),
)
@examples(3)
def test_rows_may_be_cut_into_files_anywhere_and_in_any_order(
    all_stores: Stores,
    tmp_path_factory: pytest.TempPathFactory,
    files: list[list[tuple[int, str]]],
    cut: int,
    order: random.Random,
    rules: dict[str, str],
    completion: str,
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    merge = {**rules, "trackingStatus": "furthest", "firstCompletionDate": completion}
    settings = {f"{column}.merge": rule for column, rule in merge.items()}
    drawn = [[f"line-{learner} | {row}" for learner, row in file] for file in files]
    rows = [row for file in drawn for row in file]
    shuffled = order.sample(rows, len(rows))
    halves = [half for half in (shuffled[:cut], shuffled[cut:]) if half]
    found = []
    for imported in (drawn, [rows], [shuffled], halves):
        school = Tables(all_stores.holding(tables.SCHOOL, lambda url: tables.fill(tables.SCHOOL, folder, url)), folder)
        for file in imported:
            school.lists("\n".join([" | ".join(("candidateLogin", *VALUE_COLUMNS)), *file]), None, settings=settings)
        found.append(school.stored())
    assert all(stored == found[0] for stored in found)
    all_stores.take_back()


HIGHEST = {"score__merge": "highest", "progression__merge": "highest"}


def test_lines_of_one_row_are_merged_in_their_order(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | score | progression | timeSpent | becomes    | score | progression | timeSpent
        line-2         | 9     | 50          | 60        | superseded
          ? superseded: line 4 wins; the values of both are merged
        line-3         | 1     | 10          | 1         | created    | 1     | 10          | 1
        line-2         | 8     | 60          |           | created    | 9     | 60          | 0
        """,
        **HIGHEST,
    )


def test_what_is_stored_takes_part_before_the_first_line(school: Tables) -> None:
    school.holds("candidateLogin | score | progression\nline-2 | 10 | 40\nline-3 | 10 | 40")
    school.imports(
        """
        candidateLogin | score | progression | becomes    | score | progression
        line-2         | 9     | 50          | superseded
          ? superseded: line 3 wins; the values of both are merged
        line-2         | 8     | 45          | updated    | 10    | 50
        line-3         | 9     | 30          | superseded
          ? superseded: line 5 wins; the values of both are merged
        line-3         | 10    | 40          | unchanged  | 10    | 40
        """,
        **HIGHEST,
    )


def test_a_line_that_deletes_stands_between_others(school: Tables) -> None:
    school.holds("candidateLogin | score | trackingStatus\nline-2 | 10 | incomplete\nline-3 | 10 | incomplete")
    school.imports(
        """
        candidateLogin | score | trackingStatus | becomes    | score
        line-2         | 5     | incomplete     | superseded
          ? superseded
        line-2         |       | notAttempted   | superseded
          ? superseded
        line-2         | 8     | incomplete     | updated    | 8
        line-3         | 12    | incomplete     | superseded
          ? superseded
        line-3         |       | notAttempted   | deleted
        """,
        score__merge="highest",
    )


def test_a_completion_of_the_first_line_stays_where_the_status_is_merged(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | trackingStatus | firstCompletionDate | becomes    | trackingStatus | firstCompletionDate
        line-2         | completed      | 2024-01-01 10:00:00 | superseded
          ? superseded
        line-2         | incomplete     |                     | created    | completed      | 2024-01-01 10:00:00
        line-3         | completed      |                     | superseded
          ? superseded
        line-3         | incomplete     |                     | created    | completed      | 2024-06-01 12:00:00
        """,
        trackingStatus__merge="furthest",
    )


def test_the_line_with_the_latest_access_counts_where_newer_rows_do(school: Tables) -> None:
    school.holds("candidateLogin | lastAccessDate | score\nline-4 | 2024-03-01 10:00:00 | 1")
    school.imports(
        """
        candidateLogin | lastAccessDate      | score | becomes    | lastAccessDate      | score
        line-2         | 2024-02-02 10:00:00 | 7     | created    | 2024-02-02 10:00:00 | 7
        line-2         | 2024-01-01 10:00:00 | 9     | superseded
          ? superseded: line 2 wins; its last access is later
        line-3         | 2024-01-01 10:00:00 | 9     | superseded
          ? superseded: line 5 wins; the values of both are merged
        line-3         | 2024-02-02 10:00:00 | 7     | created    | 2024-02-02 10:00:00 | 9
        line-4         | 2024-01-01 10:00:00 | 8     | superseded
          ? superseded: line 7 wins; its last access is later
        line-4         | 2024-02-02 10:00:00 | 9     | unchanged  | 2024-03-01 10:00:00 | 1
          ? older-than-stored: the last access is 2024-02-02 10:00:00 UTC, the stored one 2024-03-01 10:00:00 UTC
        """,
        merge="newer",
        score__merge="highest",
    )


def test_in_patch_mode_a_line_is_judged_by_what_those_before_it_have_left(school: Tables) -> None:
    school.imports(
        """
        candidateLogin | score | scoreMax | becomes    | score | scoreMax
        line-2         | 5     | 10       | superseded
          ? superseded
        line-2         |       | 4        | rejected
          ! score-above-maximum score: the score 5 is above 4
        line-2         | 12    |          | rejected
          ! score-above-maximum score: the score 12 is above 10
        line-2         | 7     |          | created    | 7     | 10
        """,
        updateMode="patch",
        score__merge="highest",
    )


def test_every_field_has_rules() -> None:
    assert set(RULES) == set(VALUE_COLUMNS)
