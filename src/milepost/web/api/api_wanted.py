"""Which part of a list somebody asks for: filters, where it begins, how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeAlias

from fastapi import Depends, Query
from pydantic import Field

from milepost.model.columns import LARGEST_INTEGER
from milepost.web.cursors import number_of

MOST_ROWS = 1_000
"""Rows of a list in one answer."""

Key = Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]
"""The number of something that is stored."""
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="The most rows of the answer.")]
Cursor = Annotated[str, Query(max_length=40, description="`next` of the answer before.")]


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A part of a list."""

    filters: Mapping[str, str]
    cursor: str
    limit: int

    @property
    def where(self) -> dict[str, str]:
        """What the rows must have; without the filters that are empty."""
        return {name: text for name, text in self.filters.items() if text}

    @property
    def number(self) -> int | None:
        """The cursor as a number; None for the beginning, and for what is no cursor."""
        return number_of(self.cursor)


def _findings(code: str = "", level: str = "", column: str = "", cursor: Cursor = "", limit: Limit = 100) -> PageWanted:
    return PageWanted({"code": code, "level": level, "column": column}, cursor, limit)


def _changes(field: str = "", kind: str = "", cursor: Cursor = "", limit: Limit = 100) -> PageWanted:
    return PageWanted({"field": field, "kind": kind}, cursor, limit)


def _runs(
    state: str = "",
    kind: str = "",
    file: Annotated[str, Query(description="A part of the name of the file, without letter case.")] = "",
    since: Annotated[date | None, Query(description="The first day in UTC on which they began.")] = None,
    until: Annotated[date | None, Query(description="The last day in UTC.")] = None,
    cursor: Cursor = "",
    limit: Limit = 100,
) -> PageWanted:
    days = {name: "" if day is None else day.isoformat() for name, day in (("since", since), ("until", until))}
    return PageWanted({"state": state, "kind": kind, "file": file, **days}, cursor, limit)


FindingsWanted: TypeAlias = Annotated[PageWanted, Depends(_findings)]
ChangesWanted: TypeAlias = Annotated[PageWanted, Depends(_changes)]
RunsWanted: TypeAlias = Annotated[PageWanted, Depends(_runs)]
