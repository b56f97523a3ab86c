"""The outline of a configuration: its imports, which of them are ours, and which one is for a given file."""

from __future__ import annotations

import fnmatch
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath

from milepost.config import names, vendor
from milepost.config.document import Element
from milepost.config.remarks import Remarks

ROOTS = ("import-config", "actions", vendor.ACTION)
FOLDED_ROOTS = names.by_folded(ROOTS)
_OURS = names.folded(vendor.ACTION)


@dataclass(slots=True, eq=False)
class Block:
    """One import: its providers, and our actions in it."""

    line: int
    providers: list[Element] = field(default_factory=list)
    actions: list[Element] = field(default_factory=list)
    """Those that are ours."""
    remarks: Remarks = field(default_factory=Remarks)


def outlined(root: Element, remarks: Remarks) -> list[Block]:
    """The imports under `root`; what stands outside of them goes to `remarks`, the rest to each block's own."""
    if root.folded == "import-config":
        return _imports(root, remarks)
    block = Block(root.line)
    if root.folded == "actions":
        _read_actions(root, block)
    elif root.folded == _OURS:
        block.actions.append(root)
    else:
        expected = names.listing(f"<{name}>" for name in ROOTS)
        remarks.mistake(root.line, f"<{root.name}> cannot be the root of a configuration; the root is {expected}")
        return []
    return [block]


def _imports(root: Element, remarks: Remarks) -> list[Block]:
    refuse_text(root, remarks)
    blocks = []
    for child in root.children:
        if child.folded == "import":
            blocks.append(_import(child))
        elif not _passed_over_section(child, remarks):
            refuse_unknown(child, root, remarks, ("import", *vendor.SECTIONS.values()))
    return blocks


def _import(element: Element) -> Block:
    block = Block(element.line)
    refuse_text(element, block.remarks)
    for child in element.children:
        if child.folded == "providers":
            _read_providers(child, block)
        elif child.folded == "actions":
            _read_actions(child, block)
        elif not _passed_over_section(child, block.remarks):
            refuse_unknown(child, element, block.remarks, ("providers", "actions", *vendor.SECTIONS.values()))
    return block


def _passed_over_section(element: Element, remarks: Remarks) -> bool:
    known = vendor.SECTIONS.get(element.folded)
    if known is None:
        return False
    remarks.note(f"<{known}> is passed over (line {element.line}): an import reads one file and no more.")
    return True


def _read_providers(element: Element, block: Block) -> None:
    refuse_text(element, block.remarks)
    for child in element.children:
        if child.folded in vendor.PROVIDERS or child.folded.endswith("sourceprovider"):
            block.providers.append(child)
        else:
            refuse_unknown(child, element, block.remarks, vendor.PROVIDERS.values())


def _read_actions(element: Element, block: Block) -> None:
    refuse_text(element, block.remarks)
    for child in element.children:
        if child.folded == _OURS:
            block.actions.append(child)
        elif child.folded in vendor.ACTIONS:
            known = vendor.ACTIONS[child.folded]
            block.remarks.note(
                f"The action {known} is passed over (line {child.line}): it is not an import of tracking."
            )
        else:
            refuse_unknown(child, element, block.remarks, (vendor.ACTION, *vendor.ACTIONS.values()))


def refuse_text(element: Element, remarks: Remarks) -> None:
    """A mistake where `element`, which holds elements, holds text."""
    if element.text.strip():
        remarks.mistake(element.line, f"<{element.name}> holds text where only elements are expected")


def refuse_unknown(element: Element, parent: Element, remarks: Remarks, known: Iterable[str]) -> None:
    """A mistake about `element`, which nobody knows under `parent`, with the nearest of the `known` names."""
    near = names.suggestion(element.name, known)
    remarks.mistake(element.line, f"<{element.name}> is unknown in <{parent.name}>{near}")


def chosen(blocks: list[Block], file_name: str | None, root: Element, remarks: Remarks) -> Block | None:
    """The block for the file; None, with a mistake, where there is none or more than one.

    Of the blocks with our action it is the one with a provider whose `fileName` matches, else the only one.
    """
    ours = [block for block in blocks if block.actions]
    matching = [block for block in ours if any(matches(provider, file_name) for provider in block.providers)]
    for candidates in (matching, ours):
        if len(candidates) == 1:
            return candidates[0]
    if not ours:
        remarks.mistake(root.line, f"<{root.name}> holds no <{vendor.ACTION}>, so there is nothing to import")
        return None
    lines = names.listing((str(block.line) for block in matching or ours), "and")
    if file_name is None:
        why = "say which file is imported"
    elif matching:
        why = f"the fileName of each of them matches {names.quoted(file_name)}; make them differ"
    else:
        why = f"no fileName matches {names.quoted(file_name)}; give one of them a fileName that does"
    remarks.mistake(root.line, f"the imports on lines {lines} all hold <{vendor.ACTION}>; {why}")
    return None


def provider_for(block: Block, file_name: str | None) -> Element | None:
    """The provider of `block` for the file, None where it has none; a mistake where it cannot be told."""
    matching = [provider for provider in block.providers if matches(provider, file_name)]
    candidates = matching or block.providers
    if len(candidates) > 1:
        lines = names.listing((str(provider.line) for provider in candidates), "and")
        block.remarks.mistake(
            candidates[1].line,
            f"the providers on lines {lines} could all be meant; keep one, or the fileName of just one that matches",
        )
    return candidates[0] if candidates else None


def matches(provider: Element, file_name: str | None) -> bool:
    """Whether a `fileName` of `provider` matches: `*`, `?` and `[…]` as in a shell, letter case not mattering.

    Folders do not matter, nor does the `.gz` of a compressed file.
    """
    if file_name is None:
        return False
    name = _comparable(file_name)
    patterns = [_comparable(child.text) for child in provider.children if child.folded == "filename"]
    candidates = (name, name.removesuffix(".gz"))
    return any(fnmatch.fnmatchcase(candidate, pattern) for pattern in patterns for candidate in candidates)


def _comparable(path: str) -> str:
    return names.folded(unicodedata.normalize("NFC", PurePath(path.strip().replace("\\", "/")).name))
