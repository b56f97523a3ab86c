"""Selects the import of a configuration for a file, and the export that the caller means."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import PurePath

from milepost.model.export import Provider
from milepost.model.likeness import by_folded, folded, suggestion
from milepost.model.wording import in_quotes, listed
from milepost.settings import table
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.outline import EXPORTS, IMPORTS, Block, comparable

Chosen = tuple[Block, Element | None]
"""A block, and one of its providers."""


def for_file(file_name: str | None, blocks: Sequence[Block], root: Element, remarks: Remarks) -> Chosen | None:
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
    return comparable(PurePath(path.strip().replace("\\", "/")).name)


def provider_of(element: Element) -> Provider:
    """The provider that an element names."""
    return Provider(by_folded(EXPORTS.providers)[element.folded])


def by_name(
    name: str | None, provider: Provider | None, blocks: Sequence[Block], root: Element, remarks: Remarks
) -> Chosen | None:
    """The export with that name or number; without a name the only one, of `provider` if given.

    None, with a mistake, if there is none or more than one.
    """
    if name is not None:
        return _named(blocks, name, provider, remarks)
    ours = _of(blocks, provider)
    if len(ours) == 1:
        return ours[0]
    what = listed((f"<{one}>" for one in ((provider,) if provider else EXPORTS.providers)), "or")
    if not ours:
        remarks.mistake(root.line, f"<{root.name}> holds no {what}, so there is nothing to export")
    else:
        lines = listed((str(one.line) for _, one in ours), "and")
        meant = "say which one, by the name or number of its export"
        remarks.mistake(root.line, f"the providers on lines {lines} could all be meant; {meant}")
    return None


def _of(blocks: Sequence[Block], provider: Provider | None) -> list[tuple[Block, Element]]:
    """The blocks, each with its providers of that kind; with all of them if `provider` is None."""
    return [(block, one) for block in blocks for one in block.providers if provider in (None, provider_of(one))]


def _named(blocks: Sequence[Block], name: str, provider: Provider | None, remarks: Remarks) -> Chosen | None:
    found = [block for block in blocks if block.name is not None and comparable(block.name) == comparable(name)]
    found = found or [block for block in blocks if str(block.number) == name.strip()]
    if not found:
        every = dict.fromkeys(block.name for block in blocks if block.name is not None)
        there = "there is 1" if len(blocks) == 1 else f"there are {len(blocks)}"
        called = f", called {listed(map(in_quotes, every), 'and')}" if every else ", without a name"
        near = suggestion(name, every)
        remarks.mistake(
            None, f"no export is called {in_quotes(name)}, or has that number{near or f'; {there}{called}'}"
        )
        return None
    ours = _of(found, provider)
    if len(ours) == 1:
        return ours[0]
    held = listed((f"<{provider_of(one)}>" for _, one in _of(found, None)), "and")
    if not held:
        none = listed((f"<{one}>" for one in EXPORTS.providers), "and")
        message = f"it holds none of {none}, so there is nothing to export"
    elif provider is None:
        message = f"it holds {held}; say which one is exported"
    else:
        message = f"it holds {held}, but <{provider}> is to be exported"
    remarks.mistake(found[0].line, f"<export>: {message}")
    return None
