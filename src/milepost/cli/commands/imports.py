"""`load`, `import` and `check`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import click

from milepost.cli import interruption, options, shape, streams, terminal, voice
from milepost.cli.options import RunOptions
from milepost.model import documents
from milepost.model.exceptions import FileError, UsageError
from milepost.model.file_formats import SPREADSHEETS
from milepost.model.phases import COUNTS
from milepost.model.wording import in_quotes

if TYPE_CHECKING:
    from milepost.model.job import Job, Parameters, Reading
    from milepost.model.reports import Report

SOME_REJECTED = 1
HELD = 3

KINDS = ("learners", "learning-objects", "trainings", "contents", "sessions", "registrations")
"""The kinds of reference data. A test compares them with `reference`, which is slow to import."""
LEARNER_KEYS = ("candidateLogin", "candidateRefNumber", "candidateGuid")
"""What can be the key of learners; compared likewise."""


_running = options.together(
    options.rejects, options.waiting, options.actor, options.as_json, options.database, click.pass_context
)
_importing = options.together(
    click.argument("file", type=shape.PATH),
    options.config,
    options.changes,
    options.engine,
    options.cores,
    options.scratch,
    _running,
)


@click.command(cls=options.SettingsCommand, job="import", wanted=lambda setting: setting.is_for_loads)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=shape.PATH)
@options.option(
    "--key",
    type=click.Choice(LEARNER_KEYS),
    metavar="COLUMN",
    group="Learners",
    help="Find stored learners by candidateGuid or candidateRefNumber, not by candidateLogin; new log-in names then "
    "rename.",
)
@options.option("--check", "dry_run", is_flag=True, group="Results", help="Say what would be done, and write nothing.")
@options.option(
    "--expect",
    metavar="DIGEST",
    group="Learners",
    help="With --key: carry out the plan with this digest of --check, or nothing.",
)
@_running
def load(
    context: click.Context,
    /,
    kind: str,
    file: str,
    key: str | None,
    *,
    dry_run: bool,
    expect: str | None,
    **given: Unpack[RunOptions],
) -> int:
    """Create or update reference data of one KIND from FILE (CSV with a header line, or a spreadsheet)."""
    from milepost.use_cases.loading import load_file

    _judge_streams(file, given)
    reading, parameters = _load_job(given["settings"])
    with _prepared(file, given) as (path, common):
        common |= {"key": key, "dry_run": dry_run, "expect": expect}
        report = load_file(kind, path, given["db"], reading, parameters, **common)
    return _tell(context, report, "checked" if dry_run else "loaded", ["load", kind, file], given)


@click.command("import", cls=options.SettingsCommand, job="import")
@_importing
@options.option(
    "--expect",
    metavar="DIGEST",
    group="Limits",
    help="Carry out the plan with this digest of `check`, or nothing.",
)
def import_(context: click.Context, /, file: str, expect: str | None, **given: Unpack[RunOptions]) -> int:
    """Import the tracking of FILE: CSV (.gz too) or a spreadsheet."""
    return _import(context, file, given, dry_run=False, expect=expect)


@click.command(cls=options.SettingsCommand, job="import")
@_importing
def check(context: click.Context, /, file: str, **given: Unpack[RunOptions]) -> int:
    """Say what `import` would do with FILE, and write nothing (but --rejects and --changes)."""
    return _import(context, file, given, dry_run=True)


def _import(context: click.Context, file: str, given: RunOptions, *, dry_run: bool, expect: str | None = None) -> int:
    from milepost.use_cases.importing import import_file

    _judge_streams(file, given)
    file_name = None if file == streams.STANDARD else Path(file).name
    what = job(given["config"], given["settings"], file_name=file_name)
    engine = {name: given.get(name) for name in ("engine", "cores", "scratch")}
    with streams.held_back(given["changes"]) as changes, _prepared(file, given) as (path, common):
        common |= engine
        report = import_file(path, given["db"], what, dry_run=dry_run, changes=changes, expect=expect, **common)
    command = "check" if dry_run else "import"
    done = "checked" if dry_run else "held" if report.held else "imported"
    return _tell(context, report, done, [command, file], given)


@contextmanager
def _prepared(file: str, given: RunOptions) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The path of the file to read, and the arguments that imports and loads share."""
    to = given["rejects"]
    with streams.readable(file) as path, streams.held_back(to) as rejects, terminal.progress_bar() as bar:
        common = {"rejects": rejects, "progress": interruption.until_commit(bar), "waiting": terminal.note}
        name = streams.STANDARD if file == streams.STANDARD else None
        yield path, common | {"name": name, "wait": given["wait"], "actor": given["actor"]}


def job(configuration: str | None, given: options.Settings, *, file_name: str | None = None) -> Job:
    """The job that --config and the options of settings amount to; raises ConfigurationError with all mistakes."""
    from milepost import settings

    files = [pair for some in given.get("values", []) for pair in some.items()]
    given = given | ({"values": [{column: _readings(Path(file))} for column, file in files]} if files else {})
    with streams.configuration(configuration) as path:
        return settings.job(path, file_name=file_name, settings=given)


def _readings(file: Path) -> dict[str, str]:
    """The texts of a file with columns from and to. Raises FileError."""
    from milepost.formats.read import decode
    from milepost.model.columns import Column, Vocabulary
    from milepost.model.job import Reading
    from milepost.model.likeness import key

    found: dict[str, tuple[str, str]] = {}
    with decode.open_file(file, Reading(), Vocabulary((Column("from"), Column("to")))) as decoded:
        places = {column.name: str(place) for column, place in decoded.layout.positions.items()}
        if len(places) < 2:
            raise FileError(
                f"{file} needs the columns from and to: a text, and what it is read as.", code="wrong-header"
            )
        for batch in decoded.batches():
            if batch.ragged.height:
                line, _ = batch.ragged.row(0)
                raise FileError(f"{file}, line {line}: the row must have {decoded.layout.width} cells.")
            for line, text, meant in batch.cells.select("line", places["from"], places["to"]).iter_rows():
                if key(text) in found:
                    raise FileError(f"{file}, line {line}: it maps {in_quotes(text)} twice; keep one of the two.")
                found[key(text)] = (text, meant)
    return dict(found.values())


def _load_job(given: options.Settings) -> tuple[Reading, Parameters]:
    """How `load` reads files and values; the default delimiter is a comma."""
    from milepost import settings
    from milepost.settings.rules import split_headers
    from milepost.settings.setting import JobKind
    from milepost.settings.table import HEADER_MAPPING, TABLE

    known = {setting.name: home for setting, home in TABLE.of(JobKind.IMPORT) if setting.is_for_loads}
    folded = {name.casefold() for name in known}
    for name in given:
        if name.casefold() not in folded:
            listed = ", ".join(name for name, home in known.items() if not home.options)
            raise UsageError(f"--set {name} means nothing to `load`. It knows {listed}.")
    headers = {header: column for some in given.pop(HEADER_MAPPING, []) for header, column in some.items()}
    if not any(name.casefold() == "delimiter" for name in given):
        given = given | {"delimiter": ["comma"]}
    what = settings.job(None, settings=given)
    # The table does not know the columns of reference data. The reader of the header judges them.
    header_map, ignored = split_headers(headers)
    return dataclasses.replace(what.reading, header_map=header_map, header_ignore=ignored), what.parameters


def _judge_streams(file: str, given: RunOptions) -> None:
    """Raises UsageError if two inputs have the same source, or two outputs the same target."""
    rejects, changes, config = given["rejects"], given.get("changes"), given.get("config")
    for option, what, target in (("--rejects", "rejects", rejects), ("--changes", "changes", changes)):
        if target == streams.STANDARD and given["as_json"]:
            raise UsageError(f"--json and {option} - would both write to standard output. Name a file for the {what}.")
    if changes == rejects == streams.STANDARD:
        raise UsageError("--rejects - and --changes - would both write to standard output. Name a file for one.")
    if file == config == streams.STANDARD:
        raise UsageError("The file and the configuration cannot both be read from standard input.")
    others = {"the file that is read": file, "the store": given["db"], "the configuration": config}
    streams.keep_apart("--rejects", rejects, others)
    streams.keep_apart("--changes", changes, others | {"the rejected rows": rejects})


def _tell(context: click.Context, report: Report, done: str, command: list[str], given: RunOptions) -> int:
    status = HELD if report.held else SOME_REJECTED if report.rejected else 0
    speaking = voice.current()
    speaking.facts |= {name: getattr(report, name) for name in ("run", "dry_run", *COUNTS)}
    speaking.facts["findings"] = dict(report.findings)
    with streams.printing(report.file, "" if report.run is None else f" It is {done}, as run {report.run}."):
        if given["as_json"]:
            terminal.document(documents.of_report(report), notes=report.notes)
            for note in report.notes:
                terminal.note(note)
            return status
        from milepost.cli import summary

        if not speaking.is_quiet:
            steps = list(_steps(context, report, command, given))
            # The summary must not mix with rows on standard output.
            is_taken = streams.STANDARD in (given["rejects"], given.get("changes"))
            terminal.say(summary.lines(report, done, steps), to_stderr=is_taken)
        elif status:
            terminal.say([summary.headline(report, done), *report.held], to_stderr=True)
    return status


def _steps(context: click.Context, report: Report, command: list[str], given: RunOptions) -> Iterator[tuple[str, str]]:
    verb, *kind, file = command
    doing = "load" if verb == "load" else "import"
    rejects = given["rejects"]
    unasked = ["as_json", "expect", "changes"]
    plan = ["--expect", report.digest] if verb == "load" and report.digest is not None else []
    if report.findings and report.run is not None and not report.held:
        yield "See every finding:", options.again(context, ["runs", str(report.run)], only=("db", "schema"))
    if file == streams.STANDARD:
        return  # no command can read standard input again
    if report.rejected and rejects is None:
        looking = command if verb == "load" else ["check", file]
        # People mend a spreadsheet in a spreadsheet.
        to = "rejects.xlsx" if Path(file).suffix.lower() in SPREADSHEETS else "rejects.csv"
        how = options.again(context, looking, without=unasked, extra=["--rejects", to])
        yield "Get the rejected rows as a file to mend:", how
    elif report.rejected and rejects != streams.STANDARD:
        how = options.again(context, [doing, *kind, str(rejects)], without=["rejects", "sheet", *unasked])
        yield f"Mend the values in {rejects}, then {doing} that file:", how
    if report.held:
        how = options.again(context, ["import", file], without=unasked, extra=["--expect", str(report.digest)])
        yield "Import it all the same:", how
    elif report.dry_run and report.rejected < report.rows:
        what = f"{doing.capitalize()} the other rows:" if report.rejected else f"{doing.capitalize()} it:"
        yield what, options.again(context, [doing, *kind, file], without=[*unasked, "dry_run"], extra=plan)
