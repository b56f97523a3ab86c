"""The rows that each line refers to, its own stored row, and the findings on references that fail."""

from __future__ import annotations

import polars as pl

from milepost.model.batch import no_findings
from milepost.model.identifiers import References
from milepost.model.text import fold_all, sentence
from milepost.model.tracked import before
from milepost.reference import Reference, ReferenceKind, Role
from milepost.steps.identify.fitting import fitting, keys_of, number
from milepost.steps.identify.named import Names
from milepost.steps.line_frames import found_on, has_value, is_readable

MOST_SUGGESTIONS = 20
"""Distinct unknown values of a column that get a nearest name, in the order of the lines."""

_LEAST_LIKENESS = 70


class Linker:
    """Looks up the lines of one load, batch by batch."""

    def __init__(self, kind: ReferenceKind, used: ReferenceKind, references: References) -> None:
        """Reads nothing yet. `used` is `kind` with those columns that the file has."""
        self._kind = kind
        self._used = used
        self._references = references
        names = {
            one.column: (refers.entity.table, one.name) for refers in kind.references for one in refers.identifiers
        }
        self._names = Names(references, names, MOST_SUGGESTIONS, _LEAST_LIKENESS)

    def link(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`lines` with the ids of the rows that they refer to, and their stored rows; and the findings on references.

        An id has the name of its reference. The columns of the stored row are named by `tracked.before`; all of them
        are null if the store has no such row. `is_new` says that the line then makes one, as far as the key tells.
        """
        found = [no_findings()]
        for reference in self._used.references:
            lines, lost = self._refer(lines, reference)
            found.append(lost)
        key, schema = self._kind.key, self._kind.schema
        stored = self._references.rows(self._kind.entity.table, tuple(schema), **{key[0]: lines[key[0]].drop_nulls()})
        stored = stored.select(pl.col(name).cast(kind).alias(before(name)) for name, kind in schema.items())
        its_key = [before(name) for name in key]
        joined = lines.join(stored, left_on=key, right_on=its_key, how="left", coalesce=False, maintain_order="left")
        joined = joined.with_columns(is_new=self._is_whole() & pl.col(its_key[0]).is_null())
        lines, shared = (joined, no_findings()) if joined.height == lines.height else self._told_apart(joined)
        found.append(shared)
        found += [self._held(lines, one, *one.held_by) for one in self._used.references if one.held_by is not None]
        return lines, pl.concat(found)

    def _is_whole(self) -> pl.Expr:
        """Whether a line says all of which row it is. Without a chosen key, it is of a row that its name tells."""
        key, names = self._used.key, self._used.names
        if not names:
            return pl.all_horizontal(pl.col(name).is_not_null() for name in key)
        chosen = [one.column.name for one in self._used.fields if one.role is Role.KEY]
        return is_readable(*chosen) & pl.all_horizontal(pl.col(one.key).is_not_null() for one in names)

    def _told_apart(self, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Each line once; without a stored row, and with a finding, where several have the key."""
        used = self._used
        key = next(one.column.name for one in used.fields if one.role is Role.KEY)
        counted = lines.with_columns(holders=pl.len().over("line")).unique("line", keep="first", maintain_order=True)
        is_shared, nothing = pl.col("holders") > 1, pl.lit(None)
        said = f"{{}} {used.entity.noun}s have that {used.entity.by_column(key).noun}"
        hint = sentence(f"{said}; load by another key, or merge them if they are one person", "holders")
        found = found_on(counted.filter(is_shared), "reference-ambiguous", hint, key, pl.col(key))
        stored = [before(name) for name in self._kind.schema]
        alone = [pl.when(is_shared).then(nothing).otherwise(name).alias(name) for name in stored]
        return counted.with_columns(alone).drop("holders"), found

    def _refer(self, lines: pl.DataFrame, reference: Reference) -> tuple[pl.DataFrame, pl.DataFrame]:
        names, identifiers = reference.columns, reference.identifiers
        keys = [one.key for one in identifiers]
        asked = lines.filter(has_value(*names) & is_readable(*names)).select("line", *names)
        asked = asked.with_columns(
            (fold_all(asked[one.column]) if one.is_folded else asked[one.column]).alias(one.key) for one in identifiers
        )
        combinations, asked = number(asked, keys, "combination")
        columns = tuple(dict.fromkeys(("id", *keys, *(one.name for one in identifiers))))
        known = self._references.rows(reference.entity.table, columns, **keys_of(combinations, keys))
        fits = fitting(combinations, known, [(key,) for key in keys])
        only = fits.group_by("combination").agg(pl.col("id").first(), pl.len()).filter(pl.col("len") == 1)
        asked = asked.join(only.select("combination", "id"), on="combination", how="left", maintain_order="left")
        ids = asked.select("line", pl.col("id").alias(reference.name))
        lost = asked.filter(pl.col("id").is_null())
        lines = lines.join(ids, on="line", how="left", maintain_order="left")
        return lines, no_findings() if lost.is_empty() else self._explained(lost, known, reference)

    def _explained(self, lost: pl.DataFrame, known: pl.DataFrame, reference: Reference) -> pl.DataFrame:
        """Findings on lines that refer to nothing, or to more than one row: on the first identifier that fails."""
        noun = reference.entity.noun
        whole = next(one for one in self._kind.references if one.name == reference.name)
        unique = " or ".join(one.column for one in whole.identifiers if one.is_unique)
        found = []
        for place, one in enumerate(reference.identifiers):
            name, value, anchors = one.column, pl.col(one.column), reference.identifiers[:place]
            given = lost.filter(value.is_not_null())
            first = given.filter(*(pl.col(anchor.column).is_null() for anchor in anchors))
            first = first.join(known.group_by(one.key).len(), on=one.key, how="left", maintain_order="left")
            unknown = first.filter(pl.col("len").is_null())
            said = sentence(f'no {noun} has the {one.noun} "{{}}"', value)
            near = sentence('; nearest: "{}"', pl.lit(self._names.nearest(name, unknown[name]))).fill_null("")
            found.append(found_on(unknown, "reference-not-found", pl.concat_str(said, near), name, value))
            for anchor in anchors:
                named = given.join(known.select(anchor.key, its=one.name), on=anchor.key, maintain_order="left")
                its = sentence(f'has the {one.noun} "{{}}"', "its").fill_null(f"has no {one.noun}")
                hint = sentence(f"the {noun} with that {anchor.noun} {{}}", its)
                found.append(found_on(named, "reference-not-found", hint, name, value))
            hint = sentence(f"{{}} {noun}s have that {one.noun}; give {unique}", "len")
            found.append(found_on(first.filter(pl.col("len") > 1), "reference-ambiguous", hint, name, value))
        return pl.concat(found)

    def _held(self, lines: pl.DataFrame, reference: Reference, table: str, column: str) -> pl.DataFrame:
        """`already-taken` where a line changes a reference on which rows of `table` rely."""
        changed = lines.filter(pl.col(reference.name) != pl.col(before(reference.name)))
        if changed.is_empty():
            return no_findings()
        holders = self._references.rows(table, (column,), **{column: changed[before("id")]})
        held = changed.join(holders, left_on=before("id"), right_on=column, how="semi", maintain_order="left")
        naming, ids = reference.identifiers[0], held[before(reference.name)]
        current = self._references.rows(reference.entity.table, ("id", naming.name), id=ids)
        current = current.select(pl.col("id").alias(before(reference.name)), current=naming.name)
        held = held.join(current, on=before(reference.name), how="left", maintain_order="left")
        noun, referred = self._kind.entity.noun, reference.entity.noun
        hint = sentence(
            f'the {noun} has {table}s and is of the {referred} "{{}}"; '
            f"a {noun} with {table}s never changes its {referred}",
            "current",
        )
        return found_on(held, "already-taken", hint, naming.column, pl.col(naming.column))
