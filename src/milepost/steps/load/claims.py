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
    """The ids and GUIDs that the lines of one load give to new rows.

    The first accepted line has a value for its row, be it superseded or not. Each value takes 40 bytes.
    """

    def __init__(self, used: Used) -> None:
        """Nothing is claimed yet."""
        self._used = used
        self._held = {identity: Index() for identity in used.identities}

    def refuse(self, lines: pl.DataFrame) -> pl.DataFrame:
        """`already-taken` where a line gives a new row what an earlier line gives another one.

        `lines` holds the lines of the next batch that have no other error, with `row`, the fingerprint of the key.
        """
        new = lines.filter(is_new(self._used))
        claims = [self._claims(new, place, *one) for place, one in enumerate(self._held.items())]
        if not claims or new.is_empty():
            return no_findings()
        every = pl.concat(claims)
        lost = _lost(every.filter(pl.col("line").is_in(every.filter("is_contested")["line"].implode())).sort("line"))
        every = every.filter(pl.col("holder").is_null() & ~pl.col("line").is_in(lost["line"].implode()))
        found = []
        for place, (identity, held) in enumerate(self._held.items()):
            gained = every.filter(pl.col("place") == place)
            held.add(gained.unique("value", keep="first", maintain_order=True).select("value", "line", "row"))
            refused = new.join(lost.filter(pl.col("place") == place), on="line", maintain_order="left")
            found.append(_taken(refused, identity, sentence("line {} has it first", "holder")))
        return pl.concat(found)

    def _claims(self, new: pl.DataFrame, place: int, identity: Field, held: Index) -> pl.DataFrame:
        """What lines give in one column, ascending by `line`, with `row`, `place` and `value`.

        `holder` and `holder_row` say who has the value since a batch before; `is_contested`, whether rows differ.
        """
        given = new.filter(pl.col(identity.key).is_not_null())
        claims = given.select("line", "row", place=pl.lit(place), value=fingerprints(given.select(identity.key)))
        claims = claims.join(held.find(claims["value"].unique()), on="value", how="left", maintain_order="left")
        in_order = claims.sort("value", maintain_order=True)
        is_shared = (in_order["value"] == in_order["value"].shift()) & (in_order["row"] != in_order["row"].shift())
        is_contested = pl.col("value").is_in(in_order.filter(is_shared)["value"].implode())
        is_contested |= pl.col("holder_row").ne_missing(pl.col("row")) & pl.col("holder").is_not_null()
        return claims.with_columns(is_contested=is_contested)


def _lost(claims: pl.DataFrame) -> pl.DataFrame:
    """The claims that are refused: `line`, `place`, and `holder`, the line that has the value.

    `claims` holds all claims of the lines that are contested, in the order of the lines. A line that is refused holds
    nothing for later ones, so they are gone through one by one.
    """
    holders: dict[tuple[int, int], tuple[int, int]] = {}
    lost = []
    rows = claims.select("line", "row", "place", "value", "holder", "holder_row").iter_rows()
    for line, of_line in groupby(rows, itemgetter(0)):
        asked = []
        for _, row, place, value, holder, holder_row in of_line:
            asked.append(((place, value), (line, row)))
            if holder is not None:
                holders.setdefault((place, value), (holder, holder_row))
        refused = [(line, claim[0], holders[claim][0]) for claim, own in asked if holders.get(claim, own)[1] != own[1]]
        lost += refused
        if not refused:
            for claim, own in asked:
                holders.setdefault(claim, own)
    return pl.DataFrame(lost, schema={"line": pl.Int64, "place": pl.Int32, "holder": pl.Int64}, orient="row")


def _taken(lines: pl.DataFrame, identity: Field, hint: pl.Expr) -> pl.DataFrame:
    name = identity.column.name
    return found_on(lines, "already-taken", name, pl.col(name), hint)


def _who(used: Used, article: str, name_of: Callable[[str], str]) -> pl.Expr:
    """A row by its label, whose column is `name_of` the label; where rows have none, by the article."""
    noun, label = used.kind.entity.noun, used.kind.label
    return pl.lit(f"{article} {noun}") if label is None else sentence(f'the {noun} "{{}}"', name_of(label))
