"""From a job to the XML that asks for it."""

from __future__ import annotations

from lxml import etree  # type: ignore[import-untyped]

from milepost.config import gather, names, settings, vendor
from milepost.config.settings import Home, Setting
from milepost.model.changes import Limited
from milepost.model.columns import IGNORED
from milepost.model.exceptions import UsageError
from milepost.model.job import Job
from milepost.model.merging import RowRule
from milepost.model.status import Status

_OWN_ELEMENTS = (settings.COLUMNS_MAPPING, settings.FIELDS, settings.MANDATORY)
"""Settings that are more than a text in an element."""


def write(job: Job) -> str:
    """The XML that `job` amounts to: a whole `<import-config>` that ends in a line break, notes left out.

    Read back as a configuration it gives the same job. Raises UsageError for a value that XML cannot hold.
    """
    root = etree.Element("import-config")
    block = etree.SubElement(root, "import")
    provider = etree.SubElement(etree.SubElement(block, "providers"), "fileSystemSourceProvider")
    action = etree.SubElement(etree.SubElement(block, "actions"), vendor.ACTION)
    _write_settings(job, Home.PROVIDER, provider)
    _write_columns(job, provider)
    _write_header_mapping(job, provider)
    _write_fields(job, action)
    parameters = etree.SubElement(action, "parameters")
    _write_settings(job, Home.ACTION, parameters)
    if job.fields is None and job.mandatory:
        put_text(
            etree.SubElement(parameters, settings.MANDATORY), settings.BY_NAME[settings.MANDATORY].write(job.mandatory)
        )
    etree.indent(root)
    text: str = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _write_settings(job: Job, home: Home, parent: etree._Element) -> None:
    # Of two settings with one place the later one has it.
    written = {setting.place: setting for setting in settings.SETTINGS}
    for setting in written.values():
        if setting.home is home and setting.name not in _OWN_ELEMENTS:
            value = _value(job, setting)
            if value is not None or setting.configured is not None:
                _write_setting(setting, value, parent)


def _write_setting(setting: Setting, value: object, parent: etree._Element) -> None:
    for name in setting.name.split("."):
        found = parent.find(name)
        parent = etree.SubElement(parent, name) if found is None else found
    put_text(parent, setting.write(value))


def _value(job: Job, setting: Setting) -> object:
    value: object = job
    if setting.place.startswith("limits."):
        return job.limits.get(Limited(setting.place.removeprefix("limits.")))
    if setting.place == "row_rule" and job.row_rule is RowRule.ALWAYS:
        return None
    if setting.place.startswith("merge."):
        return job.merge.get(setting.place.removeprefix("merge."))
    *path, last = setting.place.split(".")
    for part in path:
        value = getattr(value, part)
    if path[-1:] == ["status_words"]:
        return job.parameters.status_words.get(Status(last))
    return getattr(value, last)


def _write_columns(job: Job, provider: etree._Element) -> None:
    if job.reading.columns is not None:
        mapping = etree.SubElement(provider, settings.COLUMNS_MAPPING)
        for column in job.reading.columns:
            etree.SubElement(mapping, column)


def _write_header_mapping(job: Job, provider: etree._Element) -> None:
    meanings = [*job.reading.header_map.items(), *((header, IGNORED) for header in sorted(job.reading.header_ignore))]
    if meanings:
        mapping = etree.SubElement(provider, gather.HEADER_MAPPING)
        for header, column in meanings:
            put_text(etree.SubElement(mapping, column), header)


def _write_fields(job: Job, action: etree._Element) -> None:
    if job.fields is not None:
        fields = etree.SubElement(action, settings.FIELDS)
        for column in job.fields:
            field = etree.SubElement(fields, column)
            if column in job.mandatory:
                put_text(etree.SubElement(field, settings.MANDATORY), "yes")


def put_text(element: etree._Element, text: str) -> None:
    """Lets `element` hold `text`; raises UsageError where XML cannot."""
    try:
        element.text = text
    except ValueError:
        raise UsageError(f"<{element.tag}> cannot hold {names.quoted(text)}: XML has no such character.") from None


def put_attribute(element: etree._Element, name: str, text: str) -> None:
    """Gives `element` an attribute; raises UsageError where XML cannot hold `text`."""
    try:
        element.set(name, text)
    except ValueError:
        message = f"The {name} of <{element.tag}> cannot be {names.quoted(text)}: XML has no such character."
        raise UsageError(message) from None
