"""Parses a configuration into elements. Only this module and `writing` import the XML library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lxml import etree  # type: ignore[import-untyped]

from milepost.model.exceptions import FileError, Mistake
from milepost.model.likeness import folded

LARGEST = 4 * 1024 * 1024
"""The most bytes of a configuration; real ones have some thousands."""

_DOCTYPE = re.compile(rb"(?>\s+|<\?(?s:.*?)\?>|<!--(?s:.*?)-->)*+<!DOCTYPE", re.IGNORECASE)
_BYTE_ORDER_MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
_PLACE = re.compile(r", line \d+, column \d+$")
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
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        return Mistake(error.lineno or 1, f"the configuration is not well-formed XML: {_PLACE.sub('', error.msg)}")
    if root.getroottree().docinfo.internalDTD is not None:
        return Mistake(root.sourceline, _NO_DOCTYPE)
    return _element(root)


def _doctype_line(data: bytes) -> int | None:
    # In UTF-16, each ASCII character has a zero byte beside it.
    head = _BYTE_ORDER_MARK.sub(b"", data).replace(b"\0", b"")
    found = _DOCTYPE.match(head)
    return None if found is None else len(re.findall(rb"\r\n|\r|\n", found[0])) + 1


def _element(node: etree._Element) -> Element:
    text = node.text or ""
    children = []
    for child in node:
        if isinstance(child.tag, str):
            children.append(_element(child))
        text += child.tail or ""
    attributes = {name: value for name, value in node.attrib.items() if not name.startswith("{")}
    return Element(etree.QName(node).localname, node.sourceline or 1, text, tuple(children), attributes)
