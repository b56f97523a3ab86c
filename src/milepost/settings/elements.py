"""From the elements of one import or export to a bag of settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from milepost.model.columns import IGNORED
from milepost.model.export_columns import spelled
from milepost.model.likeness import bare, by_folded, folded, suggestion, words
from milepost.model.wording import in_quotes, listed
from milepost.settings import table, value_kinds
from milepost.settings.bag import Bag, ExportNames, Given, Names, shaped
from milepost.settings.document import Element
from milepost.settings.outline import SECTIONS, Block, Outline, refuse, refuse_text, refuse_unknown
from milepost.settings.setting import Home, Part, Setting
from milepost.settings.value_kinds import Shape

_LABEL = "label"
_OWN_TEXT = {"constantValue": "value", "templatedValue": "templateId"}
"""The attribute that gives a column its own text, or the template that does; others have it inside."""
_TEMPLATE, _ID = "template", "id"
_COLUMN = "column"
_VALUE, _FROM = "value", "from"
_MANDATORY = next(setting for setting in table.TABLE.entries if setting.name == table.MANDATORY)
_MANDATORY_FLAG = Setting(table.MANDATORY, value_kinds.FLAG, homes=(Home(Part.ACTION),))


def from_block(outline: Outline, block: Block, provider: Element | None, names: Names) -> Bag:
    """The settings of `provider` and of the action in `block`; mistakes go to the block's remarks."""
    reader = _Reader(outline, Bag(outline.job, block.remarks, names), names)
    if provider is not None:
        reader.read_part(provider, outline.provider)
    for action in block.actions[:1]:
        reader.read_part(action, outline.act)
    reader.bag.given |= reader.words
    return reader.bag


@dataclass(slots=True)
class _Reader:
    outline: Outline
    bag: Bag
    names: Names
    words: dict[str, Given] = field(default_factory=dict)
    """The words of the statuses, by setting. The mapping may be repeated in several elements."""
    words_line: int | None = None
    templates: dict[str, str] = field(default_factory=dict)
    """The texts of the templates, by their ids."""

    def read_part(self, element: Element, part: Part) -> None:
        """Reads the provider or the action `element`."""
        refuse_text(element, self.bag.remarks)
        passed_over: dict[str, None] = {}
        self._find_templates(element)
        for child in element.children:
            is_section = child.folded in SECTIONS and part.has_sections
            if is_section:
                refuse_text(child, self.bag.remarks)
            for inner in child.children if is_section else (child,):
                name = self.outline.passed_over[part].get(inner.folded)
                if name is None:
                    self._read_element(inner, child if is_section else element, part, outside=not is_section)
                else:
                    passed_over[name] = None
                    if part is Part.EXPORT_PROVIDER:
                        self.bag.remarks.lack(inner.line, f"<{name}>", name)
        if passed_over:
            # Names only: values may be passwords.
            names = listed((f"<{name}>" for name in passed_over), "and")
            where = f"<{element.name}> (line {element.line})"
            is_file = part is not Part.EXPORT_PROVIDER
            why = f"an {self.outline.job} is told its file" if is_file else "Milepost has no counterpart"
            self.bag.remarks.note(f"Passed over in {where}: {names}; {why}.")

    def _read_element(self, element: Element, parent: Element, part: Part, *, outside: bool) -> None:
        setting = table.TABLE.element(self.bag.job, element.folded)
        home = setting and setting.home(self.bag.job)
        group, owner = table.TABLE.groups(self.bag.job).get(element.folded, ("", None))
        if setting and home and home.part is part and (outside or not home.is_outside):
            if setting.kind.shape in (Shape.COLUMNS, Shape.LABELLED):
                self._read_columns(element, setting)
            elif setting.kind.shape is Shape.HEADERS:
                self._read_headers(element)
            elif setting.kind.shape is Shape.CHOICES and element.children:
                self._read_choices(element, setting)
            elif setting.kind.shape is Shape.TEMPLATES:
                pass  # They have been found before the columns.
            else:
                self._read_text(element, setting, self.bag)
        elif owner is part:
            refuse_text(element, self.bag.remarks)
            self._read_inside(element, group)
        else:
            refuse(self.outline, element, parent, self.bag.remarks, self._known(part, outside=outside))

    def _known(self, part: Part, *, outside: bool) -> Iterable[str]:
        """The names that a message may suggest for an element of `part`."""
        job = self.outline.job
        yield from (name for name, owner in table.TABLE.groups(job).values() if owner is part)
        for setting, home in table.TABLE.of(job):
            if home.part is part and "." not in setting.name and (outside or not home.is_outside):
                yield setting.name
        if outside and part.has_sections:
            yield from SECTIONS
        yield from self.outline.passed_over[part].values()

    def _read_inside(
        self, element: Element, group: str, others: Iterable[str] = (), *, words_only: bool = False
    ) -> None:
        """Reads the settings of a group, or only the words of the statuses; skips elements called like `others`."""
        known = {
            folded(setting.name.rpartition(".")[2]): setting
            for setting, _ in table.TABLE.of(self.bag.job)
            if setting.group == group and "." in setting.name
            if not words_only or setting.kind.shape is Shape.WORD
        }
        words = Bag(self.bag.job, self.bag.remarks)
        for inner in element.children:
            setting = known.get(inner.folded)
            if setting is None:
                if inner.folded not in others:
                    names = (*others, *(one.name.rpartition(".")[2] for one in known.values()))
                    refuse_unknown(inner, element, self.bag.remarks, names)
            elif setting.kind.shape is Shape.VALUES:
                self._read_values(inner, setting)
            else:
                self._read_text(inner, setting, words if setting.kind.shape is Shape.WORD else self.bag)
        self._take_words(words, element.line)

    def _take_words(self, own: Bag, line: int) -> None:
        """Takes the words of one element; a second, different mapping is a mistake."""
        self.bag.broken |= own.broken
        if own.given and not self.words:
            self.words, self.words_line = own.given, line
        elif own.given and _texts(own.given) != _texts(self.words):
            message = f"it maps the statuses otherwise than on line {self.words_line}; keep one of the two mappings"
            self.bag.refuse(table.NAMED_STATUSES, line, message)

    def _read_text(self, element: Element, setting: Setting, bag: Bag) -> None:
        if _holds_no_elements(element, setting.name, bag):
            bag.put_text(setting, element.text, element.line)

    def _read_choices(self, element: Element, setting: Setting) -> None:
        refuse_text(element, self.bag.remarks)
        known = by_folded((*setting.kind.words, value_kinds.PENDING))
        for child in element.children:
            if child.folded not in known:
                refuse_unknown(child, element, self.bag.remarks, known.values())
            elif known[child.folded] == value_kinds.PENDING:
                self.bag.remarks.lack(child.line, f"<{child.name}>", setting.name)
                said = f"<{child.name}> is passed over (line {child.line}): Milepost has no counterpart."
                self.bag.remarks.note(said)
        names = [known[child.folded] for child in element.children if child.folded in known]
        self.bag.put_text(setting, ",".join(name for name in names if name != value_kinds.PENDING), element.line)

    def _find_templates(self, element: Element) -> None:
        """Finds the templates of a provider, wherever they stand in it."""
        inner = [one for child in element.children for one in (child, *child.children) if one.folded == table.TEMPLATES]
        for child in (template for templates in inner for template in templates.children):
            name = next((text.strip() for key, text in child.attributes.items() if folded(key) == _ID), "")
            if child.folded != _TEMPLATE:
                refuse_unknown(child, inner[0], self.bag.remarks, (_TEMPLATE,))
            elif not name or name in self.templates:
                why = "another has the same id" if name else "it has no id"
                self.bag.refuse(table.TEMPLATES, child.line, f"<{child.name}>: {why}; give each one of its own")
            elif _holds_no_elements(child, table.TEMPLATES, self.bag):
                self.templates[name] = child.text.strip()

    def _own_text(self, child: Element, column: str) -> str:
        """The text of a column that has one of its own, such as a constant or a template."""
        attribute = _OWN_TEXT.get(column, "")
        given = {folded(name): text for name, text in child.attributes.items()}
        inside = [one.text for one in child.children if one.folded == _VALUE]
        text = next((text.strip() for text in (given.get(folded(attribute)), child.text, *inside) if text), "")
        if attribute != "templateId" or self.bag.broken & {table.TEMPLATES}:
            return text
        if text not in self.templates:
            known = f"there are {listed(map(in_quotes, self.templates))}" if self.templates else "there is none"
            why = f"no <{_TEMPLATE}> has the id {in_quotes(text)}; {known}" if text else "it has no templateId"
            self.bag.refuse(table.COLUMNS, child.line, f"<{child.name}>: {why}")
        return self.templates.get(text, "")

    def _read_values(self, element: Element, setting: Setting) -> None:
        refuse_text(element, self.bag.remarks)
        pairs: list[tuple[str, str, int | None]] = []
        for child in element.children:
            text = next((text for name, text in child.attributes.items() if folded(name) == _FROM), None)
            if child.folded != _VALUE:
                refuse_unknown(child, element, self.bag.remarks, (_VALUE,))
            elif text is None:
                self.bag.refuse(setting.name, child.line, f'<{child.name}> has no {_FROM}; write <value from="text">')
            elif _holds_no_elements(child, setting.name, self.bag):
                pairs.append((text, child.text, child.line))
        self.bag.put_values(setting, pairs, element.line)

    def _read_headers(self, element: Element) -> None:
        refuse_text(element, self.bag.remarks)
        for child in element.children:
            if _holds_no_elements(child, table.HEADER_MAPPING, self.bag):
                self.bag.put_header(child.text, child.name, child.line)

    def _read_columns(self, element: Element, setting: Setting) -> None:
        """Reads a list of columns; in a list with labels, <column> may contain the name of a column."""
        bag = self.bag
        refuse_text(element, bag.remarks)
        is_labelled, is_fields = setting.kind.shape is Shape.LABELLED, setting.name == table.FIELDS
        others = (_LABEL,) if is_labelled else (table.MANDATORY,) if is_fields else ()
        found: list[tuple[str, str | None]] = []
        lines: dict[str, int] = {}
        mistakes = len(bag.remarks.mistakes)
        for child in element.children:
            where = f"<{child.name}> in <{element.name}>"
            column, label = self._column(child, where, setting, others)
            if column is None:
                continue
            if column != IGNORED:
                if column in lines and not bag.repeats(column):
                    message = f"{where}: the column {column} stands on line {lines[column]} already"
                    bag.remarks.mistake(child.line, message, setting.name)
                lines[column] = child.line
            found.append((column, label))
        if len(bag.remarks.mistakes) > mistakes:
            bag.broken.add(setting.name)
        elif found:
            bag.put(setting, shaped(setting, found), element.line)
        if is_fields:
            flagged = {self.names.resolve(one.name): one.line for one in element.children if self._is_mandatory(one)}
            mandatory = {column: line for column, line in flagged.items() if column is not None and column in lines}
            if mandatory:
                bag.put(_MANDATORY, frozenset(mandatory), element.line, mandatory)

    def _column(
        self, child: Element, where: str, setting: Setting, others: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        """A column of a list, with its own text if it has one, and its label; None, with a mistake, if it is none."""
        bag, is_labelled = self.bag, setting.kind.shape is Shape.LABELLED
        is_named = is_labelled and child.folded == _COLUMN
        name = child.text.strip() if is_named else child.name
        column = bag.column(name) if name else None
        is_own = not is_named and column is not None and bag.repeats(column)
        label = _label(child, bag, _OWN_TEXT.get(column or "") if is_own else None) if is_labelled else None
        if column is None:
            why = self.names.unknown(name) if name else "it holds no name of a column"
            bag.remarks.mistake(child.line, f"{where}: {why}", setting.name)
            return None, None
        if is_own:
            column, others = spelled(column, self._own_text(child, column)), (*others, _VALUE)
        elif not is_named:
            refuse_text(child, bag.remarks)
        if isinstance(self.names, ExportNames) and self.names.lacks(column):
            bag.remarks.lack(child.line, f"<{name}>", setting.name)
        if column != IGNORED:
            self._read_inside(child, column, others, words_only=setting.name != table.FIELDS)
        return column, label

    def _is_mandatory(self, column: Element) -> bool:
        own = Bag(self.bag.job, self.bag.remarks)
        for flag in column.children:
            if flag.folded == table.MANDATORY:
                self._read_text(flag, _MANDATORY_FLAG, own)
        self.bag.broken |= own.broken
        return bool(own.get(table.MANDATORY))


def _holds_no_elements(element: Element, name: str, bag: Bag) -> bool:
    if element.children:
        bag.broken.add(name)
        bag.remarks.mistake(element.line, f"<{element.name}>: it holds elements where only text is expected", name)
    return not element.children


def _label(column: Element, bag: Bag, also: str | None) -> str | None:
    """The label of a column: an attribute of it, or an element inside. `also` is another attribute that it may have."""
    labels = {}
    for name, value in column.attributes.items():
        if folded(name) == _LABEL:
            labels[value.strip()] = column.line
        elif also is None or folded(name) != folded(also):
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


def _texts(given: dict[str, Given]) -> dict[str, set[str]]:
    return {name: set(map(bare, words(one.value))) for name, one in given.items()}
