"""Writes a job as XML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from milepost.model.columns import IGNORED
from milepost.model.exceptions import UsageError
from milepost.model.export import ExportJob
from milepost.model.export_columns import TEMPLATED, parted
from milepost.model.file_formats import FileFormat
from milepost.model.job import Job
from milepost.model.wording import in_quotes
from milepost.settings import table
from milepost.settings.outline import EXPORTS, IMPORTS
from milepost.settings.rules import ONLY_FOR
from milepost.settings.setting import Home, Part, Setting, value_of
from milepost.settings.value_kinds import Shape


def write(job: Job) -> str:
    """The XML of `job`: a whole `<import-config>` that ends in a line break, without notes.

    Read as a configuration, it gives the same job. Raises UsageError for a value that XML cannot represent.
    """
    root = etree.Element(IMPORTS.roots[0])
    block = etree.SubElement(root, IMPORTS.block)
    provider = etree.SubElement(etree.SubElement(block, "providers"), IMPORTS.providers[0])
    action = etree.SubElement(etree.SubElement(block, "actions"), IMPORTS.action)
    _write_settings(job, Part.PROVIDER, provider, provider)
    _write_settings(job, Part.ACTION, action, None)
    return _text(root)


def write_export(job: ExportJob, name: str | None = None) -> str:
    """The XML of `job`: a whole `<export-config>` that ends in a line break, without notes.

    `name` becomes the name of the export. Read as a configuration, the XML gives the same export. Raises UsageError
    for a value that XML cannot represent.
    """
    root = etree.Element(EXPORTS.roots[0])
    block = etree.SubElement(root, EXPORTS.block)
    if name is not None:
        _put(block, name, "name")
    if job.guid is not None:
        _put(block, job.guid, "guid")
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
    """Writes the settings of a part: outer ones into `parent`, the others into `inside`; None: new <parameters>."""
    # Of several settings with the same place, the last one is written.
    last = {(home.place, home.key): setting for setting, home in table.TABLE.of(part.job) if home.place}
    own = [(setting, home) for setting, home in table.TABLE.of(part.job) if home.part is part]
    settings = [(setting, home) for setting, home in own if last.get((home.place, home.key)) is setting]
    for setting, home in settings:
        if home.is_outside:
            _write_setting(job, setting, home, parent)
    inside = etree.SubElement(parent, "parameters") if inside is None else inside
    for setting, home in settings:
        if not home.is_outside:
            _write_setting(job, setting, home, inside)


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
        if setting.kind.shape is Shape.VALUES:
            values = etree.SubElement(parent, inner)
            for text, meant in value.items():
                one = etree.SubElement(values, "value")
                _put(one, text, "from")
                _put(one, meant)
            return
        for one in value if setting.kind.repeats else (value,):
            _put(etree.SubElement(parent, inner), setting.kind.write(one))


def _write_columns(job: Job | ExportJob, setting: Setting, columns: Iterable[Any], parent: etree._Element) -> None:
    """Writes a list of columns: with labels as <column> elements, and fields with their flags."""
    element = etree.SubElement(parent, setting.name)
    templates: list[str] = []
    for column in columns:
        if setting.kind.shape is Shape.LABELLED:
            (name, text), label = parted(column[0]), column[1]
            if text:
                named = etree.SubElement(element, name)
                templates.append(text) if name == TEMPLATED else _put(named, text)
            else:
                named = etree.SubElement(element, "column")
                _put(named, name)
            if name == TEMPLATED:
                _put(named, str(len(templates)), "templateId")
            if label is not None:
                _put(named, label, "label")
            continue
        own = etree.SubElement(element, column)
        if setting.name == table.FIELDS and isinstance(job, Job) and column in job.mandatory:
            _put(etree.SubElement(own, table.MANDATORY), "yes")
    if templates:
        held = etree.SubElement(parent, table.TEMPLATES)
        for number, text in enumerate(templates, start=1):
            template = etree.SubElement(held, "template")
            _put(template, str(number), "id")
            _put(template, text)


def _write_headers(job: Job | ExportJob, setting: Setting, parent: etree._Element) -> None:
    if not isinstance(job, Job):
        return
    meanings = [*job.reading.header_map.items(), *((header, IGNORED) for header in sorted(job.reading.header_ignore))]
    if meanings:
        mapping = etree.SubElement(parent, setting.name)
        for header, column in meanings:
            _put(etree.SubElement(mapping, column), header)


def _put(element: etree._Element, text: str, attribute: str | None = None) -> None:
    try:
        if attribute is None:
            element.text = text
        else:
            element.set(attribute, text)
    except ValueError:
        quoted = in_quotes(text)
        what = f"<{element.tag}> cannot hold {quoted}"
        if attribute is not None:
            what = f"The {attribute} of <{element.tag}> cannot be {quoted}"
        raise UsageError(f"{what}: XML has no such character.") from None
