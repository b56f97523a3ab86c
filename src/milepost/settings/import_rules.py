"""The rules for the settings of an import together, and the import that they make."""

from __future__ import annotations

from dataclasses import replace

from milepost.model.columns import IGNORED
from milepost.model.job import Job
from milepost.settings.bag import Bag, Given, Remarks
from milepost.settings.merged import filled, judge_words, merged, split_headers
from milepost.settings.table import COLUMNS_MAPPING, FIELDS, HEADER_MAPPING, MANDATORY

_SKIP = "skipFirstLine"


def built(configured: Bag | None, caller: Bag, remarks: Remarks) -> Job:
    """The job that the settings make, without notes; the caller's settings win.

    Mistakes in the combination of settings go to `remarks`; if there are mistakes, the job is not valid.
    """
    bag = merged(configured, caller, remarks)
    given = bag.given.get(MANDATORY)
    if bag.is_callers(FIELDS) and given is not None and given.line is not None:
        # The caller's fields replace the configured ones, with their flags.
        bag.given[MANDATORY] = replace(given, value=given.value & frozenset(bag.get(FIELDS)))
    columns = bag.get(COLUMNS_MAPPING)
    if columns is None and bag.get(_SKIP) is False:
        columns = bag.get(FIELDS)
    fields = bag.get(FIELDS) and tuple(name for name in bag.get(FIELDS) if name != IGNORED)
    judge_words(bag, may_be_alike=False)
    if bag.get(_SKIP) is False and columns is None and bag.knows(COLUMNS_MAPPING, FIELDS):
        bag.mistake(_SKIP, f"without a first line nothing names the columns; give {COLUMNS_MAPPING} or {FIELDS}")
    if fields == ():
        bag.mistake(FIELDS, "none of these columns is imported")
    _judge_mandatory(bag, {COLUMNS_MAPPING: columns, FIELDS: fields})
    if "dateFormat" in bag.given and "dateTimeFormat" in bag.given:
        remarks.note("dateFormat is not used, because dateTimeFormat is given.")
    if columns is not None and HEADER_MAPPING in bag.given:
        source = COLUMNS_MAPPING if COLUMNS_MAPPING in bag.given else FIELDS
        remarks.note(f"What headers mean is not used, because {source} names the columns.")
    header_map, ignored = split_headers(bag.get(HEADER_MAPPING, {}))
    own = {"reading.columns": columns, "reading.header_map": header_map, "reading.header_ignore": ignored}
    return filled(Job(), bag, is_configured=configured is not None, own={"fields": fields, **own})


def _judge_mandatory(bag: Bag, lists: dict[str, tuple[str, ...] | None]) -> None:
    mandatory = bag.given.get(MANDATORY, Given(frozenset()))
    for name, known in lists.items():
        if known is None or not bag.knows(name):
            continue
        for column in sorted(mandatory.value - set(known)):
            line = mandatory.line and mandatory.lines.get(column, mandatory.line)
            message = f"{column} is mandatory, but not in {name}; add it there"
            bag.remarks.about(MANDATORY, line, message)
