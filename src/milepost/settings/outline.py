"""The outlines of configurations: their imports or exports, and where elements belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from milepost.model.export import Provider
from milepost.model.likeness import by_folded, folded, key, suggestion
from milepost.model.wording import in_quotes, listed
from milepost.settings import table, vendor
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.setting import JobKind, Part

SECTIONS = by_folded(("options", "parameters"))
"""The elements that group settings. Settings inside and beside them belong together."""
_WRAPPERS = by_folded(("providers", "actions"))


@dataclass(frozen=True, slots=True)
class Outline:
    """The structure of the configurations of one kind of job."""

    job: JobKind
    called: str
    """Its name in a message."""
    roots: tuple[str, ...]
    """The possible roots; the first one contains several imports or exports."""
    block: str
    """The element of one import or export."""
    providers: tuple[str, ...]
    """The providers that are ours."""
    provider_ending: str | None
    """Providers whose names end with this are ours too."""
    action: str
    """The action that is ours."""
    others: Mapping[str, str]
    """Providers and actions of others, by the folded name."""
    foreign: str
    """What `others` are not, for a message."""
    provider: Part
    act: Part
    passed_over: Mapping[Part, Mapping[str, str]]
    """The elements of a provider and an action that are ignored with a note, such as the place of the file."""
    is_loose: bool
    """Whether <providers>, <actions> and a single block are optional, and blocks have names and need a provider."""

    def is_provider(self, name: str) -> bool:
        """Whether the element with that folded name is a provider of ours."""
        return name in by_folded(self.providers) or bool(self.provider_ending and name.endswith(self.provider_ending))

    def where(self, name: str) -> str | None:
        """Where the element with that folded name belongs; None for an unknown one."""
        found = table.TABLE.element(self.job, name)
        if found is not None:
            home = found.home(self.job)
            return home.part.outside if home.is_outside else home.part.where
        if name in (groups := table.TABLE.groups(self.job)):
            return groups[name][1].where
        if name in SECTIONS:
            return "the provider" if self.provider.has_sections else "the action"
        if name == folded(self.action):
            return "<actions>"
        return (f"<{self.block}>" if self.is_loose else "<providers>") if self.is_provider(name) else None

    def is_ours(self, block: Block) -> bool:
        """Whether `block` has something to import or export."""
        return bool(block.providers if self.is_loose else block.actions)

    def choices(self, block: Block) -> tuple[Element | None, ...]:
        """The providers of `block` that make a job each; None for a job without a provider."""
        if not self.is_ours(block):
            return ()
        return tuple(block.providers or (None,))


_ACTION = "createOrUpdateConsolidatedTrackingAction"
_EXPORT_PROVIDERS = tuple(map(str, Provider))

IMPORTS = Outline(
    JobKind.IMPORT,
    called="a configuration",
    roots=("import-config", "actions", _ACTION),
    block="import",
    providers=tuple(vendor.PROVIDERS.values()),
    provider_ending="sourceprovider",
    action=_ACTION,
    others={name: f"action {known}" for name, known in vendor.ACTIONS.items()},
    foreign="an import of tracking",
    provider=Part.PROVIDER,
    act=Part.ACTION,
    passed_over={Part.PROVIDER: vendor.PROVIDER_ELEMENTS, Part.ACTION: {}},
    is_loose=False,
)

EXPORTS = Outline(
    JobKind.EXPORT,
    called="an export configuration",
    roots=("export-config", "export", *_EXPORT_PROVIDERS),
    block="export",
    providers=_EXPORT_PROVIDERS,
    provider_ending=None,
    action="fileExportAction",
    others=vendor.EXPORT_OTHERS,
    foreign="a file export of tracking",
    provider=Part.EXPORT_PROVIDER,
    act=Part.EXPORT_ACTION,
    passed_over={
        Part.EXPORT_PROVIDER: by_folded(table.LACKING),
        Part.EXPORT_ACTION: vendor.PROVIDER_ELEMENTS | by_folded(("fileName", "filePrefix", "fileSuffix")),
    },
    is_loose=True,
)


@dataclass(slots=True, eq=False)
class Block:
    """An import or export: its providers, and the actions that are ours."""

    line: int
    number: int = 1
    """From 1."""
    name: str | None = None
    guid: str | None = None
    """By which a store knows an export again."""
    providers: list[Element] = field(default_factory=list)
    actions: list[Element] = field(default_factory=list)
    has_others: bool = False
    """Whether it has providers or actions of others."""
    remarks: Remarks = field(default_factory=Remarks)


def outlined(outline: Outline, root: Element, remarks: Remarks) -> list[Block]:
    """The blocks under `root`. Remarks on a block go to the block, others to `remarks`."""
    if root.folded not in by_folded(outline.roots):
        expected = listed((f"<{name}>" for name in outline.roots), "or")
        remarks.mistake(root.line, f"<{root.name}> cannot be the root of {outline.called}; the root is {expected}")
        return []
    if root.folded == outline.roots[0]:
        return _blocks(outline, root, remarks)
    if root.folded == outline.block:
        return [_block(outline, root, 1)]
    block = Block(root.line)
    _read_child(outline, root, root, block, is_direct=True)
    return [block]


def _blocks(outline: Outline, root: Element, remarks: Remarks) -> list[Block]:
    refuse_text(root, remarks)
    every = (child for child in root.children if child.folded == outline.block)
    blocks = [_block(outline, child, number) for number, child in enumerate(every, start=1)]
    # Without blocks, the children may form the only export.
    alone = Block(root.line)
    for child in root.children:
        if child.folded == outline.block or _is_section(outline, child, alone):
            continue
        is_part = child.folded in (*_WRAPPERS, folded(outline.action)) or outline.is_provider(child.folded)
        if outline.is_loose and blocks and is_part:
            message = f"<{child.name}> stands beside <{outline.block}>; put it into an <{outline.block}>"
            remarks.mistake(child.line, message)
        elif outline.is_loose:
            _read_child(outline, child, root, alone, is_direct=True, more=(outline.block,))
        else:
            refuse(outline, child, root, remarks, (outline.block, *vendor.SECTIONS.values()))
    if outline.is_loose and not blocks:
        return [alone]
    remarks.add(alone.remarks)
    if outline.is_loose:
        _refuse_one_name_twice(blocks)
    return blocks


def _block(outline: Outline, element: Element, number: int) -> Block:
    given = {folded(name): text.strip() for name, text in element.attributes.items()}
    block = Block(element.line, number, given.get("name") or None, given.get("guid") or None)
    refuse_text(element, block.remarks)
    for child in element.children:
        if not _is_section(outline, child, block):
            _read_child(outline, child, element, block, is_direct=outline.is_loose)
    if outline.is_loose and not block.providers and not block.has_others and not block.remarks.mistakes:
        ours = listed((f"<{name}>" for name in outline.providers), "or")
        block.remarks.mistake(element.line, f"<{element.name}> has no provider; give it {ours}")
    return block


def _refuse_one_name_twice(blocks: list[Block]) -> None:
    seen: dict[str, int] = {}
    for block in blocks:
        if block.name is not None and seen.setdefault(key(block.name), block.line) != block.line:
            where = f"the export on line {seen[key(block.name)]}"
            block.remarks.mistake(block.line, f"<export>: {where} is called {in_quotes(block.name)} too")


def _is_section(outline: Outline, element: Element, block: Block) -> bool:
    known = vendor.SECTIONS.get(element.folded)
    if known is not None:
        one = "import reads" if outline.job is JobKind.IMPORT else "export writes"
        block.remarks.note(f"<{known}> is passed over (line {element.line}): an {one} one file and no more.")
    return known is not None


def _read_child(
    outline: Outline, element: Element, parent: Element, block: Block, *, is_direct: bool, more: Iterable[str] = ()
) -> None:
    """Reads a wrapper of providers or actions, or, if `is_direct`, a provider or an action itself."""
    if element.folded in _WRAPPERS:
        refuse_text(element, block.remarks)
        for child in element.children:
            _read_ours(outline, child, element, block, (element.folded,))
    elif is_direct:
        _read_ours(outline, element, parent, block, tuple(_WRAPPERS), (*more, *_WRAPPERS))
    else:
        refuse(outline, element, parent, block.remarks, (*_WRAPPERS, *vendor.SECTIONS.values()))


def _read_ours(
    outline: Outline, element: Element, parent: Element, block: Block, kinds: Iterable[str], more: Iterable[str] = ()
) -> None:
    """Reads a provider or an action, according to `kinds`; `more` are other names to suggest."""
    name = element.folded
    if name in outline.others:
        block.has_others = True
        where = f"(line {element.line})"
        block.remarks.note(f"The {outline.others[name]} is passed over {where}: it is not {outline.foreign}.")
    elif "actions" in kinds and name == folded(outline.action):
        _add(outline, element, block, block.actions, block.actions)
    elif "providers" in kinds and outline.is_provider(name):
        same = [one for one in block.providers if outline.is_loose and one.folded == name]
        _add(outline, element, block, block.providers, same)
    else:
        providers = outline.providers if "providers" in kinds else ()
        actions = (outline.action, *outline.others.values()) if "actions" in kinds else ()
        known = (*providers, *(name.rpartition(" ")[2] for name in actions), *more)
        refuse(outline, element, parent, block.remarks, known)


def _add(outline: Outline, element: Element, block: Block, to: list[Element], others: list[Element]) -> None:
    if others:
        where = f"<{element.name}>: " if outline.is_loose else ""
        first = f"<{others[0].name}> stands on line {others[0].line} already; an {outline.job} has one"
        block.remarks.mistake(element.line, where + first)
    else:
        to.append(element)


def refuse_text(element: Element, remarks: Remarks) -> None:
    """Adds a mistake if `element`, which should contain only elements, contains text."""
    if element.text.strip():
        remarks.mistake(element.line, f"<{element.name}> holds text where only elements are expected")


def refuse_unknown(element: Element, parent: Element, remarks: Remarks, known: Iterable[str]) -> None:
    """Adds a mistake about the unknown `element` under `parent`, with the nearest of the `known` names."""
    near = suggestion(element.name, known)
    remarks.mistake(element.line, f"<{element.name}> is unknown in <{parent.name}>{near}")


def refuse(outline: Outline, element: Element, parent: Element, remarks: Remarks, known: Iterable[str]) -> None:
    """Adds a mistake about `element` under `parent`: where it belongs, or the nearest of the `known` names."""
    where = outline.where(element.folded)
    if where is None:
        refuse_unknown(element, parent, remarks, known)
    else:
        remarks.mistake(element.line, f"<{element.name}> does not belong in <{parent.name}>, but in {where}")
