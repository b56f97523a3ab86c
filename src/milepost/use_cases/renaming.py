"""The rename on one page: learners get other log-in names, reference numbers or e-mails."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from milepost.model.exceptions import UsageError
from milepost.model.identifiers import LEARNER, Identifier
from milepost.model.people import RENAME, Pair, PeopleReport, Renamed
from milepost.model.phases import Progress
from milepost.model.text import fold_all
from milepost.model.wording import argument
from milepost.steps.identify import named
from milepost.stores import formers, record, reference_journal
from milepost.stores.lookups import StoredReferences
from milepost.stores.port import Among, Patience, Tables
from milepost.stores.tables import TABLES
from milepost.use_cases import pairing, template

IDENTIFIERS = ("candidateLogin", "candidateRefNumber", "candidateEmail")
"""What can be renamed, as an import file names it. GUIDs never change."""

_LONGEST = 255


def rename_learners(
    database: str,
    pairs: Sequence[Pair],
    *,
    identifiers: Sequence[str] = (),
    dry_run: bool = False,
    expect: str | None = None,
    name: str | None = None,
    actor: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> PeopleReport:
    """Gives learners of the store at `database` other identifiers: all pairs, or none.

    The first name of a pair is any identifier of a learner. Each of the learner's log-in name, reference number and
    e-mail that equals it becomes the second name; with `identifiers` (of IDENTIFIERS), those become it instead,
    whatever they were. The old ones are kept as former identifiers. `name` is what the run is called in the record. The
    other arguments are as for `import_file`.

    Returns the report. Raises UsageError with every pair that cannot be done, ExpectationError if the plan is not the
    expected one, or another `MilepostError`; the store is then unchanged.
    """
    for one in identifiers:
        if one not in IDENTIFIERS:
            raise UsageError(f'"{one}" cannot be renamed. What can be: {", ".join(IDENTIFIERS)}.')
    work = _Rename(pairing.numbered(pairs), tuple(identifiers), template.instant(now), name, expect)
    checked = template.check(database, lambda tables: work.carry_out(tables, None))
    if dry_run:
        return checked

    def begin(tables: Tables) -> int:
        return record.begin(tables, RENAME, work.file, work.now, actor)

    say = template.silent(progress)
    return template.run(database, work.carry_out, begin, record.finish_people, Patience(wait, waiting), say)


@dataclass(slots=True)
class _Rename:
    """One rename, from the pairs to the report."""

    pairs: tuple[Pair, ...]
    identifiers: tuple[str, ...]
    now: datetime
    name: str | None
    expect: str | None
    _clock: float = field(default_factory=time.monotonic)

    @property
    def file(self) -> str:
        return self.name or f"rename of {pairing.counted(len(self.pairs), 'learner')}"

    def carry_out(self, tables: Tables, number: int | None) -> PeopleReport:
        """Does all the work in one transaction; without a number, as a check."""
        references = StoredReferences(tables)
        changing = self._changing(references)
        rows = self._renamed(tables, changing)
        self._require_free(tables, rows)
        notes = self._notes(tables, rows)
        edits = reference_journal.edits("learner", "updated", rows)
        ended = _ended(rows)
        edits = pl.concat([edits, *formers.end(tables, "learner", ended, self.now), formers.resume(tables, rows)])
        sha256 = pairing.sha256_of(self.pairs)
        digest = pairing.plan_digest(sha256, f"rename {' '.join(self.identifiers)}", edits)
        pairing.require_expected(self.expect, digest)
        if number is not None:
            reference_journal.write_rows(tables, edits, number)
            reference_journal.delete_rows(tables, edits)
        return PeopleReport(
            run=number,
            kind=RENAME,
            entity="learner",
            file=self.file,
            dry_run=number is None,
            pairs=len(self.pairs),
            **dict.fromkeys(("rows", "created", "updated", "unchanged", "deleted"), 0),
            references=rows.height,
            digest=digest,
            sha256=sha256,
            renamed=told(rows),
            merged=(),
            notes=notes,
            seconds=round(time.monotonic() - self._clock, 3),
            started_at=self.now,
        )

    def _changing(self, references: StoredReferences) -> pl.DataFrame:
        """Which identifiers (`column`, of the table) of which learners (`id`) become what: `line`, `text`."""
        found = pairing.matched(references, named.LEARNER, self.pairs)
        texts = [unicodedata.normalize("NFC", one.second) for one in self.pairs]
        wanted = pl.DataFrame({"line": [one.line for one in self.pairs], "text": texts})
        wanted = wanted.join(found.rows, on="line", maintain_order="left")
        said = [
            (line, "the new name has more than 255 characters, or a NUL")
            for line, text in wanted.select("line", "text").rows()
            if len(text) > _LONGEST or "\0" in text
        ]
        pairing.refuse_lines(self.pairs, said)
        renamable = [_identifier(one).name for one in IDENTIFIERS]
        if self.identifiers:
            chosen = pl.DataFrame({"column": [_identifier(one).name for one in self.identifiers]})
            return wanted.join(chosen, how="cross")
        changing = wanted.join(
            found.columns.filter(pl.col("column").is_in(renamable)), on="line", maintain_order="left"
        )
        lost = wanted.join(changing, on="line", how="anti")
        remedy = f"say with {argument('identifiers')} which identifier changes"
        said = [
            (line, f'"{name}" is a GUID, which never changes; {remedy}')
            for line, name in lost.select("line", "name").rows()
        ]
        pairing.refuse_lines(self.pairs, said)
        return changing

    def _renamed(self, tables: Tables, changing: pl.DataFrame) -> pl.DataFrame:
        """The learners that change, as they become, with what they were (`stored.`), and `line`."""
        twice = changing.filter(pl.struct("id", "column").is_duplicated()).select("line", "name").unique()
        said = [(line, f'another line renames "{name}" too') for line, name in twice.rows()]
        pairing.refuse_lines(self.pairs, said)
        schema = TABLES["learner"].schema
        stored = tables.rows("learner", schema, {"id": Among(changing["id"].unique().sort())})
        rows = stored.with_columns(pl.all().name.prefix("stored."))
        rows = rows.join(changing.select("id", "line").unique("id"), on="id", maintain_order="left")
        for one in map(_identifier, IDENTIFIERS):
            text = changing.filter(pl.col("column") == one.name).select("id", text="text")
            text = text.with_columns(text_key=fold_all(text["text"]))
            rows = rows.join(text, on="id", how="left", maintain_order="left")
            rows = rows.with_columns(pl.coalesce("text", one.name).alias(one.name))
            if one.is_folded:
                rows = rows.with_columns(pl.coalesce("text_key", one.key).alias(one.key))
            rows = rows.drop("text", "text_key")
        is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"stored.{name}")) for name in schema)
        said = [
            (line, f'"{login}" is called so already')
            for line, login in rows.filter(is_same).select("line", "login").rows()
        ]
        pairing.refuse_lines(self.pairs, said)
        return rows.sort("line")

    def _require_free(self, tables: Tables, rows: pl.DataFrame) -> None:
        new = rows.filter(pl.col("login_key") != pl.col("stored.login_key"))
        said = [
            (line, f'two lines give the log-in name "{login}"')
            for line, login in new.filter(pl.col("login_key").is_duplicated()).select("line", "login").rows()
        ]
        holders = tables.rows(
            "learner",
            {"id": pl.Int64(), "login_key": pl.String()},
            {"login_key": Among(new["login_key"].unique().sort())},
        )
        # Whoever gives its log-in name up in the same run holds it no more.
        holders = holders.filter(~pl.col("id").is_in(new["id"].implode()))
        taken = new.join(holders, on="login_key", how="semi", maintain_order="left")
        remedy = "merge the two, if they are one person: milepost learner merge"
        said += [
            (line, f'another learner has the log-in name "{login}"; {remedy}')
            for line, login in taken.select("line", "login").rows()
        ]
        pairing.refuse_lines(self.pairs, said)

    def _notes(self, tables: Tables, rows: pl.DataFrame) -> tuple[str, ...]:
        """A sentence for each reference number or e-mail that another learner has too."""
        said = []
        for name in ("candidateRefNumber", "candidateEmail"):
            one = _identifier(name)
            new = rows.filter(pl.col(one.key).ne_missing(pl.col(f"stored.{one.key}")))
            schema = {"id": pl.Int64(), "login": pl.String(), one.key: pl.String()}
            holders = tables.rows("learner", schema, {one.key: Among(new[one.key].drop_nulls().unique().sort())})
            both = new.join(holders, on=one.key, suffix=".holder").filter(pl.col("id") != pl.col("id.holder"))
            told = both.select("login", one.name, "login.holder").head(template.EXAMPLES)
            said += [
                f'The learner "{other}" has the {one.noun} "{text}" too, as "{login}" has now.'
                for login, text, other in told.iter_rows()
            ]
        return tuple(said)


def _ended(rows: pl.DataFrame) -> pl.DataFrame:
    """What learners were known by, and are no more; columns of `formers.ENDED`."""
    parts = [pl.DataFrame(schema=dict(formers.ENDED))]
    for one in LEARNER.identifiers:
        was, now = pl.col(f"stored.{one.key}"), pl.col(one.key)
        gone = rows.filter(was.is_not_null() & was.ne_missing(now))
        parts.append(gone.select(owner_id="id", identifier=pl.lit(one.name), value=f"stored.{one.name}", value_key=was))
    return pl.concat(parts)


def told(rows: pl.DataFrame) -> tuple[Renamed, ...]:
    """The first identifiers that change: `rows` are learners as they become, with what they were and `line`."""
    found: list[Renamed] = []
    for name in IDENTIFIERS:
        one = _identifier(name)
        changed = rows.filter(pl.col(one.name).ne_missing(pl.col(f"stored.{one.name}")))
        told = changed.select("line", login="stored.login", before=f"stored.{one.name}", after=one.name).head(
            template.EXAMPLES
        )
        found += [Renamed(line, login, name, before or "", after) for line, login, before, after in told.iter_rows()]
    return tuple(sorted(found, key=lambda one: one.line)[: template.EXAMPLES])


def _identifier(column: str) -> Identifier:
    return LEARNER.by_column(column)
