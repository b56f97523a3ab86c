"""What a whole configuration says, as plain data: its steps, its imports, and what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any

from milepost.model.job import Job, Limit
from milepost.reference import ReferenceKind


class Stage(StrEnum):
    """Where a step stands, by the name of the element that holds it."""

    BEFORE = "preProcess"
    CONSOLIDATOR = "consolidators"
    AFTER = "postProcess"


class FileOrder(StrEnum):
    """The order in which the files of one import are imported."""

    DATE_IN_NAME = "dateInName"
    """By the date in the name; by the time of the file if its name has none."""
    FILE_TIME = "fileTime"
    NAME = "name"


class BadFile(StrEnum):
    """What becomes of the later files of an import if one cannot be imported."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Step:
    """One element of preProcess, consolidators or postProcess."""

    name: str
    """The element, as `night_table` calls it."""
    stage: Stage
    line: int
    options: Mapping[str, Any]
    """Every option of the element, by its name in `night_table`; None for one that is not given."""
    place: int = 0
    """Its number among the steps of its stage, from 0."""

    @property
    def key(self) -> str:
        """What the record of a file calls the step."""
        return f"{self.name}#{self.place}"


@dataclass(frozen=True, slots=True)
class Remote:
    """The folder of an SFTP server from which the files of an import are fetched."""

    options: Mapping[str, Any]
    """The options of `night_table.SFTP`."""
    line: int = 0

    @property
    def folder(self) -> str:
        """The folder on the server."""
        return str(self.options["sftpFolder"])


@dataclass(frozen=True, slots=True)
class FileSource:
    """Which files an import takes, and when."""

    pattern: str
    """A name with `*`, `?` and `[…]` as in a shell, without letter case."""
    folder: str
    """Inside the data folder."""
    order: FileOrder = FileOrder.DATE_IN_NAME
    stable_seconds: int = 10
    """For how long a file must have been the same before it is imported."""
    done_marker: str | None = None
    """A file is complete when another one is there whose name is the file's with this at its end; None: no marker."""
    bad_file: BadFile = BadFile.CONTINUE
    is_imported_again: bool = False
    """Whether bytes that were imported already are imported once more."""
    remote: Remote | None = None


@dataclass(frozen=True, slots=True)
class Expectations:
    """What must be true of the files of one night, else somebody is told."""

    line: int = 0
    file_by: time | None = None
    """A file must have come by this time of the day."""
    days: frozenset[int] = frozenset(range(7))
    """On these days of the week: 0 is Monday."""
    time_zone: str = "UTC"
    min_rows: int | None = None
    max_shrunk: Limit | None = None
    """The most rows that the file may have less than the one before."""
    max_rejected: Limit | None = None


@dataclass(frozen=True, slots=True)
class NightAction:
    """What is done with the files of an import: tracking, or one kind of reference data."""

    name: str
    """The element of the action."""
    job: Job
    """How files are read, and values interpreted."""
    kind: ReferenceKind | None = None
    """The reference data that is loaded; None: tracking is imported."""
    line: int = 0
    has_contents: bool = False
    """Whether the files name the contents of their trainings."""


@dataclass(frozen=True, slots=True)
class NightImport:
    """One `<import>`: its files, its action, and what follows."""

    key: str
    """Its guid, else its name, else its number from 1."""
    line: int
    source: FileSource
    action: NightAction
    consolidators: tuple[Step, ...] = ()
    """In the order in which they are carried out."""
    after: tuple[Step, ...] = ()
    expectations: Expectations | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """A whole configuration."""

    name: str
    """The name of its file, without the ending, or what it calls itself."""
    before: tuple[Step, ...] = ()
    imports: tuple[NightImport, ...] = ()
    after: tuple[Step, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What is passed over, a sentence each."""
