"""`load`, `import` and `check`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

import click

from milepost.cli import interruption, options, progress, streams, terminal
from milepost.cli.options import ImportOptions, LoadOptions
from milepost.model.exceptions import UsageError
from milepost.model.outcomes import COUNTS

if TYPE_CHECKING:
    from milepost.model.job import Job, Parameters, Reading, Report

SOME_REJECTED = 1
HELD = 3

KINDS = ("learners", "learning-objects", "trainings", "contents", "sessions", "registrations")
"""The kinds of reference data; a test holds them against the catalogue, which is slow to import."""


@click.command(cls=options.SettingsCommand)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file")
@options.settings_of("import", for_loads=True)
@options.rejects
@options.waiting
@options.actor
@options.as_json
@options.database
@click.pass_context
def load(context: click.Context, /, kind: str, file: str, **given: Unpack[LoadOptions]) -> int:
    """Create or update reference data of one KIND from FILE (CSV with a header line, or a spreadsheet)."""
    from milepost import use_cases

    _judge_streams(file, given)
    how, parameters = _load_job(given["settings"])
    with _files(file, given) as (path, rejects), progress.bar() as report_progress:
        report = use_cases.load_file(
            kind,
            path,
            options.store(given["db"], given["schema"]),
            how,
            parameters,
            rejects=rejects,
            progress=interruption.until_commit(report_progress),
            name=_name(file),
            wait=given["wait"],
            waiting=terminal.note,
            actor=given["actor"],
        )
    return _tell(context, report, "loaded", ["load", kind, file], given)


@click.command("import", cls=options.SettingsCommand)
@click.argument("file")
@options.config
@options.settings_of("import")
@options.changes
@options.expecting
@options.rejects
@options.waiting
@options.actor
@options.as_json
@options.database
@click.pass_context
def import_(context: click.Context, /, file: str, expect: str | None, **given: Unpack[ImportOptions]) -> int:
    """Import the tracking of FILE: CSV (.gz too) or a spreadsheet."""
    return _import(context, file, given, dry_run=False, expect=expect)


@click.command(cls=options.SettingsCommand)
@click.argument("file")
@options.config
@options.settings_of("import")
@options.changes
@options.rejects
@options.waiting
@options.actor
@options.as_json
@options.database
@click.pass_context
def check(context: click.Context, /, file: str, **given: Unpack[ImportOptions]) -> int:
    """Say what `import` would do with FILE, and write nothing (but --rejects and --changes)."""
    return _import(context, file, given, dry_run=True)


def _import(
    context: click.Context, file: str, given: ImportOptions, *, dry_run: bool, expect: str | None = None
) -> int:
    from milepost import use_cases

    _judge_streams(file, given, given["config"])
    _judge_changes(file, given)
    file_name = None if file == streams.STANDARD else Path(file).name
    what = job(given["config"], given["settings"], file_name=file_name)
    with (
        _files(file, given) as (path, rejects),
        streams.held_back(given["changes"]) as changes,
        progress.bar() as report_progress,
    ):
        report = use_cases.import_file(
            path,
            options.store(given["db"], given["schema"]),
            what,
            dry_run=dry_run,
            rejects=rejects,
            changes=changes,
            expect=expect,
            progress=interruption.until_commit(report_progress),
            name=_name(file),
            wait=given["wait"],
            waiting=terminal.note,
            actor=given["actor"],
        )
    command = "check" if dry_run else "import"
    done = "checked" if dry_run else "held" if report.held else "imported"
    return _tell(context, report, done, [command, file], given, [given["changes"]])


def job(configuration: str | None, given: options.Settings, *, file_name: str | None = None) -> Job:
    """The job that --config and the options of settings amount to; raises ConfigurationError with all mistakes."""
    from milepost import settings

    with streams.configuration(configuration) as path:
        return settings.job(path, file_name=file_name, settings=given)


def _load_job(given: options.Settings) -> tuple[Reading, Parameters]:
    """How `load` reads: a comma and UTF-8 unless said otherwise, and the settings that concern values."""
    from milepost import settings
    from milepost.settings.merged import split_headers
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
    # The columns of reference data are other ones than the table knows: the file's header judges them.
    header_map, ignored = split_headers(headers)
    return dataclasses.replace(what.reading, header_map=header_map, header_ignore=ignored), what.parameters


def _judge_streams(file: str, given: LoadOptions, configuration: str | None = None) -> None:
    """Raises UsageError where two things would come from, or go to, one place."""
    if given["rejects"] == streams.STANDARD and given["as_json"]:
        raise UsageError("--json and --rejects - would both write to standard output. Name a file for the rejects.")
    if file == streams.STANDARD and configuration == streams.STANDARD:
        raise UsageError("The file and the configuration cannot both be read from standard input.")
    streams.keep_apart(
        "--rejects",
        given["rejects"],
        {
            "the file that is read": file,
            "the store": given["db"],
            "the configuration": configuration,
        },
    )


def _judge_changes(file: str, given: ImportOptions) -> None:
    """The same of --changes."""
    changes = given["changes"]
    if changes == streams.STANDARD and given["as_json"]:
        raise UsageError("--json and --changes - would both write to standard output. Name a file for the changes.")
    if changes == streams.STANDARD and given["rejects"] == streams.STANDARD:
        raise UsageError("--rejects - and --changes - would both write to standard output. Name a file for one.")
    streams.keep_apart(
        "--changes",
        changes,
        {
            "the file that is read": file,
            "the store": given["db"],
            "the configuration": given["config"],
            "the rejected rows": given["rejects"],
        },
    )


@contextmanager
def _files(file: str, given: LoadOptions) -> Iterator[tuple[Path, Path | BinaryIO | None]]:
    _receive_signals()
    with streams.readable(file) as path, streams.held_back(given["rejects"]) as rejects:
        yield path, rejects


def _receive_signals() -> None:
    """Lets Python alone see to Ctrl-C: while Arrow reads a piece of a file it would, and loses one now and then."""
    import pyarrow as pa

    pa.enable_signal_handlers(False)


def _name(file: str) -> str | None:
    return streams.STANDARD if file == streams.STANDARD else None


def _tell(
    context: click.Context,
    report: Report,
    done: str,
    command: list[str],
    given: LoadOptions,
    outputs: Collection[str | None] = (),
) -> int:
    """Says what came of a run and returns the exit status, which tells of the run and not of the saying.

    `outputs` has where else something may have been written.
    """
    try:
        with interruption.allowed():
            if given["as_json"]:
                terminal.document(_document(report))
                for note in report.notes:
                    terminal.note(note)
            else:
                from milepost.cli import summary

                steps = list(_steps(context, report, command, given))
                # Standard output may hold the rejected rows or the changes; words between them would spoil them.
                is_taken = streams.STANDARD in (given["rejects"], *outputs)
                terminal.say(summary.lines(report, done, steps), to_stderr=is_taken)
    except BrokenPipeError:
        streams.leave_stdout()
    except (OSError, KeyboardInterrupt) as error:
        streams.leave_stdout()
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else error.strerror
        stored = "" if report.run is None else f" It is {done}, as run {report.run}."
        print(f"What came of {report.file} could not be printed ({reason}).{stored}", file=sys.stderr)
    if report.held:
        return HELD
    return SOME_REJECTED if report.rejected else 0


def _document(report: Report) -> dict[str, Any]:
    return {
        "run": report.run,
        "file": report.file,
        "sha256": report.sha256,
        "dry_run": report.dry_run,
        **{name: getattr(report, name) for name in COUNTS},
        "findings": dict(report.findings),
        "seconds": round(report.seconds, 3),
        **({} if report.digest is None else _planned(report)),
    }


def _planned(report: Report) -> dict[str, Any]:
    """What only an import plans."""
    changes = report.changes
    return {
        "changes": {
            kind: {"rows": number, "fields": dict(changes.fields.get(kind, {}))}
            for kind, number in changes.rows.items()
        },
        "held": list(report.held),
        "digest": report.digest,
    }


def _steps(context: click.Context, report: Report, command: list[str], given: LoadOptions) -> Iterator[tuple[str, str]]:
    """What to do next, and the command for it."""
    verb, *kind, file = command
    doing = "load" if verb == "load" else "import"
    rejects = given["rejects"]
    if report.findings and report.run is not None and not report.held:
        yield "See every finding:", options.again(context, ["runs", str(report.run)], only=("db", "schema"))
    if file == streams.STANDARD:
        return  # what stood there is gone: no command can read it again
    if report.rejected and rejects is None:
        looking = command if verb == "load" else ["check", file]
        unasked = ["as_json", "expect", "changes"]
        how = options.again(context, looking, without=unasked, extra=["--rejects", "rejects.csv"])
        yield "Get the rejected rows as a file to mend:", how
    elif report.rejected and rejects is not None and rejects != streams.STANDARD:
        how = options.again(
            context, [doing, *kind, rejects], without=["rejects", "as_json", "sheet", "expect", "changes"]
        )
        yield f"Mend the values in {rejects}, then {doing} that file:", how
    if report.held:
        expecting = ["--expect", str(report.digest)]
        yield (
            "Import it all the same:",
            options.again(context, ["import", file], without=["as_json", "expect", "changes"], extra=expecting),
        )
    elif report.dry_run and report.rejected < report.rows:
        yield (
            "Import the other rows:" if report.rejected else "Import it:",
            options.again(context, ["import", file], without=["as_json", "changes"]),
        )
