"""What a team with dlt would write: the look-ups of the Polars script, then a merge by dlt. PostgreSQL alone.

`python -m benchmarks.competitors.dlt_merge STORE FILE` imports the file. dlt keeps the rows in a table of its
own: it adds columns to what it merges into. It has no findings, no preview of changes and no undo.
"""

from __future__ import annotations

import sys
import tempfile

import dlt
import psycopg
from dlt.destinations import postgres

from benchmarks.competitors import polars_script


def main(store: str, file: str) -> None:
    """Imports the file into the table `tracking` of the dataset `dlt`."""
    with psycopg.connect(store) as connection:
        rows = polars_script.rows(file, polars_script.references(connection))
    resource = dlt.resource(
        rows.to_arrow(),
        name="tracking",
        primary_key=polars_script.COLUMNS[: polars_script.KEY],
        write_disposition={"disposition": "merge", "strategy": "upsert"},
    )
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "merge", pipelines_dir=folder, destination=postgres(_address(store)), dataset_name="dlt"
        )
        pipeline.run(resource)


def _address(store: str) -> str:
    """The URL with all parts that dlt asks for; the host of the query counts, which may be a socket."""
    given = psycopg.conninfo.conninfo_to_dict(store)
    user = f"{given['user']}:{given.get('password') or 'none'}"
    return f"postgresql://{user}@localhost:{given.get('port') or 5432}/{given['dbname']}?host={given['host']}"


if __name__ == "__main__":
    main(*sys.argv[1:])
