"""`retention`: how long data are kept, and the prune by these rules."""

from __future__ import annotations

import dataclasses

import click

from milepost.cli import options, shape, terminal, voice
from milepost.model.retained import EVER, KINDS, days_of


@click.command(cls=shape.Command)
@click.argument("kind", required=False)
@click.argument("age", required=False)
@options.waiting
@options.as_json
@options.database
def retention(kind: str | None, age: str | None, wait: float, as_json: bool, db: str) -> None:
    """Say how long data of a KIND are kept: an AGE such as 400d, or `ever`. Without a KIND, list the rules.

    `milepost prune` removes what is older. The kinds are journals, findings, formers (former identifiers), and, in the
    folder of the web application, checks, uploads, logs and backups.
    """
    from milepost.cli import people_summary
    from milepost.use_cases import retention as rules

    if kind is not None:
        try:
            days = days_of(age or "")
        except ValueError:
            said = f"Say for how long {kind} are kept: an age such as 400d, or `{EVER}`."
            raise click.UsageError(said) from None
        rules.set_rules(db, {kind: days}, wait=wait)
    if as_json:
        terminal.document({"rules": rules.rules(db)})
    elif not voice.current().is_quiet:
        terminal.say(people_summary.rules_of(rules.rules(db), KINDS))


def prune_by_rules(db: str, data: str, *, dry_run: bool, wait: float, as_json: bool) -> None:
    """Removes what is older than the rules say, and tells it."""
    from milepost.cli import people_summary
    from milepost.use_cases.retention import apply_rules

    report = apply_rules(db, data, dry_run=dry_run, wait=wait, waiting=terminal.note)
    if as_json:
        terminal.document(dataclasses.asdict(report))
    elif not voice.current().is_quiet:
        terminal.say(people_summary.pruned_by_rules(report))
