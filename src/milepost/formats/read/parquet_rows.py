"""The rows of a Parquet file. `parquet_reader` runs this in a process of its own, so nothing here imports Polars."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from milepost.formats.read.own_process import limit

MEMORY = 1024 * 1024 * 1024
MEMORY_OF_A_BYTE = 8
"""The most memory for reading, in bytes: the first number, plus the second for each byte of the file."""
SECONDS = 10
SECONDS_OF_A_MEGABYTE = 3
"""The most processor time for reading, likewise."""
UNREADABLE, TOO_MUCH = 3, 4
"""The exit status if the file is damaged, and if it unpacks to too much."""
_ROWS_AT_A_TIME = 25_000
_BYTES_AT_A_TIME = 32_000_000


def send(path: str, most: int) -> None:
    """Writes the rows to standard output as an Arrow stream, within limits: the process ends beyond them.

    Ends with status 0 if all rows were written, with UNREADABLE if they cannot be read (standard error then says why),
    and with TOO_MUCH if they have more than `most` bytes.
    """
    size = Path(path).stat().st_size
    limit(MEMORY + MEMORY_OF_A_BYTE * size, SECONDS + SECONDS_OF_A_MEGABYTE * size // 1_000_000)

    import pyarrow as pa
    from pyarrow import parquet

    with suppress(BrokenPipeError):
        try:
            file = parquet.ParquetFile(path)
            # One text of a dictionary may stand for millions of cells, so what it unpacks to is counted here.
            plain = (one.type.value_type if pa.types.is_dictionary(one.type) else one.type for one in file.schema_arrow)
            schema = pa.schema([one.with_type(kind) for one, kind in zip(file.schema_arrow, plain, strict=True)])
            with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
                for batch in file.iter_batches(_ROWS_AT_A_TIME, use_threads=False):
                    rows = batch.cast(schema)
                    most -= rows.nbytes
                    if most < 0:
                        sys.exit(TOO_MUCH)
                    parts = 1 + rows.nbytes // _BYTES_AT_A_TIME
                    for part in pa.Table.from_batches([rows]).to_batches(1 + rows.num_rows // parts):
                        stream.write_batch(part)
        except pa.ArrowMemoryError:
            raise
        except (pa.ArrowException, OSError) as error:
            sys.stderr.write(str(error).partition("\n")[0])
            sys.exit(UNREADABLE)
