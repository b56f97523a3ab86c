"""`runs`, `show` and `verify`: recorded runs, and the history of rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack
from zoneinfo import ZoneInfo

import click

from milepost.cli import options, shape, streams, terminal
from milepost.model import documents
from milepost.model.retained import age_of

if TYPE_CHECKING:
    from milepost.model.history import Run

NEWEST = 20
"""The most runs that are shown without --all."""
UNSOUND = 1
STATES = ("running", "done", "held", "failed", "interrupted")
"""The states of runs. A test compares them with the model, which is slow to import."""


class Filters(TypedDict):
    """Which runs are listed."""

    state: tuple[str, ...]
    kind: tuple[str, ...]
    file: str | None
    since: str | None
    until: str | None


_WHICH = "Which runs"
_filters = options.together(
    options.option(
        "--state", multiple=True, type=click.Choice(STATES), group=_WHICH, help="In this state. Repeatable."
    ),
    options.option(
        "--kind", multiple=True, metavar="KIND", group=_WHICH, help="As tracking, undo or learners. Repeatable."
    ),
    options.option(
        "--file", metavar="PATTERN", group=_WHICH, help="Of a file whose name has this in it, or fits * and ?."
    ),
    options.option("--since", metavar="WHEN", group=_WHICH, help="Begun on this day or later: 2024-01-31, or 7d ago."),
    options.option(
        "--until", metavar="WHEN", group=_WHICH, help="Begun on this day or earlier, or longer ago than 7d."
    ),
)


@click.command(cls=shape.Command)
@options.run(required=False)
@options.option(
    "--all",
    "everything",
    is_flag=True,
    group=_WHICH,
    help=f"All runs, not the newest {NEWEST}; all findings, by line.",
)
@_filters
@options.option("--wide", is_flag=True, group=shape.RESULTS, help="All counts, who, and how long it took.")
@options.time_zone
@options.as_json
@options.database
def runs(
    run: int | None,
    everything: bool,
    wide: bool,
    time_zone: ZoneInfo | None,
    as_json: bool,
    db: str,
    **filters: Unpack[Filters],
) -> None:
    """List the runs, newest first, or show one RUN (a number, or `last`) with its findings."""
    from milepost.cli import summary
    from milepost.reading import runs as recorded

    if run is None:
        zone = time_zone or ZoneInfo(recorded.time_zone(db))
        listing = [one for one in recorded.runs(db) if _is_wanted(one, filters, zone)]
        if as_json:
            terminal.document({"runs": [documents.of_run(each) for each in listing]})
        else:
            shown = listing if everything else listing[:NEWEST]
            terminal.say(summary.run_table(shown, len(listing), wide, zone, is_filtered=any(filters.values())))
        return
    given = [f"--{name}" for name, value in filters.items() if value]
    if given:
        raise click.UsageError(f"{given[0]} is for the list of runs. Leave it out, or RUN.")
    run = options.run_number(db, run)
    chosen = recorded.read_run(db, run)
    found = recorded.each_finding(db, run)
    if as_json:
        # There may be millions of findings.
        terminal.document(
            documents.of_record(chosen), "lines", (documents.text(documents.of_finding(one)) for one in found)
        )
    else:
        terminal.say(summary.description(chosen, time_zone or ZoneInfo(recorded.time_zone(db, chosen.run))))
        terminal.say(summary.every_finding(found) if everything else summary.first_findings(found, chosen))


def _is_wanted(run: Run, filters: Filters, zone: ZoneInfo) -> bool:
    pattern = (filters["file"] or "*").casefold()
    if not set("*?[") & set(pattern):
        pattern = f"*{pattern}*"
    since, until = filters["since"], filters["until"]
    return (
        (not filters["state"] or run.state in filters["state"])
        and (not filters["kind"] or run.kind in filters["kind"])
        and fnmatchcase(run.file.casefold(), pattern)
        and (since is None or run.started_at >= _bounds("--since", since, zone)[0])
        and (until is None or run.started_at < _bounds("--until", until, zone)[1])
    )


@cache
def _bounds(option: str, text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of what `text` names, and the first one after it."""
    from milepost.model.export import first_moment, moment_after
    from milepost.settings.value_kinds import MOMENT

    age = age_of(text)
    if age is not None:
        return (datetime.now(UTC) - age,) * 2
    try:
        found = MOMENT.read(text)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}, or an age such as 7d.") from error
    at = first_moment(found, zone)
    return at, at + timedelta(seconds=1) if isinstance(found, datetime) else moment_after(found, zone)


@click.command(cls=shape.Command)
@click.argument("learner")
@click.argument("learning_object", metavar="[LOV]", required=False)
@options.option(
    "--everything", is_flag=True, group=shape.RESULTS, help="All that is stored of LEARNER, and where it came from."
)
@options.option(
    "-o", "--output", metavar="FILE", type=shape.PATH, group=shape.RESULTS, help="With --everything: a .json or .html."
)
@options.time_zone
@options.as_json
@options.database
def show(
    learner: str,
    learning_object: str | None,
    everything: bool,
    output: str | None,
    time_zone: ZoneInfo | None,
    as_json: bool,
    db: str,
) -> None:
    """Show the stored rows of LEARNER, of all learning objects or of LOV, and their history.

    LEARNER is a log-in name, an e-mail, a reference number or a GUID; LOV is a code or a GUID.
    """
    if everything or output is not None:
        _show_everything(learner, learning_object, output, everything=everything, db=db)
        return
    from milepost.cli import summary
    from milepost.reading import row_history
    from milepost.reading import runs as recorded

    found = row_history.show(db, learner, learning_object)
    if as_json:
        terminal.document({"rows": [documents.of_history(row) for row in found]})
    elif not found:
        terminal.say([f"Nothing is stored of {terminal.visible(learner)}, and nothing was."])
    else:
        terminal.say(summary.histories(found, time_zone or ZoneInfo(recorded.time_zone(db))))


def _show_everything(
    learner: str, learning_object: str | None, output: str | None, *, everything: bool, db: str
) -> None:
    from milepost.reading import everything as document

    if not everything or learning_object is not None:
        raise click.UsageError("--output is for --everything, which is about all learning objects.")
    if output is None:
        terminal.document(document.everything(db, learner))
        return
    streams.keep_apart("--output", output, {"the store": db})
    document.write_everything(db, learner, output)


@click.command(cls=shape.Command)
@options.run()
@click.argument("file", type=shape.PATH, required=False)
@options.option(
    "--report", metavar="FILE.html", type=shape.PATH, group=shape.RESULTS, help="Write a page for auditors."
)
@options.as_json
@options.database
def verify(run: int, file: str | None, report: str | None, as_json: bool, db: str) -> int:
    """Check whether what RUN wrote is unchanged. With its FILE, also account for each line."""
    from milepost.cli import summary
    from milepost.reading import audit
    from milepost.reading.runs import read_run
    from milepost.use_cases.verifying import verify_run

    run = options.run_number(db, run)
    streams.keep_apart("--report", report, {"the file that was imported": file, "the store": db})
    found = verify_run(db, run, file)
    if report is not None:
        record = read_run(db, run)
        audit.write_audit(Path(report), record.run, record.findings, found)
    if as_json:
        terminal.document(documents.of_verification(found))
    else:
        terminal.say([*audit.verdict(found), *summary.differing(found)])
    return 0 if found.is_sound else UNSOUND
