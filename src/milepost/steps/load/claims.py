"""Ids, GUIDs and names: each belongs to one row. Claims are kept as fingerprints, which take little memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.identifiers import References
from milepost.model.text import sentence
from milepost.model.tracked import before
from milepost.reference import Field, ReferenceKind, Role
from milepost.steps.line_frames import found_on

_HALF = 64
_SEEDS = (secrets.randbits(_HALF), secrets.randbits(_HALF))
"""Random for each process, so that nobody can prepare a file with two keys of one fingerprint."""


def fingerprints(rows: pl.DataFrame) -> pl.Series:
    """A number (Int128) for each row; equal rows have equal numbers."""
    high, low = (rows.hash_rows(seed) for seed in _SEEDS)
    parts = pl.DataFrame({"high": high.reinterpret(signed=True), "low": low}).cast(pl.Int128)
    return parts.select(fingerprint=pl.col("high") * pl.lit(1 << _HALF, pl.Int128) + pl.col("low")).to_series()


def fingerprints_of_rows(used: ReferenceKind, lines: pl.DataFrame) -> pl.Series:
    """The fingerprint of the row that each line is of: of the key, or of the name where a chosen key is empty."""
    is_empty = pl.all_horizontal(pl.col(name).is_null() for name in used.key)
    names = [pl.when(is_empty).then(one.key).alias(one.key) for one in used.names]
    return fingerprints(lines.select(*used.key, *names))


def find_taken(used: ReferenceKind, lines: pl.DataFrame, references: References) -> pl.DataFrame:
    """`already-taken` where a line changes an id or GUID, or gives a row an id, GUID or name of another stored one.

    `lines` is as `references.Linker.link` returns it. The result has schema `model.batch.FINDINGS`.
    """
    found = [no_findings(), *(_names_taken(used, one, lines, references) for one in used.names)]
    for identity in used.identities:
        changed = lines.filter(pl.col(identity.key) != pl.col(before(identity.key)))
        hint = sentence("{} has {}; ids and GUIDs never change", _who(used, "this", before), before(identity.name))
        given = lines.filter(_is_gained(identity))
        columns = tuple(dict.fromkeys((identity.key, *([used.label] if used.label else []))))
        holders = references.rows(used.entity.table, columns, **{identity.key: given[identity.key]})
        holders = holders.rename({name: f"holder.{name}" for name in columns})
        taken = given.join(holders, left_on=identity.key, right_on=f"holder.{identity.key}", maintain_order="left")
        held = sentence("{} has it", _who(used, "another", "holder.{}".format))
        found += [_taken(changed, identity, hint), _taken(taken, identity, held)]
    return pl.concat(found)


def _names_taken(used: ReferenceKind, name: Field, lines: pl.DataFrame, references: References) -> pl.DataFrame:
    key = next(one for one in used.fields if one.role is Role.KEY)
    noun, said = used.entity.noun, used.entity.by_column(key.column.name).noun
    given = lines.filter(_is_gained(name))
    if given.is_empty():
        return no_findings()
    holders = references.rows(used.entity.table, (name.key, key.name), **{name.key: given[name.key]})
    holders = holders.select(pl.col(name.key), holder=key.name)
    taken = given.join(holders, on=name.key, maintain_order="left")
    remedy = f"give that {said} if it is the same {noun}, or rename that one first"
    keyless = f"the {noun} who has it has no {said}; a load by {name.column.name} gives it one"
    hint = sentence(f'the {noun} with the {said} "{{}}" has it; {remedy}', "holder").fill_null(keyless)
    return _taken(taken, name, hint)


def _is_gained(unique: Field) -> pl.Expr:
    """Whether a line gives its row an id, a GUID or a name that the row does not have."""
    is_gained = pl.col("is_new")
    if unique.role is Role.NAME:
        is_gained |= pl.col(unique.key) != pl.col(before(unique.key))
    return is_gained & pl.col(unique.key).is_not_null()


class Index:
    """The line that claims each value, in 40 bytes: sorted parts, each more than twice as long as the next."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []

    def add(self, claims: pl.DataFrame) -> None:
        """Adds claims (`value`, `line`, `row`) with distinct values that no earlier claim has."""
        if claims.is_empty():
            return
        while self._parts and self._parts[-1].height <= 2 * claims.height:
            claims = pl.concat([self._parts.pop(), claims])
        self._parts.append(claims.sort("value"))

    def find(self, values: pl.Series) -> pl.DataFrame:
        """The claims to the values: `value`, and their line and row as `holder` and `holder_row`."""
        values = values.unique()
        found = [pl.DataFrame(schema={"value": pl.Int128, "line": pl.Int64, "row": pl.Int128})]
        for part in self._parts:
            places = part["value"].search_sorted(values)
            rows = part[places.clip(upper_bound=part.height - 1)]
            found.append(rows.filter(rows["value"] == values))
        return pl.concat(found).rename({"line": "holder", "row": "holder_row"})


def refuse(used: ReferenceKind, held: Index, lines: pl.DataFrame) -> pl.DataFrame:
    """`already-taken` where a line gives a row an id, GUID or name that an earlier line gives a different row.

    `lines` has the lines of the next batch that have no other error, with `row`, the fingerprint of the row. `held` has
    the earlier claims, and gains those of the batch: the first accepted line claims a value for its row, even if it is
    superseded.
    """
    unique = (*used.identities, *used.names)
    if not unique:
        return no_findings()
    claims = pl.concat(_claims(lines, place, one) for place, one in enumerate(unique))
    if claims.is_empty():
        return no_findings()
    claims = claims.join(held.find(claims["value"]), on="value", how="left", maintain_order="left")
    lost = _lost(claims.filter(pl.col("line").is_in(_contested(claims).implode())).sort("line"))
    gained = claims.filter(pl.col("holder").is_null() & ~pl.col("line").is_in(lost["line"].implode()))
    held.add(gained.sort("line").unique("value", keep="first").select("value", "line", "row"))
    found = []
    for place, one in enumerate(unique):
        refused = lines.join(lost.filter(pl.col("place") == place), on="line", maintain_order="left")
        found.append(_taken(refused, one, sentence("line {} has it first", "holder")))
    return pl.concat(found)


def _claims(lines: pl.DataFrame, place: int, unique: Field) -> pl.DataFrame:
    """The lines that give their row a value of a column, and its fingerprint."""
    given = lines.filter(_is_gained(unique)).with_columns(place=pl.lit(place))
    return given.select("line", "row", "place", value=fingerprints(given.select("place", unique.key)))


def _contested(claims: pl.DataFrame) -> pl.Series:
    """The lines that give a value of a different row, claimed earlier or in the same batch."""
    in_order = claims.sort("value")
    is_shared = (pl.col("value") == pl.col("value").shift()) & (pl.col("row") != pl.col("row").shift())
    shared = in_order.filter(is_shared)["value"]
    return claims.filter((pl.col("holder_row") != pl.col("row")) | pl.col("value").is_in(shared.implode()))["line"]


def _lost(claims: pl.DataFrame) -> pl.DataFrame:
    """The refused claims: `line`, `place`, and `holder`, the line that has the value.

    `claims` has all claims of the contested lines, by line. A loop over them, because a refused line claims nothing.
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


def _taken(lines: pl.DataFrame, unique: Field, hint: pl.Expr) -> pl.DataFrame:
    name = unique.column.name
    return found_on(lines, "already-taken", hint, name, pl.col(name))


def _who(used: ReferenceKind, article: str, name_of: Callable[[str], str]) -> pl.Expr:
    """A row named by its label in the column `name_of` the label; if rows have no label, the article and the noun."""
    noun, label = used.entity.noun, used.label
    return pl.lit(f"{article} {noun}") if label is None else sentence(f'the {noun} "{{}}"', name_of(label))
