"""`run` and `status`: whole configurations."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
from click.core import ParameterSource

from milepost.cli import interruption, options, shape, terminal, voice
from milepost.cli.shape import CONFIGURATION, RESULTS
from milepost.model.exceptions import MilepostError

if TYPE_CHECKING:
    from milepost.operations.night_report import NightReport


class NightOptions(TypedDict):
    """The values of the options that `RunOptions` has as they are."""

    data: str | None
    only: str | None
    dry_run: bool
    strict: bool
    import_again: bool
    wait: float
    actor: str | None


_metrics = options.option(
    "--metrics",
    metavar="FILE.prom",
    type=shape.PATH,
    group=RESULTS,
    help="Write metrics for the node exporter to FILE.",
)


@click.command("run", cls=shape.Command)
@click.argument("xml", type=shape.PATH)
@options.option(
    "--data",
    metavar="DIR",
    type=shape.PATH,
    group=CONFIGURATION,
    help="The data folder, in which all paths of the configuration are; the folder of the configuration unless named.",
)
@options.option(
    "--only", metavar="GUID", group=CONFIGURATION, help="Carry out the one import with this guid, name or number."
)
@options.option(
    "--check", "dry_run", is_flag=True, group=RESULTS, help="Show what would happen to every file, and touch nothing."
)
@options.option(
    "--strict", is_flag=True, group=CONFIGURATION, help="Refuse a configuration of which a part would be passed over."
)
@options.option(
    "--import-again", is_flag=True, group=CONFIGURATION, help="Import files whose bytes were imported already, too."
)
@_metrics
@options.option(
    "--systemd",
    is_flag=True,
    group=RESULTS,
    help="Print a unit and a timer of systemd for this command, and do no more.",
)
@options.waiting
@options.actor
@options.as_json
@options.database
@click.pass_context
def run(
    context: click.Context,
    /,
    xml: str,
    *,
    db: str,
    as_json: bool,
    metrics: str | None,
    systemd: bool,
    **given: Unpack[NightOptions],
) -> int:
    """Carry out the whole configuration XML: its files, imports, back-ups and reports.

    Exit status: 0 all is well, 1 some rows were rejected, 2 nothing was done, 3 a file or a step failed, a file is
    held, or an expectation is broken, and the rest was done; 4 it may work later, 130 interrupted: the next run goes
    on from there.
    """
    if systemd:
        from milepost.cli import systemd_units

        # The service does not have the variables of this process.
        sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
        words = shlex.split(options.again(context, [], without=["systemd", "as_json", "dry_run"], sources=sources))
        own = shlex.split(options.program())
        return _print_units(systemd_units.units(Path(xml), words[len(own) :]))
    try:
        report = _carry_out(xml, db, given)
    except KeyboardInterrupt:
        interruption.suppress_messages()
        terminal.complain("Interrupted. What was done stays; the next run goes on from there.")
        return interruption.EXIT_STATUS
    finally:
        if metrics is not None:
            _write_metrics(metrics, db)
    _tell(report, as_json=as_json)
    return report.status


def _carry_out(xml: str, db: str, given: NightOptions) -> NightReport:
    from milepost.operations.run_options import RunOptions
    from milepost.operations.whole_run import run_whole

    speaking = voice.current()

    def tell(event: str, **facts: object) -> None:
        speaking.tell(event, **facts)
        interruption.allow_again()

    with terminal.progress_bar() as bar:
        progress = interruption.until_commit(bar)
        report = run_whole(xml, db, RunOptions(progress=progress, waiting=terminal.note, tell=tell, **given))
    speaking.facts |= {"files": len(report.files), "rejected": report.rejected, "trouble": len(report.trouble)}
    return report


def _tell(report: NightReport, *, as_json: bool) -> None:
    from milepost.cli import night_summary
    from milepost.operations.night_report import of_night

    for note in report.notes:
        terminal.note(note)
    if as_json:
        terminal.document(of_night(report), notes=report.notes)
    elif not voice.current().is_quiet:
        terminal.say(terminal.visible(terminal.told(line)) for line in night_summary.lines(report))
    elif report.status:
        said = report.trouble or [f"{report.name}: {report.rejected:,} rows rejected."]
        terminal.say((terminal.visible(terminal.told(line)) for line in said), to_stderr=True)


def _write_metrics(metrics: str, db: str, office: str | None = None) -> None:
    """Writes the metrics, whatever came of the run; that they cannot be written is a note, since the run is done."""
    from milepost.transfer.needing import needing

    try:
        with needing("--metrics"):
            from milepost.operations import night_metrics
        night_metrics.write_metrics(metrics, db, office)
    except MilepostError as error:
        terminal.note(str(error))


def _print_units(text: str) -> int:
    terminal.data_stream().write(text.encode())
    return 0


@click.command(cls=shape.Command)
@click.argument("name", required=False)
@options.option(
    "--data",
    default="milepost-data",
    show_default=True,
    metavar="FOLDER",
    type=shape.PATH,
    group=CONFIGURATION,
    help="The folder of the web application, which has its schedules too if the store is an SQLite file.",
)
@_metrics
@options.as_json
@options.database
def status(name: str | None, *, data: str, db: str, as_json: bool, metrics: str | None) -> int:
    """Show when each whole configuration last went well, what waits, and what is stuck; or the one called NAME.

    The schedules of the web application are shown too. Exit status 3 if something is stuck.
    """
    from milepost.operations import night_status, schedule_status
    from milepost.stores.opening import beside

    office = beside(db, Path(data), is_made=False)
    of_schedules = schedule_status.schedule_statuses(office, db, name)
    found = night_status.statuses(db, name, may_be_new=bool(of_schedules))
    if metrics is not None:
        _write_metrics(metrics, db, office)
    if as_json:
        configurations = [night_status.of_status(one) for one in found]
        every = [schedule_status.of_schedule_status(one) for one in of_schedules]
        terminal.document({"configurations": configurations, "schedules": every})
    else:
        terminal.say(terminal.visible(line) for one in found for line in night_status.lines(one))
        terminal.say(terminal.visible(line) for one in of_schedules for line in schedule_status.schedule_lines(one))
    is_stuck = any(one.stuck for one in found) or any(one.stuck for one in of_schedules)
    return 3 if is_stuck else 0
