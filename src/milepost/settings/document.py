"""Parses a configuration into elements, within limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from xml.parsers import expat

from milepost.model.exceptions import FileError, Mistake
from milepost.model.likeness import folded
from milepost.model.wording import LONGEST_QUOTE

LARGEST = 4 * 1024 * 1024
"""The most bytes of a configuration; real ones have some thousands."""

_DOCTYPE = re.compile(rb"(?>\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+<!DOCTYPE", re.IGNORECASE)
_BYTE_ORDER_MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
_MOST = ((20_000, "elements"), (100, "attributes in one element"), (256, "levels of elements"))
_ENCODINGS = (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
_NO_DOCTYPE = "the configuration has a DOCTYPE, which is refused; remove it"


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element of a configuration, without comments and processing instructions."""

    name: str
    """As written, without a namespace prefix."""
    line: int
    text: str
    """Its own text, without that of its children."""
    children: tuple[Element, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """As written, without those of a namespace."""

    @property
    def folded(self) -> str:
        """The name in the form for comparisons."""
        return folded(self.name)


def read(path: Path) -> Element | Mistake:
    """The root element of the file at `path`, or the mistake that prevents it; raises FileError if it is unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        code = "file-missing" if isinstance(error, FileNotFoundError) else None
        said = f"The configuration {path} cannot be read: {reason}. Check its name and its rights."
        raise FileError(said, code=code) from error
    if len(data) > LARGEST:
        return Mistake(1, f"the configuration is larger than {LARGEST // 1024 // 1024} MB; is it the right file?")
    if not data.strip():
        return Mistake(1, "the configuration is empty")
    if (line := _doctype_line(data)) is not None:
        return Mistake(line, _NO_DOCTYPE)
    return _Tree().read(data)


def _doctype_line(data: bytes) -> int | None:
    # In UTF-16, each ASCII character has a zero byte beside it.
    head = _BYTE_ORDER_MARK.sub(b"", data).replace(b"\0", b"")
    found = _DOCTYPE.match(head)
    return None if found is None else len(re.findall(rb"\r\n|\r|\n", found[0])) + 1


class _RefusedError(Exception):
    """Stops the parser."""


class _Tree:
    """Builds the elements as expat finds them: what is too much is refused before it is all in memory."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int, list[str], list[Element], dict[str, str]]] = [("", 0, [], [], {})]
        self._elements = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = lambda text: self._open[-1][2].append(text)
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> Element | Mistake:
        try:
            self._parser.Parse(data, True)
        except _RefusedError as error:
            return Mistake(self._parser.CurrentLineNumber, str(error))
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code)
            name, line = self._open[-1][:2]
            if why in _ENCODINGS:
                why += "; save it as UTF-8"
            elif line:
                why += f"; the innermost element that is open is <{name}>, from line {line}"
            return Mistake(error.lineno, f"the configuration is not well-formed XML: {why}")
        except (LookupError, ValueError):
            return Mistake(1, "the configuration is not well-formed XML: unknown encoding; save it as UTF-8")
        return self._open[0][3][0]

    def _doctype(self, *_: object) -> None:
        raise _RefusedError(_NO_DOCTYPE)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        counts = (self._elements, len(attributes), len(self._open))
        for count, (most, what) in zip(counts, _MOST, strict=True):
            if count > most:
                raise _RefusedError(f"the configuration has more than {most:,} {what}; is it the right file?")
        own = {_clipped(key): value for key, value in attributes.items() if " " not in key}
        self._open.append((_clipped(name.rpartition(" ")[2]), self._parser.CurrentLineNumber, [], [], own))

    def _end(self, _name: str) -> None:
        name, line, texts, children, attributes = self._open.pop()
        self._open[-1][3].append(Element(name, line, "".join(texts), tuple(children), attributes))


def _clipped(name: str) -> str:
    return name if len(name) <= LONGEST_QUOTE else f"{name[: LONGEST_QUOTE - 1]}…"
