"""From an export to the XML that asks for it."""

from __future__ import annotations

from lxml import etree  # type: ignore[import-untyped]

from milepost.config.exports import outline, settings
from milepost.config.settings import Home, Setting
from milepost.config.writing import put_attribute, put_text
from milepost.model.export import ExportJob
from milepost.model.status import Status

_OF_SOME_FORMATS = ("delimiter", "encoding")


def write_export(job: ExportJob, name: str | None = None) -> str:
    """The XML that `job` amounts to: a whole `<export-config>` that ends in a line break, notes left out.

    `name` becomes the name of the export. Read back as a configuration the XML gives the same export. Raises UsageError
    for a value that XML cannot hold.
    """
    root = etree.Element("export-config")
    block = etree.SubElement(root, "export")
    if name is not None:
        put_attribute(block, "name", name)
    provider = etree.SubElement(block, str(job.provider))
    if job.columns is not None:
        columns = etree.SubElement(provider, settings.COLUMNS)
        for column, label in job.columns:
            element = etree.SubElement(columns, "column")
            put_text(element, column)
            if label is not None:
                put_attribute(element, "label", label)
    _write_settings(job, Home.EXPORT_PARAMETERS, etree.SubElement(provider, "parameters"))
    actions = etree.SubElement(block, "actions")
    _write_settings(job, Home.EXPORT_ACTION, etree.SubElement(actions, outline.ACTION))
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _write_settings(job: ExportJob, home: Home, parent: etree._Element) -> None:
    for setting in settings.SETTINGS:
        if setting.home is not home or setting.name == settings.COLUMNS:
            continue
        if setting.name in _OF_SOME_FORMATS and setting.name not in job.appearance.file_format.entry.settings:
            continue
        value = _value(job, setting)
        for one in value if isinstance(value, tuple) else () if value is None else (value,):
            _write_setting(setting, one, parent)


def _write_setting(setting: Setting, value: object, parent: etree._Element) -> None:
    outer, _, inner = setting.name.rpartition(".")
    if outer:
        found = parent.find(outer)
        parent = etree.SubElement(parent, outer) if found is None else found
    put_text(etree.SubElement(parent, inner), setting.write(value))


def _value(job: ExportJob, setting: Setting) -> object:
    part, *_, last = setting.place.split(".")
    if "status_words" in setting.place:
        return job.appearance.status_words.get(Status(last))
    held = getattr(job, part)
    return None if held is None else getattr(held, last)
