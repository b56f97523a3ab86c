"""The rules for the settings of a job together, and the import or export that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import PurePath
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from milepost.model.columns import IGNORED, Status
from milepost.model.exceptions import UsageError
from milepost.model.export import ExportJob, Period, Provider, Scale, first_moment, moment_after
from milepost.model.export_columns import PLACES, TEMPLATED, parted
from milepost.model.file_formats import FileFormat
from milepost.model.job import Job
from milepost.model.likeness import bare, folded, words
from milepost.model.wording import in_quotes, listed
from milepost.model.wording import setting as named
from milepost.settings import table
from milepost.settings.bag import Bag, ExportNames, Given, Remarks
from milepost.settings.table import COLUMNS, COLUMNS_MAPPING, FIELDS, FORMAT, HEADER_MAPPING, MANDATORY

AnyJob = TypeVar("AnyJob", Job, ExportJob)

_SKIP = "skipFirstLine"
_HEADER_ROW = "headerRow"
_FRAMES = ("timeFrames", "timeFramesScale", "asOf")
"""The settings of a period that is counted back."""
_BOUNDS = ("since", "until")
"""The settings of a period that is given by its bounds."""
_MODE = table.PERIOD_MODE

_FILE_ENDINGS = {ending: one for one in FileFormat for ending in one.entry.endings}
ONLY_FOR = {
    setting: tuple(one for one in FileFormat if setting in one.entry.settings)
    for setting in dict.fromkeys(setting for one in FileFormat for setting in one.entry.settings)
}
"""The settings of some formats only, with those formats."""
_AS_IT_IS: dict[object, object] = {"showHeaders": True, ("delimiter", FileFormat.TSV): "\t"}
"""Values without an effect in any format, or in one format."""

_HUNDRED_YEARS = {
    Scale.DAYS: 36_525,
    Scale.MONTHS: 1_200,
    Scale.FULL_MONTHS: 1_200,
    Scale.YEARS: 100,
    Scale.FULL_YEARS: 100,
}


def built_import(configured: Bag | None, caller: Bag, remarks: Remarks) -> Job:
    """The import that the settings make, without notes; the caller's settings win.

    Mistakes in the combination of settings go to `remarks`; if there are mistakes, the import is not valid.
    """
    bag = _merged(configured, caller, remarks)
    given = bag.given.get(MANDATORY)
    if bag.is_callers(FIELDS) and given is not None and given.line is not None:
        # The caller's fields replace the configured ones, with their flags.
        bag.given[MANDATORY] = replace(given, value=given.value & frozenset(bag.get(FIELDS)))
    columns = bag.get(COLUMNS_MAPPING)
    if columns is None and bag.get(_SKIP) is False:
        columns = bag.get(FIELDS)
    fields = bag.get(FIELDS) and tuple(name for name in bag.get(FIELDS) if name != IGNORED)
    _judge_words(bag, may_be_alike=False)
    if bag.get("thousands") and bag.get("thousands") == bag.get("decimal", "."):
        last = bag.last(*(name for name in ("decimal", "thousands") if name in bag.given))
        bag.mistake(last, "decimal and thousands are the same sign; the two must differ")
    if bag.get(_SKIP) is False and columns is None and bag.knows(COLUMNS_MAPPING, FIELDS):
        bag.mistake(_SKIP, f"without a first line nothing names the columns; give {COLUMNS_MAPPING} or {FIELDS}")
    if bag.get(_SKIP) is False and bag.get(_HEADER_ROW, 1) > 1 and bag.knows(_SKIP, _HEADER_ROW):
        message = f"there is no header when {_SKIP} is no; keep one of the two"
        bag.mistake(bag.last(_SKIP, _HEADER_ROW), message)
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
    return _filled(Job(), bag, is_configured=configured is not None, own={"fields": fields, **own})


def built_export(
    provider: Provider,
    configured: Bag | None,
    caller: Bag,
    file_name: str | None,
    remarks: Remarks,
    *,
    guid: str | None = None,
) -> ExportJob:
    """The export that the settings make, as `built_import` makes an import. `guid` is that of the configuration."""
    bag = _merged(configured, caller, remarks)
    file_format = _format(bag, file_name)
    _replace_period(bag)
    _judge_format(bag, file_format, FileFormat.CSV if configured is None else configured.get(FORMAT, FileFormat.CSV))
    _judge_headings(bag)
    _judge_words(bag, may_be_alike=True)
    _judge_statuses(bag, provider)
    _judge_period(bag)
    _judge_delta(bag, guid)
    _judge_templates(bag)
    _note_lacking(bag, provider)
    if "delimiter" not in file_format.entry.settings:
        bag.given.pop("delimiter", None)
    own: dict[str, Any] = {"appearance.file_format": file_format, "guid": guid}
    if modes := bag.get(_MODE):
        if len(modes) > 1:
            remarks.note(f"Of {listed(modes, 'and')}, {modes[0]} is what {_MODE} means: the first.")
        own["period.mode"] = modes[0]
    return _filled(ExportJob(provider), bag, is_configured=configured is not None, own=own)


def _merged(configured: Bag | None, caller: Bag, remarks: Remarks) -> Bag:
    bags = [caller] if configured is None else [configured, caller]
    both = Bag(caller.job, remarks)
    for bag in bags:
        both.given |= bag.given
        both.broken |= bag.broken
    headers = {header: column for bag in bags for header, column in bag.get(HEADER_MAPPING, {}).items()}
    if headers:
        both.given[HEADER_MAPPING] = Given(headers)
    return both


def _filled(blank: AnyJob, bag: Bag, *, is_configured: bool, own: dict[str, Any]) -> AnyJob:
    """`blank` with the values of the settings, and with the values of `own` at the places that are its keys."""
    values: dict[str, Any] = {}
    for setting, home in table.TABLE.of(bag.job):
        value = bag.get(setting.name, home.configured if is_configured else None)
        if not home.place or (value is None and setting.name not in bag.given):
            continue
        if home.key is None:
            values[home.place] = value
        else:
            values.setdefault(home.place, {})[home.key] = value
    parts: dict[str, dict[str, Any]] = {}
    for place, value in (values | own).items():
        part, _, name = place.rpartition(".")
        parts.setdefault(part, {})[name] = value
    changed = parts.pop("", {})
    for part, inner in parts.items():
        held = getattr(blank, part)
        changed[part] = Period(**inner) if held is None else replace(held, **inner)
    return replace(blank, **changed)


def split_headers(meanings: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
    """The headers that mean columns, and those that are skipped."""
    ignored = frozenset(header for header, column in meanings.items() if column == IGNORED)
    return {header: column for header, column in meanings.items() if header not in ignored}, ignored


def _judge_words(bag: Bag, *, may_be_alike: bool) -> None:
    """Refuses two statuses with the same word; `may_be_alike` allows it if both words are given."""
    given = {status: bag.given.get(f"{table.NAMED_STATUSES}.{status}") for status in Status}
    taken: dict[str, tuple[Status, str]] = {}
    # An export writes the first word only.
    most = 1 if may_be_alike else None
    several = {status: words(own.value)[:most] if own else () for status, own in given.items()}
    for status, word in [(one, word) for one, own in several.items() for word in own or (one.value,)]:
        other, same = taken.setdefault(bare(word), (status, word))
        before, own = given[other], given[status]
        if other is status or (may_be_alike and own and before):
            continue
        lines = [one.line for one in (before, own) if one]
        line = None if None in lines else max(one for one in lines if one is not None)
        named = word if own or not before else same
        message = f"{other} and {status} both go by the word {in_quotes(named)}; give one of them another"
        bag.remarks.about(table.NAMED_STATUSES, line, message)


def _judge_mandatory(bag: Bag, lists: dict[str, tuple[str, ...] | None]) -> None:
    mandatory = bag.given.get(MANDATORY, Given(frozenset()))
    for name, known in lists.items():
        if known is None or not bag.knows(name):
            continue
        for column in sorted(mandatory.value - set(known)):
            if f"{column}.{table.DEFAULT}" in bag.given:
                continue
            line = mandatory.line and mandatory.lines.get(column, mandatory.line)
            bag.remarks.about(MANDATORY, line, f"{column} is mandatory, but not in {name}; add it there")


def _format(bag: Bag, file_name: str | None) -> FileFormat:
    """The format: the caller's, else the one of the file's ending, else the configuration's, else CSV."""
    given: FileFormat | None = bag.get(FORMAT)
    ending = PurePath((file_name or "").strip()).suffix
    by_ending = _FILE_ENDINGS.get(folded(ending))
    if ending and by_ending is None and given is None:
        endings = listed(_FILE_ENDINGS, "or")
        said = f"{file_name} has no ending that says how it is to be written; end it in {endings}"
        raise UsageError(f"{said}, or give {named(FORMAT)}.")
    if by_ending is None or bag.is_callers(FORMAT):
        return given or FileFormat.CSV
    if given not in (None, by_ending):
        bag.remarks.note(f"The format {given} is not used, because the file's name ends in {ending}.")
    return by_ending


def _judge_format(bag: Bag, file_format: FileFormat, configured: FileFormat) -> None:
    if not bag.knows(FORMAT):
        return
    for name in unneeded(bag, file_format):
        formats = ONLY_FOR[name]
        if bag.line(name) is not None and configured in formats:
            # It was configured for another format than the caller's.
            bag.remarks.note(f"{name} is not used, because the format is {file_format}.")
        else:
            those = listed(map(str, formats), "and")
            bag.mistake(name, f"it is for {those}, and the format is {file_format}; leave one of them out")


def unneeded(bag: Bag, file_format: FileFormat) -> list[str]:
    """The settings that are given, and that mean nothing for a format."""
    found = []
    for name, formats in ONLY_FOR.items():
        as_it_is = _AS_IT_IS.get((name, file_format), _AS_IT_IS.get(name))
        if file_format not in formats and bag.get(name) not in (None, as_it_is):
            found.append(name)
    return found


def _judge_headings(bag: Bag) -> None:
    seen: dict[str, str] = {}
    for column, given in bag.get(COLUMNS, ()) if bag.knows(COLUMNS) else ():
        name = parted(column)[0]
        heading = given or name
        other = seen.setdefault(bare(heading), name)
        if other != name:
            message = f"{other} and {name} are both headed {in_quotes(heading)}; give one of them another label"
            bag.mistake(COLUMNS, message)


def _judge_statuses(bag: Bag, provider: Provider) -> None:
    if provider is Provider.REGISTRATIONS:
        what, possible = "a registration", [Status.NOT_ATTEMPTED, Status.INCOMPLETE, Status.COMPLETED]
    else:
        what, possible = "a tracking row", [status for status in Status if status is not Status.NOT_ATTEMPTED]
    for status in bag.get("status", ()):
        if status not in possible:
            bag.mistake("status", f"{what} is never {status}; write {listed(possible, 'or')}")


def _judge_delta(bag: Bag, guid: str | None) -> None:
    if bag.get(table.LAUNCHED) and bag.knows(*_FRAMES) and "timeFrames" in bag.given:
        last = bag.last(table.LAUNCHED, "timeFrames")
        message = f"rows that were never launched are in no period; keep {table.LAUNCHED} or timeFrames"
        bag.mistake(last, message)
    if not bag.get(table.DELTA):
        return
    if guid is None:
        bag.mistake(table.DELTA, 'it needs a name that the store knows again; write <export guid="...">')
    if "timeFramesScale" in bag.given:
        last = bag.last(table.DELTA, "timeFramesScale")
        bag.mistake(last, f"{table.DELTA} and timeFramesScale contradict each other; keep one of the two")


def _judge_templates(bag: Bag) -> None:
    columns = [parted(column) for column, _ in bag.get(COLUMNS, ())] if bag.knows(COLUMNS) else []
    for name, text in columns:
        for number in map(int, PLACES.findall(text)) if name == TEMPLATED else ():
            if number >= len(columns):
                why = f"there are {len(columns)} columns, and the first is {{0}}"
                bag.mistake(COLUMNS, f"the template {in_quotes(text)} has {{{number}}}; {why}")
            elif columns[number][0] == TEMPLATED:
                bag.mistake(COLUMNS, f"the template {in_quotes(text)} has {{{number}}}, which is a template too")


def _note_lacking(bag: Bag, provider: Provider) -> None:
    names = ExportNames(provider)
    columns = [column for column, _ in bag.get(COLUMNS, ()) if names.lacks(column)] if bag.knows(COLUMNS) else []
    if columns:
        shown = listed(dict.fromkeys(parted(column)[0] for column in columns), "and")
        bag.remarks.note(f"Written empty, since Milepost has no counterpart: {shown}.")
        if bag.is_callers(COLUMNS):
            for column in columns:
                bag.remarks.lack(None, f"setting {COLUMNS}: {parted(column)[0]}", COLUMNS)


def _replace_period(bag: Bag) -> None:
    """Drops the configured period if the caller gives one of the other kind."""
    for kind, other in ((_FRAMES, _BOUNDS), (_BOUNDS, _FRAMES)):
        asked = [name for name in kind if bag.is_callers(name) and name != "asOf"]
        if not asked or any(map(bag.is_callers, other)):
            continue
        for name in other:
            if bag.given.pop(name, None) is not None:
                bag.remarks.note(f"{name} is not used, because {asked[0]} is given.")


def _judge_period(bag: Bag) -> None:
    if not bag.knows(*_FRAMES, *_BOUNDS):
        return
    frames = [name for name in _FRAMES if name in bag.given]
    bounds = [name for name in _BOUNDS if name in bag.given]
    if frames and bounds:
        last = bag.last(*frames, *bounds)
        others = listed(bounds if last in frames else frames, "and")
        bag.mistake(last, f"the period is given by {others} already; keep one of the two")
    elif frames:
        _judge_frames(bag, frames)
    elif bounds:
        _judge_bounds(bag)
    elif _MODE in bag.given and bag.knows(_MODE):
        bag.mistake(_MODE, "there is no period; give timeFrames and timeFramesScale, or since or until")


def _judge_frames(bag: Bag, given: list[str]) -> None:
    lacking = [name for name in ("timeFrames", "timeFramesScale") if name not in given]
    if lacking:
        bag.mistake(given[0], f"it means nothing by itself; give {listed(lacking, 'and')} too")
        return
    number, scale = bag.get("timeFrames"), bag.get("timeFramesScale")
    most = _HUNDRED_YEARS[scale]
    if number > most:
        bag.mistake("timeFrames", f"{number} reach back too far; write at most {most} for {scale}")


def _judge_bounds(bag: Bag) -> None:
    since, until = bag.get("since"), bag.get("until")
    if since is None or until is None or not bag.knows("timeZone"):
        return
    zone = ZoneInfo(bag.get("timeZone", "UTC"))
    # In UTC: two times of one zone are compared by the clock.
    if first_moment(since, zone).astimezone(UTC) >= moment_after(until, zone).astimezone(UTC):
        message = f"the period from {since} until {until} is empty; since must come first"
        bag.mistake(bag.last(*_BOUNDS), message)
