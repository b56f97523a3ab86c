"""From the elements of one import, or from the caller's own settings, to a bag of settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from milepost.config import blocks, columns, names, settings, values, vendor
from milepost.config.document import Element
from milepost.config.remarks import Remarks
from milepost.config.settings import Bag, Home, Setting
from milepost.model.columns import IGNORED, VALUE_COLUMNS
from milepost.model.status import Status
from milepost.model.text import bare

HEADER_MAPPING = "headerMapping"

_SECTIONS = ("options", "parameters")
_STATUSES = names.by_folded(Status)
_FILE_NAME = "fileName"
_DOTLESS = {folded: setting for folded, setting in settings.BY_NAME.items() if "." not in folded}


def from_block(block: blocks.Block, provider: Element | None) -> Bag:
    """The settings of our action in `block` and of `provider`; what is wrong goes to the block's remarks."""
    bag = Bag(block.remarks)
    words = Words()
    if provider is not None:
        _read_provider(provider, bag, words)
    for action in block.actions[1:]:
        block.remarks.mistake(
            action.line, f"<{action.name}> stands on line {block.actions[0].line} already; an import has one"
        )
    for action in block.actions[:1]:
        _read_action(action, bag, words)
    words.put(bag)
    return bag


def _read_provider(provider: Element, bag: Bag, words: Words) -> None:
    blocks.refuse_text(provider, bag.remarks)
    passed_over: list[str] = []
    known = (*_names_at_home(Home.PROVIDER), _FILE_NAME, HEADER_MAPPING, *vendor.PROVIDER_ELEMENTS.values())
    for child in provider.children:
        if child.folded == names.folded(settings.COLUMNS_MAPPING):
            _read_columns(child, bag, words)
        elif child.folded == names.folded(HEADER_MAPPING):
            _read_header_mapping(child, bag)
        elif child.folded in vendor.PROVIDER_ELEMENTS:
            passed_over.append(vendor.PROVIDER_ELEMENTS[child.folded])
        elif child.folded != names.folded(_FILE_NAME):
            _read_setting(child, provider, Home.PROVIDER, bag, known)
    _refuse_two_file_names(provider, bag)
    if passed_over:
        # Names alone: among the values are passwords.
        elements = names.listing((f"<{name}>" for name in dict.fromkeys(passed_over)), "and")
        bag.remarks.note(
            f"Passed over in <{provider.name}> (line {provider.line}): {elements}; an import is told its file."
        )


def _refuse_two_file_names(provider: Element, bag: Bag) -> None:
    found = [child for child in provider.children if child.folded == names.folded(_FILE_NAME) and child.text.strip()]
    for child in found[1:]:
        if child.text.strip() != found[0].text.strip():
            bag.refuse(_FILE_NAME, child.line, f"it has another value already on line {found[0].line}; keep one")


def _read_action(action: Element, bag: Bag, words: Words) -> None:
    blocks.refuse_text(action, bag.remarks)
    known = _names_at_home(Home.ACTION)
    for child in action.children:
        if child.folded in _SECTIONS:
            blocks.refuse_text(child, bag.remarks)
            for setting in child.children:
                _read_bag_element(setting, child, bag, words, known)
        elif child.folded == settings.FIELDS:
            _read_fields(child, bag, words)
        else:
            _read_bag_element(child, action, bag, words, (*known, *_SECTIONS, settings.FIELDS))


def _read_bag_element(element: Element, parent: Element, bag: Bag, words: Words, known: tuple[str, ...]) -> None:
    column = _WITH_MERGE.get(element.folded)
    if column is not None:
        blocks.refuse_text(element, bag.remarks)
        others = _read_merge(element, column, bag)
        if column == settings.NAMED_STATUSES:
            words.read(element, others, bag)
        else:
            for inner in others:
                blocks.refuse_unknown(inner, element, bag.remarks, (settings.MERGE,))
    else:
        _read_setting(element, parent, Home.ACTION, bag, known)


def _names_at_home(home: Home) -> tuple[str, ...]:
    found = [setting.name for setting in _DOTLESS.values() if setting.home is home and setting.name != settings.FIELDS]
    return (*found, *_WITH_MERGE.values()) if home is Home.ACTION else tuple(found)


def _read_merge(element: Element, column: str, bag: Bag) -> list[Element]:
    """Takes the merge rule that stands in the element of a column; gives the other elements in it."""
    setting = settings.BY_NAME.get(names.folded(f"{column}.{settings.MERGE}"))
    others = []
    for inner in element.children:
        if setting is None or inner.folded != settings.MERGE:
            others.append(inner)
        elif _holds_no_elements(inner, bag):
            bag.put_text(setting, inner.text, inner.line)
    return others


_WITH_MERGE = names.by_folded(VALUE_COLUMNS)


def _read_setting(element: Element, parent: Element, home: Home, bag: Bag, known: tuple[str, ...]) -> None:
    setting = _DOTLESS.get(element.folded)
    misplaced = setting is not None and (setting.home is not home or setting.name == settings.FIELDS)
    if setting is not None and not misplaced:
        if _holds_no_elements(element, bag):
            bag.put_text(setting, element.text, element.line)
    elif element.folded in (names.folded(_FILE_NAME), names.folded(HEADER_MAPPING)) or setting is not None:
        where = "the action" if setting and setting.name == settings.FIELDS else (setting or _AT_PROVIDER).home.value
        bag.remarks.mistake(element.line, f"<{element.name}> does not belong in <{parent.name}>, but in {where}")
    else:
        blocks.refuse_unknown(element, parent, bag.remarks, known)


_AT_PROVIDER = settings.BY_NAME["delimiter"]


def _holds_no_elements(element: Element, bag: Bag) -> bool:
    if element.children:
        bag.refuse(element.name, element.line, "it holds elements where only text is expected")
    return not element.children


def _read_columns(element: Element, bag: Bag, words: Words) -> None:
    blocks.refuse_text(element, bag.remarks)
    found = _column_list(settings.COLUMNS_MAPPING, element, bag)
    for child, column in found:
        if column == settings.NAMED_STATUSES:
            words.read(child, child.children, bag)
        elif column != IGNORED:
            for inner in child.children:
                blocks.refuse_unknown(inner, child, bag.remarks, ())
    _put_columns(settings.COLUMNS_MAPPING, element, found, bag)


def _read_fields(element: Element, bag: Bag, words: Words) -> None:
    blocks.refuse_text(element, bag.remarks)
    found = _column_list(settings.FIELDS, element, bag)
    mandatory: dict[str, int] = {}
    for child, column in found:
        flags = [inner for inner in child.children if inner.folded == settings.MANDATORY]
        others = [inner for inner in _read_merge(child, column, bag) if inner.folded != settings.MANDATORY]
        if column == settings.NAMED_STATUSES:
            words.read(child, others, bag)
        elif column != IGNORED:
            for inner in others:
                blocks.refuse_unknown(inner, child, bag.remarks, (settings.MANDATORY, settings.MERGE))
        if _is_mandatory(flags, bag) and column != IGNORED:
            mandatory[column] = child.line
    _put_columns(settings.FIELDS, element, found, bag)
    if mandatory:
        bag.put(settings.BY_NAME[settings.MANDATORY], frozenset(mandatory), element.line)
        bag.mandatory_lines |= mandatory


def _is_mandatory(flags: list[Element], bag: Bag) -> bool:
    own = Bag(bag.remarks)
    for flag in flags:
        if _holds_no_elements(flag, own):
            own.put_text(_MANDATORY_FLAG, flag.text, flag.line)
    if own.broken:
        bag.broken.add(settings.MANDATORY)
    return settings.MANDATORY in own.given and bool(own.given[settings.MANDATORY].value)


_MANDATORY_FLAG = Setting(settings.MANDATORY, Home.ACTION, values.flag, values.flag_text, place="")


def _column_list(name: str, element: Element, bag: Bag) -> list[tuple[Element, str]]:
    """The columns that the children of `element`, the setting `name`, name; one mistake breaks the whole list."""
    found: list[tuple[Element, str]] = []
    seen: dict[str, int] = {}
    for child in element.children:
        blocks.refuse_text(child, bag.remarks)
        column = columns.resolve(child.name)
        if column is None:
            bag.broken.add(name)
            bag.remarks.mistake(child.line, f"<{child.name}> in <{element.name}>: {columns.unknown(child.name)}")
            continue
        columns.note_passed_over(child.name, bag.remarks)
        if column in seen:
            bag.broken.add(name)
            bag.remarks.mistake(
                child.line,
                f"<{child.name}> in <{element.name}>: the column {column} stands on line {seen[column]} already",
            )
        if column != IGNORED:
            seen[column] = child.line
        found.append((child, column))
    return found


def _put_columns(name: str, element: Element, found: list[tuple[Element, str]], bag: Bag) -> None:
    if found and name not in bag.broken:
        bag.put(settings.BY_NAME[names.folded(name)], tuple(column for _, column in found), element.line)


def _read_header_mapping(element: Element, bag: Bag) -> None:
    blocks.refuse_text(element, bag.remarks)
    for child in element.children:
        if _holds_no_elements(child, bag):
            put_header(child.text, child.name, child.line, bag)


def put_header(header: str, column: str, line: int | None, bag: Bag) -> None:
    """Takes that the file calls `column` by `header`; a second meaning of one header is a mistake."""
    header = header.strip()
    meaning = columns.resolve(column)
    if meaning is None:
        bag.refuse(HEADER_MAPPING, line, columns.unknown(column))
        return
    columns.note_passed_over(column, bag.remarks)
    before = IGNORED if header in bag.header_ignore else bag.header_map.get(header, meaning)
    if before != meaning:
        bag.refuse(HEADER_MAPPING, line, f"the header {names.quoted(header)} has two meanings; keep one")
    elif meaning == IGNORED:
        bag.header_ignore.add(header)
    else:
        bag.header_map[header] = meaning


@dataclass(slots=True)
class Words:
    """The words of the statuses: a whole mapping may stand in several places, but must be the same everywhere."""

    mapping: dict[Status, tuple[str, int]] = field(default_factory=dict)
    line: int | None = None

    def read(self, parent: Element, elements: Iterable[Element], bag: Bag) -> None:
        """Takes the mapping that `elements` make up."""
        own = Bag(bag.remarks)
        for element in elements:
            status = _STATUSES.get(element.folded)
            if status is None:
                blocks.refuse_unknown(element, parent, bag.remarks, _STATUSES.values())
            elif _holds_no_elements(element, own):
                setting = settings.BY_NAME[names.folded(f"{settings.NAMED_STATUSES}.{status}")]
                own.put_text(setting, element.text, element.line)
        bag.broken |= own.broken
        mapping = {
            status: (own.given[name].value, own.given[name].line or parent.line)
            for status in Status
            if (name := f"{settings.NAMED_STATUSES}.{status}") in own.given
        }
        if mapping and self.mapping and _texts(mapping) != _texts(self.mapping):
            message = f"it maps the statuses otherwise than on line {self.line}; keep one of the two mappings"
            bag.refuse(settings.NAMED_STATUSES, parent.line, message)
        elif mapping and not self.mapping:
            self.mapping, self.line = mapping, parent.line

    def put(self, bag: Bag) -> None:
        """Puts the words into `bag`, a setting for each."""
        for status, (word, line) in self.mapping.items():
            bag.put(settings.BY_NAME[names.folded(f"{settings.NAMED_STATUSES}.{status}")], word, line)


def _texts(mapping: Mapping[Status, tuple[str, int]]) -> dict[Status, str]:
    return {status: bare(word) for status, (word, _) in mapping.items()}


def from_caller(
    pairs: Iterable[tuple[str, str]], header_map: Mapping[str, str], header_ignore: Iterable[str], remarks: Remarks
) -> Bag:
    """The settings that the caller gives by name, letter case not mattering, and the meanings of headers."""
    bag = Bag(remarks)
    for name, text in pairs:
        setting = settings.BY_NAME.get(names.folded(name))
        if setting is None:
            near = names.suggestion(name, (known.name for known in settings.SETTINGS))
            remarks.mistake(None, f"{names.quoted(name)} is not a setting{near}")
        else:
            bag.put_text(setting, text, None)
    for header, column in header_map.items():
        put_header(header, column, None, bag)
    for header in header_ignore:
        put_header(header, IGNORED, None, bag)
    return bag
