"""From a job to the XML that asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from milepost.model.columns import IGNORED
from milepost.model.exceptions import UsageError
from milepost.model.export import ExportJob
from milepost.model.file_formats import FileFormat
from milepost.model.job import Job
from milepost.model.wording import in_quotes
from milepost.settings import table
from milepost.settings.export_rules import ONLY_FOR
from milepost.settings.kinds import Shape
from milepost.settings.outline import EXPORTS, IMPORTS
from milepost.settings.setting import Home, Part, Setting, value_of


def write(job: Job) -> str:
    """The XML that `job` amounts to: a whole `<import-config>` that ends in a line break, notes left out.

    Read back as a configuration it gives the same job. Raises UsageError for a value that XML cannot hold.
    """
    root = etree.Element(IMPORTS.roots[0])
    block = etree.SubElement(root, IMPORTS.block)
    provider = etree.SubElement(etree.SubElement(block, "providers"), IMPORTS.providers[0])
    action = etree.SubElement(etree.SubElement(block, "actions"), IMPORTS.action)
    _write_settings(job, Part.PROVIDER, provider, provider)
    _write_settings(job, Part.ACTION, action, None)
    return _text(root)


def write_export(job: ExportJob, name: str | None = None) -> str:
    """The XML that `job` amounts to: a whole `<export-config>` that ends in a line break, notes left out.

    `name` becomes the name of the export. Read back as a configuration the XML gives the same export. Raises UsageError
    for a value that XML cannot hold.
    """
    root = etree.Element(EXPORTS.roots[0])
    block = etree.SubElement(root, EXPORTS.block)
    if name is not None:
        _put_attribute(block, "name", name)
    provider = etree.SubElement(block, str(job.provider))
    action = etree.SubElement(etree.SubElement(block, "actions"), EXPORTS.action)
    _write_settings(job, Part.EXPORT_PROVIDER, provider, None)
    _write_settings(job, Part.EXPORT_ACTION, action, action)
    return _text(root)


def _text(root: etree._Element) -> str:
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _write_settings(job: Job | ExportJob, part: Part, parent: etree._Element, inside: etree._Element | None) -> None:
    """Writes the settings of one part: outside of <parameters> into `parent`, the others `inside`; None: in one."""
    settings = list(_of(part))
    for setting, home in settings:
        if home.is_outside:
            _write_setting(job, setting, home, parent)
    inside = etree.SubElement(parent, "parameters") if inside is None else inside
    for setting, home in settings:
        if not home.is_outside:
            _write_setting(job, setting, home, inside)


def _of(part: Part) -> Iterable[tuple[Setting, Home]]:
    """The settings of a part; of two settings with one place the later one has it."""
    by_place = {(home.place, home.key): setting for setting, home in table.TABLE.of(part.job)}
    for setting, home in table.TABLE.of(part.job):
        if home.part is part and home.place and by_place[home.place, home.key] is setting:
            yield setting, home


def _write_setting(job: Job | ExportJob, setting: Setting, home: Home, parent: etree._Element) -> None:
    value = value_of(job, home)
    is_absent = (value is None and home.configured is None) or (home.implied is not None and value == home.implied)
    if isinstance(job, ExportJob):
        is_absent |= job.appearance.file_format not in ONLY_FOR.get(setting.name, FileFormat)
    elif setting.name == table.MANDATORY:
        is_absent |= job.fields is not None or not job.mandatory
    if setting.kind.shape is Shape.HEADERS:
        _write_headers(job, setting, parent)
    elif is_absent:
        return
    elif setting.kind.shape in (Shape.COLUMNS, Shape.LABELLED):
        _write_columns(job, setting, value, parent)
    else:
        outer, _, inner = setting.name.rpartition(".")
        if outer:
            found = parent.find(outer)
            parent = etree.SubElement(parent, outer) if found is None else found
        for one in value if setting.kind.repeats else (value,):
            _put_text(etree.SubElement(parent, inner), setting.kind.write(one))


def _write_columns(job: Job | ExportJob, setting: Setting, columns: Iterable[Any], parent: etree._Element) -> None:
    """A list of columns: those with labels in elements of their own, and fields with what is said of them."""
    element = etree.SubElement(parent, setting.name)
    for column in columns:
        if setting.kind.shape is Shape.LABELLED:
            name, label = column
            named = etree.SubElement(element, "column")
            _put_text(named, name)
            if label is not None:
                _put_attribute(named, "label", label)
            continue
        own = etree.SubElement(element, column)
        if setting.name == table.FIELDS and isinstance(job, Job) and column in job.mandatory:
            _put_text(etree.SubElement(own, table.MANDATORY), "yes")


def _write_headers(job: Job | ExportJob, setting: Setting, parent: etree._Element) -> None:
    if not isinstance(job, Job):
        return
    meanings = [*job.reading.header_map.items(), *((header, IGNORED) for header in sorted(job.reading.header_ignore))]
    if meanings:
        mapping = etree.SubElement(parent, setting.name)
        for header, column in meanings:
            _put_text(etree.SubElement(mapping, column), header)


def _put_text(element: etree._Element, text: str) -> None:
    try:
        element.text = text
    except ValueError:
        raise UsageError(f"<{element.tag}> cannot hold {in_quotes(text)}: XML has no such character.") from None


def _put_attribute(element: etree._Element, name: str, text: str) -> None:
    try:
        element.set(name, text)
    except ValueError:
        message = f"The {name} of <{element.tag}> cannot be {in_quotes(text)}: XML has no such character."
        raise UsageError(message) from None
