"""Configurations and the caller's own settings as jobs, or all mistakes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from milepost.model.columns import IGNORED
from milepost.model.exceptions import ConfigurationError, Mistake, UsageError
from milepost.model.export import ExportJob, Provider
from milepost.model.job import Job
from milepost.model.likeness import by_folded, nearest_name
from milepost.settings import choosing, document, elements, export_rules, import_rules, table
from milepost.settings.bag import Bag, Remarks, from_caller
from milepost.settings.choosing import Chosen
from milepost.settings.document import Element
from milepost.settings.merged import AnyJob
from milepost.settings.named_columns import ExportNames, ImportNames
from milepost.settings.outline import EXPORTS, IMPORTS, Block, Outline, outlined
from milepost.settings.setting import JobKind

Settings = Mapping[str, Any]
"""Values by the names of settings, which are case-insensitive: text, numbers, booleans, dates and times; a list of
them; or a dictionary for settings inside another one, as `{"trackingStatus": {"completed": "c"}}`."""
NOTHING: Settings = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking a configuration."""

    mistakes: tuple[Mistake, ...]
    """In the order of their lines."""
    notes: tuple[str, ...]
    """The parts that an import or export passes over, a sentence each."""


def job(
    configuration: str | Path | None,
    *,
    file_name: str | None = None,
    settings: Settings = NOTHING,
    mode: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    raw: bool = False,
    limits: Settings = NOTHING,
    merge: Mapping[str, str] = NOTHING,
    header_map: Mapping[str, str] = NOTHING,
    header_ignore: Iterable[str] = (),
) -> Job:
    """The job of a configuration file and the caller's own settings; the caller's win.

    `configuration`: an XML file, or None. `file_name`: the file to import; it selects the import of the configuration
    with a matching `fileName`. `settings`: values by name, see `Settings`. Some settings have a parameter of their own:
    `mode` is `updateMode`, `encoding` is `fileEncoding`, `raw` is `rawText`; `limits` of `{"deleted": "1%"}` are
    `maxDeleted`. `merge`: the merge rules of columns, and of the `row`: `{"progression": "highest"}` is
    `progression.merge`. `header_map`: headers as written, to the columns that they mean. `header_ignore`: headers to
    skip.

    Raises FileError if the file cannot be read, and ConfigurationError with every mistake.
    """
    remarks = Remarks()
    named: dict[str, Any] = {"updateMode": mode, "delimiter": delimiter, "fileEncoding": encoding, "sheet": sheet}
    named |= {"rawText": raw or None, table.MERGE: merge, table.HEADER_MAPPING: header_map}
    named |= {f"max{limited.title()}": limit for limited, limit in limits.items()}
    pairs = [*settings.items(), *named.items(), (table.HEADER_MAPPING, dict.fromkeys(header_ignore, IGNORED))]

    choose = partial(choosing.for_file, file_name)
    configured = None if configuration is None else _configured(IMPORTS, configuration, remarks, choose)[1]
    caller = from_caller(JobKind.IMPORT, pairs, ImportNames(), remarks)
    return _finished(import_rules.built(configured, caller, remarks), configuration, remarks)


def export_job(
    configuration: str | Path | None,
    settings: Settings = NOTHING,
    *,
    provider: Provider | None = None,
    name: str | None = None,
    file_name: str | None = None,
) -> ExportJob:
    """The export of a configuration file and the caller's own settings; the caller's win.

    `configuration`: an XML file, or None; `provider` is needed then. `settings`: values by name, see `Settings`;
    repeatable ones (`training`, `status`, …) may have a list. `provider`: what is exported; it selects the export of
    the configuration with that provider. `name`: the name of the export in the configuration, or its number, from 1.
    `file_name`: the file to write; its ending sets the format, unless `settings` do.

    Raises FileError if the configuration cannot be read, ConfigurationError with every mistake, and UsageError if
    nothing says what is exported.
    """
    remarks = Remarks()
    configured = None
    if configuration is not None:
        choose = partial(choosing.by_name, name, provider)
        chosen, configured = _configured(EXPORTS, configuration, remarks, choose)
        if chosen is not None and chosen[1] is not None:
            provider = choosing.provider_of(chosen[1])
    elif name is not None:
        raise UsageError(f'There is no configuration that could have an export "{name}". Name its file.')
    elif provider is None:
        raise UsageError("Nothing says what is exported. Name a provider or a configuration.")
    names = None if provider is None else ExportNames(provider)
    caller = from_caller(JobKind.EXPORT, settings.items(), names, remarks)
    result = export_rules.built(provider or Provider.TRACKING, configured, caller, file_name, remarks)
    return _finished(result, configuration, remarks)


def _finished(job: AnyJob, configuration: str | Path | None, remarks: Remarks) -> AnyJob:
    if remarks.mistakes:
        mistakes = remarks.in_line_order()
        is_callers = configuration is None or all(mistake.line is None for mistake in mistakes)
        raise ConfigurationError(None if is_callers else str(configuration), mistakes)
    return replace(job, notes=tuple(remarks.notes))


def _configured(
    outline: Outline,
    configuration: str | Path,
    remarks: Remarks,
    choose: Callable[[Sequence[Block], Element, Remarks], Chosen | None],
) -> tuple[Chosen | None, Bag]:
    """The chosen part of a configuration, and its settings. Mistakes in other parts count too."""
    nothing = Bag(outline.job, remarks)
    root = document.parse(document.read(Path(configuration)))
    if isinstance(root, Mistake):
        remarks.mistakes.append(root)
        return None, nothing
    other = IMPORTS if outline is EXPORTS else EXPORTS
    if root.folded in by_folded(other.roots):
        what = f"<{root.name}> is the configuration of an {other.job}"
        remarks.mistake(root.line, f"{what}; an {outline.job} has <{outline.roots[0]}>")
        return None, nothing
    blocks = outlined(outline, root, remarks)
    # After a mistake, a failure to choose may only be its consequence.
    is_wrong = bool(remarks.mistakes) or any(block.remarks.mistakes for block in blocks)
    is_there = any(outline.is_ours(block) for block in blocks)
    to = Remarks() if is_wrong and outline is EXPORTS else remarks
    chosen = choose(blocks, root, to) if is_there or not is_wrong else None
    bag = nothing if chosen is None else _bag(outline, *chosen)
    for block in blocks:
        for provider in outline.choices(block):
            if (block, provider) != chosen:
                _judge(outline, block, provider)
        if (chosen is not None and block is chosen[0]) or not outline.is_ours(block):
            remarks.add(block.remarks)
        else:
            remarks.mistakes += block.remarks.mistakes
    return chosen, bag


def _bag(outline: Outline, block: Block, provider: Element | None) -> Bag:
    is_export = outline is EXPORTS and provider is not None
    names = ExportNames(choosing.provider_of(provider)) if is_export and provider else ImportNames()
    return elements.from_block(outline, block, provider, names)


def _judge(outline: Outline, block: Block, provider: Element | None) -> None:
    """Adds the mistakes of a block, without the caller's settings, to its remarks."""
    bag, caller = _bag(outline, block, provider), Bag(outline.job, block.remarks)
    if outline is IMPORTS:
        import_rules.built(bag, caller, block.remarks)
    elif provider is not None:
        export_rules.built(choosing.provider_of(provider), bag, caller, None, block.remarks)


def check(configuration: str | Path) -> Checked:
    """All mistakes and notes of a configuration, in every import that has our action, or in every export.

    Raises FileError if the file cannot be read.
    """
    remarks = Remarks()
    root = document.parse(document.read(Path(configuration)))
    if isinstance(root, Mistake):
        return Checked((root,), ())
    near = by_folded(EXPORTS.roots).get(root.folded) or nearest_name(root.name, (*IMPORTS.roots, *EXPORTS.roots))
    outline = EXPORTS if near in EXPORTS.roots else IMPORTS
    blocks = outlined(outline, root, remarks)
    for block in blocks:
        for provider in outline.choices(block):
            _judge(outline, block, provider)
        remarks.add(block.remarks)
    if not remarks.mistakes and not any(outline.is_ours(block) for block in blocks):
        if outline is IMPORTS:
            choosing.for_file(None, blocks, root, remarks)
        else:
            choosing.by_name(None, None, blocks, root, remarks)
    return Checked(remarks.in_line_order(), tuple(remarks.notes))
