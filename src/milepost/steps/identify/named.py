"""Named: the learners, learning objects, sessions and trainings that somebody means by any of their identifiers."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from milepost.model import identifiers, likeness
from milepost.model.exceptions import UsageError
from milepost.model.identifiers import Entity, Identifier, References
from milepost.model.text import fold

_MOST_NAMES = 200_000
_LEAST_LIKENESS = 60
_MOST_TOLD = 10
_ALL = 1 << 31


@dataclass(frozen=True, slots=True)
class Named:
    """How the rows of one entity are named, and what is said of those that cannot be found."""

    entity: Entity
    nouns: str
    """What its identifiers are called."""
    suggested: tuple[str, ...]
    """The columns of the table with names that are easily mistyped."""
    told: tuple[str, ...] = ()
    """The columns of the table that tell several rows of one name apart; the first comes before the others."""
    instead: str = ""
    """What to give instead of such a name."""

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that are text."""
        return tuple(one for one in self.entity.identifiers if one.name != "id")

    def nobody(self, references: References, name: str) -> UsageError:
        """The error that nothing has that name, with the nearest ones."""
        exact = _exact(name)
        nearest = _nearest(references, fold(exact), self.entity.table, self.suggested)
        return UsageError(f'No {self.entity.noun} has the {self.nouns} "{exact}".{nearest}')


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

    Raises UsageError when there is none, with the nearest names, or when there are several.
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
    """The ids of the rows that have one of the names; several rows may have the same one.

    Raises UsageError for a name that nothing has, with the nearest ones.
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
    """The rows that have one of the names, and the first name that none has.

    Columns: `id`, what is compared of each identifier, and `others`.
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
    """What tells a row apart, as in `ada (17, ada@example.org, GUID 9f)`."""
    first, *others = (f"GUID {text}" if column == "guid" else text for column, text in row.items() if text)
    return f"{first} ({', '.join(others)})" if others else first


def _nearest(references: References, key: str, table: str, columns: Sequence[str]) -> str:
    """What the name might have been, as a sentence; columns with too many names to compare are left out."""
    found = []
    for column in columns:
        names = references.names(table, column, _MOST_NAMES)
        nearest = None
        if names is not None:
            nearest = likeness.nearest(key, {fold(name): name for name in names}, _LEAST_LIKENESS)
        if nearest is not None:
            found.append(f'"{nearest}"')
    return f" Nearest: {', '.join(found)}." if found else " Check how it is written."
