"""What became of the lines of a run: written, rejected, and accepted when they came back in a rejects file."""

from __future__ import annotations

import polars as pl

from milepost.model.history import State
from milepost.stores import undos
from milepost.stores.port import Among, Tables, Where

REJECTED = {"source_line": pl.Int64(), "codes": pl.String()}
"""The columns of the lines that a run has rejected: their codes once each, in the order of the alphabet."""

_RETURNED = "returned_line"
_LINE = {"run_id": pl.Int64(), "line": pl.Int64()}


def is_done(tables: Tables, run: int) -> bool:
    """Whether there is an import of tracking with that number that is done."""
    return bool(tables.count("import_run", {"id": run, "kind": undos.IMPORT, "state": State.DONE.value}))


def rows_before(tables: Tables, configuration: str) -> int | None:
    """The rows, skipped ones not counted, of the last import of tracking that was applied with a configuration.

    `configuration` is that part of a digest. Undone imports, and those of rejects files, do not count. None: there is
    no such import.
    """
    schema = {"id": pl.Int64(), "digest": pl.String(), "mends": pl.Int64(), "rows": pl.Int64(), "skipped": pl.Int64()}
    runs = tables.rows("import_run", schema, {"kind": undos.IMPORT, "state": State.DONE.value})
    is_same = pl.col("digest").str.contains(f"^.{{16}}{configuration}") & pl.col("mends").is_null()
    same = runs.filter(is_same & ~pl.col("id").is_in(list(undos.undone(tables)))).sort("id").tail(1)
    return None if same.is_empty() else int(same["rows"][0]) - int(same["skipped"][0] or 0)


def rejected(tables: Tables, run: int, lines: pl.Series) -> pl.DataFrame:
    """Those of the lines that `run` has rejected; columns REJECTED."""
    schema = {"line": pl.Int64(), "code": pl.String(), "level": pl.String()}
    found = tables.rows("import_finding", schema, {"run_id": run, "line": Among(lines.unique().sort())})
    is_rejected = (pl.col("level") == "error").any()
    codes = pl.col("code").unique().sort().str.join(" ").alias("codes")
    return found.group_by(source_line="line").agg(codes, is_rejected).filter("level").select(*REJECTED)


def keep(tables: Tables, rows: pl.DataFrame, source_run: int, run: int) -> None:
    """Keeps that lines of `source_run` (`source_line`) are lines of the file of `run` (`line`)."""
    runs = (pl.lit(source_run).alias("source_run_id"), pl.lit(run).alias("run_id"))
    tables.insert(_RETURNED, rows.select(*runs, "source_line", "line"))


def mended(tables: Tables, run: int) -> dict[int, int]:
    """How many lines that `run` had rejected were accepted by each later run, the first that did so.

    A line may have been rejected several times on the way. Runs that are undone count for nothing.
    """
    came_back = _came_back(tables, run)
    runs = Among(came_back["run_id"].unique().sort())
    errors = tables.stream("import_finding", _LINE, {"run_id": runs, "level": "error"})
    parts = (part.join(came_back, on=list(_LINE), how="semi") for part in errors)
    is_rejected = pl.concat([pl.DataFrame(schema=_LINE), *parts])
    accepted = (
        came_back.join(is_rejected, on=list(_LINE), how="anti")
        .filter(~pl.col("run_id").is_in(list(undos.undone(tables))))
        .group_by("origin")
        .agg(pl.col("run_id").min())
    )
    return dict(accepted.group_by("run_id").len().sort("run_id").rows())


def _came_back(tables: Tables, run: int) -> pl.DataFrame:
    """Where the lines that `run` had rejected (`origin`) came back: `run_id` and `line`."""
    schema = {"source_run_id": pl.Int64(), "source_line": pl.Int64(), **_LINE}
    last = tables.rows(_RETURNED, schema, {"source_run_id": run}).select(
        origin="source_line", run_id="run_id", line="line"
    )
    found = last
    # A round for each time that lines were rejected again.
    while not last.is_empty():
        again = tables.rows(_RETURNED, schema, {"source_run_id": Among(last["run_id"].unique().sort())})
        last = (
            last.rename({"run_id": "source_run_id", "line": "source_line"})
            .join(again, on=["source_run_id", "source_line"])
            .select("origin", *_LINE)
            .join(found, on=["origin", *_LINE], how="anti")
            .unique()
        )
        found = pl.concat([found, last])
    return found


def written_lines(tables: Tables, run: int) -> pl.Series:
    """The lines of a run's file that wrote or deleted a row, in order."""
    return _lines(
        tables,
        ("tracking", "line", {"run_id": run}),
        ("tracking_change", "previous_line", {"previous_run_id": run}),
        ("tracking_change", "line", {"run_id": run, "change": "deleted"}),
    )


def found_lines(tables: Tables, run: int) -> pl.Series:
    """The lines of a run's file that were rejected or superseded, in order."""
    return _lines(
        tables,
        ("import_finding", "line", {"run_id": run, "level": "error"}),
        ("import_finding", "line", {"run_id": run, "code": "superseded"}),
    )


def _lines(tables: Tables, *sources: tuple[str, str, Where]) -> pl.Series:
    parts = [pl.Series("line", [], dtype=pl.Int64)]
    for table, column, where in sources:
        parts += [part[column].alias("line") for part in tables.stream(table, {column: pl.Int64()}, where)]
    return pl.concat(parts).unique().sort()
