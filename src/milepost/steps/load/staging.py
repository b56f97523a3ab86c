"""Where a file's lines wait: temporary tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    cast,
    exists,
    insert,
    literal,
    select,
)
from sqlalchemy.engine import Connection
from sqlalchemy.schema import DropTable
from sqlalchemy.sql import Select
from sqlalchemy.types import TypeEngine

from milepost import reference as catalogue
from milepost.model.columns import Kind as Holds
from milepost.model.findings import CODES, RANK, Level
from milepost.stores.sql import frames, tables

_TYPES: dict[Holds, TypeEngine[Any]] = {
    Holds.TEXT: Text(),
    Holds.INTEGER: Integer(),
    Holds.NUMBER: tables.number,
    Holds.DATETIME: tables.instant,
    Holds.DURATION: Integer(),
    Holds.FLAG: tables.flag,
}

_ERRORS = frozenset(code.name for code in CODES.values() if code.level is Level.ERROR)


def key_of(column: str) -> str:
    """The staging column that holds the folded text of `column`."""
    return f"{column}_key"


def asked(reference: catalogue.Reference) -> str:
    """The staging column that is 1 where a line names the row of `reference` and all its words for it are readable."""
    return f"{reference.name}_asked"


MADE_GUID = "made_guid"
"""The staging column with a GUID for a new row that is given none."""


@dataclass(frozen=True, slots=True)
class Staging:
    """The temporary tables of one load, and the table they are loaded into."""

    kind: catalogue.Kind
    used: frozenset[str]
    """The columns that the file has."""
    own: Table
    """The kind's table in the store."""
    lines: Table
    """The readable records: `line` and their values by the file's column names; see also `key_of` and `asked`."""
    links: Table
    """`line`, the ids of what each refers to, and `stored`: not null where its row is in the store already."""
    findings: Table
    """What there is to say of lines: the fields of a finding, `rank` and `place` to sort by, and `error`."""
    plan: Table
    """The accepted lines: `line`, `winner` (the last line for the same row) and `outcome`."""

    @property
    def fields(self) -> tuple[catalogue.Field, ...]:
        """The stored columns that the file has."""
        return tuple(field for field in self.kind.fields if field.column.name in self.used)

    @property
    def identities(self) -> tuple[catalogue.Field, ...]:
        """The ids and GUIDs beside the key that the file has."""
        return tuple(field for field in self.kind.identities if field.column.name in self.used)

    def identifiers(self, reference: catalogue.Reference) -> tuple[catalogue.Identifier, ...]:
        """The columns for `reference` that the file has."""
        return tuple(one for one in self.kind.identifiers(reference) if one.column.name in self.used)

    def given(self, column: catalogue.Field | catalogue.Identifier) -> ColumnElement[Any]:
        """What a line gives in `column`, in the form in which it is compared."""
        name = column.column.name
        return self.lines.c[key_of(name) if column.folded else name]

    def row_key(self) -> tuple[ColumnElement[Any], ...]:
        """What says which row a line means; needs `lines` and `links` in the query."""
        fields = [self.given(field) for field in self.kind.fields if field.role is catalogue.Role.KEY]
        references = [self.links.c[one.name] for one in self.kind.references if one.role is catalogue.Role.KEY]
        return (*fields, *references)

    def same_row(self) -> ColumnElement[bool]:
        """Whether a row of the store is the one that a line means; needs `own` and `links` in the query."""
        if "id" in self.own.c:
            return self.own.c["id"] == self.links.c["stored"]
        return and_(*(self.own.c[one.name] == self.links.c[one.name] for one in self.kind.references))

    def accepted(self) -> ColumnElement[bool]:
        """Whether a line has no error; needs `lines` in the query."""
        found = self.findings.c
        return ~exists().where(found["line"] == self.lines.c["line"], found["error"] == 1)


def stored_name(column: catalogue.Field | catalogue.Identifier) -> str:
    """The column of the store's table in the form in which it is compared."""
    return f"{column.name}_key" if column.folded else column.name


def staging(kind: catalogue.Kind, used: frozenset[str]) -> Staging:
    """The description of the tables for a file of `kind` with the columns `used`."""
    metadata = MetaData()

    def temporary(name: str, *columns: Column[Any] | Index) -> Table:
        line = Column("line", Integer, primary_key=name != "load_finding", autoincrement=False, nullable=False)
        return Table(name, metadata, line, *columns, prefixes=["TEMPORARY"])

    values: list[Column[Any]] = []
    for column in kind.columns:
        name = column.column.name
        if name in used:
            values.append(Column(name, _TYPES[column.column.kind]))
            if column.folded:
                values.append(Column(key_of(name), Text))
    values += [Column(asked(reference), Integer) for reference in kind.references]
    values += [Column(MADE_GUID, Text) for identity in kind.identities if identity.folded]
    return Staging(
        kind,
        used,
        own=tables.metadata.tables[kind.table],
        lines=temporary("load_line", *values),
        links=temporary(
            "load_link", *(Column(reference.name, Integer) for reference in kind.references), Column("stored", Integer)
        ),
        findings=temporary(
            "load_finding",
            *(Column(name, Text) for name in ("code", "column", "value", "message", "hint")),
            *(Column(name, Integer, nullable=False) for name in ("rank", "place", "error")),
            Index("load_finding_line", "line"),
        ),
        plan=temporary("load_plan", Column("winner", Integer), Column("outcome", Text)),
    )


def create(connection: Connection, stage: Staging) -> None:
    """Makes the temporary tables, in the place of those that an earlier load may have left."""
    drop(connection, stage)
    for table in (stage.lines, stage.links, stage.findings, stage.plan):
        table.create(connection, checkfirst=False)


def drop(connection: Connection, stage: Staging) -> None:
    """Removes the temporary tables where they are there."""
    for table in (stage.lines, stage.links, stage.findings, stage.plan):
        connection.execute(DropTable(table, if_exists=True))


def insert_rows(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Adds the rows of `frame`, whose columns are named like those of `table`, in any order."""
    frames.insert(connection, table, frame.select([column.name for column in table.c if column.name in frame.columns]))


def add_findings(connection: Connection, stage: Staging, findings: pl.DataFrame) -> None:
    """Adds findings (schema `model.batch.FINDINGS`)."""
    places = {column.column.name: place for place, column in enumerate(stage.kind.columns)}
    code = pl.col("code")
    insert_rows(
        connection,
        stage.findings,
        findings.with_columns(
            rank=code.replace_strict(dict(RANK), return_dtype=pl.Int64),
            place=pl.col("column").replace_strict(places, default=-1, return_dtype=pl.Int64),
            error=code.is_in(_ERRORS).cast(pl.Int64),
        ),
    )


def find(
    connection: Connection,
    stage: Staging,
    code: str,
    column: catalogue.Field | catalogue.Identifier | None,
    about: Select[Any],
) -> None:
    """Adds a finding for every row of the query `about`, which gives `line`, `value` and `hint`."""
    name = None if column is None else column.column.name
    lines = about.subquery()
    place = -1 if column is None else stage.kind.columns.index(column)
    fields: Sequence[tuple[str, ColumnElement[Any]]] = (
        ("line", lines.c["line"]),
        ("code", literal(code, Text)),
        ("column", literal(name, Text)),
        ("value", cast(lines.c["value"], Text)),
        ("message", literal(CODES[code].message.format(column=name), Text)),
        ("hint", lines.c["hint"]),
        ("rank", literal(RANK[code], Integer)),
        ("place", literal(place, Integer)),
        ("error", literal(int(code in _ERRORS), Integer)),
    )
    query = select(*(expression for _, expression in fields))
    connection.execute(insert(stage.findings).from_select([name for name, _ in fields], query))


def joined(*parts: str | ColumnElement[Any]) -> ColumnElement[str]:
    """The text that the parts make one after another."""
    return _concatenated([literal(part, Text) if isinstance(part, str) else cast(part, Text) for part in parts])


def _concatenated(parts: Iterable[ColumnElement[str]]) -> ColumnElement[str]:
    first, *others = parts
    for other in others:
        first = first.concat(other)
    return first
