"""Reads what whole configurations of imports and of exports have alike: steps, names and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from milepost.model.likeness import folded
from milepost.operations.night_plan import Stage, Step
from milepost.operations.night_table import NightElement
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.outline import refuse_text, refuse_unknown


def read_steps(
    parent: Element,
    stage: Stage,
    known: Mapping[str, NightElement],
    remarks: Remarks,
    read: Callable[[Element, NightElement], dict[str, Any]],
    is_off: Callable[[Element, Mapping[str, Any]], bool] = lambda _element, _options: False,
) -> list[Step]:
    """The steps in `parent`, in the order in which they are written, without those that are disabled.

    `known` are the elements of the stage by their folded names. `read` gives the options of an element; `is_off` says
    that a step does nothing with its options. Mistakes go to `remarks`.
    """
    refuse_text(parent, remarks)
    found: list[Step] = []
    for child in parent.children:
        entry = known.get(child.folded)
        if entry is None:
            names = [name for one in known.values() for name in (one.name, *one.synonyms)]
            refuse_unknown(child, parent, remarks, names)
            continue
        options = read(child, entry)
        if options.get("disabled") or is_off(child, options):
            continue
        if entry.refusal is not None:
            remarks.mistake(child.line, f"<{child.name}>: {entry.refusal}".rstrip("."))
            continue
        before = next((one for one in found if one.name == entry.name), None)
        if before is not None and not entry.is_repeatable:
            message = f"<{child.name}> stands on line {before.line} already; keep one of the two"
            remarks.mistake(child.line, message)
        found.append(Step(entry.name, stage, child.line, options))
    return found


def numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with their places, from 0."""
    return tuple(replace(step, place=place) for place, step in enumerate(steps))


def name_of(root: Element) -> str:
    """The name that a configuration gives itself; empty if it gives none."""
    return _attributes(root).get("name", "")


def key_of(block: Element, number: int) -> str:
    """What tells an import or export from the others: its guid, else its name, else its number."""
    given = _attributes(block)
    return given.get("guid") or given.get("name") or str(number)


def refuse_one_key_twice(what: str, keys: Iterable[tuple[str, int]], remarks: Remarks) -> None:
    """Keys of imports or exports (which of them, says `what`) and their lines; no two keys may be the same."""
    seen: dict[str, int] = {}
    for key, line in keys:
        if seen.setdefault(folded(key), line) != line:
            remarks.mistake(line, f"<{what}>: the {what} on line {seen[folded(key)]} is called {key} too")


def _attributes(element: Element) -> dict[str, str]:
    return {folded(name): text.strip() for name, text in element.attributes.items()}
