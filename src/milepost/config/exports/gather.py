"""From the elements of one export, or from the caller's own settings, to a bag of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from milepost.config import names, vendor
from milepost.config.blocks import refuse_text, refuse_unknown
from milepost.config.document import Element
from milepost.config.exports import outline, settings
from milepost.config.exports.columns import Known
from milepost.config.gather import Words
from milepost.config.remarks import Remarks
from milepost.config.settings import NAMED_STATUSES, Bag, Given, Home, Setting
from milepost.model.export import Provider

_SECTIONS = ("options", "parameters")
_LABEL = "label"
_COLUMN = "column"
_COLUMNS = settings.BY_NAME[names.folded(settings.COLUMNS)]
_FILE_ELEMENTS = vendor.PROVIDER_ELEMENTS | names.by_folded(("fileName", "filePrefix", "fileSuffix"))
"""What an action may say about where the file goes."""


def from_block(block: outline.Block, columns: Mapping[Provider, tuple[str, ...]]) -> Bag:
    """The settings of the provider and the action in `block`; what is wrong goes to the block's remarks."""
    bag = Bag(block.remarks)
    words = Words()
    for kind in (block.providers, block.actions):
        for more in kind[1:]:
            block.remarks.mistake(
                more.line, f"<{more.name}>: <{kind[0].name}> stands on line {kind[0].line} already; an export has one"
            )
    if block.provider is not None:
        _read_provider(block.providers[0], Known(block.provider, columns), bag, words)
    for action in block.actions[:1]:
        _read_action(action, bag)
    words.put(bag)
    return bag


def _read_provider(provider: Element, known: Known, bag: Bag, words: Words) -> None:
    refuse_text(provider, bag.remarks)
    at_home = _names_at(Home.EXPORT_PARAMETERS)
    for child in provider.children:
        if child.folded in _SECTIONS:
            refuse_text(child, bag.remarks)
            for setting in child.children:
                _read_parameter(setting, child, bag, words, at_home)
        elif child.folded == settings.COLUMNS:
            _read_columns(child, known, bag, words)
        else:
            _read_parameter(child, provider, bag, words, (*at_home, settings.COLUMNS, *_SECTIONS))


def _read_parameter(element: Element, parent: Element, bag: Bag, words: Words, known: tuple[str, ...]) -> None:
    if element.folded == names.folded(NAMED_STATUSES):
        refuse_text(element, bag.remarks)
        words.read(element, element.children, bag)
    else:
        _read_setting(element, parent, Home.EXPORT_PARAMETERS, bag, known)


def _read_action(action: Element, bag: Bag) -> None:
    refuse_text(action, bag.remarks)
    known = _names_at(Home.EXPORT_ACTION)
    passed_over: list[str] = []
    for child in action.children:
        if child.folded in _SECTIONS:
            refuse_text(child, bag.remarks)
            for setting in child.children:
                _read_action_setting(setting, child, bag, known, passed_over)
        else:
            _read_action_setting(child, action, bag, (*known, *_SECTIONS), passed_over)
    if passed_over:
        # Names alone: among the values are passwords.
        elements = names.listing((f"<{name}>" for name in dict.fromkeys(passed_over)), "and")
        bag.remarks.note(
            f"Passed over in <{action.name}> (line {action.line}): {elements}; an export is told its file."
        )


def _read_action_setting(
    element: Element, parent: Element, bag: Bag, known: tuple[str, ...], passed_over: list[str]
) -> None:
    if element.folded in _FILE_ELEMENTS:
        passed_over.append(_FILE_ELEMENTS[element.folded])
    else:
        _read_setting(element, parent, Home.EXPORT_ACTION, bag, known)


def _names_at(home: Home) -> tuple[str, ...]:
    found = [setting.name.partition(".")[0] for setting in settings.SETTINGS if setting.home is home]
    return tuple(name for name in dict.fromkeys(found) if name != settings.COLUMNS)


def _read_setting(element: Element, parent: Element, home: Home, bag: Bag, known: tuple[str, ...]) -> None:
    setting = settings.BY_NAME.get(element.folded)
    if setting is None or "." in setting.name or setting.name == settings.COLUMNS or setting.home is not home:
        outline.refuse(element, parent, bag.remarks, known)
    elif element.children:
        bag.refuse(element.name, element.line, "it holds elements where only text is expected")
    else:
        put(setting, element.text, element.line, bag)


def put(setting: Setting, text: str, line: int | None, bag: Bag) -> None:
    """Takes a text for `setting`; of one that may be repeated, another value."""
    if setting.name not in settings.REPEATABLE:
        bag.put_text(setting, text, line)
        return
    own = Bag(bag.remarks)
    own.put_text(setting, text, line)
    bag.broken |= own.broken
    if setting.name in own.given:
        before = bag.given.get(setting.name, Given((), line))
        values = dict.fromkeys((*before.value, own.given[setting.name].value))
        bag.given[setting.name] = Given(tuple(values), before.line)


def _read_columns(element: Element, known: Known, bag: Bag, words: Words) -> None:
    """Takes the columns in `element`: a <column> that holds a name, or an element called like the column."""
    refuse_text(element, bag.remarks)
    found: list[tuple[str, str | None]] = []
    seen: dict[str, int] = {}
    mistakes = len(bag.remarks.mistakes)
    for child in element.children:
        is_named = child.folded == _COLUMN
        name = child.text.strip() if is_named else child.name
        column = known.resolve(name) if name else None
        label = _label(child, bag)
        if not name:
            bag.remarks.mistake(child.line, f"<{child.name}> in <{element.name}>: it holds no name of a column")
            continue
        if column is None:
            bag.remarks.mistake(child.line, f"<{child.name}> in <{element.name}>: {known.unknown(name)}")
            continue
        if not is_named:
            refuse_text(child, bag.remarks)
        _read_inside(child, column, bag, words)
        if seen.setdefault(column, child.line) != child.line or column in dict(found):
            message = f"the column {column} stands on line {seen[column]} already"
            bag.remarks.mistake(child.line, f"<{child.name}> in <{element.name}>: {message}")
        found.append((column, label))
    if len(bag.remarks.mistakes) > mistakes:
        bag.broken.add(settings.COLUMNS)
    elif found:
        _put_columns(tuple(found), element, bag)


def _put_columns(found: tuple[tuple[str, str | None], ...], element: Element, bag: Bag) -> None:
    before = bag.given.setdefault(settings.COLUMNS, Given(found, element.line))
    if before.value != found:
        where = f"it has another value already on line {before.line}; keep one of the two"
        bag.refuse(settings.COLUMNS, element.line, where)


def _label(column: Element, bag: Bag) -> str | None:
    labels = {}
    for name, value in column.attributes.items():
        if names.folded(name) == _LABEL:
            labels[value.strip()] = column.line
        else:
            near = names.suggestion(name, (_LABEL,))
            bag.remarks.mistake(
                column.line,
                f"the attribute {names.quoted(name)} is unknown in <{column.name}>{near or '; it has label'}",
            )
    for inner in column.children:
        if inner.folded == _LABEL and not inner.children:
            labels[inner.text.strip()] = inner.line
    labels.pop("", None)
    if len(labels) > 1:
        bag.remarks.mistake([*labels.values()][-1], f"<{column.name}>: it has two labels; keep one of the two")
    return next(iter(labels), None)


def _read_inside(column: Element, name: str, bag: Bag, words: Words) -> None:
    """Takes the words of the statuses inside a column; its label has been taken already."""
    others = []
    for inner in column.children:
        if inner.folded != _LABEL:
            others.append(inner)
        elif inner.children:
            bag.remarks.mistake(inner.line, f"<{inner.name}>: it holds elements where only text is expected")
    if name == NAMED_STATUSES:
        words.read(column, others, bag)
    else:
        for inner in others:
            refuse_unknown(inner, column, bag.remarks, (_LABEL,))


def from_caller(given: Mapping[str, str | Sequence[str]], known: Known | None, remarks: Remarks) -> Bag:
    """The settings that the caller gives by name, letter case not mattering.

    `known`: the columns that there are; None where nobody can tell, because the provider is not known.
    """
    bag = Bag(remarks)
    columns: list[str] = []
    for name, texts in given.items():
        setting = settings.BY_NAME.get(names.folded(name))
        if setting is None:
            near = names.suggestion(name, (one.name for one in settings.SETTINGS))
            remarks.mistake(None, f"{names.quoted(name)} is not a setting{near}")
            continue
        for text in (texts,) if isinstance(texts, str) else texts:
            if setting.name == settings.COLUMNS:
                columns += [text] if text.strip() else []
            else:
                put(setting, text, None, bag)
    if columns:
        bag.put_text(_COLUMNS, ",".join(columns), None)
    if known is not None and settings.COLUMNS in bag.given:
        _resolve_columns(known, bag)
    return bag


def _resolve_columns(known: Known, bag: Bag) -> None:
    found: list[tuple[str, str | None]] = []
    for name, label in bag.given[settings.COLUMNS].value:
        column = known.resolve(name)
        if column is None:
            bag.refuse(settings.COLUMNS, None, known.unknown(name))
        elif column in dict(found):
            bag.refuse(settings.COLUMNS, None, f"the column {column} stands twice")
        else:
            found.append((column, label))
    bag.given[settings.COLUMNS] = Given(tuple(found), None)
