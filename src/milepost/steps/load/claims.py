"""Ids and GUIDs: each belongs to one row for ever."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.identifiers import References
from milepost.model.text import sentence
from milepost.model.tracked import before
from milepost.reference import Field
from milepost.steps.load.fingerprints import Index, fingerprints
from milepost.steps.load.lines import Used, found_on


def find_changed(used: Used, lines: pl.DataFrame) -> pl.DataFrame:
    """`already-taken` where a line gives a stored row another id or GUID than it has; schema `model.batch.FINDINGS`.

    `lines` is as `references.Linker.link` gives it.
    """
    found = [no_findings()]
    for identity in used.identities:
        changed = lines.filter(pl.col(identity.key) != pl.col(before(identity.key)))
        hint = sentence("{} has {}; ids and GUIDs never change", _who(used, "this", before), before(identity.name))
        found.append(_taken(changed, identity, hint))
    return pl.concat(found)


def find_taken(used: Used, lines: pl.DataFrame, references: References) -> pl.DataFrame:
    """`already-taken` where a line gives a new row an id or GUID that a stored row has."""
    found = [no_findings()]
    new = lines.filter(is_new(used))
    for identity in used.identities:
        given = new.filter(pl.col(identity.key).is_not_null())
        label = used.kind.label
        columns = tuple(dict.fromkeys((identity.key, *([label] if label else []))))
        holders = references.rows(used.kind.entity.table, columns, **{identity.key: given[identity.key]})
        holders = holders.rename({name: f"holder.{name}" for name in columns})
        taken = given.join(holders, left_on=identity.key, right_on=f"holder.{identity.key}", maintain_order="left")
        hint = sentence("{} has it", _who(used, "another", "holder.{}".format))
        found.append(_taken(taken, identity, hint))
    return pl.concat(found)


def is_new(used: Used) -> pl.Expr:
    """Whether a line says which row it means, and the store has no such row."""
    key = used.kind.key
    return pl.all_horizontal(pl.col(name).is_not_null() for name in key) & pl.col(before(key[0])).is_null()


class Claims:
    """The ids and GUIDs that the lines of one load give to new rows; each takes 40 bytes.

    The first accepted line has a value for its row, be it superseded or not.
    """

    def __init__(self, used: Used) -> None:
        """Nothing is claimed yet."""
        self._used = used
        self._held = Index()

    def refuse(self, lines: pl.DataFrame) -> pl.DataFrame:
        """`already-taken` where a line gives a new row what an earlier line gives another one.

        `lines` holds the lines of the next batch that have no other error, with `row`, the fingerprint of the key.
        """
        new = lines.filter(is_new(self._used))
        identities = self._used.identities
        if not identities or new.is_empty():
            return no_findings()
        claims = pl.concat(_claims(new, place, identity.key) for place, identity in enumerate(identities))
        claims = claims.join(self._held.find(claims["value"]), on="value", how="left", maintain_order="left")
        lost = _lost(claims.filter(pl.col("line").is_in(_contested(claims).implode())).sort("line"))
        gained = claims.filter(pl.col("holder").is_null() & ~pl.col("line").is_in(lost["line"].implode()))
        self._held.add(gained.sort("line").unique("value", keep="first").select("value", "line", "row"))
        found = []
        for place, identity in enumerate(identities):
            refused = new.join(lost.filter(pl.col("place") == place), on="line", maintain_order="left")
            found.append(_taken(refused, identity, sentence("line {} has it first", "holder")))
        return pl.concat(found)


def _claims(new: pl.DataFrame, place: int, key: str) -> pl.DataFrame:
    """The lines that give something in a column, and the fingerprint of what they give."""
    given = new.filter(pl.col(key).is_not_null()).with_columns(place=pl.lit(place))
    return given.select("line", "row", "place", value=fingerprints(given.select("place", key)))


def _contested(claims: pl.DataFrame) -> pl.Series:
    """The lines that give what another row has, or is given in the same batch."""
    in_order = claims.sort("value")
    is_shared = (pl.col("value") == pl.col("value").shift()) & (pl.col("row") != pl.col("row").shift())
    shared = in_order.filter(is_shared)["value"]
    return claims.filter((pl.col("holder_row") != pl.col("row")) | pl.col("value").is_in(shared.implode()))["line"]


def _lost(claims: pl.DataFrame) -> pl.DataFrame:
    """The claims that are refused: `line`, `place`, and `holder`, the line that has the value.

    `claims` holds all claims of the lines that are contested, in the order of the lines. A line that is refused holds
    nothing for later ones, so they are gone through one by one.
    """
    holders: dict[int, tuple[int, int]] = {}
    lost = []
    rows = claims.select("line", "row", "place", "value", "holder", "holder_row").iter_rows()
    for line, of_line in groupby(rows, itemgetter(0)):
        asked = list(of_line)
        holders |= {value: (holder, its_row) for *_, value, holder, its_row in asked if holder is not None}
        refused = [
            (line, place, holders[value][0])
            for _, row, place, value, *_ in asked
            if value in holders and holders[value][1] != row
        ]
        lost += refused
        if not refused:
            for _, row, _, value, *_ in asked:
                holders.setdefault(value, (line, row))
    return pl.DataFrame(lost, schema={"line": pl.Int64, "place": pl.Int32, "holder": pl.Int64}, orient="row")


def _taken(lines: pl.DataFrame, identity: Field, hint: pl.Expr) -> pl.DataFrame:
    name = identity.column.name
    return found_on(lines, "already-taken", name, pl.col(name), hint)


def _who(used: Used, article: str, name_of: Callable[[str], str]) -> pl.Expr:
    """A row by its label, whose column is `name_of` the label; where rows have none, by the article."""
    noun, label = used.kind.entity.noun, used.kind.label
    return pl.lit(f"{article} {noun}") if label is None else sentence(f'the {noun} "{{}}"', name_of(label))
