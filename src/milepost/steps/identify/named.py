"""Learners, learning objects, sessions and trainings by any of their identifiers, for filters and single rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.model import identifiers
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import Entity, Identifier, References
from milepost.model.text import fold
from milepost.model.wording import quoted
from milepost.steps.identify.names import Names

_LEAST_LIKENESS = 60
_MOST_TOLD = 10
_ALL = 1 << 31


@dataclass(frozen=True, slots=True)
class Named:
    """The names of one entity, and the errors on names that fit no row or several."""

    entity: Entity
    nouns: str
    """The nouns for its identifiers."""
    suggested: tuple[str, ...]
    """The columns of the table with names that people mistype."""
    told: tuple[str, ...] = ()
    """The columns of the table that distinguish rows with the same name, the main one first."""
    instead: str = ""
    """What to give instead of an ambiguous name."""

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that are text."""
        return tuple(one for one in self.entity.identifiers if one.name != "id")

    def nobody(self, references: References, name: str) -> UsageError:
        """The error that no row has that name, with the nearest names."""
        exact = _exact(name)
        columns = {column: (self.entity.table, column) for column in self.suggested}
        names = Names(references, columns, 1, _LEAST_LIKENESS)
        nearest = [names.nearest(column, pl.Series([exact]))[0] for column in columns]
        found = quoted(one for one in nearest if one is not None)
        end = f"Nearest: {found}." if found else "Check how it is written."
        return UsageError(f'No {self.entity.noun} has the {self.nouns} "{exact}". {end}')


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


def one(references: References, named: Named, name: str) -> int:
    """The id of the row with that name.

    Raises UsageError if there is none, with the nearest names, or if there are several.
    """
    found, _ = _found(references, named, [name], named.told)
    if found.height > 1:
        first = found.sort(named.identifiers[0].key).head(_MOST_TOLD).select(named.told)
        told = [_told(row) for row in first.iter_rows(named=True)]
        listed = "; ".join(told) + ("; …" if found.height > _MOST_TOLD else "")
        raise UsageError(
            f'"{_exact(name)}" is more than one {named.entity.noun}: {listed}. '
            f"Give {named.instead} of the one you mean."
        )
    if found.is_empty():
        raise named.nobody(references, name)
    return int(found["id"][0])


def every(references: References, named: Named, names: Sequence[str]) -> tuple[int, ...]:
    """The ids of the rows that have one of the names; several rows may have the same name.

    Raises UsageError for a name that no row has, with the nearest names.
    """
    found, unknown = _found(references, named, names)
    if unknown is not None:
        raise named.nobody(references, unknown)
    return tuple(found["id"])


def modalities(references: References, names: Sequence[str]) -> tuple[str, ...]:
    """The modalities of trainings with those names, without letter case, as they are stored."""
    wanted = {fold(name) for name in names}
    stored = references.names("training", "modality", _ALL)
    return tuple(name for name in (() if stored is None else stored) if fold(name) in wanted)


def _found(
    references: References, named: Named, names: Sequence[str], others: Sequence[str] = ()
) -> tuple[pl.DataFrame, str | None]:
    """The rows that have one of the names, and the first name that no row has.

    Columns: `id`, the key of each identifier, and `others`.
    """
    exact = [_exact(name) for name in names]
    texts = {False: exact, True: [fold(name) for name in exact]}
    sought = {one.key: pl.Series(texts[one.is_folded], dtype=pl.String) for one in named.identifiers}
    columns = list(dict.fromkeys(("id", *sought, *others)))
    rows = references.rows(named.entity.table, columns, **sought)
    rows = rows.filter(pl.any_horizontal(pl.col(key).is_in(values.implode()) for key, values in sought.items()))
    unknown = pl.Series([True] * len(names))
    for key, values in sought.items():
        unknown &= ~values.is_in(rows[key].drop_nulls().implode())
    missing = unknown.arg_true()
    return rows, None if missing.is_empty() else names[missing[0]]


def _exact(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _told(row: dict[str, str | None]) -> str:
    """A row in words, as in `ada (17, ada@example.org, GUID 9f)`."""
    first, *others = (f"GUID {text}" if column == "guid" else text for column, text in row.items() if text)
    return f"{first} ({', '.join(others)})" if others else first
