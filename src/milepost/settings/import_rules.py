"""What is wrong with the settings of an import together, and the import that they make."""

from __future__ import annotations

from milepost.model.columns import IGNORED
from milepost.model.job import Job
from milepost.settings.bag import Bag, Given, Remarks
from milepost.settings.merged import Merged, placed, split_headers
from milepost.settings.table import COLUMNS_MAPPING, FIELDS, HEADER_MAPPING, MANDATORY

_SKIP = "skipFirstLine"


def built(configured: Bag | None, caller: Bag, remarks: Remarks) -> Job:
    """The job that the settings make, the caller's beating the configuration's; its notes are left empty.

    Adds to `remarks` what is wrong with the settings together. The job means nothing when there are mistakes.
    """
    merged = Merged(configured, caller, remarks)
    _keep_mandatory_fields(merged)
    columns = merged.get(COLUMNS_MAPPING)
    if columns is None and merged.get(_SKIP) is False:
        columns = merged.get(FIELDS)
    fields = merged.get(FIELDS) and tuple(name for name in merged.get(FIELDS) if name != IGNORED)
    merged.judge_words(may_be_alike=False)
    _judge_columns(merged, columns, fields)
    _judge_mandatory(merged, {COLUMNS_MAPPING: columns, FIELDS: fields})
    if "dateFormat" in merged and "dateTimeFormat" in merged:
        remarks.note("dateFormat is not used, because dateTimeFormat is given.")
    if columns is not None and HEADER_MAPPING in merged:
        source = COLUMNS_MAPPING if COLUMNS_MAPPING in merged else FIELDS
        remarks.note(f"What headers mean is not used, because {source} names the columns.")
    header_map, header_ignore = split_headers(merged.get(HEADER_MAPPING, {}))
    own = {"columns": columns, "header_map": header_map, "header_ignore": header_ignore}
    return placed(merged.fill(Job()), {"fields": fields} | {f"reading.{name}": value for name, value in own.items()})


def _keep_mandatory_fields(merged: Merged) -> None:
    """Drops mandatory flags of fields that the caller's fields replace."""
    if FIELDS in merged.caller.given and MANDATORY not in merged.caller.given and MANDATORY in merged:
        kept = merged.get(MANDATORY) & frozenset(merged.get(FIELDS))
        merged.given[MANDATORY] = Given(kept, merged.line(MANDATORY), merged.given[MANDATORY].lines)


def _judge_columns(merged: Merged, columns: tuple[str, ...] | None, fields: tuple[str, ...] | None) -> None:
    if merged.get(_SKIP) is False and columns is None and merged.knows(COLUMNS_MAPPING, FIELDS):
        merged.refuse(_SKIP, f"without a first line nothing names the columns; give {COLUMNS_MAPPING} or {FIELDS}")
    if fields == ():
        merged.refuse(FIELDS, "none of these columns is imported")


def _judge_mandatory(merged: Merged, lists: dict[str, tuple[str, ...] | None]) -> None:
    mandatory = merged.given.get(MANDATORY, Given(frozenset()))
    for name, known in lists.items():
        if known is None or not merged.knows(name):
            continue
        for column in sorted(mandatory.value - set(known)):
            line = mandatory.line and mandatory.lines.get(column, mandatory.line)
            message = f"{column} is mandatory, but not in {name}; add it there"
            merged.remarks.about(MANDATORY, line, message)
