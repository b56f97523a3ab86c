"""What a whole export configuration says, as plain data: its exports, where their files go, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.model.export import ExportJob
from milepost.operations.night_plan import Step


@dataclass(frozen=True, slots=True)
class PlannedExport:
    """One `<export>`."""

    key: str
    """Its guid, else its name, else its number from 1."""
    line: int
    jobs: tuple[ExportJob, ...]
    """One for each of its providers."""
    sent: Step | None = None
    """The action that puts each file on an SFTP server."""
    moved: Step | None = None
    """What says where each file goes in the data folder."""
    consolidators: tuple[Step, ...] = ()
    """The others, in the order in which they are carried out."""
    after: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """A whole export configuration."""

    name: str
    """The name of its file, without the ending, or what it calls itself."""
    exports: tuple[PlannedExport, ...] = ()
    after: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    """What is passed over, a sentence each."""
