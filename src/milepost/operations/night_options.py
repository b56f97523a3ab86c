"""Reads the options of one element of a whole configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from milepost.model.likeness import folded
from milepost.operations.night_table import NightOption
from milepost.settings.bag import Remarks
from milepost.settings.document import Element
from milepost.settings.outline import refuse_text, refuse_unknown
from milepost.transfer.secret import Secret


def read_options(element: Element, options: Sequence[NightOption], remarks: Remarks) -> dict[str, Any]:
    """The value of every option, by its name: as given, or the default. Mistakes go to `remarks`."""
    refuse_text(element, remarks)
    known = {folded(name): option for option in options for name in option.names}
    found: dict[str, list[tuple[Any, int]]] = {}
    wrong: set[str] = set()
    for child in element.children:
        option = known.get(child.folded)
        if option is None:
            refuse_unknown(child, element, remarks, [option.name for option in options])
            continue
        if child.children:
            remarks.mistake(child.line, f"<{child.name}>: it holds elements where only text is expected")
            wrong.add(option.name)
            continue
        text = child.text if child.text in option.kind.literals else child.text.strip()
        if not text:
            if option.empty is not None:
                _take(found.setdefault(option.name, []), option, option.empty, child, remarks)
            continue
        try:
            value = option.kind.read(text)
        except ValueError as error:
            remarks.about(child.name, child.line, str(error))
            wrong.add(option.name)
            continue
        if isinstance(value, Secret) and (warning := value.warning(child.name)) is not None:
            remarks.note(warning)
        _take(found.setdefault(option.name, []), option, value, child, remarks)
    for option in options:
        if option.is_required and option.name not in found and option.name not in wrong:
            remarks.mistake(element.line, f"<{element.name}> has no <{option.name}>; give it one")
    return {option.name: _value(option, found.get(option.name, [])) for option in options}


def _take(values: list[tuple[Any, int]], option: NightOption, value: object, child: Element, remarks: Remarks) -> None:
    if values and not option.repeats and values[0][0] != value:
        message = f"it has another value already on line {values[0][1]}; keep one of the two"
        remarks.about(child.name, child.line, message)
    else:
        values.append((value, child.line))


def _value(option: NightOption, given: Sequence[tuple[Any, int]]) -> Any:  # noqa: ANN401 - of every kind
    if option.repeats:
        return tuple(dict.fromkeys(value for value, _ in given))
    return given[0][0] if given else option.default
