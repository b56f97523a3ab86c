"""From the elements of one import or export to a bag of settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from milepost.model.columns import IGNORED
from milepost.model.likeness import folded, suggestion
from milepost.model.text import bare
from milepost.model.wording import in_quotes, listed
from milepost.settings import kinds, table
from milepost.settings.bag import Bag, shaped
from milepost.settings.column_names import Names
from milepost.settings.document import Element
from milepost.settings.kinds import Shape
from milepost.settings.outline import SECTIONS, Block, Outline, refuse, refuse_text, refuse_unknown
from milepost.settings.setting import Home, Part, Setting

_LABEL = "label"
_COLUMN = "column"


def from_block(outline: Outline, block: Block, provider: Element | None, names: Names) -> Bag:
    """The settings of `provider` and of the action in `block`; what is wrong goes to the block's remarks."""
    bag = Bag(outline.job, block.remarks, names)
    words = _Words()
    if provider is not None:
        _read_part(provider, outline.provider, outline, bag, words)
    for action in block.actions[:1]:
        _read_part(action, outline.act, outline, bag, words)
    words.put(bag)
    return bag


@dataclass(slots=True)
class _Open:
    """A provider or an action while it is read."""

    part: Part
    outline: Outline
    bag: Bag
    words: _Words
    passed_over: dict[str, None] = field(default_factory=dict)

    def known(self, *, outside: bool) -> Iterable[str]:
        """The names that a message may suggest for an element here."""
        job = self.outline.job
        yield from (name for name, home in table.TABLE.groups(job).values() if home is self.part)
        for setting, home in table.TABLE.of(job):
            if home.part is self.part and "." not in setting.name and (outside or not home.is_outside):
                yield setting.name
        if outside and self.outline.sections_in(self.part):
            yield from SECTIONS
        yield from self.outline.passed_over[self.part].values()


def _read_part(element: Element, part: Part, outline: Outline, bag: Bag, words: _Words) -> None:
    open_ = _Open(part, outline, bag, words)
    refuse_text(element, bag.remarks)
    for child in element.children:
        if child.folded in SECTIONS and outline.sections_in(part):
            refuse_text(child, bag.remarks)
            for inner in child.children:
                _read_element(inner, child, open_, outside=False)
        else:
            _read_element(child, element, open_, outside=True)
    if open_.passed_over:
        # Names alone: among the values are passwords.
        elements = listed((f"<{name}>" for name in open_.passed_over), "and")
        where = f"<{element.name}> (line {element.line})"
        bag.remarks.note(f"Passed over in {where}: {elements}; an {outline.job} is told its file.")


def _read_element(element: Element, parent: Element, open_: _Open, *, outside: bool) -> None:
    bag, name = open_.bag, element.folded
    passed_over = open_.outline.passed_over[open_.part]
    setting = table.TABLE.element(bag.job, name)
    home = setting and setting.home(bag.job)
    if name in passed_over:
        open_.passed_over[passed_over[name]] = None
    elif setting and home and home.part is open_.part and (outside or not home.is_outside):
        _READERS[setting.kind.shape](element, setting, bag, open_.words)
    elif name in (groups := table.TABLE.groups(bag.job)) and groups[name][1] is open_.part:
        refuse_text(element, bag.remarks)
        _read_inside(element, groups[name][0], bag, open_.words, ())
    else:
        refuse(open_.outline, element, parent, bag.remarks, open_.known(outside=outside))


def _read_inside(
    element: Element, group: str, bag: Bag, words: _Words, others: Iterable[str], shapes: Iterable[Shape] = tuple(Shape)
) -> None:
    """Takes the settings of a group, those of the `shapes`; `others` may stand there too, and are left alone."""
    known = {
        folded(setting.name.rpartition(".")[2]): setting
        for setting, _ in table.TABLE.of(bag.job)
        if setting.group == group and "." in setting.name and setting.kind.shape in shapes
    }
    found: list[tuple[Setting, Element]] = []
    for inner in element.children:
        setting = known.get(inner.folded)
        if setting is None:
            if inner.folded not in others:
                names = (*others, *(one.name.rpartition(".")[2] for one in known.values()))
                refuse_unknown(inner, element, bag.remarks, names)
        elif setting.kind.shape is Shape.WORD:
            found.append((setting, inner))
        else:
            _read_text(inner, setting, bag, words)
    words.read(element, found, bag)


def _read_text(element: Element, setting: Setting, bag: Bag, _words: _Words) -> None:
    if _holds_no_elements(element, setting.name, bag):
        bag.put_text(setting, element.text, element.line)


def _holds_no_elements(element: Element, name: str, bag: Bag) -> bool:
    if element.children:
        bag.broken.add(name)
        bag.remarks.mistake(element.line, f"<{element.name}>: it holds elements where only text is expected", name)
    return not element.children


def _read_headers(element: Element, _setting: Setting, bag: Bag, _words: _Words) -> None:
    refuse_text(element, bag.remarks)
    for child in element.children:
        if _holds_no_elements(child, table.HEADER_MAPPING, bag):
            bag.put_header(child.text, child.name, child.line)


def _read_columns(element: Element, setting: Setting, bag: Bag, words: _Words) -> None:
    """Takes the columns in `element`; in a list with labels, <column> may hold the name of one."""
    refuse_text(element, bag.remarks)
    names = cast("Names", bag.names)
    found: list[tuple[str, str | None]] = []
    lines: dict[str, int] = {}
    mistakes = len(bag.remarks.mistakes)
    for child in element.children:
        where = f"<{child.name}> in <{element.name}>"
        is_named = setting.kind.shape is Shape.LABELLED and child.folded == _COLUMN
        name = child.text.strip() if is_named else child.name
        label = _label(child, bag) if setting.kind.shape is Shape.LABELLED else None
        column = bag.column(name) if name else None
        if column is None:
            why = names.unknown(name) if name else "it holds no name of a column"
            bag.remarks.mistake(child.line, f"{where}: {why}", setting.name)
            continue
        if not is_named:
            refuse_text(child, bag.remarks)
        if column != IGNORED:
            _read_column(child, column, setting, bag, words)
            if column in lines:
                message = f"{where}: the column {column} stands on line {lines[column]} already"
                bag.remarks.mistake(child.line, message, setting.name)
            lines[column] = child.line
        found.append((column, label))
    if len(bag.remarks.mistakes) > mistakes:
        bag.broken.add(setting.name)
    elif found:
        bag.put(setting, shaped(setting, found), element.line)
    if setting.name == table.FIELDS:
        _put_mandatory(element, lines, bag)


def _read_column(element: Element, column: str, setting: Setting, bag: Bag, words: _Words) -> None:
    """Takes what stands inside one column of a list: a label, a flag, the words of the statuses, a merge rule."""
    if setting.kind.shape is Shape.LABELLED:
        _read_inside(element, column, bag, words, (_LABEL,), (Shape.WORD,))
    elif setting.name == table.FIELDS:
        _read_inside(element, column, bag, words, (table.MANDATORY,))
    else:
        _read_inside(element, column, bag, words, (), (Shape.WORD,))


def _put_mandatory(element: Element, lines: Mapping[str, int], bag: Bag) -> None:
    """Takes which of the fields are mandatory: those with a flag that says so."""
    mandatory: dict[str, int] = {}
    for child in element.children:
        own = Bag(bag.job, bag.remarks)
        for flag in child.children:
            if flag.folded == table.MANDATORY and _holds_no_elements(flag, table.MANDATORY, own):
                own.put_text(_MANDATORY_FLAG, flag.text, flag.line)
        bag.broken |= own.broken
        column = None if bag.names is None else bag.names.resolve(child.name)
        if column in lines and table.MANDATORY in own.given and own.given[table.MANDATORY].value:
            mandatory[cast("str", column)] = child.line
    if mandatory:
        setting = cast("Setting", table.TABLE.find(bag.job, table.MANDATORY))
        bag.put(setting, frozenset(mandatory), element.line, mandatory)


_MANDATORY_FLAG = Setting(table.MANDATORY, kinds.FLAG, (Home(Part.ACTION),))


def _label(column: Element, bag: Bag) -> str | None:
    """The label of a column: an attribute of it, or an element inside."""
    labels = {}
    for name, value in column.attributes.items():
        if folded(name) == _LABEL:
            labels[value.strip()] = column.line
        else:
            near = suggestion(name, (_LABEL,)) or "; it has label"
            bag.remarks.mistake(column.line, f"the attribute {in_quotes(name)} is unknown in <{column.name}>{near}")
    for inner in column.children:
        if inner.folded == _LABEL and _holds_no_elements(inner, table.COLUMNS, bag):
            labels[inner.text.strip()] = inner.line
    labels.pop("", None)
    if len(labels) > 1:
        message = f"<{column.name}>: it has two labels; keep one of the two"
        bag.remarks.mistake([*labels.values()][-1], message, table.COLUMNS)
    return next(iter(labels), None)


@dataclass(slots=True)
class _Words:
    """The words of the statuses: a whole mapping may stand in several places, but must be the same everywhere."""

    mapping: dict[Setting, tuple[str, int]] = field(default_factory=dict)
    line: int | None = None

    def read(self, parent: Element, elements: Iterable[tuple[Setting, Element]], bag: Bag) -> None:
        """Takes the mapping that `elements` make up."""
        own = Bag(bag.job, bag.remarks)
        known = {setting.name: setting for setting, _ in elements}
        for setting, element in elements:
            _read_text(element, setting, own, self)
        bag.broken |= own.broken
        mapping = {known[name]: (given.value, given.line or parent.line) for name, given in own.given.items()}
        if mapping and self.mapping and _texts(mapping) != _texts(self.mapping):
            message = f"it maps the statuses otherwise than on line {self.line}; keep one of the two mappings"
            bag.refuse(table.NAMED_STATUSES, parent.line, message)
        elif mapping and not self.mapping:
            self.mapping, self.line = mapping, parent.line

    def put(self, bag: Bag) -> None:
        """Puts the words into `bag`, a setting for each."""
        for setting, (word, line) in self.mapping.items():
            bag.put(setting, word, line)


def _texts(mapping: Mapping[Setting, tuple[str, int]]) -> dict[str, str]:
    return {setting.name: bare(word) for setting, (word, _) in mapping.items()}


_READERS: dict[Shape, Callable[[Element, Setting, Bag, _Words], None]] = {
    Shape.TEXT: _read_text,
    Shape.WORD: _read_text,
    Shape.COLUMN_SET: _read_text,
    Shape.COLUMNS: _read_columns,
    Shape.LABELLED: _read_columns,
    Shape.HEADERS: _read_headers,
}
