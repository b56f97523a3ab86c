"""A configuration as a job, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from milepost.config import blocks, build, columns, document, gather, names
from milepost.config.document import Element
from milepost.config.exports import loading as exports
from milepost.config.exports import outline as exports_outline
from milepost.config.remarks import Remarks, in_line_order
from milepost.config.settings import MERGE, Bag
from milepost.model.columns import VALUE_COLUMNS
from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.job import Job

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say about a configuration."""

    mistakes: tuple[Mistake, ...]
    """In the order of their lines; none when the configuration is right."""
    notes: tuple[str, ...]
    """What it holds that an import or export passes over, a sentence each."""


def job(
    configuration: Path | None,
    *,
    file_name: str | None = None,
    settings: Mapping[str, str] = NOTHING,
    mode: str | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    raw: bool = False,
    limits: Mapping[str, str] = NOTHING,
    merge: Mapping[str, str] = NOTHING,
    header_map: Mapping[str, str] = NOTHING,
    header_ignore: Iterable[str] = (),
) -> Job:
    """The job that a configuration file and the caller's own settings make; the caller's win.

    `configuration`: an XML file, or None. `file_name`: the file to import; of several imports in the
    configuration the one with a matching `fileName` is taken. `settings`: text by name, letter case not
    mattering; `mode`, `delimiter`, `encoding` and `sheet` are `updateMode`, `delimiter`, `fileEncoding` and
    `sheet` among them, `raw` is `rawText`, and `limits` too: `{"deleted": "1%"}` is `maxDeleted`. `merge` has the
    merge rules of columns, and of the `row`: `{"progression": "highest"}` is `progression.merge`. `header_map`: a
    header as written, to the column it means. `header_ignore`: headers to skip.

    Raises FileError when the file cannot be read, and ConfigurationError with every mistake.
    """
    remarks = Remarks()
    named = {"updateMode": mode, "delimiter": delimiter, "fileEncoding": encoding, "sheet": sheet}
    if raw:
        named["rawText"] = "yes"
    named |= {f"max{limited.title()}": text for limited, text in limits.items()}
    pairs = [*settings.items(), *((name, text) for name, text in named.items() if text is not None)]
    pairs += _merge_settings(merge, remarks)
    configured = None if configuration is None else _configured(configuration, file_name, remarks)
    caller = gather.from_caller(pairs, header_map, header_ignore, remarks)
    result = build.built(configured, caller, remarks)
    if remarks.mistakes:
        mistakes = in_line_order(remarks.mistakes)
        caller_alone = configuration is None or all(mistake.line is None for mistake in mistakes)
        raise ConfigurationError("The command line" if caller_alone else str(configuration), mistakes)
    return replace(result, notes=tuple(remarks.notes))


def _merge_settings(merge: Mapping[str, str], remarks: Remarks) -> list[tuple[str, str]]:
    # Pairs: a field by two of its names must not have two rules unnoticed.
    found = []
    for field, rule in merge.items():
        column = columns.resolve(field)
        if field.casefold() == _ROW:
            found.append((MERGE, rule))
        elif column in VALUE_COLUMNS:
            found.append((f"{column}.{MERGE}", rule))
        else:
            near = names.suggestion(field, (*VALUE_COLUMNS, _ROW))
            remarks.mistake(None, f"merge: {names.quoted(field)} is no field that is stored{near}")
    return found


_ROW = "row"


def _configured(configuration: Path, file_name: str | None, remarks: Remarks) -> Bag:
    """The settings of the import that is for the file; mistakes in the others are mistakes all the same."""
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        remarks.mistakes.append(root)
        return Bag(remarks)
    if exports_outline.is_root(root):
        remarks.mistake(root.line, f"<{root.name}> is the configuration of an export; an import has <import-config>")
        return Bag(remarks)
    every = blocks.outlined(root, remarks)
    # A root that is none of ours has been refused already.
    block = blocks.chosen(every, file_name, root, remarks) if every or not remarks.mistakes else None
    provider = None if block is None else blocks.provider_for(block, file_name)
    bag = Bag(remarks) if block is None else gather.from_block(block, provider)
    for other in every:
        for unused in other.providers or (None,):
            if (other, unused) != (block, provider):
                _judge(other, unused)
        if other is block or not other.actions:
            remarks.add(other.remarks)
        else:
            remarks.mistakes += other.remarks.mistakes
    return bag


def _judge(block: blocks.Block, provider: Element | None) -> None:
    """Adds to the block's remarks what is wrong with our action in it, by itself."""
    if block.actions:
        build.built(gather.from_block(block, provider), Bag(block.remarks), block.remarks)


def check(configuration: Path) -> Checked:
    """All mistakes and notes of a configuration, in every import that holds our action, or in every export.

    Raises FileError when the file cannot be read.
    """
    remarks = Remarks()
    root = document.parse(document.read(configuration))
    if isinstance(root, Mistake):
        return Checked((root,), ())
    if _is_for_exports(root):
        exports.judge(root, remarks)
        return Checked(in_line_order(remarks.mistakes), tuple(remarks.notes))
    every = blocks.outlined(root, remarks)
    if not any(block.actions for block in every) and (every or not remarks.mistakes):
        blocks.chosen(every, None, root, remarks)
    for block in every:
        for provider in block.providers or (None,):
            _judge(block, provider)
        remarks.add(block.remarks)
    return Checked(in_line_order(remarks.mistakes), tuple(remarks.notes))


def _is_for_exports(root: Element) -> bool:
    """Whether `root` is that of an export configuration, or most like one."""
    known = (*blocks.ROOTS, *exports_outline.ROOTS)
    return exports_outline.is_root(root) or names.nearest(root.name, known) in exports_outline.ROOTS
