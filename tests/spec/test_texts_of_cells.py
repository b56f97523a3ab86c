"""Cells that are read as other texts, and rows that are skipped. (Specification, section 3.)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

import milepost
from spec.tables import Tables


def test_null_markers_are_empty_cells_in_every_column(school: Tables) -> None:
    school.imports(
        """
        score | progression | lastAccessDate      | trackingStatus | becomes  | score | progression | lastAccessDate
        -     | 50          | Never               | n/a            | created  |       | 50          |
        N/A   | -           | 0000-00-00 00:00:00 | passed         | created  |       | 100         |
        --    | 0           |                     |                | rejected
          ! invalid-number score
        """,
        nullMarkers="- | n/a|NEVER|0000-00-00 00:00:00",
    )


def test_values_are_read_as_other_texts(school: Tables) -> None:
    school.imports(
        """
        lovCode     | trackingStatus | score | becomes  | trackingStatus | score
        First Aid   | Bestanden      | -     | created  | passed         |
        ␣FIRST aid␣ | durch          | 5     | created  | failed         | 5
        intro       | passed         | none  | created  | passed         | 3
        x           | passed         | 1     | rejected
          ! learning-object-missing
        y           | passed         | 1     | rejected
          ! learning-object-not-found
        """,
        lovCode__values={"first aid": "intro", "X": "", "y": "first aid"},
        trackingStatus__values={"BESTANDEN": "passed", "Durch": "failed"},
        score__values={"none": "3", "-": "-"},
        nullMarkers="-",
    )


def test_defaults_are_the_texts_of_empty_cells_and_of_missing_columns(school: Tables) -> None:
    school.imports(
        """
        progression | score | becomes  | progression | trackingStatus | score | scoreMax
        50          |       | created  | 50          | passed         | 7     | 20
          ? status-and-progression-differ trackingStatus
        ␣           | 5     | created  | 100         | passed         | 5     | 20
        50%%        | -     | rejected
          ! invalid-number progression
        """,
        scoreMax__default="20",
        score__default="seven",
        score__values={"Seven": "7"},
        nullMarkers="-",
        trackingStatus__default="passed",
        mandatory="score,scoreMax",
        lovGuid__default="guid-1",
    )


def test_a_default_that_cannot_be_read_is_an_error_of_its_rows(school: Tables) -> None:
    school.imports(
        """
        progression | becomes
        50          | rejected
          ! invalid-number score
        """,
        score__default="x",
    )


def test_a_default_counts_as_given_in_patch_mode(school: Tables) -> None:
    school.holds("score | scoreMax\n10 | 50")
    school.imports(
        "progression | becomes | score | scoreMax\n5 | updated | 4 | 50", updateMode="patch", score__default="4"
    )


def test_rows_are_skipped_and_nothing_of_them_is_judged(school: Tables) -> None:
    table = """
        candidateLogin | trackingStatus | score | becomes  | score
        line-2         | passed         | 5     | created  | 5
        TOTAL␣         | ?              | x     | skipped
        line-4         | Withdrawn      | x     | skipped
        line-5         | passed         | x     | rejected
          ! invalid-number score
        """
    report = school.imports(table, skipRows=["candidate login=Sum|Total", "trackingStatus=withdrawn"])
    assert (report.rows, report.skipped) == (4, 2)
    assert report.run is not None
    assert milepost.read_run(school.database, report.run).run.skipped == 2
    found = milepost.verify_run(school.database, report.run, school.folder / "table.csv")
    assert found.is_sound
    assert found.file is not None
    assert (found.file.rows, found.file.skipped, found.file.written, found.file.found) == (4, 2, 1, 1)


def imported(school: Tables, content: pl.DataFrame, rejects: Path | None = None, **settings: Any) -> milepost.Report:  # noqa: ANN401 - of every kind
    return milepost.import_file(
        content, school.database, milepost.configure(None, settings=settings), rejects=rejects, dry_run=rejects is None
    )


def test_typed_cells_are_compared_by_their_texts(school: Tables) -> None:
    rows = {
        "candidateLogin": ["line-2", "line-3", "line-4"],
        "sessionGuid": ["spring"] * 3,
        "score": [0.0, 5.0, None],
        "lastAccessDate": pl.Series([None, "2024-01-02 03:04:05", "1970-01-01 00:00:00"]).str.to_datetime(),
    }
    report = imported(
        school,
        pl.DataFrame(rows),
        school.folder / "rejects.csv",
        nullMarkers="0",
        lovCode={"default": "intro"},
        score={"values": {"5": "x"}, "default": "3"},
        skipRows="lastAccessDate=1970-01-01 00:00:00",
    )
    assert (report.created, report.rejected, report.skipped) == (1, 1, 1)
    # The rejects have the cells as they were, and no column that the file lacks.
    header, row = (school.folder / "rejects.csv").read_text().splitlines()
    assert header.startswith("candidateLogin,sessionGuid,score,lastAccessDate,_line")
    assert row.startswith("line-3,spring,5,2024-01-02 03:04:05,3,invalid-number,")
    assert [one["score"] for one in school.stored()] == ["3"]


def test_mended_rejects_are_linked_and_skipped_ones_are_not_mended(school: Tables) -> None:
    file, rejects = school.folder / "file.csv", school.folder / "rejects.csv"
    file.write_text("candidateLogin,sessionGuid,lovCode,score\nline-2,spring,intro,x\nline-3,spring,intro,y\n")
    first = milepost.import_file(file, school.database, rejects=rejects)
    rejects.write_text(rejects.read_text().replace(",x,", ",1,").replace("line-3", "nobody"))
    job = milepost.configure(None, settings={"skipRows": "candidateLogin=nobody"})
    second = milepost.import_file(rejects, school.database, job)
    assert (second.created, second.skipped, second.mends) == (1, 1, first.run)
    assert first.run is not None
    assert milepost.read_run(school.database, first.run).mended == {second.run: 1}


def test_a_skipped_short_row_is_not_ragged(school: Tables) -> None:
    file = school.folder / "file.csv"
    file.write_text("candidateLogin,sessionGuid,lovCode\nTotal,1\nline-2,spring,intro\nx\n")
    report = milepost.import_file(
        file, school.database, milepost.configure(None, settings={"skipRows": ["candidateLogin=total"]}), dry_run=True
    )
    assert (report.rows, report.created, report.skipped, report.rejected) == (3, 1, 1, 1)
