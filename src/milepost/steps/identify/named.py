"""Rows by any of their identifiers, for filters and single rows; and the known names nearest to an unknown one."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from milepost.model import identifiers, likeness
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import Entity, References
from milepost.model.likeness import fold
from milepost.model.text import fold_all
from milepost.model.wording import quoted

_SUGGESTED = {
    one.column: (entity.table, one.name)
    for entity in (identifiers.LEARNER, identifiers.OBJECT, identifiers.SESSION, identifiers.TRAINING)
    for one in entity.identifiers
    if one.name not in ("id", "guid")
}
"""The columns with names that people mistype, each with its table and the table's column."""
_MOST_NAMES = 200_000
_MOST_FOR_ONE = 20_000
"""The same for a single name, which must take no longer than a page may."""

NEAREST = '; nearest: "{}"'
"""How a hint names the nearest known name, after the unknown one."""

_LEAST_LIKENESS = 60
_MOST_TOLD = 10
_ALL = 1 << 31


class Names:
    """Suggests names in one run: for each column, up to a number of distinct values, in the order of the file.

    A column with more than 200,000 names in the store gets no suggestions: comparing them all would take longer
    than the run.
    """

    def __init__(
        self,
        references: References,
        columns: Mapping[str, tuple[str, str]] = _SUGGESTED,
        most: int = 100,
        least_likeness: float = 75,
    ) -> None:
        """Reads nothing yet. `columns` are columns of the file, each with the table and its column that has the names.

        `most` is the number of distinct values of a column, `least_likeness` (of 100) how alike a name must be.
        """
        self._references = references
        self._columns = columns
        self._most = most
        self._least_likeness = least_likeness
        self._suggested: dict[str, dict[str, str | None]] = {}
        self._names = cache(self._read)

    def nearest(self, column: str, values: pl.Series) -> pl.Series:
        """The nearest known name of each value; null if the column gets none, or two names are equally near."""
        known = self._suggested.setdefault(column, {})
        for value in values.drop_nulls().unique(maintain_order=True) if self.suggests(column) else ():
            if len(known) >= self._most:
                break
            if value not in known:
                known[value] = likeness.nearest(fold(value), self._names(column), self._least_likeness)
        return values.replace_strict(known, default=None, return_dtype=pl.String)

    def suggests(self, column: str) -> bool:
        """Whether the column has names that people mistype."""
        return column in self._columns

    def _read(self, column: str) -> dict[str, str]:
        """Known names by their folded form; empty if there are too many to compare."""
        table, name = self._columns[column]
        found = self._references.names(table, name, _MOST_NAMES)
        return {} if found is None else _by_folded(found)


@dataclass(frozen=True, slots=True)
class Named:
    """The names of one entity, for messages on names that fit no row or several."""

    entity: Entity
    nouns: str
    """The nouns for its identifiers."""
    suggested: tuple[str, ...]
    """The columns of the table with names that people mistype."""
    told: tuple[str, ...] = ()
    """The columns of the table that distinguish rows with the same name, the main one first."""
    instead: str = ""
    """What to give instead of an ambiguous name."""


LEARNER = Named(
    identifiers.LEARNER,
    "log-in name, e-mail, reference number or GUID",
    ("login", "reference_number", "email"),
    ("login", "reference_number", "email", "guid"),
    "the log-in name, or the GUID",
)
OBJECT = Named(identifiers.OBJECT, "code or GUID", ("code", "guid"), ("guid", "code", "title"), "the GUID")
TRAINING = Named(identifiers.TRAINING, "path code or GUID", ("path_code",))
SESSION = Named(identifiers.SESSION, "title or GUID", ("title",))


def _only(named: Named, column: str, noun: str) -> Named:
    """The same, known by one identifier alone: that of a column."""
    identifier = named.entity.by_column(column)
    suggested = tuple(name for name in named.suggested if name == identifier.name)
    return replace(named, entity=replace(named.entity, identifiers=(identifier,)), nouns=noun, suggested=suggested)


TRAINING_PATH_CODE = _only(TRAINING, "trainingPathCode", "path code")
TRAINING_GUID = _only(TRAINING, "trainingGuid", "GUID")
SESSION_TITLE = _only(SESSION, "sessionTitle", "title")
SESSION_GUID = _only(SESSION, "sessionGuid", "GUID")


def one(references: References, named: Named, name: str) -> int:
    """The id of the row with that name.

    Raises UsageError if there is none, with the nearest names, or if there are several.
    """
    found = _found(references, named, [name])
    if found.height > 1:
        first = found.sort(named.entity.identifiers[0].key).head(_MOST_TOLD).select(named.told)
        listed = "; ".join(map(_told, first.iter_rows(named=True))) + ("; …" if found.height > _MOST_TOLD else "")
        raise UsageError(
            f'"{_exact(name)}" is more than one {named.entity.noun}: {listed}. '
            f"Give {named.instead} of the one you mean."
        )
    return int(found["id"][0])


def every(references: References, named: Named, names: Sequence[str]) -> tuple[int, ...]:
    """The ids of the rows that have one of the names; several rows may have the same name.

    Raises UsageError for a name that no row has, with the nearest names.
    """
    return tuple(_found(references, named, names)["id"])


def alike(references: References, table: str, column: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The texts of a column that equal one of `texts` without letter case, as they are stored."""
    wanted = {fold(text) for text in texts}
    stored = references.names(table, column, _ALL)
    return tuple(text for text in (() if stored is None else stored) if fold(text) in wanted)


def _found(references: References, named: Named, names: Sequence[str]) -> pl.DataFrame:
    """The rows that have one of the names: `id`, the key of each identifier, and the columns told.

    Raises UsageError for the first name that no row has.
    """
    exact = pl.Series([_exact(name) for name in names], dtype=pl.String)
    texts = (one for one in named.entity.identifiers if one.name != "id")
    sought = {one.key: fold_all(exact) if one.is_folded else exact for one in texts}
    rows = references.rows(named.entity.table, list(dict.fromkeys(("id", *sought, *named.told))), **sought)
    is_known = pl.Series([False] * len(exact))
    for key, values in sought.items():
        is_known |= values.is_in(rows[key].drop_nulls().implode())
    if not is_known.all():
        raise _nobody(references, named, exact.filter(~is_known)[0])
    return rows.filter(pl.any_horizontal(pl.col(key).is_in(values.implode()) for key, values in sought.items()))


def _nobody(references: References, named: Named, name: str) -> UsageError:
    nearest = (_nearest(references, named.entity.table, column, name) for column in named.suggested)
    found = quoted(one for one in nearest if one is not None)
    end = f"Nearest: {found}." if found else "Check how it is written."
    return UsageError(f'No {named.entity.noun} has the {named.nouns} "{name}". {end}')


def _nearest(references: References, table: str, column: str, name: str) -> str | None:
    """The nearest name in a column; None if none is near, two are equally so, or there are too many to compare."""
    names = references.names(table, column, _MOST_FOR_ONE)
    return None if names is None else likeness.nearest(fold(name), _by_folded(names), _LEAST_LIKENESS)


def _by_folded(names: pl.Series) -> dict[str, str]:
    """Names by the form in which they are compared."""
    return dict(zip(fold_all(names).to_list(), names.to_list(), strict=True))


def _exact(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _told(row: dict[str, str | None]) -> str:
    """A row in words, as in `ada (17, ada@example.org, GUID 9f)`."""
    first, *others = (f"GUID {text}" if column == "guid" else text for column, text in row.items() if text)
    return f"{first} ({', '.join(others)})" if others else first
