"""`learner rename`, `learner merge`, `session merge` and `lov merge`: people and what they learn, under one name."""

from __future__ import annotations

import functools
import tempfile
from typing import IO, TYPE_CHECKING, Any, TypedDict, Unpack

import click

from milepost.cli import interruption, options, shape, streams, terminal, voice
from milepost.model import documents
from milepost.model.exceptions import UsageError, temporary_files

if TYPE_CHECKING:
    from milepost.model.people import MergedRow, Pair, PeopleReport

RENAMABLE = ("candidateLogin", "candidateRefNumber", "candidateEmail")
"""What can be renamed. A test compares it with the use case, which is slow to import."""
TIME_RULES = ("add", "highest")
_WHAT = "What is done"


class PeopleOptions(TypedDict):
    """The values of the options that renames and merges share."""

    pairs: str | None
    dry_run: bool
    expect: str | None
    wait: float
    actor: str | None
    as_json: bool
    db: str


def _options(first: str, second: str) -> options.Function:
    names = ("from", "to") if second == "NEW" else ("from", "into")
    return options.together(
        click.argument("first", metavar=f"[{first}]", required=False),
        click.argument("second", metavar=f"[{second}]", required=False),
        options.option(
            "--pairs",
            metavar="FILE",
            type=shape.PATH,
            group=_WHAT,
            help=f"Many at once: a CSV file with the columns {' and '.join(names)}. All are done, or none.",
        ),
        options.option(
            "--check", "dry_run", is_flag=True, group=_WHAT, help="Say what would change, and write nothing."
        ),
        options.option(
            "--expect",
            metavar="DIGEST",
            group=_WHAT,
            help="Carry out the plan with this digest of --check, or nothing.",
        ),
        options.waiting,
        options.actor,
        options.as_json,
        options.database,
        click.pass_context,
    )


_time_spent = options.option(
    "--time-spent",
    type=click.Choice(TIME_RULES),
    default=TIME_RULES[0],
    show_default=True,
    group=_WHAT,
    help="The time spent of two rows that become one: added, or the higher one.",
)


@click.group(cls=shape.Group)
def learner() -> None:
    """Rename learners, and merge two that are one person."""


@click.group(cls=shape.Group)
def session() -> None:
    """Merge sessions of one training."""


@click.group(cls=shape.Group)
def lov() -> None:
    """Merge versions of learning objects."""


@learner.command()
@options.option(
    "--identifier",
    "identifiers",
    multiple=True,
    type=click.Choice(RENAMABLE),
    group=_WHAT,
    help="What becomes NEW, whatever it was; each identifier that is OLD unless named. Repeatable.",
)
@_options("OLD", "NEW")
def rename(
    context: click.Context,
    /,
    first: str | None,
    second: str | None,
    identifiers: tuple[str, ...],
    **given: Unpack[PeopleOptions],
) -> int:
    """Give the learner OLD another log-in name, reference number or e-mail: whichever OLD is.

    What a learner was known by is kept as a former identifier. A rename is a run, and can be undone.
    """
    from milepost.use_cases.renaming import rename_learners

    pairs = _pairs(first, second, given["pairs"], ("from", "to"))
    report = rename_learners(given["db"], pairs, identifiers=identifiers, **_common(given))
    words = ["learner", "rename", *([] if given["pairs"] else [first or "", second or ""])]
    return _tell(context, report, words, given, None)


def _merged(
    entity: str,
    context: click.Context,
    first: str | None,
    second: str | None,
    time_spent: str,
    given: PeopleOptions,
) -> int:
    from milepost.model.people import TimeRule
    from milepost.use_cases.merging import merge_pairs

    pairs = _pairs(first, second, given["pairs"], ("from", "into"))
    with temporary_files():
        file = tempfile.TemporaryFile(mode="w+", encoding="utf-8", prefix="milepost-")  # noqa: SIM115 - closed below
    with file as spool:
        tell = functools.partial(_spool, spool, as_json=given["as_json"])
        is_listed = given["as_json"] or given["dry_run"]
        report = merge_pairs(
            given["db"],
            entity,
            pairs,
            time_rule=TimeRule(time_spent),
            merged=tell if is_listed else None,
            **_common(given),
        )
        spool.seek(0)
        words = [entity, "merge", *([] if given["pairs"] else [first or "", second or ""])]
        return _tell(context, report, words, given, spool if is_listed else None)


def _merge_command(group: click.Group, entity: str, help_: str) -> None:
    @group.command("merge", help=help_)
    @_time_spent
    @_options("FROM", "INTO")
    def merge(
        context: click.Context,
        /,
        first: str | None,
        second: str | None,
        time_spent: str,
        **given: Unpack[PeopleOptions],
    ) -> int:
        return _merged(entity, context, first, second, time_spent, given)


_RULES = """Registrations and tracking move. Where both have a row, the furthest status, the highest progression and
    score, the earliest first dates and the latest last access count. With --check, each row is shown before and after.
    A merge is a run, and can be undone.
    """
_merge_command(learner, "learner", f"Merge the learner FROM into INTO, who is the same person.\n\n    {_RULES}")
_merge_command(session, "session", f"Merge the session FROM into INTO, which is of the same training.\n\n    {_RULES}")
_merge_command(lov, "lov", f"Merge the learning object version FROM into INTO, which replaces it.\n\n    {_RULES}")


def _pairs(first: str | None, second: str | None, file: str | None, names: tuple[str, str]) -> tuple[Pair, ...]:
    from milepost.model.people import Pair
    from milepost.use_cases.pairing import read_pairs

    if file is not None and first is not None:
        raise UsageError("Give two names, or --pairs, not both.")
    if file is not None:
        with streams.readable(file) as path:
            return read_pairs(path, names)
    if first is None or second is None:
        raise UsageError("Give both names, or a file of them with --pairs.")
    return (Pair(first.strip(), second.strip()),)


def _common(given: PeopleOptions) -> dict[str, Any]:
    return {
        "dry_run": given["dry_run"],
        "expect": given["expect"],
        "actor": given["actor"],
        "wait": given["wait"],
        "waiting": terminal.note,
        "progress": interruption.until_commit(None),
    }


def _spool(target: IO[str], row: MergedRow, *, as_json: bool) -> None:
    """Keeps a row in a file until the end, since it is told after the counts."""
    from milepost.cli import people_summary

    with temporary_files():
        if as_json:
            target.write(documents.text(documents.of_merged_row(row)) + "\n")
        else:
            target.writelines(f"{line}\n" for line in people_summary.merged_row(row))


def _tell(
    context: click.Context, report: PeopleReport, words: list[str], given: PeopleOptions, rows: IO[str] | None
) -> int:
    from milepost.cli import people_summary

    voice.current().facts |= {"run": report.run, "pairs": report.pairs, "rows": report.rows}
    done = "" if report.run is None else f" It is done, as run {report.run}."
    with streams.printing(f"the {report.kind}", done):
        if given["as_json"]:
            listed = (line.rstrip("\n") for line in rows or ())
            terminal.document(documents.of_people(report), "merged", listed, notes=report.notes)
        elif not voice.current().is_quiet:
            terminal.say(people_summary.lines(context, report, words, rows))
    return 0
