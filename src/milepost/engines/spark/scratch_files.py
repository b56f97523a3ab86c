"""What tasks leave for each other and for the driver: frames in files of one folder, under names that never come twice.

A task that is done twice leaves two files. Only what the driver was told of counts.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from milepost.model.batch import Batch, ragged_frame
from milepost.model.exceptions import FileError, temporary_files, unwritable
from milepost.model.wording import argument

_GROUP_ROWS = 2_000
"""Rows in a row group, the least that is read of sorted rows."""


@contextmanager
def scratch_folder(within: Path | None) -> Iterator[Path]:
    """A new folder, by default among the temporary ones, that only its owner may read. It is removed at the end.

    Raises FileError if it cannot be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="milepost-", dir=within))
    except OSError as error:
        where = within or "the temporary folder"
        said = (
            f"No folder can be made in {where}: {error.strerror or error}. Name another one with {argument('scratch')}."
        )
        raise FileError(said, code=unwritable(error)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_frame(folder: Path, rows: pl.DataFrame) -> str | None:
    """Writes a frame, and gives the name of its file; None if it has no rows. Raises FileError."""
    if rows.is_empty():
        return None
    name = f"{uuid.uuid4().hex}.arrow"
    with temporary_files():
        rows.write_ipc(folder / name, compression="lz4")
    return name


def read_frame(folder: Path, name: str | None) -> pl.DataFrame:
    """The frame of a file; one without columns for no file."""
    return pl.DataFrame() if name is None else pl.read_ipc(folder / name)


def write_batch(folder: Path, batch: Batch) -> list[str | None]:
    """Writes a batch, and gives the names of its files. Raises FileError."""
    parts = (batch.cells, batch.types, batch.ragged, batch.origins)
    return [None if part is None else write_frame(folder, part) for part in parts]


def read_batch(folder: Path, names: Iterable[str | None]) -> Batch:
    """The batch of those files."""
    cells, types, ragged, origins = (None if name is None else read_frame(folder, name) for name in names)
    return Batch(
        pl.DataFrame(schema={"line": pl.Int64()}) if cells is None else cells,
        types,
        ragged_frame() if ragged is None else ragged,
        origins,
    )


def write_sorted(folder: Path, parts: Iterable[pl.DataFrame]) -> str | None:
    """Writes rows that are in the order of a key, and gives the name of the file; None if there are none."""
    import pyarrow.parquet as pq

    name, writer = f"{uuid.uuid4().hex}.parquet", None
    with temporary_files():
        try:
            for part in parts:
                if part.is_empty():
                    continue
                table = part.to_arrow()
                if writer is None:
                    writer = pq.ParquetWriter(folder / name, table.schema, compression="lz4")
                writer.write_table(table.cast(writer.schema), row_group_size=_GROUP_ROWS)
        finally:
            if writer is not None:
                writer.close()
    return None if writer is None else name


def read_between(folder: Path, name: str, key: str, first: int, last: int) -> pl.DataFrame:
    """The rows of such a file whose `key` is from `first` up to `last`, in their order."""
    return pl.scan_parquet(folder / name).filter(pl.col(key).is_between(first, last)).collect()
