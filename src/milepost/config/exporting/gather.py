"""From the elements of one export, or from the caller's own settings, to a bag of settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from milepost.config import blocks, names
from milepost.config.document import Element
from milepost.config.exporting import settings
from milepost.config.exporting.settings import COLUMNS, WORDS, Home, Setting
from milepost.config.remarks import Remarks
from milepost.config.settings import Given, label
from milepost.model.status import Status

Columns = tuple[tuple[str, str | None], ...]

PARAMETERS = "parameters"
PERIOD = frozenset({"timeFrames", "timeFramesScale", "since", "until", "asOf"})
"""The settings that say from when to when."""

_STATUSES = names.by_folded(Status)
_DOTLESS = {folded: setting for folded, setting in settings.BY_NAME.items() if "." not in folded}


@dataclass(slots=True)
class Bag:
    """The settings that one source gives; what is wrong with them goes to `remarks`."""

    remarks: Remarks
    known: Sequence[str]
    """The names of the columns that can be exported."""
    given: dict[str, Given] = field(default_factory=dict)
    """By the setting's name; a list's values are a tuple."""
    broken: set[str] = field(default_factory=set)
    """The names of settings with a mistake: what depends on them is not judged."""

    def put_text(self, setting: Setting, text: str, line: int | None) -> None:
        """Reads `text` as the value of `setting`, or as one more of its values; an empty text is none."""
        if text not in setting.literals:
            text = text.strip()
        if not text:
            return
        try:
            value = setting.read(text)
        except ValueError as error:
            self.refuse(setting.name, line, str(error))
            return
        before = self.given.get(setting.name)
        if setting.is_list:
            values = () if before is None else before.value
            self.given[setting.name] = Given((*values, value), before.line if before else line)
        elif before is None:
            self.given[setting.name] = Given(value, line)
        elif before.value != value:
            where = "" if before.line is None else f" on line {before.line}"
            self.refuse(setting.name, line, f"it has another value already{where}; keep one of the two")

    def put_columns(self, columns: Iterable[tuple[str, str | None, int | None]]) -> None:
        """Takes the columns, each with its label and its line."""
        known = names.by_folded(self.known)
        chosen: dict[str, str | None] = {}
        line = None
        for name, heading, line in columns:
            column = known.get(names.folded(name))
            if column is None:
                near = names.suggestion(name, self.known)
                self.refuse(COLUMNS, line, f"{names.quoted(name)} is not a column of this export{near}")
            elif column in chosen:
                self.refuse(COLUMNS, line, f"{column} stands there twice; keep one")
            else:
                chosen[column] = heading or None
        if chosen:
            self.given[COLUMNS] = Given(tuple(chosen.items()), line)

    def give_way_to(self, other: Bag) -> None:
        """Takes what another source gives instead of what is here. A period goes by one source alone."""
        if not PERIOD.isdisjoint(other.given):
            for name in PERIOD:
                self.given.pop(name, None)
        self.given |= other.given
        self.broken |= other.broken

    def refuse(self, name: str, line: int | None, message: str) -> None:
        """Adds a mistake about the setting `name`."""
        self.broken.add(name)
        self.remarks.mistake(line, f"{label(name, line)}: {message}")

    def get(self, name: str) -> Any:  # noqa: ANN401 - of any setting
        """A setting's value, None where it is not given."""
        return self.given[name].value if name in self.given else None

    def line(self, *given: str) -> int | None:
        """The last line on which one of the settings stands; None where the caller gave one of them."""
        lines = [self.given[name].line for name in given if name in self.given]
        return None if None in lines or not lines else max(line for line in lines if line is not None)


def from_elements(provider: Element, actions: Sequence[Element], bag: Bag) -> None:
    """Takes the settings of a provider and of the actions that write files."""
    blocks.refuse_text(provider, bag.remarks)
    known = _names_at(Home.PARAMETERS)
    for child in provider.children:
        if child.folded == COLUMNS:
            _read_columns(child, bag)
        elif child.folded == PARAMETERS:
            blocks.refuse_text(child, bag.remarks)
            for inner in child.children:
                _read_setting(inner, child, Home.PARAMETERS, bag, known)
        else:
            _read_setting(child, provider, Home.PARAMETERS, bag, (*known, COLUMNS, PARAMETERS))
    for action in actions[1:]:
        bag.remarks.mistake(action.line, f"<{action.name}> stands on line {actions[0].line} already; an export has one")
    for action in actions[:1]:
        blocks.refuse_text(action, bag.remarks)
        for child in action.children:
            _read_setting(child, action, Home.FILE, bag, _names_at(Home.FILE))


def _names_at(home: Home) -> tuple[str, ...]:
    found = tuple(setting.name for setting in _DOTLESS.values() if setting.home is home)
    return (*found, WORDS) if home is Home.PARAMETERS else found


def _read_setting(element: Element, parent: Element, home: Home, bag: Bag, known: tuple[str, ...]) -> None:
    setting = _DOTLESS.get(element.folded)
    if home is Home.PARAMETERS and element.folded == names.folded(WORDS):
        _read_words(element, bag)
    elif setting is not None and setting.home is home:
        if _holds_no_elements(element, bag):
            bag.put_text(setting, element.text, element.line)
    elif setting is not None:
        bag.remarks.mistake(
            element.line, f"<{element.name}> does not belong in <{parent.name}>, but in {setting.home.value}"
        )
    else:
        blocks.refuse_unknown(element, parent, bag.remarks, known)


def _read_words(element: Element, bag: Bag) -> None:
    blocks.refuse_text(element, bag.remarks)
    for child in element.children:
        status = _STATUSES.get(child.folded)
        if status is None:
            blocks.refuse_unknown(child, element, bag.remarks, _STATUSES.values())
        elif _holds_no_elements(child, bag):
            bag.put_text(settings.BY_NAME[names.folded(f"{WORDS}.{status}")], child.text, child.line)


def _read_columns(element: Element, bag: Bag) -> None:
    """`<candidateLogin label="Login"/>`, or with an element `<label>` instead of the attribute."""
    blocks.refuse_text(element, bag.remarks)
    found = []
    for child in element.children:
        blocks.refuse_text(child, bag.remarks)
        heading = child.attributes.get("label", "").strip()
        for inner in child.children:
            if inner.folded == "label":
                heading = inner.text.strip()
            else:
                blocks.refuse_unknown(inner, child, bag.remarks, ("label",))
        for attribute in child.attributes.keys() - {"label"}:
            near = names.suggestion(attribute, ("label",))
            bag.remarks.mistake(child.line, f'<{child.name}> has an unknown attribute "{attribute}"{near}')
        found.append((child.name, heading, child.line))
    bag.put_columns(found)


def _holds_no_elements(element: Element, bag: Bag) -> bool:
    if element.children:
        bag.refuse(element.name, element.line, "it holds elements where only text is expected")
    return not element.children


def from_caller(pairs: Iterable[tuple[str, str]], bag: Bag) -> None:
    """Takes the settings that the caller gives by name, letter case not mattering."""
    for name, text in pairs:
        setting = settings.BY_NAME.get(names.folded(name))
        if names.folded(name) == COLUMNS:
            parts = (part.partition("=") for part in text.split(",") if part.strip())
            bag.put_columns((column.strip(), heading.strip(), None) for column, _, heading in parts)
        elif setting is None:
            near = names.suggestion(name, (*(known.name for known in settings.SETTINGS), COLUMNS))
            bag.remarks.mistake(None, f"{names.quoted(name)} is not a setting of an export{near}")
        else:
            bag.put_text(setting, text, None)
