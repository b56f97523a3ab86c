"""Drafts: uploaded files with what was chosen for their import, step by step."""

from __future__ import annotations

import dataclasses
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from milepost import settings
from milepost.model.exceptions import UsageError
from milepost.model.file_formats import entries
from milepost.model.job import Job
from milepost.stores.opening import read_store, write_store
from milepost.stores.port import Patience, Tables
from milepost.stores.tables import TABLES

CONFIGURATION = "configuration.xml"
"""The configuration of a draft, in its folder."""

_DRAFT = "draft"
_TAKEN_OVER = "remembered.json"
_PATIENCE = Patience(30)
_PACKED = ".gz"


@dataclass(frozen=True, slots=True)
class Draft:
    """One uploaded file, and what was chosen for its import."""

    id: int
    file: str
    """The name that it had where it came from; it is in no path."""
    folder: str
    bytes: int
    """Those that are there so far."""
    sha256: str | None
    """None until all bytes are there."""
    settings: Mapping[str, Any]
    """As for `settings.job`."""
    checked: str | None
    """The kept check of these settings."""
    digest: str | None
    """Of the plan that it found."""
    actor: str
    created_at: datetime
    began_with: str | None = None
    """The name of the saved configuration that it was begun with."""

    def path(self, data: Path) -> Path:
        """The uploaded file in the application's folder `data`."""
        return self.place(data) / f"source{_ending(self.file)}"

    def place(self, data: Path) -> Path:
        """The folder of everything that belongs to the draft."""
        return data / "uploads" / self.folder

    def configuration(self, data: Path) -> Path | None:
        """The configuration that came with the file, if any."""
        path = self.place(data) / CONFIGURATION
        return path if path.is_file() else None

    def remembered(self, data: Path) -> Mapping[str, Any]:
        """What was taken over from the last file with the same headers."""
        path = self.place(data) / _TAKEN_OVER
        found: Mapping[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return found

    def job(self, data: Path) -> Job:
        """The import that was chosen. Raises ConfigurationError with all mistakes."""
        return settings.job(self.configuration(data), file_name=self.file, settings=self.settings)

    def written(self, data: Path) -> str:
        """The configuration, as XML, that everything chosen amounts to. Raises ConfigurationError with all mistakes."""
        return settings.write(self.job(data))


def create(office: str, data: Path, file: str, actor: str) -> Draft:
    """A draft without bytes yet, with its folder. `file` is the name that the file had where it came from."""
    name = Path(file.replace("\\", "/")).name.strip() or "file"
    values = {"file": name[:255], "folder": secrets.token_hex(16), "bytes": 0, "settings": "{}", "actor": actor}
    with write_store(office, _PATIENCE) as tables:
        number = tables.add(_DRAFT, values | {"created_at": int(datetime.now(UTC).timestamp())})
        draft = _one(tables, number)
    draft.place(data).mkdir(mode=0o700, parents=True)
    return draft


def received(office: str, draft: int, size: int, sha256: str | None) -> None:
    """Says how many bytes are there; with `sha256`, that these are all."""
    _change(office, draft, {"bytes": size, "sha256": sha256})


def choose(office: str, draft: int, chosen: Mapping[str, Any]) -> None:
    """Replaces what was chosen. A check of something else no longer counts."""
    text = json.dumps(dict(chosen), sort_keys=True)
    if json.dumps(dict(one(office, draft).settings), sort_keys=True) != text:
        _change(office, draft, {"settings": text, "checked": None, "digest": None})


def begin_with(office: str, data: Path, draft: int, name: str, content: str) -> None:
    """Gives a draft the saved configuration called `name`, as if it had come with the file."""
    _change(office, draft, {"began_with": name})
    (one(office, draft).place(data) / CONFIGURATION).write_text(content, "utf-8")


def take_over(office: str, data: Path, draft: int, chosen: Mapping[str, Any]) -> None:
    """Chooses what was chosen for another file, beside what has been chosen for this one; and notes it."""
    found = one(office, draft)
    (found.place(data) / _TAKEN_OVER).write_text(json.dumps(dict(chosen)), "utf-8")
    choose(office, draft, {**chosen, **found.settings})


def checked(office: str, draft: int, chosen: Mapping[str, Any], check: str, digest: str) -> None:
    """Says which kept check was made, unless something else has been chosen since."""
    with write_store(office, _PATIENCE) as tables:
        if dict(_one(tables, draft).settings) == dict(chosen):
            tables.change(_DRAFT, {"checked": check, "digest": digest}, {"id": draft})


def one(office: str, draft: int) -> Draft:
    """The draft with that number. Raises UsageError when there is none."""
    with read_store(office) as tables:
        return _one(tables, draft)


def listing(office: str) -> tuple[Draft, ...]:
    """All drafts, the newest first."""
    with read_store(office) as tables:
        rows = tables.rows(_DRAFT, TABLES[_DRAFT].schema, order=("id",))
    return tuple(_draft(row) for row in reversed(rows.to_dicts()))


def with_settings(draft: Draft, chosen: Mapping[str, Any]) -> Draft:
    """The draft as if that had been chosen."""
    return dataclasses.replace(draft, settings=chosen)


def discard(office: str, data: Path, draft: int) -> None:
    """Removes a draft, and its file with all that belongs to it."""
    found = one(office, draft)
    with write_store(office, _PATIENCE) as tables:
        tables.remove(_DRAFT, {"id": draft})
    shutil.rmtree(found.place(data), ignore_errors=True)


def _change(office: str, draft: int, values: Mapping[str, Any]) -> None:
    with write_store(office, _PATIENCE) as tables:
        _one(tables, draft)
        tables.change(_DRAFT, values, {"id": draft})


def _one(tables: Tables, draft: int) -> Draft:
    rows = tables.rows(_DRAFT, TABLES[_DRAFT].schema, {"id": draft})
    if rows.is_empty():
        raise UsageError(f"There is no import {draft}. It may have been discarded.", code="run-missing")
    return _draft(rows.row(0, named=True))


def _draft(row: Mapping[str, Any]) -> Draft:
    read = {"settings": json.loads(row["settings"]), "created_at": datetime.fromtimestamp(row["created_at"], UTC)}
    return Draft(**{**row, **read})


def _ending(file: str) -> str:
    """The ending of a file that Milepost knows, as it stands in the program and not in the name."""
    name = file.lower()
    packed = _PACKED if name.endswith(_PACKED) else ""
    endings = (ending for entry in entries() for ending in entry.endings)
    return next((ending for ending in endings if name.removesuffix(packed).endswith(ending)), "") + packed
