"""An export configuration as a job, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from milepost.config import blocks, document, names
from milepost.config.document import Element
from milepost.config.exporting import build, gather
from milepost.config.exporting.gather import Bag
from milepost.config.remarks import Remarks, in_line_order
from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.export import PROVIDER_COLUMNS, ExportJob, FileFormat, Provider

ROOT = "export-config"
_EXPORT = "export"
_PROVIDERS = "providers"
_ACTIONS = "actions"
_ACTION = "fileExportAction"
_BY_ELEMENT = {names.folded(provider): provider for provider in Provider}


@dataclass(slots=True, eq=False)
class _Block:
    """One export: its providers, and the actions that write files."""

    line: int
    providers: list[Element] = field(default_factory=list)
    actions: list[Element] = field(default_factory=list)


def job(
    provider: Provider,
    configuration: Path | None = None,
    settings: Iterable[tuple[str, str]] = (),
    *,
    file_format: FileFormat | None = None,
) -> ExportJob:
    """The job that a configuration file and the caller's own settings make; the caller's win.

    `configuration`: an XML file, or None; of its exports the one with `provider` is taken. `settings`: names, letter
    case not mattering, and texts; of settings that may be given several times each is a pair of its own, and `columns`
    is a list such as `candidateLogin=Login,progression`. `file_format`: that of a file that no setting speaks of.

    Raises FileError when the file cannot be read, and ConfigurationError with every mistake.
    """
    remarks = Remarks()
    known = PROVIDER_COLUMNS[provider]
    bag, caller = Bag(remarks, known), Bag(remarks, known)
    if configuration is not None:
        _read(configuration, provider, bag)
    gather.from_caller(settings, caller)
    bag.give_way_to(caller)
    result = build.built(provider, bag, file_format)
    if remarks.mistakes:
        mistakes = in_line_order(remarks.mistakes)
        caller_alone = configuration is None or all(mistake.line is None for mistake in mistakes)
        raise ConfigurationError("The command line" if caller_alone else str(configuration), mistakes)
    return replace(result, notes=tuple(remarks.notes))


def _read(configuration: Path, provider: Provider, bag: Bag) -> None:
    """Takes the settings of the export with the provider; mistakes in the others are mistakes all the same."""
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        bag.remarks.mistakes.append(root)
        return
    every = _outlined(root, bag.remarks)
    if every is None:
        return
    pairs = list(_pairs(every))
    matching = [(block, element) for block, element in pairs if _BY_ELEMENT[element.folded] is provider]
    if len(matching) == 1:
        block, element = matching[0]
        gather.from_elements(element, block.actions, bag)
    elif not matching and not bag.remarks.mistakes:
        bag.remarks.mistake(root.line, f"<{root.name}> holds no <{provider}>, so there is nothing to export")
    elif matching:
        lines = names.listing((str(element.line) for _, element in matching), "and")
        bag.remarks.mistake(
            matching[1][1].line, f"<{provider}> stands on lines {lines}; keep one in each configuration"
        )
    for block, element in pairs:
        if (block, element) not in matching:
            _judge(block, element, bag.remarks)


def check(root: Element, remarks: Remarks) -> None:
    """Adds to `remarks` all mistakes and notes of a configuration, in every export of it."""
    every = _outlined(root, remarks)
    if every is None:
        return
    pairs = list(_pairs(every))
    if not pairs and not remarks.mistakes:
        elements = names.listing(f"<{provider}>" for provider in Provider)
        remarks.mistake(root.line, f"<{root.name}> holds none of {elements}, so there is nothing to export")
    for block, element in pairs:
        _judge(block, element, remarks)


def _judge(block: _Block, element: Element, remarks: Remarks) -> None:
    """Adds to the remarks what is wrong with an export by itself."""
    provider = _BY_ELEMENT[element.folded]
    bag = Bag(remarks, PROVIDER_COLUMNS[provider])
    gather.from_elements(element, block.actions, bag)
    build.built(provider, bag, None)


def _pairs(every: list[_Block]) -> Iterator[tuple[_Block, Element]]:
    return ((block, element) for block in every for element in block.providers)


def _outlined(root: Element, remarks: Remarks) -> list[_Block] | None:
    """The exports under the root; None, with a mistake, where it is another root."""
    if root.folded != ROOT:
        remarks.mistake(root.line, f"<{root.name}> cannot be the root of an export configuration; it is <{ROOT}>")
        return None
    blocks.refuse_text(root, remarks)
    inner = [child for child in root.children if child.folded == _EXPORT]
    if not inner:
        # Without <export>, all of it is one.
        return [_block(root, remarks)]
    for child in root.children:
        if child.folded != _EXPORT:
            blocks.refuse_unknown(child, root, remarks, (_EXPORT,))
    return [_block(child, remarks) for child in inner]


def _block(element: Element, remarks: Remarks) -> _Block:
    block = _Block(element.line)
    known = (_PROVIDERS, _ACTIONS, _ACTION, *Provider)
    if element.folded == _EXPORT:
        blocks.refuse_text(element, remarks)
    else:
        known = (_EXPORT, *known)
    for child in element.children:
        if child.folded in _BY_ELEMENT:
            block.providers.append(child)
        elif child.folded == names.folded(_ACTION):
            block.actions.append(child)
        elif child.folded == _PROVIDERS:
            block.providers += _those(child, tuple(Provider), remarks)
        elif child.folded == _ACTIONS:
            block.actions += _those(child, (_ACTION,), remarks)
        else:
            blocks.refuse_unknown(child, element, remarks, known)
    return block


def _those(element: Element, wanted: tuple[str, ...], remarks: Remarks) -> list[Element]:
    """The elements inside another that go by one of the names."""
    blocks.refuse_text(element, remarks)
    folded = {names.folded(name) for name in wanted}
    for child in element.children:
        if child.folded not in folded:
            blocks.refuse_unknown(child, element, remarks, wanted)
    return [child for child in element.children if child.folded in folded]
