"""Paths of whole configurations: one guard for all that are inside the data folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from milepost.model.exceptions import ConfigurationError, Mistake, TransferError
from milepost.model.likeness import folded
from milepost.model.wording import in_quotes
from milepost.operations.night_plan import Step
from milepost.settings.value_kinds import Kind
from milepost.transfer.data_folder import inside

DATA_PATH = "DATA_PATH"
"""What the vendor's pages call the data folder; a path may begin with it."""


class DataPath(str):
    """A path that must be inside the data folder: relative to it, or absolute."""

    __slots__ = ()


def read_data_path(text: str) -> DataPath:
    """The path that a configuration gives, its folders with `/`. Raises ValueError if it has `..`, or is no path."""
    path = text.replace("\\", "/").strip()
    parts = PurePosixPath(path).parts
    if ".." in parts:
        raise ValueError(f"{in_quotes(text)} has .., which is forbidden; name a place inside the data folder")
    if "\0" in path:
        raise ValueError(f"{in_quotes(text)} is no path")
    if path[1:2] == ":":
        raise ValueError(f"{in_quotes(text)} begins with a drive; write the path as it is inside the data folder")
    if parts and folded(parts[0].strip("{}$")) == folded(DATA_PATH):
        return DataPath(PurePosixPath(*parts[1:]))
    return DataPath(PurePosixPath(path))


PATH = Kind("a path inside the data folder", read_data_path)


def judge_paths(configuration: str | Path, data: Path, steps: Iterable[Step]) -> None:
    """Refuses paths that lead out of the data folder, before anything is touched.

    Raises ConfigurationError with each of them, and its line.
    """
    mistakes = []
    for step in steps:
        for name, value in step.options.items():
            if not isinstance(value, DataPath):
                continue
            try:
                inside(data, value)
            except TransferError as error:
                mistakes.append(Mistake(step.line, f"<{step.name}>: <{name}>: {str(error).rstrip('.')}"))
    if mistakes:
        raise ConfigurationError(str(configuration), tuple(sorted(mistakes)))
