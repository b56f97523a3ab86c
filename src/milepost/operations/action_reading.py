"""Reads the action of one import of a whole configuration, with how its files are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from milepost.model.exceptions import UsageError
from milepost.model.job import Job
from milepost.model.likeness import by_folded, folded
from milepost.operations.load_actions import LOAD_ACTIONS, LOV_CODES, SEARCHES, LoadAction, LoadNames, found_by
from milepost.operations.night_plan import NightAction
from milepost.reference import Field, ReferenceKind
from milepost.settings import elements, rules
from milepost.settings.bag import Bag, ImportNames, Names, Remarks
from milepost.settings.document import Element
from milepost.settings.outline import IMPORTS, SECTIONS, Block, Outline
from milepost.settings.setting import JobKind
from milepost.settings.table import FIELDS

_FIELDS = folded(FIELDS)

PassOver = Callable[[int, str], None]
"""Called with a line and a sentence about what is passed over there."""


def read_action(
    block: Element, provider: Element | None, action: Element, remarks: Remarks, pass_over: PassOver
) -> NightAction:
    """What `action` does with files that are read as `provider` says. Mistakes go to `remarks`."""
    known = LOAD_ACTIONS.get(action.folded)
    if known is None:
        job = _job(IMPORTS, block, provider, action, ImportNames(), remarks)
        return NightAction(IMPORTS.action, job, None, action.line)
    own, flags, searches = _without_options(known, action, pass_over)
    outline = replace(IMPORTS, action=known.name)
    job = _job(outline, block, provider, own, LoadNames(known), remarks)
    kind = _kind(known, job)
    for search, (columns, line) in searches.items():
        try:
            kind = found_by(kind, search, columns)
        except UsageError as error:
            pass_over(line, f"<{search}> of <{known.name}> is passed over: {str(error).rstrip('.')}")
    has_contents = LOV_CODES in (job.reading.columns or job.fields or ())
    job = _with_flag(known, job, flags, remarks, action)
    if job.fields is not None:
        # A column that another one makes superfluous is none of the kind.
        names = {column.name for column in kind.vocabulary.columns}
        job = replace(job, fields=tuple(name for name in job.fields if name in names))
    return NightAction(known.name, job, kind, action.line, has_contents=has_contents)


def _job(
    outline: Outline, block: Element, provider: Element | None, action: Element, names: Names, remarks: Remarks
) -> Job:
    own = Block(block.line, providers=[provider] if provider is not None else [], actions=[action])
    bag = elements.from_block(outline, own, provider, names)
    job = rules.built_import(bag, Bag(JobKind.IMPORT, own.remarks), own.remarks)
    remarks.add(own.remarks)
    return replace(job, notes=())


Searches = dict[str, tuple[tuple[str, ...], int]]
"""The options of `load_actions.SEARCHES` with their columns and lines."""


def _without_options(
    known: LoadAction, action: Element, pass_over: PassOver
) -> tuple[Element, dict[str, str], Searches]:
    """The action without the options that the table of settings does not know; the words of its flag; its searches."""
    options, flags = by_folded(known.options), dict(known.flag_options)
    flag_names = by_folded(known.flag_options)
    said: dict[str, int] = {}
    searches: Searches = {}
    search_names = by_folded(SEARCHES)
    columns = by_folded(column.name for column in known.kind.vocabulary.columns)

    def kept(parent: Element) -> Element:
        children = []
        for child in parent.children:
            if child.folded in SECTIONS or child.folded == _FIELDS:
                children.append(kept(child))
            elif child.folded in search_names:
                words = [*child.text.replace("|", ",").split(","), *(one.name for one in child.children)]
                found = [columns.get(folded(word), word.strip()) for word in words if word.strip()]
                before, _ = searches.get(search_names[child.folded], ((), 0))
                if found:
                    searches[search_names[child.folded]] = (tuple(dict.fromkeys((*before, *found))), child.line)
            elif child.folded in flag_names:
                flags[flag_names[child.folded]] = child.text.strip()
            elif known.flag is not None and child.folded == folded(known.flag):
                own = kept(child)
                children += [own] if parent.folded == _FIELDS else []
            elif child.folded in options and parent.folded != _FIELDS:
                said.setdefault(options[child.folded], child.line)
            else:
                children.append(child)
        return replace(parent, children=tuple(children))

    own = kept(action)
    for name, line in said.items():
        pass_over(line, f"<{name}> of <{known.name}> has no meaning in Milepost, and is passed over")
    return own, {name: text for name, text in flags.items() if text}, searches


def _with_flag(known: LoadAction, job: Job, flags: dict[str, str], remarks: Remarks, action: Element) -> Job:
    """The job that skips the rows which ask for a deletion."""
    if known.flag is None:
        return job
    named = job.reading.columns or job.fields or ()
    fields = None if job.fields is None else tuple(name for name in job.fields if name not in known.followed)
    if not named:
        message = (
            f"<{known.name}> needs <fields> or <columnsMapping>, so that rows which ask for {known.done} are known"
        )
        remarks.mistake(action.line, message)
    if known.flag not in named:
        return replace(job, fields=fields)
    skipped = tuple(flags[name] for name in known.skipped if name in flags)
    words = " or ".join(skipped)
    remarks.note(f"Rows whose {known.flag} is {words} ask for {known.done}; they are skipped.")
    return replace(
        job,
        fields=fields,
        reading=replace(job.reading, skip_rows=(*job.reading.skip_rows, (known.flag, skipped))),
    )


def _kind(known: LoadAction, job: Job) -> ReferenceKind:
    """The kind with the columns that the configuration makes mandatory."""
    parts = tuple(
        replace(part, required=True) if isinstance(part, Field) and part.column.name in job.mandatory else part
        for part in known.kind.parts
    )
    return replace(known.kind, parts=parts)
