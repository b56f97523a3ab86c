"""Files with too few rows are held. (Specification, section 3.)"""

from __future__ import annotations

from typing import Any

import milepost
from spec.tables import Tables


def held(school: Tables, rows: int, *, skipped: int = 0, rejects: bool = False, **settings: Any) -> list[str]:  # noqa: ANN401 - of every kind
    """Why a file of so many rows is held, by a check and by an import alike."""
    file = school.folder / "rows.csv"
    added = (",_line,_codes,_messages", ",1,x,y") if rejects else ("", "")
    lines = [f"line-{number + 2},spring,intro,{number + rows}{added[1]}\n" for number in range(rows)]
    file.write_text(f"candidateLogin,sessionGuid,lovCode,score{added[0]}\n" + "".join(lines) + "Total,,,\n" * skipped)
    job = milepost.configure(None, settings={"skipRows": "candidateLogin=Total", **settings})
    check = milepost.import_file(file, school.database, job, dry_run=True)
    report = milepost.import_file(file, school.database, job)
    assert check.held == report.held
    assert report.rows == rows + skipped
    return list(report.held)


def test_a_file_has_at_least_so_many_rows(school: Tables) -> None:
    assert held(school, 2, skipped=1, minRows=3) == ["The file has 2 rows; at least 3 must be there (minRows)."]
    assert held(school, 0, minRows=1) == ["The file has 0 rows; at least 1 must be there (minRows)."]
    assert school.stored() == []
    assert held(school, 3, minRows=3) == []
    # The rejects of a file have fewer rows.
    assert held(school, 2, rejects=True, minRows=3, maxShrunk="10%") == []


def test_a_file_shrinks_by_no_more_than_that(school: Tables) -> None:
    fewer = "fewer than the last import with the same configuration; at most 20% may be missing (maxShrunk)."
    assert held(school, 0, maxShrunk="20%") == ["The file has 0 rows; none may be missing altogether (maxShrunk)."]
    assert held(school, 10, skipped=4, maxShrunk="20%") == []
    assert held(school, 7, maxShrunk="20%") == [f"The file has 7 rows, 3 {fewer}"]
    # Held runs, other configurations and undone runs are no measure; other limits are no other configuration.
    assert held(school, 8, minRows=8, maxShrunk="20%") == []
    assert held(school, 1, maxShrunk="20%", decimal="comma") == []
    assert held(school, 6, maxShrunk="20%") == [f"The file has 6 rows, 2 {fewer}"]
    done = [run for run in milepost.runs(school.database) if run.kind == "tracking" and run.state == "done"]
    milepost.undo(school.database, next(run.id for run in done if run.rows == 8))
    assert held(school, 7, maxShrunk="20%") == [f"The file has 7 rows, 3 {fewer}"]
    assert held(school, 7, maxShrunk="3") == []
