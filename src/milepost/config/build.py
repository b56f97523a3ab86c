"""From bags of settings to a job, and what can only be judged when all settings are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from milepost.config import names, settings
from milepost.config.remarks import Remarks
from milepost.config.settings import Bag, Given
from milepost.model.changes import Limited
from milepost.model.columns import IGNORED
from milepost.model.job import Job
from milepost.model.status import Status
from milepost.model.text import bare


def built(configured: Bag | None, caller: Bag, remarks: Remarks) -> Job:
    """The job that the settings make, the caller's beating the configuration's; its notes are left empty.

    Adds to `remarks` what is wrong with the settings together. The job means nothing when there are mistakes.
    """
    merged = _Merged(configured, caller)
    _judge_words(merged, remarks)
    _judge_first_line(merged, remarks)
    _judge_mandatory(merged, remarks)
    _note_unused(merged, remarks)
    return _job(merged)


_ABSENT = Given(None, None)


class _Merged:
    """The settings of all sources."""

    def __init__(self, configured: Bag | None, caller: Bag) -> None:
        bags = [caller] if configured is None else [configured, caller]
        self.configured = configured is not None
        self.given: dict[str, Given] = {}
        self.broken: set[str] = set()
        self.header_map: dict[str, str] = {}
        self.mandatory_lines: dict[str, int] = {}
        for bag in bags:
            self.given |= bag.given
            self.broken |= bag.broken
            self.mandatory_lines |= bag.mandatory_lines
            ignored = dict.fromkeys(bag.header_ignore, IGNORED)
            self.header_map |= bag.header_map | ignored
        self.header_ignore = {header for header, column in self.header_map.items() if column == IGNORED}
        for header in self.header_ignore:
            del self.header_map[header]
        if settings.FIELDS in caller.given and settings.MANDATORY not in caller.given:
            self._keep_mandatory_fields()

    def _keep_mandatory_fields(self) -> None:
        # The caller's fields replace the configured ones, their mandatory flags included.
        mandatory = self.given.get(settings.MANDATORY)
        if mandatory is not None:
            kept = mandatory.value & frozenset(self.get(settings.FIELDS).value)
            self.given[settings.MANDATORY] = Given(kept, mandatory.line)

    def get(self, name: str) -> Given:
        """A setting's value and line, both None where it is not given."""
        return self.given.get(name, _ABSENT)

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns of the file in their order, None where the first line names them."""
        mapping: tuple[str, ...] | None = self.get(settings.COLUMNS_MAPPING).value
        if mapping is None and self.get("skipFirstLine").value is False:
            mapping = self.get(settings.FIELDS).value
        return mapping

    @property
    def fields(self) -> tuple[str, ...] | None:
        """The columns that the action uses, those to skip left out."""
        fields = self.get(settings.FIELDS).value
        return None if fields is None else tuple(name for name in fields if name != IGNORED)


def _judge_words(merged: _Merged, remarks: Remarks) -> None:
    taken: dict[str, Status] = {}
    for status in Status:
        word = merged.get(f"{settings.NAMED_STATUSES}.{status}").value or status.value
        other = taken.setdefault(bare(word), status)
        if other is status:
            continue
        lines = [merged.given.get(f"{settings.NAMED_STATUSES}.{each}") for each in (other, status)]
        given = [each.line for each in lines if each is not None]
        line = None if None in given else max(each for each in given if each is not None)
        remarks.mistake(
            line,
            f"{settings.label(settings.NAMED_STATUSES, line)}: {other} and {status} both go by the word"
            f" {names.quoted(word)}; give one of them another",
        )


def _judge_first_line(merged: _Merged, remarks: Remarks) -> None:
    broken = merged.broken & {settings.COLUMNS_MAPPING, settings.FIELDS}
    if merged.get("skipFirstLine").value is False and merged.columns is None and not broken:
        line = merged.get("skipFirstLine").line
        message = (
            f"without a first line nothing names the columns; give {settings.COLUMNS_MAPPING} or {settings.FIELDS}"
        )
        remarks.mistake(line, f"{settings.label('skipFirstLine', line)}: {message}")
    if merged.fields == ():
        line = merged.get(settings.FIELDS).line
        remarks.mistake(line, f"{settings.label(settings.FIELDS, line)}: none of these columns is imported")


def _judge_mandatory(merged: _Merged, remarks: Remarks) -> None:
    mandatory = merged.get(settings.MANDATORY)
    for name, known in ((settings.COLUMNS_MAPPING, merged.columns), (settings.FIELDS, merged.fields)):
        if known is None or name in merged.broken:
            continue
        for column in sorted((mandatory.value or frozenset()) - set(known)):
            line = mandatory.line and merged.mandatory_lines.get(column, mandatory.line)
            remarks.mistake(
                line,
                f"{settings.label(settings.MANDATORY, line)}: {column} is mandatory, but not in {name}; add it there",
            )


def _note_unused(merged: _Merged, remarks: Remarks) -> None:
    if "dateFormat" in merged.given and "dateTimeFormat" in merged.given:
        remarks.note("dateFormat is not used, because dateTimeFormat is given.")
    if merged.columns is not None and (merged.header_map or merged.header_ignore):
        source = settings.COLUMNS_MAPPING if settings.COLUMNS_MAPPING in merged.given else settings.FIELDS
        remarks.note(f"What headers mean is not used, because {source} names the columns.")


def _job(merged: _Merged) -> Job:
    parts: dict[str, dict[str, Any]] = {"reading": {}, "parameters": {}, "": {}}
    for setting in settings.SETTINGS:
        value = merged.get(setting.name).value
        if value is None and setting.name not in merged.given:
            value = setting.configured if merged.configured else None
            if value is None:
                continue
        _place(parts, setting.place, value)
    parts["reading"] |= {
        "columns": merged.columns,
        "header_map": dict(merged.header_map),
        "header_ignore": frozenset(merged.header_ignore),
    }
    parts[""] |= {"fields": merged.fields}
    blank = Job()
    parameters = parts["parameters"]
    if "status_words" in parameters:
        parameters["status_words"] = dict(parameters["status_words"])
    return replace(
        blank,
        reading=replace(blank.reading, **parts["reading"]),
        parameters=replace(blank.parameters, **parameters),
        **parts[""],
    )


def _place(parts: Mapping[str, dict[str, Any]], place: str, value: object) -> None:
    part, _, attribute = place.rpartition(".")
    if part == "merge":
        parts[""].setdefault("merge", {})[attribute] = value
    elif part == "limits":
        parts[""].setdefault("limits", {})[Limited(attribute)] = value
    elif part.endswith("status_words"):
        parts["parameters"].setdefault("status_words", {})[Status(attribute)] = value
    else:
        parts[part][attribute] = value
