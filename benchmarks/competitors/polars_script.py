"""What a data engineer would write for this one file: look-ups by joins, then one upsert. PostgreSQL alone.

`python -m benchmarks.competitors.polars_script STORE FILE` imports the file. It has no findings (rows that cannot be
read or looked up are dropped), no preview, no journal and no undo, and knows one layout of one file.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping

import polars as pl
import psycopg

_REFERENCES = {
    "learner": "SELECT id AS learner_id, login_key FROM learner",
    "session": "SELECT s.id AS session_id, s.title, t.path_code FROM session s JOIN training t ON t.id = s.training_id",
    "registration": "SELECT id AS registration_id, learner_id, session_id FROM registration",
    "object": "SELECT id AS learning_object_version_id, code FROM learning_object_version",
}
COLUMNS = (
    *("registration_id", "learning_object_version_id", "first_access_at", "last_access_at", "first_completed_at"),
    *("progression", "status", "time_spent", "score", "score_max", "line"),
)
KEY = 2
_TEXTS = ("candidateLogin", "lovCode", "sessionTitle", "trainingPathCode", "trackingStatus")
_NUMBERS = ("progression", "timeSpent", "score", "scoreMax")
_DATES = ("firstAccessDate", "lastAccessDate", "firstCompletionDate")
_OFFSET = 2
"""The line of the first row."""


def main(store: str, file: str) -> None:
    """Imports the file into the store."""
    with psycopg.connect(store) as connection:
        found = rows(file, references(connection))
        # Milepost's own imports pass over the triggers that keep references; so does this one.
        connection.execute("SET LOCAL milepost.importing = 'yes'")
        connection.execute("CREATE TEMPORARY TABLE given (LIKE tracking) ON COMMIT DROP")
        for column in ("run_id", "checksum", "checksum_rule", "logged_on", "logged_time"):
            connection.execute(f"ALTER TABLE given DROP COLUMN {column}".encode())
        names = ", ".join(COLUMNS)
        with connection.cursor().copy(f"COPY given ({names}) FROM STDIN (FORMAT csv)".encode()) as copy:
            for part in found.iter_slices(20_000):
                copy.write(part.write_csv(include_header=False).encode())
        values = COLUMNS[KEY:-1]
        changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[KEY:])
        before = ", ".join(f"tracking.{name}" for name in values)
        after = ", ".join(f"excluded.{name}" for name in values)
        connection.execute(
            f"INSERT INTO tracking ({names}, run_id) SELECT {names}, 1 FROM given"
            f" ON CONFLICT ({', '.join(COLUMNS[:KEY])}) DO UPDATE SET {changes}"
            f" WHERE ({before}) IS DISTINCT FROM ({after})".encode()
        )


def references(connection: psycopg.Connection) -> dict[str, pl.LazyFrame]:
    """The ids, each with what the file names instead."""
    return {name: _fetched(connection, query) for name, query in _REFERENCES.items()}


def _fetched(connection: psycopg.Connection, query: str) -> pl.LazyFrame:
    buffer = io.BytesIO()
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)".encode()) as copy:
        for block in copy:
            buffer.write(block)
    return pl.read_csv(buffer.getvalue()).lazy()


def rows(file: str, references: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """The rows of the file in the order of their keys; columns COLUMNS."""
    schema = dict.fromkeys((*_TEXTS[:4], *_DATES, *_NUMBERS[:1], _TEXTS[4], *_NUMBERS[1:]), pl.String)
    text = pl.scan_csv(file, schema=schema, truncate_ragged_lines=True, row_index_name="line", row_index_offset=_OFFSET)
    instants = (pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.epoch("s") for name in _DATES)
    numbers = (pl.col(name).cast(pl.Float64, strict=False) for name in _NUMBERS)
    return (
        text.with_columns(*instants, *numbers, login_key=pl.col("candidateLogin").str.to_lowercase())
        .join(references["learner"], on="login_key")
        .join(
            references["session"],
            left_on=["sessionTitle", "trainingPathCode"],
            right_on=["title", "path_code"],
        )
        .join(references["registration"], on=["learner_id", "session_id"])
        .join(references["object"], left_on="lovCode", right_on="code")
        .filter(pl.col("lastAccessDate").is_not_null())
        .rename(
            {
                "firstAccessDate": "first_access_at",
                "lastAccessDate": "last_access_at",
                "firstCompletionDate": "first_completed_at",
                "trackingStatus": "status",
                "timeSpent": "time_spent",
                "scoreMax": "score_max",
            }
        )
        .with_columns(pl.col("time_spent", "score_max").cast(pl.Int64))
        .sort("line")
        .unique(COLUMNS[:KEY], keep="last")
        .sort(COLUMNS[:KEY])
        .select(COLUMNS)
        .collect()
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
