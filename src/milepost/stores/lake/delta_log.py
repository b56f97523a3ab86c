"""The Delta table that is a lake store: its log says which files count, and a commit to it is a transaction.

One Delta table has the rows of all tables of the store, each in files of its own (`PARTITION`), so that one commit is
the truth about all of them. Its columns are those of all tables together.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from milepost.model.exceptions import StoreError, UsageError
from milepost.model.wording import argument
from milepost.stores.lake.data_files import COLUMNS, PARTITION, RANGED, DataFile, Place
from milepost.stores.port import OvertakenError
from milepost.stores.table_description import FLAG, LONG, NUMBER, TEXT, WHOLE
from milepost.stores.tables import TABLES

try:
    from deltalake import CommitProperties, DeltaTable, Schema, Transaction
    from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
    from deltalake.schema import Field, PrimitiveType
    from deltalake.transaction import AddAction, RemoveAction
except ImportError as error:
    raise UsageError(
        "A store with delta:// needs the package deltalake. Install it: pip install 'milepost[scale]'."
    ) from error

VERSION = 1
"""Of what a lake store holds beside the columns of its tables; a higher one is refused."""

_NAME = "milepost"
_VERSION = "Milepost store, version "
_HIGHEST = "milepost.highest."
"""An application's transaction of the log with the highest id of a table: Delta keeps the last one of each name."""
_TOKEN = "milepostCommit"  # noqa: S105 - says which commit it was
_SETTINGS: dict[str, str | None] = {
    "delta.checkpointInterval": "20",
    "delta.logRetentionDuration": "interval 30 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
    "delta.dataSkippingNumIndexedCols": str(len(RANGED)),
}
_TYPES: Mapping[pl.DataType, str] = {TEXT: "string", WHOLE: "integer", LONG: "long", NUMBER: "double", FLAG: "boolean"}

_Files: TypeAlias = Mapping[str, tuple[DataFile, ...]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a store."""

    version: int
    files: _Files
    """Of each table, in the order of their keys."""


def _schema(names: Iterable[str]) -> Schema:
    fields = [Field(name, PrimitiveType(_TYPES[COLUMNS[name]])) for name in names]
    return Schema([Field(PARTITION, PrimitiveType("string"), nullable=False), *fields])


class DeltaLog:
    """The log of one store."""

    def __init__(self, place: Place, name: str, table: DeltaTable) -> None:
        self.place = place
        self._name = name
        self._table = table

    def snapshot(self) -> Snapshot:
        """The newest version."""
        with explained(self._name):
            self._table.update_incremental()
            actions = pl.DataFrame(self._table.get_add_actions(flatten=True))
        files: dict[str, list[DataFile]] = {name: [] for name in TABLES}
        for row in actions.iter_rows(named=True):
            one = _file(row)
            files[one.table].append(one)
        in_order = {name: tuple(sorted(ones, key=lambda one: one.first)) for name, ones in files.items()}
        return Snapshot(self._table.version(), in_order)

    def highest(self, table: str) -> int:
        """The highest id that a table with ids has ever had."""
        return self._table.transaction_version(_HIGHEST + table) or 0

    def commit(self, before: Snapshot, files: _Files, highest: Mapping[str, int]) -> None:
        """Makes `files` the store's, if its version still is `before`; raises StoreError otherwise.

        `highest` are the highest ids of tables that have new ones.
        """
        old, new = _by_path(before.files), _by_path(files)
        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [
            *(_added(one, now) for path, one in new.items() if path not in old),
            *(_removed(one, now) for path, one in old.items() if path not in new),
        ]
        raised = [Transaction(_HIGHEST + name, one) for name, one in highest.items()]
        if not actions and not raised:
            return
        token = uuid.uuid4().hex
        properties = CommitProperties({_TOKEN: token}, max_commit_retries=0, app_transactions=raised)
        with explained(self._name):
            if self._table.version() != before.version:
                raise conflict(self._name)
            try:
                self._table.create_write_transaction(
                    actions, "append", self._table.schema(), [PARTITION], commit_properties=properties
                )
            except CommitFailedError:
                # On the way from an object store, the answer may have been lost.
                if self._is_committed(token):
                    return
                raise

    def _is_committed(self, token: str) -> bool:
        version = self._table.version()
        self._table.update_incremental()
        if self._table.version() == version:
            return False
        if any(one.get(_TOKEN) == token for one in self._table.history(self._table.version() - version)):
            return True
        raise conflict(self._name)

    def vacuum(self, hours: int, *, dry_run: bool) -> list[str]:
        """Removes the files that no version younger than so many hours names, and says which."""
        with explained(self._name):
            self._table.update_incremental()
            return self._table.vacuum(hours, dry_run=dry_run, enforce_retention_duration=False, full=True)


def _by_path(files: _Files) -> dict[str, DataFile]:
    return {one.path: one for ones in files.values() for one in ones}


def _file(row: Mapping[str, Any]) -> DataFile:
    table = TABLES[str(row["path"]).partition("/")[0].removeprefix(f"{PARTITION}=")]
    ranged = [name for name in RANGED if name in table.schema]
    lowest, highest = ({name: row.get(f"{end}.{name}") for name in ranged} for end in ("min", "max"))
    return DataFile(row["path"], row["num_records"], row["size_bytes"], lowest, highest)


def _added(one: DataFile, now: int) -> AddAction:
    return AddAction(one.path, one.size, {PARTITION: one.table}, now, data_change=True, stats=one.statistics())


def _removed(one: DataFile, now: int) -> RemoveAction:
    return RemoveAction(one.path, True, now, one.size, {PARTITION: one.table})


def conflict(name: str) -> OvertakenError:
    """What to raise when somebody else has committed since the transaction began."""
    return OvertakenError(f"Another process has written to the store {name} meanwhile. Nothing was done. Try again.")


def open_log(place: Place, name: str, *, is_writing: bool) -> DeltaLog:
    """The log of the store at `place`; when it is written, a missing one is made and an older one upgraded.

    Raises StoreError when there is none to read, when it is of another program or of a newer version, or cannot be
    reached.
    """
    with explained(name):
        if place.is_folder and Path(place.root).is_file():
            raise StoreError(f"{place.root} is a file, not a folder. Name a new folder.", code="store-unusable")
        try:
            table = DeltaTable(place.root)
        except TableNotFoundError as error:
            if not is_writing:
                remedy = f"Load or import something first, or name another with {argument('database')}."
                raise StoreError(f"There is no store at {name}. {remedy}", code="store-missing") from error
            table = _made(place)
        _require_known(table, name)
        there = {field.name for field in table.schema().fields}
        lacking = [one for one in COLUMNS if one not in there]
        if lacking and is_writing:
            # Rows of before have no value in new columns: nothing is to be written anew.
            table.alter.add_columns(_schema(lacking).fields[1:])
        elif lacking:
            raise StoreError(
                f"The store {name} is of an older version. Any load or import upgrades it.", code="store-version"
            )
    return DeltaLog(place, name, table)


def _made(place: Place) -> DeltaTable:
    if place.is_folder:
        folder = Path(place.root)
        if folder.is_dir() and any(one for one in folder.iterdir() if one.name != TURN):
            said = f"The folder {folder} has other files than those of a store. Name a new or an empty folder."
            raise StoreError(said, code="store-unusable")
    try:
        return DeltaTable.create(
            place.root,
            _schema(COLUMNS),
            partition_by=[PARTITION],
            name=_NAME,
            description=f"{_VERSION}{VERSION}",
            configuration=_SETTINGS,
        )
    except DeltaError:
        # Another process may have made it at the same time.
        try:
            return DeltaTable(place.root)
        except TableNotFoundError:
            pass
        raise


TURN = "_turn"
"""The file of a store on a disk by which writers take turns."""


def _require_known(table: DeltaTable, name: str) -> None:
    described = table.metadata()
    if described.name != _NAME or not (described.description or "").startswith(_VERSION):
        remedy = f"Name another folder with {argument('database')}."
        raise StoreError(f"{name} is a Delta table of another program. {remedy}", code="store-unusable")
    found = int((described.description or "").removeprefix(_VERSION))
    if found > VERSION:
        raise StoreError(
            f"The store {name} was made by a newer Milepost (its version is {found}, this one knows {VERSION}). "
            "Upgrade Milepost to use it.",
            code="store-version",
        )


_UNREACHABLE = ("error sending request", "dispatch failure", "timed out", "connection refused", "dns error")
_REFUSED = ("accessdenied", "forbidden", "403", "invalidaccesskeyid", "signaturedoesnotmatch", "credential")


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Errors of delta-rs, of Polars and of the disk about the store called `name`, as StoreError."""
    try:
        yield
    except (DeltaError, pl.exceptions.PolarsError, OSError) as error:
        raise explain(error, name) from error


def explain(error: Exception, name: str) -> StoreError:
    """The StoreError for an error of delta-rs, of Polars or of the disk."""
    said = " ".join(str(error).split())
    lower = said.casefold()
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, PermissionError) or "permission denied" in lower or "read-only file system" in lower:
        remedy = "Check the rights of the folder and of what is in it."
        return StoreError(f"The store {name} cannot be written or read. {remedy}", code="store-unwritable")
    if number == 28 or "no space left" in lower:
        said = f"There is no room to write the store {name}. Nothing was changed. Make room and try again."
        return StoreError(said, code="no-room")
    if any(word in lower for word in _REFUSED):
        remedy = "Check the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and the rights on the bucket."
        return StoreError(f"{name} does not let Milepost in. {remedy}", code="store-refused")
    if any(word in lower for word in _UNREACHABLE):
        remedy = "Check the network, and AWS_ENDPOINT_URL and AWS_REGION."
        return StoreError(f"{name} cannot be reached. {remedy}", code="store-unreachable")
    return StoreError(f"The store {name} failed: {said[:300].rstrip('.')}. Nothing was changed.")
