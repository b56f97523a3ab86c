"""Saved configurations of imports, and what was chosen for files with the same headers."""

from __future__ import annotations

import hashlib
import json
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost import settings
from milepost.model.exceptions import ConfigurationError, UsageError
from milepost.model.job import Job
from milepost.model.likeness import key
from milepost.settings.jobs import NOTHING, Settings
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Patience, Tables, Where
from milepost.stores.tables import TABLES

LARGEST = 1_000_000
"""Characters of a configuration."""
MOST_REMEMBERED = 1_000
"""Different headers whose choices are remembered."""

_SAVED, _REMEMBERED = "configuration", "remembered"
_PATIENCE = Patience(30)
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class SavedConfiguration:
    """A configuration of imports that has a name."""

    id: int
    name: str
    content: str
    """XML."""
    actor: str
    """Who saved it last."""
    changed_at: datetime

    def job(self) -> Job:
        """The import that it describes, for any file. Raises ConfigurationError if it describes several."""
        return read_job(self.content)


def read_job(content: str, settings_too: Settings = NOTHING) -> Job:
    """The import that a configuration describes, changed by settings. Raises ConfigurationError with all mistakes."""
    with _file(content) as path:
        try:
            return settings.job(path, settings=settings_too)
        except ConfigurationError as error:
            # The file is ours, and gone when the message is read.
            raise ConfigurationError("The configuration", error.mistakes) from error


def listing(office: str) -> tuple[SavedConfiguration, ...]:
    """All saved configurations, by their names."""
    with read_store(office) as tables:
        return tuple(sorted(_rows(tables), key=lambda one: key(one.name)))


def one(office: str, number: int) -> SavedConfiguration:
    """The configuration with that number. Raises UsageError if there is none."""
    with read_store(office) as tables:
        return _one(tables, number)


def save(office: str, name: str, content: str, actor: str, number: int | None = None) -> SavedConfiguration:
    """Saves a configuration: a new one, or in place of the one with that number.

    Raises ConfigurationError with all mistakes of the content, UsageError for a name that is taken or is none.
    """
    shown = unicodedata.normalize("NFC", name.strip())
    if not 0 < len(shown) <= _LONGEST_NAME or not shown.isprintable():
        raise UsageError(f"A configuration needs a name of 1 to {_LONGEST_NAME} characters.")
    if len(content) > LARGEST:
        raise UsageError(f"A configuration has at most {LARGEST:,} characters.")
    read_job(content)
    with write_store(office, _PATIENCE) as tables:
        if any(other.id != number for other in _rows(tables, {"name_key": key(shown)})):
            raise UsageError(f"There is a configuration {shown} already. Choose another name, or change that one.")
        values = {"name": shown, "name_key": key(shown), "content": content, "actor": actor, "changed_at": _now()}
        if number is None:
            return _one(tables, tables.add(_SAVED, values))
        _one(tables, number)
        tables.change(_SAVED, values, {"id": number})
        return _one(tables, number)


def remove(office: str, number: int) -> None:
    """Removes a configuration. Imports that were begun with it keep it."""
    with write_store(office, _PATIENCE) as tables:
        _one(tables, number)
        tables.remove(_SAVED, {"id": number})


def remember(office: str, headers: Iterable[str], chosen: Mapping[str, Any], actor: str) -> None:
    """Remembers what was chosen for a file with those headers, in place of what was chosen for the last one."""
    fingerprint = _print(headers)
    values = {"settings": json.dumps(dict(chosen), sort_keys=True), "actor": actor, "used_at": _now()}
    with write_store(office, _PATIENCE) as tables:
        known = tables.rows(_REMEMBERED, TABLES[_REMEMBERED].schema, order=("used_at",))
        tables.remove(_REMEMBERED, {"headers": fingerprint})
        if known.height >= MOST_REMEMBERED:
            tables.remove(_REMEMBERED, {"id": int(known["id"][0])})
        tables.add(_REMEMBERED, {"headers": fingerprint, **values})


def remembered(office: str, headers: Iterable[str]) -> Mapping[str, Any]:
    """What was chosen for the last file with those headers; empty if there was none."""
    with read_store(office) as tables:
        rows = tables.rows(_REMEMBERED, TABLES[_REMEMBERED].schema, {"headers": _print(headers)})
    found: dict[str, Any] = {} if rows.is_empty() else json.loads(rows["settings"][0])
    return found


def _print(headers: Iterable[str]) -> str:
    """The fingerprint of headers: their order and letter case do not matter."""
    return hashlib.sha256(json.dumps(sorted(map(key, headers))).encode()).hexdigest()


@contextmanager
def _file(content: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".xml") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _one(tables: Tables, number: int) -> SavedConfiguration:
    found = _rows(tables, {"id": number})
    if not found:
        raise UsageError(f"There is no configuration {number}. It may have been removed.", code="run-missing")
    return found[0]


def _rows(tables: Tables, where: Where | None = None) -> list[SavedConfiguration]:
    rows = tables.rows(_SAVED, TABLES[_SAVED].schema, where or {}, ("id",)).drop("name_key").to_dicts()
    return [SavedConfiguration(**row | {"changed_at": datetime.fromtimestamp(row["changed_at"], UTC)}) for row in rows]


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
