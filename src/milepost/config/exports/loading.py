"""An export configuration as an export, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from milepost.config import blocks, document
from milepost.config.document import Element
from milepost.config.exports import build, gather, outline
from milepost.config.exports.columns import Known
from milepost.config.remarks import Remarks, in_line_order
from milepost.config.settings import Bag
from milepost.model.exceptions import ConfigurationError, Mistake, UsageError
from milepost.model.export import PROVIDER_COLUMNS, ExportJob, Provider

Settings = Mapping[str, str | Sequence[str]]
NOTHING: Settings = MappingProxyType({})


def export_job(
    configuration: Path | None,
    settings: Settings = NOTHING,
    *,
    provider: Provider | None = None,
    name: str | None = None,
    file_name: str | None = None,
    columns: Mapping[Provider, tuple[str, ...]] = PROVIDER_COLUMNS,
) -> ExportJob:
    """The export that a configuration file and the caller's own settings make; the caller's win.

    `configuration`: an XML file, or None; `provider` is needed then. `settings`: text by name, letter case not
    mattering; those that may be repeated (`training`, `status`, …) may have several texts. `provider`: what is
    exported; of several exports in the configuration the one of that provider is taken. `name`: the name of the export
    in the configuration, or its number, from 1. `file_name`: the file that is written; its ending tells the format,
    unless `settings` has one. `columns`: the names that each provider has.

    Raises FileError when the configuration cannot be read, ConfigurationError with every mistake, and UsageError when
    nothing says what is exported.
    """
    remarks = Remarks()
    configured = None
    if configuration is not None:
        provider, configured = _configured(configuration, provider, name, columns, remarks)
    elif name is not None:
        raise UsageError(f'There is no configuration that could have an export "{name}". Name its file.')
    elif provider is None:
        raise UsageError("Nothing says what is exported. Name a provider or a configuration.")
    known = None if provider is None else Known(provider, columns)
    caller = gather.from_caller(settings, known, remarks)
    result = build.built(provider or Provider.TRACKING, configured, caller, file_name, remarks)
    if remarks.mistakes:
        mistakes = in_line_order(remarks.mistakes)
        caller_alone = configuration is None or all(mistake.line is None for mistake in mistakes)
        raise ConfigurationError("The command line" if caller_alone else str(configuration), mistakes)
    return replace(result, notes=tuple(remarks.notes))


def _configured(
    configuration: Path,
    provider: Provider | None,
    name: str | None,
    columns: Mapping[Provider, tuple[str, ...]],
    remarks: Remarks,
) -> tuple[Provider | None, Bag]:
    """What is exported and its settings; mistakes in the other exports are mistakes all the same."""
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        remarks.mistakes.append(root)
        return provider, Bag(remarks)
    if root.folded in blocks.FOLDED_ROOTS:
        remarks.mistake(root.line, f"<{root.name}> is the configuration of an import; an export has <export-config>")
        return provider, Bag(remarks)
    every = outline.outlined(root, remarks)
    wrong = bool(remarks.mistakes) or any(block.remarks.mistakes for block in every)
    block = outline.chosen(every, name, provider, root, Remarks() if wrong else remarks)
    bag = Bag(remarks) if block is None else gather.from_block(block, columns)
    for other in every:
        if other is not block:
            _judge(other, columns)
        if other is block or other.provider is None:
            remarks.add(other.remarks)
        else:
            remarks.mistakes += other.remarks.mistakes
    return provider if block is None else block.provider, bag


def _judge(block: outline.Block, columns: Mapping[Provider, tuple[str, ...]]) -> None:
    """Adds to the block's remarks what is wrong with it, by itself; what is not exported is not judged."""
    if block.provider is not None:
        bag = gather.from_block(block, columns)
        build.built(block.provider, bag, Bag(block.remarks), None, block.remarks)


def judge(root: Element, remarks: Remarks, columns: Mapping[Provider, tuple[str, ...]] = PROVIDER_COLUMNS) -> None:
    """Adds to `remarks` all mistakes and notes of the export configuration under `root`, of every export in it."""
    every = outline.outlined(root, remarks)
    for block in every:
        _judge(block, columns)
        remarks.add(block.remarks)
    if every and not remarks.mistakes and not any(block.providers for block in every):
        outline.chosen(every, None, None, root, remarks)
