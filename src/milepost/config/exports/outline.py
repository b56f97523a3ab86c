"""The outline of an export configuration: its exports, and which of them is meant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

from milepost.config import names, vendor
from milepost.config.blocks import refuse_text, refuse_unknown
from milepost.config.document import Element
from milepost.config.exports import settings
from milepost.config.remarks import Remarks
from milepost.config.settings import NAMED_STATUSES, Home
from milepost.model.export import Provider

ACTION = "fileExportAction"
ROOTS = ("export-config", "export", *Provider)

_ROOTS = names.by_folded(ROOTS)
_PROVIDERS = {names.folded(provider): provider for provider in Provider}
_ACTION = names.folded(ACTION)
_WRAPPERS: dict[str, tuple[str, ...]] = {"providers": tuple(Provider), "actions": (ACTION,)}
_LISTED = [f"<{provider}>" for provider in Provider]

_OTHERS = {
    names.folded(f"{what}Provider"): f"provider {what}Provider"
    for what in (
        *("learner", "candidate", "trainee", "user", "admin", "teacher", "tutor", "manager", "group", "entity"),
        *("training", "trainingPath", "trainingContent", "session", "registration", "intervention", "attendance"),
        *("learningObject", "learningObjectVersion", "content", "catalog", "skill", "certificate", "evaluation"),
    )
} | {
    names.folded(f"{where}{action}"): f"action {where}{action}"
    for where in ("sftp", "ftp", "ftps", "http", "https", "webService", "url", "email", "mail", "s3", "database")
    for action in ("ExportAction", "Action")
}
"""Providers of what Milepost does not export, and actions that are another program's work."""


@dataclass(slots=True, eq=False)
class Block:
    """One export: what is exported, and the file actions that are ours."""

    line: int
    number: int = 1
    """Which <export> it stands in, from 1."""
    name: str | None = None
    providers: list[Element] = field(default_factory=list)
    """Of one kind, so that a second one is a mistake."""
    actions: list[Element] = field(default_factory=list)
    has_others: bool = False
    """Whether something in it was passed over."""
    remarks: Remarks = field(default_factory=Remarks)

    @property
    def provider(self) -> Provider | None:
        """What the lines are, where it says so."""
        return _PROVIDERS[self.providers[0].folded] if self.providers else None


def is_root(element: Element) -> bool:
    """Whether `element` is the root of an export configuration."""
    return element.folded in _ROOTS


def outlined(root: Element, remarks: Remarks) -> list[Block]:
    """The exports under `root`; what stands outside of them goes to `remarks`, the rest to each block's own."""
    if root.folded in _PROVIDERS:
        return [Block(root.line, providers=[root])]
    if root.folded == "export":
        return _split([_export(root, 1)])
    if root.folded == "export-config":
        return _exports(root, remarks)
    expected = names.listing(f"<{name}>" for name in ROOTS)
    remarks.mistake(root.line, f"<{root.name}> cannot be the root of an export configuration; the root is {expected}")
    return []


def _exports(root: Element, remarks: Remarks) -> list[Block]:
    refuse_text(root, remarks)
    exports = (child for child in root.children if child.folded == "export")
    blocks = [_export(child, number) for number, child in enumerate(exports, start=1)]
    # Without <export> around it, what stands there is the one export.
    alone = Block(root.line)
    for child in root.children:
        if child.folded == "export":
            continue
        if blocks and (child.folded in _PROVIDERS or child.folded in (_ACTION, *_WRAPPERS)):
            remarks.mistake(child.line, f"<{child.name}> stands beside <export>; put it into an <export>")
        elif not _passed_over_section(child, alone):
            _read_part(child, root, alone, ("export",))
    if blocks:
        remarks.add(alone.remarks)
    _refuse_one_name_twice(blocks)
    return _split(blocks or [alone])


def _split(blocks: list[Block]) -> list[Block]:
    """The blocks with one kind of provider each; those that stood in one <export> share all but that."""
    found = []
    for block in blocks:
        kinds = dict.fromkeys(provider.folded for provider in block.providers)
        found += [
            replace(block, providers=[one for one in block.providers if one.folded == kind]) for kind in kinds
        ] or [block]
    return found


def _export(element: Element, number: int) -> Block:
    name = next((value for key, value in element.attributes.items() if names.folded(key) == "name"), "").strip()
    block = Block(element.line, number, name or None)
    refuse_text(element, block.remarks)
    for child in element.children:
        if not _passed_over_section(child, block):
            _read_part(child, element, block, ())
    if not block.providers and not block.has_others and not block.remarks.mistakes:
        block.remarks.mistake(element.line, f"<{element.name}> has no provider; give it {names.listing(_LISTED)}")
    return block


def _refuse_one_name_twice(blocks: list[Block]) -> None:
    seen: dict[str, int] = {}
    for block in blocks:
        if block.name is not None and seen.setdefault(_comparable(block.name), block.line) != block.line:
            where = seen[_comparable(block.name)]
            block.remarks.mistake(
                block.line, f"<export>: the export on line {where} is called {names.quoted(block.name)} too"
            )


def _passed_over_section(element: Element, block: Block) -> bool:
    known = vendor.SECTIONS.get(element.folded)
    if known is None:
        return False
    block.remarks.note(f"<{known}> is passed over (line {element.line}): an export writes one file and no more.")
    return True


def _read_part(element: Element, parent: Element, block: Block, more: tuple[str, ...]) -> None:
    """Takes a provider or an action, or a wrapper around some; `more` could stand there as well."""
    allowed = _WRAPPERS.get(element.folded)
    if allowed is None:
        _read_ours(element, parent, block, (*Provider, ACTION), (*more, *_WRAPPERS))
        return
    refuse_text(element, block.remarks)
    for child in element.children:
        _read_ours(child, element, block, allowed)


def _read_ours(
    element: Element, parent: Element, block: Block, allowed: tuple[str, ...], more: tuple[str, ...] = ()
) -> None:
    folded = element.folded
    if folded in _OTHERS:
        block.has_others = True
        block.remarks.note(
            f"The {_OTHERS[folded]} is passed over (line {element.line}): it is not a file export of tracking."
        )
    elif folded not in names.by_folded(allowed):
        refuse(element, parent, block.remarks, (*allowed, *more))
    elif folded == _ACTION:
        block.actions.append(element)
    else:
        block.providers.append(element)


def refuse(element: Element, parent: Element, remarks: Remarks, known: tuple[str, ...]) -> None:
    """A mistake about `element` under `parent`: where it belongs, or the nearest of the `known` names."""
    where = _HOMES.get(element.folded)
    if where is None:
        refuse_unknown(element, parent, remarks, known)
    else:
        remarks.mistake(element.line, f"<{element.name}> does not belong in <{parent.name}>, but in {where}")


_HOMES = (
    {names.folded(setting.name): setting.home.value for setting in settings.SETTINGS if "." not in setting.name}
    | dict.fromkeys((settings.COLUMNS, "parameters", "options"), "the provider")
    | {names.folded(NAMED_STATUSES): Home.EXPORT_PARAMETERS.value, "fileencoding": Home.EXPORT_ACTION.value}
    | dict.fromkeys(_PROVIDERS, "<export>")
    | {_ACTION: "<actions>"}
)


def chosen(
    blocks: list[Block], name: str | None, provider: Provider | None, root: Element, remarks: Remarks
) -> Block | None:
    """The export that is called `name`, or has that number; without a name the only one, of `provider` if given.

    None, with a mistake, where there is none or more than one.
    """
    if name is not None:
        return _named(blocks, name, provider, remarks)
    ours = [block for block in blocks if block.provider is not None and provider in (None, block.provider)]
    if len(ours) == 1:
        return ours[0]
    what = names.listing(_LISTED if provider is None else [f"<{provider}>"])
    if not ours:
        remarks.mistake(root.line, f"<{root.name}> holds no {what}, so there is nothing to export")
    else:
        lines = names.listing((str(block.providers[0].line) for block in ours), "and")
        message = (
            f"the providers on lines {lines} could all be meant; say which one, by the name or number of its export"
        )
        remarks.mistake(root.line, message)
    return None


def _named(blocks: list[Block], name: str, provider: Provider | None, remarks: Remarks) -> Block | None:
    found = [block for block in blocks if block.name is not None and _comparable(block.name) == _comparable(name)]
    found = found or [block for block in blocks if str(block.number) == name.strip()]
    if not found:
        every = dict.fromkeys(block.name for block in blocks if block.name is not None)
        count = blocks[-1].number if blocks else 0
        there = "there is 1" if count == 1 else f"there are {count}"
        called = f", called {names.listing(map(names.quoted, every), 'and')}" if every else ", without a name"
        near = names.suggestion(name, every)
        message = f"no export is called {names.quoted(name)}, or has that number{near or f'; {there}{called}'}"
        remarks.mistake(None, message)
        return None
    ours = [block for block in found if block.provider is not None and provider in (None, block.provider)]
    if len(ours) == 1:
        return ours[0]
    line = found[0].line
    held = [f"<{block.provider}>" for block in found if block.provider is not None]
    if not held:
        remarks.mistake(
            line, f"<export>: it holds none of {names.listing(_LISTED, 'and')}, so there is nothing to export"
        )
    elif provider is None:
        remarks.mistake(line, f"<export>: it holds {names.listing(held, 'and')}; say which one is exported")
    else:
        remarks.mistake(line, f"<export>: it holds {names.listing(held, 'and')}, but <{provider}> is to be exported")
    return None


def _comparable(name: str) -> str:
    return names.folded(unicodedata.normalize("NFC", name))
