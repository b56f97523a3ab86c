"""The second and third step of an import: what the headers mean, and how values are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from milepost.model.columns import (
    IGNORED,
    LEARNER_COLUMNS,
    OBJECT_COLUMNS,
    TRACKING,
    TRAINING_COLUMNS,
    Kind,
    Status,
)
from milepost.model.exceptions import ConfigurationError
from milepost.model.job import Job
from milepost.model.likeness import bare, key, words
from milepost.settings.setting import JobKind
from milepost.settings.table import HEADER_MAPPING, NAMED_STATUSES, TABLE
from milepost.use_cases import drafts
from milepost.use_cases.drafts import Draft
from milepost.use_cases.inspecting import ColumnFound, DateForm, Inspection
from milepost.web.pages.import_file_step import draft_of, inspection_of, step
from milepost.web.pages.import_names import look_for_names, names_chosen, names_shown
from milepost.web.problems import told
from milepost.web.rendering import field
from milepost.web.site import site_of

VALUES = {
    "timeZone": "Time zone of the dates",
    "defaultTime": "Time of a date without one",
    "decimal": "Decimal separator",
    "thousands": "Separator of thousands",
    "progressionUnit": "Progression is in",
    "timeGlobalFormat": "A bare number of time spent",
    "defaultScoreMax": "Maximum of a score without one",
    "nullMarkers": "Texts that mean an empty cell",
    "updateMode": "An empty or missing cell",
    "completionDateDefault": "Completed without a date",
}
LIMITS = {
    "maxRejected": "Rejected rows",
    "maxDeleted": "Deleted rows",
    "maxRegressed": "Rows that lose progress",
    "maxReset": "Rows with a reset value",
    "maxChanged": "Rows with other changes",
    "minRows": "Fewest rows of the file",
}
"""The settings that the third step asks for, beside the date format, the words of the status, and defaults."""

FORM = "dateTimeFormat"

_NOTHING: Mapping[str, Any] = MappingProxyType({})

EMPTY = "-"
"""What a word of the status is read as when its cell counts as empty."""

_NEEDED = (
    ("whose the rows are", LEARNER_COLUMNS, ()),
    ("which learning object they are about", OBJECT_COLUMNS, ()),
    ("in which session", ("sessionGuid", "sessionId"), (("sessionTitle",), TRAINING_COLUMNS)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A header, and the column that is chosen for it."""

    found: ColumnFound
    chosen: str
    """A column, IGNORED, or empty."""
    origin: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the status, and the status that is chosen for it."""

    text: str
    rows: int
    chosen: str
    """A status, EMPTY, or nothing if the word is not known."""


def show_columns(request: Request) -> Response:
    """The headers, with a choice for each."""
    site, draft = site_of(request), draft_of(request)
    inspection = inspection_of(site, draft)
    if inspection is None:
        return RedirectResponse(f"/imports/{draft.id}", 303)
    chosen = choices(inspection, draft, draft.remembered(site.data))
    return step(
        request,
        draft,
        "columns",
        choices=chosen,
        is_remembered=bool(draft.remembered(site.data)),
        columns=[column.name for column in TRACKING.columns],
        is_fixed=all(choice.found.origin == "configuration" for choice in chosen),
        missing=_missing(chosen, draft),
        ignored=IGNORED,
    )


def choose_columns(request: Request) -> Response:
    """Keeps what the headers mean."""
    site, draft = site_of(request), draft_of(request)
    inspection = inspection_of(site, draft)
    columns = () if inspection is None else inspection.columns
    known = {column.name for column in TRACKING.columns} | {IGNORED}
    mapping = {}
    for place, found in enumerate(columns):
        wanted = field(request, f"column-{place}")
        if wanted in known and wanted != found.column and bare(found.header):
            mapping[found.header] = wanted
    kept = {name: value for name, value in draft.settings.items() if name != HEADER_MAPPING}
    drafts.choose(site.office, draft.id, kept | ({HEADER_MAPPING: mapping} if mapping else {}))
    look_for_names(site, draft, request.state.person.name)
    return RedirectResponse(f"/imports/{draft.id}/values", 303)


def show_values(request: Request) -> Response:
    """How values are read."""
    site, draft = site_of(request), draft_of(request)
    inspection = inspection_of(site, draft)
    if inspection is None:
        return RedirectResponse(f"/imports/{draft.id}", 303)
    job, problem = _job(site.data, draft)
    chosen = choices(inspection, draft)
    columns = {choice.chosen: choice.found for choice in chosen}
    kinds = {column.name: column.kind for column in TRACKING.columns}
    dates = {name: found for name, found in columns.items() if kinds.get(name) is Kind.DATETIME and found.filled}
    return step(
        request,
        draft,
        "values",
        problem=problem,
        words=list(_words(columns.get(NAMED_STATUSES), job)),
        has_all_words=NAMED_STATUSES not in columns or columns[NAMED_STATUSES].has_all_words,
        statuses=[status.value for status in Status],
        empty=EMPTY,
        dates=dates,
        forms=_forms(dates.values()),
        own_form=None if job is None else str(job.parameters.date_time_format),
        settings=[
            (name, label, _options(name), draft.settings.get(name, ""), _now(name, job))
            for name, label in VALUES.items()
        ],
        limits=[(name, label, draft.settings.get(name, "")) for name, label in LIMITS.items()],
        form=draft.settings.get(FORM, ""),
        names=names_shown(site, draft, job),
        is_remembered=bool(draft.remembered(site.data)),
        lacking=[name for _, names, _ in _NEEDED for name in names if name not in columns]
        + [name for name in ("sessionTitle", "trainingPathCode") if name not in columns],
        defaults=draft.settings.get("default", {}),
    )


def choose_values(request: Request) -> Response:
    """Keeps how values are read, and goes on to the check; or says what is wrong."""
    site, draft = site_of(request), draft_of(request)
    inspection = inspection_of(site, draft)
    chosen = {name: value for name, value in draft.settings.items() if not _is_of_this_step(name)}
    chosen |= {name: text for name in (FORM, *VALUES, *LIMITS) if (text := field(request, name))}
    if other := field(request, "otherForm"):
        chosen[FORM] = other
    defaults = {column.name: text for column in TRACKING.columns if (text := field(request, f"default-{column.name}"))}
    chosen |= {"default": defaults} if defaults else {}
    job = _job(site.data, drafts.with_settings(draft, chosen))[0]
    values = names_chosen(request, site, draft, job)
    if inspection is not None:
        values |= _statuses(request, inspection, draft, job)
    chosen |= {"values": values} if values else {}
    drafts.choose(site.office, draft.id, chosen)
    _, problem = _job(site.data, drafts.one(site.office, draft.id))
    return RedirectResponse(f"/imports/{draft.id}/{'values' if problem else 'check'}", 303)


def download_configuration(request: Request) -> Response:
    """What was chosen, as a configuration that the next file can come with."""
    draft = draft_of(request)
    disposition = f'attachment; filename="import-{draft.id}.xml"'
    headers = {"content-disposition": disposition}
    return Response(draft.written(site_of(request).data), media_type="application/xml", headers=headers)


def choices(inspection: Inspection, draft: Draft, taken_over: Mapping[str, Any] = _NOTHING) -> list[Choice]:
    """What is chosen for each header: by the person, the configuration, the name, or a suggestion.

    `taken_over` is what was remembered from another file.
    """
    mapping: Mapping[str, str] = draft.settings.get(HEADER_MAPPING, {})
    known: Mapping[str, str] = taken_over.get(HEADER_MAPPING, {})
    made = []
    for found in inspection.columns:
        if found.header in mapping:
            is_known = known.get(found.header) == mapping[found.header]
            made.append(Choice(found, mapping[found.header], "remembered" if is_known else "chosen"))
        elif found.column is not None:
            made.append(Choice(found, found.column, found.origin))
        else:
            made.append(Choice(found, found.suggestion or IGNORED, found.origin))
    return made


def _missing(chosen: list[Choice], draft: Draft) -> list[str]:
    """What no column says, a phrase each."""
    given = {choice.chosen for choice in chosen} | set(draft.settings.get("default", {}))
    return [
        what
        for what, names, instead in _NEEDED
        if not given.intersection(names)
        and not (instead and all(given.intersection(names_too) for names_too in instead))
    ]


def _forms(dates: Iterable[ColumnFound]) -> list[tuple[DateForm, int]]:
    """The formats of all date columns, with the number of values that they fit, the best first."""
    best: dict[str, tuple[DateForm, int]] = {}
    for found in dates:
        for form in found.forms:
            _, fitting = best.get(form.text, (form, 0))
            best[form.text] = (form, fitting + form.fitting)
    return sorted(best.values(), key=lambda pair: pair[1], reverse=True)


def _words(found: ColumnFound | None, job: Job | None) -> Iterator[Word]:
    if found is None:
        return
    known, replaced = _known_words(job), _replaced(job)
    for text, rows in found.words:
        meant = replaced.get(key(text), text)
        yield Word(text, rows, known.get(bare(meant), "") if meant else EMPTY)


def _replaced(job: Job | None) -> dict[str, str]:
    """What texts of the status are read as, as the job has it now."""
    given = {} if job is None else job.parameters.values.get(NAMED_STATUSES, {})
    return {key(text): meant for text, meant in given.items()}


def _known_words(job: Job | None) -> dict[str, str]:
    """The status of each word, as the job reads them now."""
    given = {} if job is None else job.parameters.status_words
    several = {status: words(given.get(status, "")) or (status.value,) for status in Status}
    return {bare(word): status.value for status, of_status in several.items() for word in of_status}


def _statuses(request: Request, inspection: Inspection, draft: Draft, job: Job | None) -> dict[str, Mapping[str, str]]:
    """The texts that give the words of the status their meaning, by column; none if each has it already.

    A word is read as another one that means the status, so it does not matter which words the configuration has.
    """
    columns = {choice.chosen: choice.found for choice in choices(inspection, draft)}
    found = columns.get(NAMED_STATUSES)
    if found is None:
        return {}
    known, replaced = _known_words(job), _replaced(job)
    first = {status: word for word, status in reversed(known.items())}
    known_before = {} if job is None else dict(job.parameters.values.get(NAMED_STATUSES, {}))
    changed: dict[str, str] = {}
    for place, (text, _) in enumerate(found.words):
        wanted, meant = field(request, f"word-{place}"), replaced.get(key(text), text)
        is_same = wanted in ("", known.get(bare(meant), "") if meant else EMPTY)
        if not is_same and key(text) not in map(key, changed):
            changed[text] = "" if wanted == EMPTY else first.get(wanted, wanted)
    # The setting takes the place of what the configuration has.
    return {NAMED_STATUSES: known_before | changed} if changed else {}


def _is_of_this_step(name: str) -> bool:
    return name in (FORM, *VALUES, *LIMITS, "default", "values")


def _job(data: Path, draft: Draft) -> tuple[Job | None, str | None]:
    """The job that was chosen; or what is wrong with it."""
    try:
        return draft.job(data), None
    except ConfigurationError as error:
        return None, told(error.told("What is chosen has"))


def _options(name: str) -> tuple[str, ...]:
    """The words that a setting may have; none if it is a text."""
    setting = TABLE.find(JobKind.IMPORT, name)
    return () if setting is None else tuple(setting.kind.words)


def _now(name: str, job: Job | None) -> str:
    """What a setting is when nothing is chosen."""
    if job is None or name != "timeZone":
        return ""
    return job.parameters.time_zone
