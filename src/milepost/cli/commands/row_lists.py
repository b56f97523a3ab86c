"""`show`: the stored rows of a learner, and their history."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from milepost.cli import options, terminal

if TYPE_CHECKING:
    from rich.text import Text

    from milepost.model.history import Event, RowHistory, Value, Values


@click.command()
@click.argument("learner")
@click.argument("learning_object", metavar="[LOV]", required=False)
@options.as_json
@options.database
def show(learner: str, learning_object: str | None, as_json: bool, db: str) -> None:
    """Show what is stored of LEARNER, of all learning objects or of LOV, and how it came to be so.

    LEARNER is a log-in name, an e-mail, a reference number or a GUID; LOV is a code or a GUID.
    """
    from milepost.reading import row_history

    found = row_history.show(db, learner, learning_object)
    if as_json:
        terminal.document({"rows": [_facts(row) for row in found]})
    else:
        terminal.say(_lines(found, learner))


def _facts(row: RowHistory) -> dict[str, Any]:
    names = ("candidateLogin", "sessionGuid", "trainingPathCode", "lovCode", "lovGuid")
    return {name: getattr(row, name) for name in names} | {
        "stored": _json_values(row.stored),
        "history": [_event_facts(event) for event in row.events],
    }


def _event_facts(event: Event) -> dict[str, Any]:
    facts = {one.name: getattr(event, one.name) for one in dataclasses.fields(event)}
    return facts | {"before": _json_values(event.before), "after": _json_values(event.after)}


def _json_values(values: Values | None) -> dict[str, Any] | None:
    return None if values is None else {name: _json_value(value) for name, value in values.items()}


def _json_value(value: Value) -> Value:
    # Whole numbers without decimals, as in an export.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _lines(found: tuple[RowHistory, ...], learner: str) -> Iterator[Text | str]:
    if not found:
        yield f"Nothing is stored of {terminal.visible(learner)}, and nothing was."
    for place, row in enumerate(found):
        if place:
            yield ""
        yield from _row(row)


def _row(row: RowHistory) -> Iterator[Text | str]:
    from rich.text import Text

    which = f"{row.lovCode} ({row.lovGuid})" if row.lovCode else row.lovGuid or "a learning object that is gone"
    where = f"session {row.sessionGuid} of {row.trainingPathCode}"
    yield Text(terminal.visible(f"{row.candidateLogin}, {which}, {where}"), "bold")
    if row.stored is None:
        yield "  not stored any more"
    else:
        yield f"  {_values(row.stored)}"
    for event in row.events:
        yield from _event(event, row.stored)


def _event(event: Event, stored: Values | None) -> Iterator[Text | str]:
    at = "" if event.at is None else f"{event.at:%Y-%m-%d %H:%M:%S} UTC"
    actor = terminal.visible(event.actor)
    if event.undoes is None:
        by = f"run {event.run}, line {event.line} of {terminal.visible(event.file)}"
    else:
        by = f"run {event.run}, undo of run {event.undoes}"
    undone = "" if event.undone_by is None else f"; undone by run {event.undone_by}"
    yield f"  {at} {event.change} by {by} ({actor}){undone}"
    if event.change == "updated":
        yield from (f"    {name}: {_text(old)} → {_text(new)}" for name, (old, new) in event.changed.items())
    elif event.after is not None and event.after != stored:
        yield f"    {_values(event.after)}"


def _values(values: Values) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in values.items() if value is not None)


def _text(value: Value) -> str:
    """A value as in an export; `nothing` for None."""
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)
