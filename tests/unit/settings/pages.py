"""The tables of settings in the pages of the reference; `make docs` writes them anew."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from milepost.model.columns import STORED
from milepost.model.exceptions import ERRORS, RETRIED
from milepost.model.export import ExportColumn, ExportJob, Provider
from milepost.model.export_columns import BY_NAME, COMPLETED_AT, CONSTANT, NO_COUNTERPART, TEMPLATE
from milepost.model.job import Job
from milepost.model.wording import NOTES
from milepost.operations.export_table import SFTP_ACTION, every_export_element
from milepost.operations.night_table import NightOption
from milepost.reference import KINDS
from milepost.settings import table
from milepost.settings.setting import Home, JobKind, Part, Setting, value_of
from milepost.settings.value_kinds import Shape

_PLACE = re.compile(r"(<!-- settings: ([\w ]+) -->\n)(?:\|.*\n)*")
"""Where a table stands: below a comment that says which one."""
_BLANK: dict[JobKind, Job | ExportJob] = {JobKind.IMPORT: Job(), JobKind.EXPORT: ExportJob(Provider.TRACKING)}
_PARTS = {part.name.lower().replace("_", " "): part for part in Part}
_OPTIONS = {"load options": True, "import options": False, "export options": False}


def refreshed(page: str) -> str:
    """A page with the tables in it as the table of settings has them."""
    return _PLACE.sub(lambda found: found[1] + "".join(f"{line}\n" for line in _table(found[2])), page)


def _table(name: str) -> Iterator[str]:
    if name in _CODES:
        yield from _CODES[name]()
    elif name in _PARTS:
        yield from ("| setting | values | default | on the command line |", "|---|---|---|---|")
        yield from _settings(_PARTS[name])
    else:
        yield from ("| option | gives | |", "|---|---|---|")
        yield from _options(JobKind.EXPORT if name == "export options" else JobKind.IMPORT, for_loads=_OPTIONS[name])


def _errors() -> Iterator[str]:
    yield from ("| code | status | means |", "|---|---|---|")
    yield from (f"| `{code}` | {4 if code in RETRIED else 2} | {means} |" for code, means in ERRORS.items())


def _notes() -> Iterator[str]:
    yield from ("| code | about |", "|---|---|")
    yield from (f"| `{code}` | {about} |" for code, about in NOTES.items())


def _columns() -> Iterator[str]:
    yield from ("| column | of | value |", "|---|---|---|")
    every = dict.fromkeys(column.name for columns in BY_NAME.values() for column in columns.values())
    for name in every:
        own = {_WORDS[provider]: columns[name] for provider, columns in BY_NAME.items() if name in columns}
        described = {what: _described(column) for what, column in own.items()}
        of = "all" if len(own) == len(BY_NAME) else ", ".join(own)
        if len(set(described.values())) == 1:
            yield f"| `{name}` | {of} | {next(iter(described.values()))} |"
            continue
        yield f"| `{name}` | {of} | {'; '.join(f'{what}: {text}' for what, text in described.items())} |"


def _described(column: ExportColumn) -> str:
    """Where the values of a column come from: a column that is loaded or imported, or else in words."""
    table_name, _, name = column.source.partition(".")
    loaded = {
        (kind.entity.table, part.name): (kind.name, part.column.name) for kind in KINDS.values() for part in kind.fields
    }
    if column.source in _SOURCES:
        return _SOURCES[column.source]
    if column.has_three_words:
        return "`completed` (passed too), `incomplete` (failed and browsed too) or `not attempted`"
    if (table_name, name) in loaded:
        kind, known = loaded[table_name, name]
        return f"`{known}` of [{kind}](reference-data.md#{kind})"
    if table_name == "tracking":
        return f"`{STORED[name][0].name}` of the tracking row"
    return "the id" if name == "id" else "of the [roll-up](#columns)"


def _elements() -> Iterator[str]:
    yield from ("| element | in | does | options |", "|---|---|---|---|")
    for element in every_export_element():
        where = "actions" if element is SFTP_ACTION else element.stages[0].value
        options = (f"**`{one.name}`**" if one.is_required else _option(one) for one in element.options)
        what = f"refused: {element.refusal}" if element.refusal else element.described
        yield f"| `{element.name}` | `{where}` | {what} | {', '.join(options)} |"


def _option(option: NightOption) -> str:
    default = None if option.default in (None, "") else option.kind.write(option.default)
    return f"`{option.name}` ({default})" if default else f"`{option.name}`"


_WORDS = {
    Provider.TRACKING: "tracking",
    Provider.REGISTRATIONS: "registrations",
    Provider.TRACKING_LOG: "tracking-log",
}
_SOURCES = {
    NO_COUNTERPART: "empty: there is no counterpart",
    CONSTANT: "the text that the column has in the configuration",
    TEMPLATE: "other columns, put together by a [template](export-configuration.md#templates)",
    COMPLETED_AT: "`lastAccessDate` of the tracking row, if its progression is 100",
    "log.day": "the day",
    "log.time_spent": "the time spent on that day",
    "log.progression": "the progression on that day",
    "rollup.first_completed_at": "of a completed registration: the last date of the contents that decide",
}

_CODES = {"export columns": _columns, "export elements": _elements, "error codes": _errors, "note codes": _notes}


def _settings(part: Part) -> Iterator[str]:
    groups: dict[str, list[tuple[Setting, Home]]] = {}
    for setting, home in table.TABLE.of(part.job):
        if home.part is part:
            groups.setdefault(setting.group, []).append((setting, home))
    for name, found in groups.items():
        values = dict.fromkeys(setting.described or setting.kind.described for setting, _ in found)
        given = [one for setting, home in found for one in _given(setting, home)]
        default = _default(*found[0])
        yield f"| `{name}` | {'; and '.join(values)} | {default} | {', '.join(dict.fromkeys(given))} |"


def _default(setting: Setting, home: Home) -> str:
    return home.default or f"`{setting.kind.write(value_of(_BLANK[home.part.job], home))}`"


def _given(setting: Setting, home: Home) -> Iterator[str]:
    for option in home.options:
        if setting.kind.shape is Shape.HEADERS:
            yield f"`{option.flag} {option.metavar}`"
        elif option.is_flag:
            yield from (f"`{flag}`" for flag in option.flags.split("/"))
        elif setting.example:
            key = f"{home.key or 'row'}=" if option.gives else ""
            yield f"`{option.flag} {key}{setting.example}`"
    if setting.example:
        yield f"`--set {setting.name}={setting.example}`"
    elif not home.place:
        yield "the file itself"


def _options(job: JobKind, *, for_loads: bool) -> Iterator[str]:
    for setting, option in table.TABLE.options(job, lambda setting: setting.is_for_loads or not for_loads):
        metavar = "" if option.is_flag else f" {option.metavar or setting.kind.metavar}".replace("|", r"\|")
        shown = ", ".join(f"`{flag}{metavar}`" for flag in re.split("[ /]", option.flags))
        yield f"| {shown} | `{option.gives or setting.name}` | {option.sentence(setting.kind)} |"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(refreshed(path.read_text("utf-8")), "utf-8")
