"""Text tables of tracking, imported for real: what becomes of each line, what is said of it, what is stored then.

A table's cells are parted by `|`, and `␣` stands for a blank at a value's end. Its first line names the file's columns,
then `becomes`, then columns of the store: what they hold for the line's learner after the import. Under a row stand its
findings, `!` for an error and `?` for a warning: code, column and, if it matters, the hint after a colon.

    progression | becomes  | progression | trackingStatus
    50          | created  | 50          | incomplete
    101         | rejected
      ! out-of-range progression: "101" is out of range: at most 100 is allowed

A file that names no learner is about one learner for each line, whose login is `line-2`, `line-3`, …; one that names no
session or no learning object is about the session `spring` and the learning object `intro` of `SCHOOL`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import milepost
from databases.transactions import as_another_program, ids
from milepost.model import columns
from milepost.stores.memory import URL

OUTCOMES = ("created", "updated", "unchanged", "deleted", "superseded", "skipped", "rejected")
NOW = "2024-06-01 12:00:00"
"""When imports begin, in UTC."""
LEARNERS = 60
"""So many learners are there for lines that name none."""

_BECOMES = "becomes"
_FINDING = re.compile(r"([!?] [a-z-]+(?: [A-Za-z]+)?)(?:: (.+))?")

_LOGINS = "\n".join(f"line-{line}" for line in range(2, LEARNERS + 2))
_REGISTRATIONS = "\n".join(f"line-{line} | spring" for line in range(2, LEARNERS + 2))
SCHOOL = f"""
    learners
    candidateLogin
    {_LOGINS}

    learning-objects
    lovGuid | lovCode | publisher          | runtime
    guid-1  | intro   |                    |
    guid-2  | movie   | CrossKnowledge     |
    guid-3  | film    | CROSSKNOWLEDGE     |
    guid-4  | quiz    |                    | EasyQuizz
    guid-5  | exam    |                    | easyquizz
    guid-6  | book    | CrossKnowledge Ltd | EasyQuizz 2

    trainings
    trainingPathCode
    MATHS

    contents
    trainingPathCode | lovGuid
    MATHS            | guid-1
    MATHS            | guid-2
    MATHS            | guid-3
    MATHS            | guid-4
    MATHS            | guid-5
    MATHS            | guid-6

    sessions
    sessionGuid | sessionTitle | trainingPathCode
    spring      | Spring 2024  | MATHS

    registrations
    candidateLogin | sessionGuid
    {_REGISTRATIONS}
"""


def fill(reference: str, folder: Path, database: str) -> None:
    """Loads reference data into an empty store: a kind's name, a table and an empty line for each kind."""
    for kind, rows in blocks(reference):
        report = milepost.load_file(kind, _file(folder / "reference.csv", rows), database)
        assert (report.findings, report.created) == ({}, len(rows) - 1)


@dataclass
class Tables:
    """A store, and tables to import into it."""

    database: str
    folder: Path

    def holds(self, table: str, **settings: str) -> None:
        """Imports a table without `becomes`, all of whose rows are new: what is stored before a test begins."""
        report = self._import(_rows(table), settings, now=NOW)
        assert (report.findings, report.created) == ({}, report.rows)

    def imports(self, table: str, *, now: str = NOW, **settings: Any) -> milepost.Report:  # noqa: ANN401 - of every kind
        """Imports a table and requires what it says of each row, on memory of a check beforehand too. Gives the report.

        `settings` are those of an import, as `dateTimeFormat="DD/MM/YYYY"`; a dot in a name is written `__`.
        """
        parsed = _Parsed.of(table)
        checked = None
        if self.database.startswith(URL):
            # A check has the same steps on each store. In batches of three rows: where one ends makes no difference.
            checked = self._import(parsed.rows, settings, now=now, dry_run=True, batch_rows=3)
        report = self._import(parsed.rows, settings, now=now)
        assert checked is None or _essence(checked) == _essence(report)
        assert self._said(report, parsed.hints()) == parsed.said
        counts = {outcome: getattr(report, outcome) for outcome in OUTCOMES}
        assert counts == {outcome: parsed.outcomes.count(outcome) for outcome in OUTCOMES}
        assert report.rows == len(parsed.outcomes)
        assert dict(report.findings) == dict(Counter(code for _, code in parsed.codes()))
        self._require_stored(parsed)
        return report

    def reports(self, table: str, **settings: str) -> milepost.Report:
        """Imports a table without `becomes` and requires nothing. Gives the report."""
        return self._import(_rows(table), settings, now=NOW)

    def checks(self, table: str, **options: Any) -> milepost.Report:  # noqa: ANN401 - those of `import_file`
        """Checks a table without `becomes`. Gives the report."""
        return milepost.import_file(
            _file(self.folder / "table.csv", _addressed(_rows(table))),
            self.database,
            milepost.configure(None, settings={"delimiter": "semicolon"}),
            dry_run=True,
            now=datetime.fromisoformat(NOW).replace(tzinfo=UTC),
            **options,
        )

    def lists(
        self,
        table: str,
        changes: Path | io.BytesIO | None,
        *,
        dry_run: bool = False,
        now: str = NOW,
        expect: str | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> milepost.Report:
        """Imports a table without `becomes`, listing its changes. Gives the report."""
        return self._import(_rows(table), dict(settings), now=now, dry_run=dry_run, changes=changes, expect=expect)

    def forgets_registration(self, login: str) -> None:
        """Takes the registrations of a learner out of the store."""
        with as_another_program(self.database) as tables:
            for learner in ids(tables, "learner", login=login):
                tables.remove("registration", {"learner_id": learner})

    def stores(self, table: str) -> None:
        """Requires that the tracking is exactly the rows of `table`, in the order of an export."""
        names, *rows = _rows(table)
        assert [[row[name] for name in names] for row in self.stored()] == rows

    def stored(self) -> list[dict[str, str]]:
        """The tracking as an export shows it."""
        exported = io.BytesIO()
        milepost.export_tracking(self.database, exported)
        return list(csv.DictReader(io.StringIO(exported.getvalue().decode())))

    def findings(self, report: milepost.Report) -> list[dict[str, Any]]:
        """The findings of a run, in their order."""
        assert report.run is not None
        return milepost.read_findings(self.database, report.run).to_dicts()

    def _import(
        self,
        rows: list[list[str]],
        settings: dict[str, Any],
        *,
        now: str,
        dry_run: bool = False,
        batch_rows: int = 1000,
        changes: Path | io.BytesIO | None = None,
        expect: str | None = None,
    ) -> milepost.Report:
        named = {name.replace("__", "."): text for name, text in settings.items()} | {"delimiter": "semicolon"}
        return milepost.import_file(
            _file(self.folder / "table.csv", _addressed(rows)),
            self.database,
            milepost.configure(None, settings=named),
            dry_run=dry_run,
            batch_rows=batch_rows,
            changes=changes,
            expect=expect,
            now=datetime.fromisoformat(now).replace(tzinfo=UTC),
        )

    def _said(self, report: milepost.Report, hints: list[bool]) -> list[str]:
        """The findings as a table writes them, with hints where `hints` asks for them."""
        said = []
        for place, found in enumerate(self.findings(report)):
            words = ["!" if found["level"] == "error" else "?", found["code"], found["column"]]
            text = f"line {found['line']}: {' '.join(word for word in words if word)}"
            with_hint = place >= len(hints) or hints[place]
            said.append(f"{text}: {found['hint']}" if with_hint and found["hint"] else text)
        return said

    def _require_stored(self, parsed: _Parsed) -> None:
        if not parsed.columns:
            return
        by_login = {row["candidateLogin"]: row for row in self.stored()}
        found = {}
        for line in parsed.stored:
            row = by_login.get(parsed.login(line))
            found[line] = None if row is None else [row[name] for name in parsed.columns]
        assert found == parsed.stored


@dataclass
class _Parsed:
    """A table, taken apart."""

    rows: list[list[str]] = field(default_factory=list)
    """The file's, its header first."""
    outcomes: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """Each finding as `line N: ! code column: hint`."""
    columns: list[str] = field(default_factory=list)
    """The columns of the store."""
    stored: dict[int, list[str] | None] = field(default_factory=dict)
    """What they hold, by line, where the table says it; None: no row."""

    def login(self, line: int) -> str:
        """The learner of a line: the one that it names, or the one that is there for it."""
        header, row = self.rows[0], self.rows[line - 1]
        return row[header.index("candidateLogin")] if "candidateLogin" in header else f"line-{line}"

    @classmethod
    def of(cls, table: str) -> _Parsed:
        header, *lines = (line.strip() for line in table.strip().splitlines())
        parsed = cls()
        cells = _cells(header)
        parsed.rows.append(cells[: cells.index(_BECOMES)])
        parsed.columns = cells[cells.index(_BECOMES) + 1 :]
        for line in lines:
            if line.startswith(": "):
                parsed.said[-1] += line
            elif line.startswith(("! ", "? ")):
                parsed.said.append(f"line {len(parsed.rows)}: {line}")
            else:
                parsed._take_row(_cells(line))
        return parsed

    def _take_row(self, cells: list[str]) -> None:
        place = next(place for place, cell in enumerate(cells) if cell in OUTCOMES)
        self.rows.append(cells[:place])
        self.outcomes.append(cells[place])
        stored = cells[place + 1 :]
        if self.columns and cells[place] in ("deleted", "skipped", "rejected") and not stored:
            return
        if self.columns:
            assert len(stored) in (0, len(self.columns))
            if stored:
                self.stored[len(self.rows)] = None if stored == ["-"] * len(stored) else stored

    def hints(self) -> list[bool]:
        """For each finding, whether its hint is given."""
        return [self._parts(one)[1] is not None for one in self.said]

    def codes(self) -> set[tuple[str, str]]:
        """Line and code of every finding."""
        return {(one.split(": ")[0], self._parts(one)[0].split()[1]) for one in self.said}

    @staticmethod
    def _parts(said: str) -> tuple[str, str | None]:
        matched = _FINDING.fullmatch(said.partition(": ")[2])
        assert matched is not None, said
        return matched[1], matched[2]


def blocks(reference: str) -> list[tuple[str, list[list[str]]]]:
    """The kinds and the tables of reference data."""
    parts = (part.strip().partition("\n") for part in re.split(r"\n\s*\n", reference.strip()))
    return [(kind.strip(), _rows(table)) for kind, _, table in parts]


def _rows(table: str) -> list[list[str]]:
    return [_cells(line) for line in table.strip().splitlines()]


def _cells(line: str) -> list[str]:
    return [cell.strip(" ").replace("␣", " ") for cell in line.split("|")]


def _addressed(rows: list[list[str]]) -> list[list[str]]:
    """The rows of a file, with a learner, a session and a learning object where the header names none."""
    header, *_ = rows
    added = []
    if not set(header) & set(columns.LEARNER_COLUMNS):
        added.append(("candidateLogin", "line-{}"))
    if not set(header) & {*columns.SESSION_COLUMNS, *columns.TRAINING_COLUMNS}:
        added.append(("sessionGuid", "spring"))
    if not set(header) & set(columns.OBJECT_COLUMNS):
        added.append(("lovCode", "intro"))
    first = [name for name, _ in added]
    return [
        [*first, *header],
        *([*(value.format(line) for _, value in added), *row] for line, row in enumerate(rows[1:], start=2)),
    ]


def _file(path: Path, rows: list[list[str]]) -> Path:
    delimiter = "," if path.name != "table.csv" else ";"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


def _essence(report: milepost.Report) -> dict[str, object]:
    """What a check and an import must agree on."""
    counts = {outcome: getattr(report, outcome) for outcome in ("rows", *OUTCOMES)}
    told = ("findings", "examples", "notes", "changes", "digest")
    return counts | {name: getattr(report, name) for name in told}
