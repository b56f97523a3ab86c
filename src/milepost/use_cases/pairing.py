"""What renames and merges share: pairs of names, the rows that they mean, and the digest of a plan."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from milepost.formats.read import decode
from milepost.model.columns import Column, Vocabulary
from milepost.model.exceptions import ExpectationError, FileError, UsageError
from milepost.model.identifiers import Identifier, References
from milepost.model.job import Reading
from milepost.model.people import Pair
from milepost.model.reports import Digest
from milepost.model.text import fold_all
from milepost.steps.identify import named
from milepost.stores.reference_journal import EDITS, of_table

ENTITIES = {"learner": named.LEARNER, "session": named.SESSION, "lov": named.OBJECT}
"""What can be merged, by the word of the command."""

NAMES = ("from", "into")
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Matched:
    """The rows that names mean."""

    rows: pl.DataFrame
    """`line`, `name`, and `id`, in the order of the names."""
    columns: pl.DataFrame
    """`line`, and each identifier (`column`, of the table) that has the name."""


def read_pairs(file: str | Path, names: tuple[str, str] = NAMES) -> tuple[Pair, ...]:
    """The pairs of a CSV file with two columns, called `names`. Raises FileError."""
    first, second = names
    found: list[Pair] = []
    with decode.open_file(Path(file), Reading(), Vocabulary((Column(first), Column(second)))) as decoded:
        places = {column.name: str(place) for column, place in decoded.layout.positions.items()}
        if len(places) < 2:
            raise FileError(f"{file} needs the columns {first} and {second}, each with a name.", code="wrong-header")
        for batch in decoded.batches():
            if batch.ragged.height:
                line, _ = batch.ragged.row(0)
                raise FileError(f"{file}, line {line}: the row must have {decoded.layout.width} cells.")
            cells = batch.cells.select("line", places[first], places[second])
            found += [Pair(one.strip(), other.strip(), line) for line, one, other in cells.iter_rows()]
    return tuple(found)


def numbered(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs, each with a line of its own. Raises UsageError unless there are some, and each has both names."""
    if not pairs:
        raise UsageError("There are no pairs. Give two names, or a file with some.")
    if len({one.line for one in pairs}) < len(pairs):
        pairs = [replace(one, line=line) for line, one in enumerate(pairs, start=1)]
    refuse_lines(pairs, [(one.line, "a name is empty") for one in pairs if not one.first or not one.second])
    return tuple(pairs)


def refuse_lines(pairs: Sequence[Pair], said: Sequence[tuple[int, str]]) -> None:
    """Raises UsageError with all that is said of lines, if anything is."""
    if not said:
        return
    if len(pairs) == 1:
        sentence = said[0][1]
        raise UsageError(f"{sentence[0].upper()}{sentence[1:]}. Nothing was done.")
    told = [f"line {line}: {sentence}." for line, sentence in sorted(said)[:_MOST_TOLD]]
    more = len(said) - len(told)
    end = f"\n  and {more:,} more" if more > 0 else ""
    lines = "\n  ".join(told)
    raise UsageError(f"{len(said):,} pairs cannot be done, so nothing was done:\n  {lines}{end}")


def matched(references: References, which: named.Named, pairs: Sequence[Pair], *, is_second: bool = False) -> Matched:
    """The rows that the first or the second names of pairs mean. Raises UsageError with all that mean no one row."""
    texts = [unicodedata.normalize("NFC", one.second if is_second else one.first) for one in pairs]
    names = pl.DataFrame({"line": [one.line for one in pairs], "name": texts})
    if len(pairs) == 1:
        named.one(references, which, texts[0])  # it says what is nearest
    names = names.with_columns(key=fold_all(names["name"]))
    known = identifiers_of(which)
    sought = {one.key: names["key" if one.is_folded else "name"] for one in known}
    rows = references.rows(which.entity.table, ["id", *dict.fromkeys(sought)], **sought)
    parts = [
        names.join(
            rows.select("id", pl.col(one.key).alias("match")).drop_nulls(),
            left_on="key" if one.is_folded else "name",
            right_on="match",
        ).select("line", "id", column=pl.lit(one.name))
        for one in known
    ]
    found = pl.concat(parts).unique(maintain_order=True)
    counts = names.join(found.group_by("line").agg(pl.col("id").n_unique().alias("n")), on="line", how="left")
    noun, nouns = which.entity.noun, which.nouns
    said = [
        (line, f'no {noun} has the {nouns} "{name}"' if not n else f'"{name}" is {n} {noun}s; give {which.instead}')
        for line, name, n in counts.filter(pl.col("n").fill_null(0) != 1).select("line", "name", "n").iter_rows()
    ]
    refuse_lines(pairs, said)
    one = found.unique("line").select("line", "id")
    ids = names.select("line", "name").join(one, on="line", how="left", maintain_order="left")
    return Matched(ids, found.select("line", "column"))


def identifiers_of(which: named.Named) -> tuple[Identifier, ...]:
    """The identifiers of an entity that are texts."""
    return tuple(one for one in which.entity.identifiers if one.name != "id")


def sha256_of(pairs: Sequence[Pair]) -> str:
    """The SHA-256 of pairs, however their file was written."""
    text = "\n".join(f"{one.first}\t{one.second}" for one in pairs)
    return hashlib.sha256(text.encode()).hexdigest()


def plan_digest(sha256: str, options: str, edits: pl.DataFrame, tracking: str = "") -> str:
    """The digest of a plan: of the pairs, of the options, and of what changes."""
    told = hashlib.sha256(tracking.encode())
    for table in edits["entity"].unique().sort():
        # Former identifiers follow from the rest, and name the instant.
        if table != "former_identifier":
            told.update(of_table(edits, table).sort("row_id").select(*EDITS).write_csv().encode())
    return str(Digest.of(sha256, options, told.hexdigest()))


def require_expected(expect: str | None, digest: str, of: str = "the list of pairs") -> None:
    """Raises ExpectationError unless the digest is the expected one, if there is one; `of` is what its file is."""
    if expect is None or str(Digest.parse(expect)) == digest:
        return
    wanted, found = Digest.parse(expect), Digest.parse(digest)
    what = (
        of
        if wanted.file != found.file
        else "the options"
        if wanted.configuration != found.configuration
        else "the store"
    )
    raise ExpectationError(
        f"The plan has changed since it was checked: {what} differ{'' if what == 'the options' else 's'}. "
        "Nothing was done. Check again."
    )


def counted(number: int, noun: str) -> str:
    """A number of things, as in `1 learner`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
