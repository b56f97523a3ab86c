"""Reads a whole configuration into a plan, or finds all its mistakes, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.likeness import by_folded, folded
from milepost.model.wording import listed
from milepost.operations import night_table
from milepost.operations.action_reading import read_action
from milepost.operations.clearing_steps import CLEARING_STEPS, NEEDED_KINDS, WHICH_LEARNERS, clearings_of
from milepost.operations.load_actions import LOAD_ACTIONS, LOV_CODES
from milepost.operations.night_options import read_options
from milepost.operations.night_plan import (
    Expectations,
    FileSource,
    Night,
    NightAction,
    NightImport,
    Remote,
    Stage,
    Step,
)
from milepost.operations.night_table import NightElement
from milepost.operations.step_reading import key_of, name_of, numbered, read_steps, refuse_one_key_twice
from milepost.settings import document, vendor
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.jobs import Checked
from milepost.settings.outline import IMPORTS, refuse_text, refuse_unknown

ROOT = "import-config"
_PARTS = ("providers", "actions", "expectations", *(str(stage) for stage in Stage))
_PROVIDERS = by_folded(("fileSystemSourceProvider", "fileSystemProvider", "sftpSourceProvider", "sftpProvider"))
_FULL_ACCESS = "fullAccess"


def read_night(configuration: str | Path, *, strict: bool = False) -> Night:
    """The plan of the configuration at that path. `strict` makes a mistake of all that would be passed over.

    Raises FileError if the file cannot be read, and ConfigurationError with every mistake.
    """
    path = Path(configuration)
    night, remarks = _read(document.read(path), path.stem, strict=strict)
    if remarks.mistakes:
        raise ConfigurationError(str(configuration), remarks.in_line_order())
    return changed(night, notes=tuple(remarks.notes))


def judge_night(configuration: str | Path, *, strict: bool = False) -> Checked | None:
    """The mistakes and notes of a whole configuration; None if it is not one, but for imports of single files.

    Raises FileError if the file cannot be read.
    """
    root = document.read(Path(configuration))
    if isinstance(root, Mistake) or not is_whole(root):
        return None
    remarks = _read(root, "", strict=strict)[1]
    return Checked(remarks.in_line_order(), tuple(remarks.notes))


def is_whole(root: Element) -> bool:
    """Whether a configuration is one for `run`, and not only for imports of single files."""
    if root.folded != ROOT:
        return False
    blocks = [child for child in root.children if child.folded == IMPORTS.block]
    inside = [child.folded for block in (root, *blocks) for child in block.children]
    actions = {
        action.folded
        for block in blocks
        for part in block.children
        if part.folded == "actions"
        for action in part.children
    }
    return not by_folded((*map(str, Stage), "expectations")).keys().isdisjoint(inside) or bool(
        actions & set(LOAD_ACTIONS)
    )


def _read(root: Element | Mistake, name: str, *, strict: bool) -> tuple[Night, Remarks]:
    reader = _Reader(strict=strict)
    if isinstance(root, Mistake):
        reader.remarks.mistakes.append(root)
        return Night(name), reader.remarks
    return reader.read(root, name), reader.remarks


@dataclass(slots=True)
class _Reader:
    strict: bool
    remarks: Remarks = field(default_factory=Remarks)

    def pass_over(self, line: int, sentence: str) -> None:
        """Notes what is passed over, or refuses it."""
        if self.strict:
            self.remarks.mistake(line, sentence)
        else:
            self.remarks.note(f"{sentence} (line {line})")

    def read(self, root: Element, name: str) -> Night:
        if root.folded != ROOT:
            said = f"<{root.name}> is no whole configuration, which `milepost run` needs; its root is <{ROOT}>"
            self.remarks.mistake(root.line, said)
            return Night(name)
        refuse_text(root, self.remarks)
        before, after, imports = list[Step](), list[Step](), list[NightImport]()
        number = 0
        for child in root.children:
            if child.folded == IMPORTS.block:
                number += 1
                found, inner = self._import(child, number)
                before += inner
                imports += [found] if found is not None else []
            elif child.folded == folded(Stage.BEFORE):
                before += self._steps(child, Stage.BEFORE)
            elif child.folded == folded(Stage.AFTER):
                after += self._steps(child, Stage.AFTER)
            elif child.folded in map(folded, _PARTS):
                message = f"<{child.name}> does not belong in <{root.name}>, but in <{IMPORTS.block}>"
                self.remarks.mistake(child.line, message)
            else:
                refuse_unknown(child, root, self.remarks, (IMPORTS.block, str(Stage.BEFORE), str(Stage.AFTER)))
        if not number:
            self.remarks.mistake(root.line, f"<{root.name}> has no <{IMPORTS.block}>, so there is nothing to do")
        refuse_one_key_twice("import", ((one.key, one.line) for one in imports), self.remarks)
        return Night(name_of(root) or name, numbered(before), tuple(imports), numbered(after))

    def _import(self, element: Element, number: int) -> tuple[NightImport | None, list[Step]]:
        refuse_text(element, self.remarks)
        parts: dict[str, Element] = {}
        before: list[Step] = []
        for child in element.children:
            if child.folded not in map(folded, _PARTS):
                refuse_unknown(child, element, self.remarks, _PARTS)
            elif child.folded == folded(Stage.BEFORE):
                before += self._steps(child, Stage.BEFORE)
            elif child.folded in parts:
                line = parts[child.folded].line
                self.remarks.mistake(child.line, f"<{child.name}> stands on line {line} already; an import has one")
            else:
                parts[child.folded] = child
        provider = self._provider(parts.get("providers"), element)
        action_element = self._action(parts.get("actions"), element)
        source, reading = self._source(provider) if provider is not None else (None, None)
        action = None
        if action_element is not None:
            action = read_action(element, reading, action_element, self.remarks, self.pass_over)
        consolidators = self._consolidators(parts.get(folded(Stage.CONSOLIDATOR)), action)
        after_element = parts.get(folded(Stage.AFTER))
        after = [] if after_element is None else self._steps(after_element, Stage.AFTER)
        expected = self._expectations(parts.get("expectations"))
        if source is None or action is None:
            return None, before
        return NightImport(
            key_of(element, number), element.line, source, action, consolidators, numbered(after), expected
        ), before

    def _provider(self, providers: Element | None, element: Element) -> Element | None:
        if providers is None:
            self.remarks.mistake(element.line, "<import> has no <providers>, so it is not known which files it takes")
            return None
        refuse_text(providers, self.remarks)
        ours: list[Element] = []
        for child in providers.children:
            if child.folded in _PROVIDERS:
                ours.append(child)
            elif IMPORTS.is_provider(child.folded):
                message = f"<{child.name}>: files come from a folder or an SFTP server; use <fileSystemSourceProvider>"
                self.remarks.mistake(child.line, message)
            else:
                refuse_unknown(child, providers, self.remarks, ("fileSystemSourceProvider",))
        if len(ours) > 1:
            self.remarks.mistake(ours[1].line, f"a provider stands on line {ours[0].line} already; an import has one")
        elif not ours and len(providers.children) == 0:
            self.remarks.mistake(providers.line, "<providers> is empty; give it a <fileSystemSourceProvider>")
        return ours[0] if ours else None

    def _action(self, actions: Element | None, element: Element) -> Element | None:
        if actions is None:
            self.remarks.mistake(element.line, "<import> has no <actions>, so there is nothing to do with its files")
            return None
        refuse_text(actions, self.remarks)
        ours: list[Element] = []
        for child in actions.children:
            if child.folded == folded(IMPORTS.action) or child.folded in LOAD_ACTIONS:
                ours.append(child)
            elif child.folded in vendor.ACTIONS:
                name = vendor.ACTIONS[child.folded]
                self.pass_over(child.line, f"<{name}> has no counterpart in Milepost, and is passed over")
            else:
                known = (IMPORTS.action, *(one.name for one in LOAD_ACTIONS.values()), *vendor.ACTIONS.values())
                refuse_unknown(child, actions, self.remarks, known)
        if len(ours) > 1:
            self.remarks.mistake(ours[1].line, f"an action stands on line {ours[0].line} already; an import has one")
        return ours[0] if ours else None

    def _source(self, provider: Element) -> tuple[FileSource | None, Element]:
        """Which files the provider takes; and the provider with what says how a file is read alone."""
        options = {folded(name): one for one in night_table.SOURCE for name in one.names}
        own = [child for child in provider.children if child.folded in options]
        others = [child for child in provider.children if child.folded not in options]
        for child in others:
            if child.folded in vendor.PROVIDER_ELEMENTS:
                self.pass_over(child.line, f"<{child.name}> of the provider has no meaning in Milepost")
        rest = [child for child in others if child.folded not in vendor.PROVIDER_ELEMENTS]
        reading = changed(provider, children=tuple(rest))
        mistakes = len(self.remarks.mistakes)
        given = read_options(changed(provider, children=tuple(own)), night_table.SOURCE, self.remarks)
        remote = self._remote(provider, given)
        if len(self.remarks.mistakes) > mistakes:
            return None, reading
        source = FileSource(
            given["fileName"],
            given["path"],
            given["fileOrder"],
            given["stableSeconds"],
            given["doneMarker"],
            given["onBadFile"],
            given["importAgain"],
            remote,
        )
        return source, reading

    def _remote(self, provider: Element, given: dict[str, Any]) -> Remote | None:
        if given["sftpHost"] is None:
            return None
        if given["sftpLogin"] is None:
            self.remarks.mistake(provider.line, f"<{provider.name}> has an sftpHost and no sftpLogin; give both")
        return Remote({option.name: given[option.name] for option in night_table.SFTP}, provider.line)

    def _steps(self, parent: Element, stage: Stage) -> list[Step]:
        return read_steps(parent, stage, night_table.elements(stage), self.remarks, self._options, self._lacks_access)

    def _options(self, element: Element, entry: NightElement) -> dict[str, Any]:
        return read_options(element, entry.options, self.remarks)

    def _lacks_access(self, element: Element, options: Mapping[str, Any]) -> bool:
        if options.get(_FULL_ACCESS, True):
            return False
        self.pass_over(element.line, f"<{element.name}> does nothing, because its fullAccess is no")
        return True

    def _consolidators(self, parent: Element | None, action: NightAction | None) -> tuple[Step, ...]:
        """The consolidators in the vendor's order."""
        first = []
        if action is not None and action.has_contents:
            first.append(Step(LOV_CODES, Stage.CONSOLIDATOR, action.line, {}))
        if parent is None:
            return numbered(first)
        order = [one.name for one in night_table.every()]
        written = self._steps(parent, Stage.CONSOLIDATOR)
        steps = sorted(written, key=lambda step: order.index(step.name))
        if steps != written:
            names = listed((f"<{step.name}>" for step in steps), "and")
            self.remarks.note(f"The consolidators on line {parent.line} are carried out in this order: {names}.")
        steps = [step for step in steps if self._clears(step, action)]
        names_of = [step.name for step in steps]
        for step in steps:
            if step.options.get("includeDownloadLink") and "timeStampedFileErrorLogger" not in names_of:
                message = "includeDownloadLink needs a <timeStampedFileErrorLogger>, whose log it names"
                self.remarks.mistake(step.line, f"<{step.name}>: {message}")
        return numbered((*first, *steps))

    def _clears(self, step: Step, action: NightAction | None) -> bool:
        """Whether the step is done. It is not if it chooses nobody."""
        if step.name not in CLEARING_STEPS:
            return True
        found = clearings_of(step.name, step.options)
        which = listed(WHICH_LEARNERS, "or")
        if not found:
            self.pass_over(step.line, f"<{step.name}> does nothing, because it has none of {which}")
        elif len(found) > 1:
            message = f"<{step.name}> has several of {which}; keep one in each element"
            self.remarks.mistake(step.line, message)
        elif action is not None and NEEDED_KINDS.get(found[0]) not in (None, action.kind and action.kind.name):
            what, kind = f"{found[0]} are {found[0].verb}", NEEDED_KINDS[found[0]]
            message = f"<{step.name}>: {what}, so it needs files of {kind}; move it to an import of those"
            self.remarks.mistake(step.line, message)
        return bool(found)

    def _expectations(self, element: Element | None) -> Expectations | None:
        if element is None:
            return None
        given = read_options(element, night_table.EXPECTATIONS, self.remarks)
        return Expectations(
            element.line,
            given["fileBy"],
            given["days"],
            given["timeZone"],
            given["minRows"],
            given["maxShrunk"],
            given["maxRejected"],
        )
