"""Reads a whole export configuration into a plan, or finds all its mistakes, each with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path, PurePath
from typing import Any

from milepost.model.exceptions import ConfigurationError, Mistake
from milepost.model.export import ExportJob
from milepost.model.file_formats import FileFormat
from milepost.model.likeness import by_folded, folded
from milepost.model.wording import in_quotes
from milepost.operations import export_table
from milepost.operations.export_plan import ExportPlan, PlannedExport
from milepost.operations.night_options import read_options
from milepost.operations.night_plan import Stage, Step
from milepost.operations.night_table import NightElement
from milepost.operations.step_reading import key_of, name_of, numbered, read_steps, refuse_one_key_twice
from milepost.settings import document
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.jobs import Checked, whole_exports
from milepost.settings.outline import EXPORTS, refuse_text, refuse_unknown

ROOT, BLOCK = EXPORTS.roots[0], EXPORTS.block
_SFTP = export_table.SFTP_ACTION
_PARTS = by_folded((str(Stage.CONSOLIDATOR), str(Stage.AFTER)))
_FIELDS, _FIELD, _FILES = "fields", "field", "joinfilelist"


def read_exports(configuration: str | Path, *, strict: bool = False) -> ExportPlan:
    """The plan of the configuration at that path. `strict` makes a mistake of all that has no counterpart.

    Raises FileError if the file cannot be read, and ConfigurationError with every mistake.
    """
    path = Path(configuration)
    plan, remarks = _read(document.read(path), path.stem, strict=strict)
    if remarks.mistakes:
        raise ConfigurationError(str(configuration), remarks.in_line_order())
    return changed(plan, notes=tuple(remarks.notes))


def judge_exports(configuration: str | Path, *, strict: bool = False) -> Checked | None:
    """The mistakes and notes of a whole configuration of exports; None if it is not one.

    Raises FileError if the file cannot be read.
    """
    root = document.read(Path(configuration))
    if isinstance(root, Mistake) or not is_whole_export(root):
        return None
    remarks = _read(root, "", strict=strict)[1]
    return Checked(remarks.in_line_order(), tuple(remarks.notes))


def is_export(configuration: str | Path) -> bool:
    """Whether a configuration is one of exports. Raises FileError if the file cannot be read."""
    root = document.read(Path(configuration))
    return not isinstance(root, Mistake) and root.folded in (ROOT.casefold(), folded(ROOT), folded(BLOCK))


def is_whole_export(root: Element) -> bool:
    """Whether a configuration is one for `run`, and not only for exports of single files."""
    if root.folded not in by_folded((ROOT, BLOCK)):
        return False
    blocks = [root, *(child for child in root.children if child.folded == BLOCK)]
    inside = {child.folded for block in blocks for child in block.children}
    actions = {one.folded for block in blocks for child in block.children for one in child.children}
    return bool(_PARTS.keys() & inside) or folded(_SFTP.name) in actions


def _read(root: Element | Mistake, name: str, *, strict: bool) -> tuple[ExportPlan, Remarks]:
    remarks, plan = Remarks(), ExportPlan(name)
    if isinstance(root, Mistake):
        remarks.mistakes.append(root)
    else:
        plan = _Reader(remarks).read(root, name)
    if strict:
        remarks.refuse_lacking()
    return plan, remarks


@dataclass(slots=True)
class _Reader:
    remarks: Remarks

    def read(self, root: Element, name: str) -> ExportPlan:
        if root.folded not in by_folded((ROOT, BLOCK)):
            said = f"<{root.name}> is no whole configuration of exports, which `milepost run` needs"
            self.remarks.mistake(root.line, f"{said}; its root is <{ROOT}>")
            return ExportPlan(name)
        blocks = [child for child in root.children if child.folded == BLOCK] or [root]
        outside = [child for child in root.children if root not in blocks and child.folded in _PARTS]
        parts = [self._parts(block) for block in blocks]
        if blocks[0] is not root:
            rest = [child for child in root.children if child.folded not in (BLOCK, *_PARTS)]
            whole = changed(root, children=(*rest, *(plain for plain, _ in parts)))
        else:
            whole = parts[0][0]
        found = whole_exports(whole, self.remarks)
        exports = []
        for number, (block, (_, steps), jobs) in enumerate(zip(blocks, parts, found, strict=True), start=1):
            if jobs:
                exports.append(self._planned(block, number, steps, tuple(jobs)))
        after = [step for child in outside for step in self._steps(child, Stage.AFTER)]
        refuse_one_key_twice("export", ((one.key, one.line) for one in exports), self.remarks)
        return ExportPlan(name_of(root) or name, tuple(exports), numbered(after))

    def _parts(self, block: Element) -> tuple[Element, list[Step]]:
        """An export as it is read for a file alone; and its steps, the action that sends it among them."""
        steps: list[Step] = []
        kept: list[Element] = []
        for child in block.children:
            if child.folded in _PARTS:
                stage = Stage.CONSOLIDATOR if child.folded == folded(Stage.CONSOLIDATOR) else Stage.AFTER
                steps += self._steps(child, stage)
            elif child.folded == "actions":
                kept.append(changed(child, children=tuple(self._action(one, steps) for one in child.children)))
            else:
                kept.append(self._action(child, steps))
        return changed(block, children=tuple(kept)), steps

    def _action(self, action: Element, steps: list[Step]) -> Element:
        if action.folded != folded(_SFTP.name):
            return action
        names = {folded(name) for option in _SFTP.options for name in option.names}
        own = tuple(child for child in action.children if child.folded in names)
        given = read_options(changed(action, children=own), _SFTP.options, self.remarks)
        if given["sftpFolder"] and not given["sftpFolder"].startswith("/"):
            message = f"{in_quotes(given['sftpFolder'])} begins at the root of the user; write it with a / in front"
            self.remarks.about("sftpFolder", action.line, message)
        steps.append(Step(_SFTP.name, Stage.CONSOLIDATOR, action.line, given))
        others = tuple(child for child in action.children if child.folded not in names)
        return changed(action, name=EXPORTS.action, children=others)

    def _steps(self, parent: Element, stage: Stage) -> list[Step]:
        return read_steps(parent, stage, export_table.export_elements(stage), self.remarks, self._options)

    def _options(self, element: Element, entry: NightElement) -> dict[str, Any]:
        own, more = self._inner(element) if entry.name == "callBackUrl" else (element, {})
        return read_options(own, entry.options, self.remarks) | more

    def _inner(self, element: Element) -> tuple[Element, dict[str, Any]]:
        """A call-back without its lists, and these: the folders and the fields."""
        folders, fields = list[dict[str, Any]](), list[dict[str, Any]]()
        for child in element.children:
            if child.folded == _FILES:
                folders.append(read_options(child, export_table.FILES, self.remarks))
            elif child.folded == _FIELDS:
                refuse_text(child, self.remarks)
                for one in child.children:
                    if one.folded == _FIELD:
                        fields.append(read_options(one, export_table.FIELD, self.remarks))
                    else:
                        refuse_unknown(one, child, self.remarks, (_FIELD,))
        rest = tuple(child for child in element.children if child.folded not in (_FILES, _FIELDS))
        return changed(element, children=rest), {"folders": tuple(folders), "fields": tuple(fields)}

    def _planned(
        self, block: Element, number: int, steps: Sequence[Step], jobs: tuple[ExportJob, ...]
    ) -> PlannedExport:
        sent = next((step for step in steps if step.name == _SFTP.name), None)
        moved = next((step for step in steps if step.name == "moveToFolder"), None)
        if sent is None and moved is None:
            why = "it does not say where its file goes; give it <consolidators> with a <moveToFolder>"
            self.remarks.mistake(block.line, f"<{block.name}>: {why}")
        for step in (sent, moved):
            if step is not None and step.options["fileName"]:
                self._judge_name(step, jobs)
        order = [one.name for one in export_table.every_export_element()]
        own = [step for step in steps if step.stage is Stage.CONSOLIDATOR and step not in (sent, moved)]
        after = [step for step in steps if step.stage is Stage.AFTER]
        own.sort(key=lambda step: order.index(step.name))
        return PlannedExport(key_of(block, number), block.line, jobs, sent, moved, numbered(own), numbered(after))

    def _judge_name(self, step: Step, jobs: tuple[ExportJob, ...]) -> None:
        name = step.options["fileName"]
        file_format = jobs[0].appearance.file_format
        ending = PurePath(name).suffix.casefold()
        if ending == ".xls" or (ending == ".xlsx") != (file_format is FileFormat.XLSX):
            is_workbook = file_format is FileFormat.XLSX
            wanted = "xlsx" if is_workbook else file_format.value
            better = name if not ending else name[: -len(ending)]
            why = f"a spreadsheet program warns of a file named {ending or 'like this'} that holds {wanted.upper()}"
            self.remarks.about("fileName", step.line, f"{why}; write {better}.{wanted}")
        if len(jobs) > 1 and "%i" not in name:
            why = f"{len(jobs)} providers would write one file; add %i, which numbers them"
            self.remarks.about("fileName", step.line, why)
