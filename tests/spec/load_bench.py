"""Text tables of reference data, loaded for real: what becomes of each line, and what the store then holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import milepost
from databases.transactions import reading
from milepost.stores.tables import TABLES

_OUTCOMES = ("created", "updated", "unchanged", "superseded", "rejected")


@dataclass(frozen=True)
class Bench:
    """A store, and a folder for the files to load into it."""

    folder: Path
    database: str

    def load(
        self, kind: str, table: str, *, batch_rows: int = 50_000, key: str | None = None, dry_run: bool = False
    ) -> milepost.Report:
        """Loads `table`, whose cells are parted by `|`."""
        file = self._file(table)
        return milepost.load_file(kind, file, self.database, batch_rows=batch_rows, key=key, dry_run=dry_run)

    def require(self, kind: str, table: str, *, batch_rows: int = 50_000, key: str | None = None) -> None:
        """Loads a table whose last column says what becomes of each line, then what is said of it.

        Each line of what is said: code, column or `-`, and the hint after a colon; several are parted by `;;`.
        """
        rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
        report = self.load(kind, "\n".join("|".join(row[:-1]) for row in rows), batch_rows=batch_rows, key=key)
        expected = []
        counts: Counter[str] = Counter()
        for line, (*_, becomes) in enumerate(rows[1:], start=2):
            outcome, _, said = becomes.partition(" ")
            counts[outcome] += 1
            expected += [(line, one.strip()) for one in said.split(";;") if one.strip()]
        assert report.run is not None
        found = milepost.read_findings(self.database, report.run)
        assert [
            (line, _worded(*rest)) for line, *rest in found.select("line", "code", "column", "hint").rows()
        ] == expected
        assert {outcome: getattr(report, outcome) for outcome in _OUTCOMES} == {
            outcome: counts[outcome] for outcome in _OUTCOMES
        }
        assert report.rows == sum(counts.values())
        assert report.deleted == 0
        codes = Counter(code for _, code in set(found.select("line", "code").rows()))
        assert dict(report.findings) == dict(codes)

    def stored(self, name: str, *columns: str) -> list[str]:
        """The rows of a table of the store in the order of their ids, cells parted by ` | `, `-` for none."""
        table = TABLES[name]
        with reading(self.database) as tables:
            rows = tables.rows(name, {column: table.schema[column] for column in columns}, order=table.key)
        return [" | ".join(_shown(cell) for cell in row) for row in rows.rows()]

    def _file(self, table: str) -> Path:
        rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
        path = self.folder / "table.csv"
        path.write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")
        return path


def _worded(code: str, column: str | None, hint: str | None) -> str:
    where = f"{code} {column or '-'}"
    return where if hint is None else f"{where}: {hint}"


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return str(int(cell))  # as SQLite has it
    return "-" if cell is None else str(cell)
