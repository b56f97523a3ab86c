"""`run` and `status`: whole configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from milepost.cli import interruption, options, shape, terminal, voice
from milepost.cli.shape import CONFIGURATION, RESULTS

if TYPE_CHECKING:
    from milepost.operations.night_report import NightReport


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
@options.waiting
@options.actor
@options.as_json
@options.database
def run(
    xml: str,
    *,
    data: str | None,
    only: str | None,
    dry_run: bool,
    strict: bool,
    import_again: bool,
    db: str,
    wait: float,
    actor: str | None,
    as_json: bool,
) -> int:
    """Carry out the whole configuration XML: its files, imports, back-ups and reports.

    Exit status: 0 all is well, 1 some rows were rejected, 2 nothing was done, 3 a file or a step failed, a file is
    held, or an expectation is broken, and the rest was done; 4 it may work later, 130 interrupted: the next run goes
    on from there.
    """
    import pyarrow as pa

    from milepost.operations.night_report import of_night
    from milepost.operations.whole_run import run_whole

    # Arrow would handle Ctrl-C while it reads, and lose one now and then.
    pa.enable_signal_handlers(False)
    speaking = voice.current()
    with terminal.progress_bar() as bar:
        report = run_whole(
            xml,
            db,
            data=data,
            only=only,
            dry_run=dry_run,
            strict=strict,
            import_again=import_again,
            progress=interruption.until_commit(bar),
            wait=wait,
            waiting=terminal.note,
            actor=actor,
            tell=speaking.tell,
        )
    speaking.facts |= {"files": len(report.files), "rejected": report.rejected, "trouble": len(report.trouble)}
    for note in report.notes:
        terminal.note(note)
    if as_json:
        terminal.document(of_night(report), notes=report.notes)
    elif not speaking.is_quiet:
        from milepost.cli import night_summary

        terminal.say(terminal.visible(terminal.told(line)) for line in night_summary.lines(report))
    elif report.status:
        terminal.say(
            (terminal.visible(terminal.told(line)) for line in report.trouble or _rejected(report)), to_stderr=True
        )
    return report.status


def _rejected(report: NightReport) -> list[str]:
    return [f"{report.name}: {report.rejected:,} rows rejected."]


@click.command(cls=shape.Command)
@click.argument("name", required=False)
@options.as_json
@options.database
def status(name: str | None, *, db: str, as_json: bool) -> int:
    """Show when each whole configuration last went well, what waits, and what is stuck; or the one called NAME.

    Exit status 3 if something is stuck.
    """
    from milepost.operations import night_status

    found = night_status.statuses(db, name)
    if as_json:
        terminal.document({"configurations": [night_status.of_status(one) for one in found]})
    else:
        terminal.say(terminal.visible(line) for one in found for line in night_status.lines(one))
    return 3 if any(one.stuck for one in found) else 0
