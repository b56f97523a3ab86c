"""Configurations and the caller's own settings as jobs: the part that is meant, or all mistakes in them."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any

from milepost.model.columns import IGNORED
from milepost.model.exceptions import ConfigurationError, Mistake, UsageError
from milepost.model.export import ExportJob, Provider
from milepost.model.file_formats import FileFormat
from milepost.model.job import Job
from milepost.model.likeness import by_folded, folded, key, nearest_name, suggestion
from milepost.model.wording import in_quotes, listed
from milepost.settings import document, elements, rules, table
from milepost.settings.bag import Bag, ExportNames, Given, ImportNames, Names, Remarks, from_caller
from milepost.settings.document import Element
from milepost.settings.outline import EXPORTS, IMPORTS, Block, Outline, outlined
from milepost.settings.rules import AnyJob
from milepost.settings.setting import JobKind

Settings = Mapping[str, Any]
"""Values by the names of settings, which are case-insensitive: text, numbers, booleans, dates and times; a list of
them; or a dictionary for settings inside another one, as `{"trackingStatus": {"completed": "c"}}`."""
Chosen = tuple[Block, Element | None]
"""A block, and one of its providers."""
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

    choose = partial(_for_file, file_name)
    configured = None if configuration is None else _configured(IMPORTS, configuration, remarks, choose)[1]
    caller = from_caller(JobKind.IMPORT, pairs, ImportNames(), remarks)
    return _finished(rules.built_import(configured, caller, remarks), configuration, remarks)


def export_job(
    configuration: str | Path | None,
    settings: Settings = NOTHING,
    *,
    provider: Provider | None = None,
    name: str | None = None,
    file_name: str | None = None,
    strict: bool = False,
) -> ExportJob:
    """The export of a configuration file and the caller's own settings; the caller's win.

    `configuration`: an XML file, or None; `provider` is needed then. `settings`: values by name, see `Settings`;
    repeatable ones (`training`, `status`, …) may have a list. `provider`: what is exported; it selects the export of
    the configuration with that provider. `name`: the name of the export in the configuration, or its number, from 1.
    `file_name`: the file to write; its ending sets the format, unless `settings` do. `strict`: whether what has no
    counterpart in Milepost is a mistake, instead of a note.

    Raises FileError if the configuration cannot be read, ConfigurationError with every mistake, and UsageError if
    nothing says what is exported.
    """
    remarks = Remarks()
    configured, guid = None, None
    if configuration is not None:
        choose = partial(_by_name, name, provider)
        chosen, configured = _configured(EXPORTS, configuration, remarks, choose)
        if chosen is not None and chosen[1] is not None:
            provider, guid = _provider_of(chosen[1]), chosen[0].guid
    elif name is not None:
        raise UsageError(f'There is no configuration that could have an export "{name}". Name its file.')
    elif provider is None:
        raise UsageError("Nothing says what is exported. Name a provider or a configuration.")
    names = None if provider is None else ExportNames(provider)
    caller = from_caller(JobKind.EXPORT, settings.items(), names, remarks)
    result = rules.built_export(provider or Provider.TRACKING, configured, caller, file_name, remarks, guid=guid)
    if strict:
        remarks.refuse_lacking()
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
    root = document.read(Path(configuration))
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
            remarks.lacking += block.remarks.lacking
    return chosen, bag


def _bag(outline: Outline, block: Block, provider: Element | None) -> Bag:
    names: Names = ImportNames()
    if outline is EXPORTS and provider is not None:
        names = ExportNames(_provider_of(provider))
    return elements.from_block(outline, block, provider, names)


def _judge(outline: Outline, block: Block, provider: Element | None) -> None:
    """Adds the mistakes of a block, without the caller's settings, to its remarks."""
    bag, caller = _bag(outline, block, provider), Bag(outline.job, block.remarks)
    if outline is IMPORTS:
        rules.built_import(bag, caller, block.remarks)
    elif provider is not None:
        rules.built_export(_provider_of(provider), bag, caller, None, block.remarks, guid=block.guid)


def check(configuration: str | Path, *, strict: bool = False) -> Checked:
    """All mistakes and notes of a configuration, in every import that has our action, or in every export.

    `strict`: whether what has no counterpart in Milepost is a mistake, instead of a note.
    Raises FileError if the file cannot be read.
    """
    remarks = Remarks()
    root = document.read(Path(configuration))
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
            _for_file(None, blocks, root, remarks)
        else:
            _by_name(None, None, blocks, root, remarks)
    if strict:
        remarks.refuse_lacking()
    return Checked(remarks.in_line_order(), tuple(remarks.notes))


def whole_exports(root: Element, remarks: Remarks) -> list[list[ExportJob]]:
    """The exports of a whole configuration: of each `<export>` one for each of its providers.

    The delimiter is a semicolon unless the configuration says another one. What its format does not need is passed over
    with a note, since the vendor's actions have all options for all formats. Mistakes and notes go to `remarks`.
    """
    every: list[list[ExportJob]] = []
    for block in outlined(EXPORTS, root, remarks):
        jobs: list[ExportJob] = []
        for provider in block.providers:
            bag, caller = _bag(EXPORTS, block, provider), Bag(JobKind.EXPORT, block.remarks)
            file_format = bag.get(table.FORMAT, FileFormat.CSV)
            for name in rules.unneeded(bag, file_format):
                del bag.given[name]
                block.remarks.note(f"{name} is not used, because the format is {file_format}.")
            if file_format is FileFormat.CSV:
                bag.given.setdefault(table.DELIMITER, Given(";"))
            what = _provider_of(provider)
            jobs.append(rules.built_export(what, bag, caller, None, block.remarks, guid=block.guid))
        remarks.add(block.remarks)
        every.append(jobs)
    return every


def _for_file(file_name: str | None, blocks: Sequence[Block], root: Element, remarks: Remarks) -> Chosen | None:
    """The import for the file; None, with a mistake, if there is none or more than one.

    It is the block with our action and a provider whose `fileName` matches, else the only block with our action.
    """
    ours = [block for block in blocks if IMPORTS.is_ours(block)]
    matching = [block for block in ours if any(_matches(provider, file_name) for provider in block.providers)]
    for candidates in (matching, ours):
        if len(candidates) == 1:
            return candidates[0], _provider_for(candidates[0], file_name)
    if not ours:
        remarks.mistake(root.line, f"<{root.name}> holds no <{IMPORTS.action}>, so there is nothing to import")
        return None
    lines = listed((str(block.line) for block in matching or ours), "and")
    if file_name is None:
        why = "say which file is imported"
    elif matching:
        why = f"the fileName of each of them matches {in_quotes(file_name)}; make them differ"
    else:
        why = f"no fileName matches {in_quotes(file_name)}; give one of them a fileName that does"
    remarks.mistake(root.line, f"the imports on lines {lines} all hold <{IMPORTS.action}>; {why}")
    return None


def _provider_for(block: Block, file_name: str | None) -> Element | None:
    """The provider of `block` for the file, None if it has none; a mistake if several fit."""
    matching = [provider for provider in block.providers if _matches(provider, file_name)]
    candidates = matching or block.providers
    if len(candidates) > 1:
        lines = listed((str(provider.line) for provider in candidates), "and")
        block.remarks.mistake(
            candidates[1].line,
            f"the providers on lines {lines} could all be meant; keep one, or the fileName of just one that matches",
        )
    return candidates[0] if candidates else None


def _matches(provider: Element, file_name: str | None) -> bool:
    """Whether a `fileName` of `provider` matches: `*`, `?` and `[…]` as in a shell, case-insensitive.

    Folders are ignored, and so is the `.gz` of a compressed file.
    """
    if file_name is None:
        return False
    name = _file(file_name)
    patterns = [_file(child.text) for child in provider.children if child.folded == folded(table.FILE_NAME)]
    return any(fnmatch.fnmatchcase(one, pattern) for pattern in patterns for one in (name, name.removesuffix(".gz")))


def _file(path: str) -> str:
    return key(PurePath(path.strip().replace("\\", "/")).name)


def _provider_of(element: Element) -> Provider:
    """The provider that an element names."""
    return Provider(by_folded(EXPORTS.providers)[element.folded])


def _by_name(
    name: str | None, provider: Provider | None, blocks: Sequence[Block], root: Element, remarks: Remarks
) -> Chosen | None:
    """The export with that name or number; without a name the only one, of `provider` if given.

    None, with a mistake, if there is none or more than one.
    """
    among = blocks if name is None else _called(name, blocks)
    every = [(block, one) for block in among for one in block.providers]
    ours = [(block, one) for block, one in every if provider in (None, _provider_of(one))]
    if len(ours) == 1:
        return ours[0]
    if name is not None and not among:
        remarks.mistake(None, _unknown(name, blocks))
    elif name is not None:
        remarks.mistake(among[0].line, f"<export>: {_why_not(provider, [one for _, one in every])}")
    elif ours:
        lines = listed(str(one.line) for _, one in ours)
        meant = "say which one, by the name or number of its export"
        remarks.mistake(root.line, f"the providers on lines {lines} could all be meant; {meant}")
    else:
        what = listed((f"<{one}>" for one in ((provider,) if provider else EXPORTS.providers)), "or")
        remarks.mistake(root.line, f"<{root.name}> holds no {what}, so there is nothing to export")
    return None


def _called(name: str, blocks: Sequence[Block]) -> list[Block]:
    found = [block for block in blocks if block.name is not None and key(block.name) == key(name)]
    return found or [block for block in blocks if str(block.number) == name.strip()]


def _unknown(name: str, blocks: Sequence[Block]) -> str:
    every = dict.fromkeys(block.name for block in blocks if block.name is not None)
    there = "there is 1" if len(blocks) == 1 else f"there are {len(blocks)}"
    called = f", called {listed(map(in_quotes, every))}" if every else ", without a name"
    near = suggestion(name, every) or f"; {there}{called}"
    return f"no export is called {in_quotes(name)}, or has that number{near}"


def _why_not(provider: Provider | None, held: list[Element]) -> str:
    """Why none of the providers of an export is meant, or more than one."""
    if not held:
        return f"it holds none of {listed(f'<{one}>' for one in EXPORTS.providers)}, so there is nothing to export"
    names = listed(f"<{_provider_of(one)}>" for one in held)
    if provider is None:
        return f"it holds {names}; say which one is exported"
    return f"it holds {names}, but <{provider}> is to be exported"
