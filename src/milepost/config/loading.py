"""A configuration as a job, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from milepost.config import blocks, build, document, gather
from milepost.config.remarks import Remarks, in_line_order
from milepost.config.settings import Bag
from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.job import Job

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say about a configuration."""

    mistakes: tuple[Mistake, ...]
    """In the order of their lines; none when the configuration is right."""
    notes: tuple[str, ...]
    """What it holds that an import passes over, a sentence each."""


def job(
    configuration: Path | None,
    *,
    file_name: str | None = None,
    settings: Mapping[str, str] = NOTHING,
    mode: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    header_map: Mapping[str, str] = NOTHING,
    header_ignore: Iterable[str] = (),
) -> Job:
    """The job that a configuration file and the caller's own settings make; the caller's win.

    `configuration`: an XML file, or None. `file_name`: the file to import; of several imports in the
    configuration the one with a matching `fileName` is taken. `settings`: text by name, letter case not
    mattering; `mode`, `delimiter`, `encoding` and `sheet` are `updateMode`, `delimiter`, `fileEncoding` and
    `sheet` among them. `header_map`: a header as written, to the column it means. `header_ignore`: headers to skip.

    Raises FileError when the file cannot be read, and ConfigurationError with every mistake.
    """
    remarks = Remarks()
    named = {"updateMode": mode, "delimiter": delimiter, "fileEncoding": encoding, "sheet": sheet}
    pairs = [*settings.items(), *((name, text) for name, text in named.items() if text is not None)]
    configured = None if configuration is None else _configured(configuration, file_name, remarks)
    caller = gather.from_caller(pairs, header_map, header_ignore, remarks)
    result = build.built(configured, caller, remarks)
    if remarks.mistakes:
        mistakes = in_line_order(remarks.mistakes)
        caller_alone = configuration is None or all(mistake.line is None for mistake in mistakes)
        raise ConfigurationError("The command line" if caller_alone else str(configuration), mistakes)
    return replace(result, notes=tuple(remarks.notes))


def _configured(configuration: Path, file_name: str | None, remarks: Remarks) -> Bag:
    """The settings of the import that is for the file."""
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        remarks.mistakes.append(root)
        return Bag(remarks)
    every = blocks.outlined(root, remarks)
    # A root that is none of ours has been refused already.
    block = blocks.chosen(every, file_name, root, remarks) if every or not remarks.mistakes else None
    if block is None:
        for other in every:
            remarks.add(other.remarks)
        return Bag(remarks)
    bag = gather.from_block(block, blocks.provider_for(block, file_name))
    for other in every:
        if other is block:
            remarks.add(block.remarks)
        elif not other.actions:
            remarks.notes += other.remarks.notes
    return bag


def check(configuration: Path) -> Checked:
    """All mistakes and notes of a configuration, in every import that holds our action.

    Raises FileError when the file cannot be read.
    """
    remarks = Remarks()
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        return Checked((root,), ())
    every = blocks.outlined(root, remarks)
    if not any(block.actions for block in every) and (every or not remarks.mistakes):
        blocks.chosen(every, None, root, remarks)
    for block in every:
        if block.actions:
            for provider in block.providers or (None,):
                bag = gather.from_block(block, provider)
                build.built(bag, Bag(block.remarks), block.remarks)
        remarks.add(block.remarks)
    return Checked(in_line_order(remarks.mistakes), tuple(remarks.notes))
