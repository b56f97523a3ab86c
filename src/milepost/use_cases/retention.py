"""How long data are kept: one rule for each kind of data in the store, and the prune that applies them all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from milepost.model.exceptions import UsageError, writing
from milepost.model.history import State
from milepost.model.retained import KINDS
from milepost.stores import erasure
from milepost.stores.opening import beside, lacks_file, open_store, write_store
from milepost.stores.port import Access, Among, Between, Patience, Tables, Where
from milepost.use_cases import template
from milepost.use_cases.undoing import prune_runs

_RULE = "retention_rule"
_RULES = {"kind": pl.String(), "days": pl.Int64()}
_FOLDERS = {"checks": "checks/*", "uploads": "uploads/*", "backups": "backups/*"}
_LOGS = (".log", ".jsonl")
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What a prune by the rules removed, or would remove."""

    dry_run: bool
    rules: Mapping[str, int]
    """The days of each kind that has a rule."""
    removed: Mapping[str, int]
    """How much of each kind: former rows, findings, identifiers, checks, uploads, logs, backups."""
    lost: tuple[int, ...]
    """The runs that can no longer be undone because of this."""
    freed: int
    """Bytes that the store and the folder take less; 0 for a check."""


def rules(database: str) -> dict[str, int]:
    """The days for which the store at `database` keeps data of each kind that has a rule, in the order of KINDS."""

    def read(tables: Tables) -> dict[str, int]:
        found = dict(tables.rows(_RULE, _RULES).rows())
        return {kind: found[kind] for kind in KINDS if kind in found}

    return template.check(database, read)


def set_rules(database: str, days: Mapping[str, int | None], *, wait: float = template.PATIENCE) -> None:
    """Keeps data of each kind in `days` for so many days from now on; None: for ever. Other rules stay.

    Raises UsageError for an unknown kind or number; no rule is then changed.
    """
    for kind, number in days.items():
        if kind not in KINDS:
            raise UsageError(f'"{kind}" is no kind of data. The kinds are: {", ".join(KINDS)}.')
        if number is not None and not 0 <= number <= MOST_DAYS:
            raise UsageError(f"Data are kept for 0 to {MOST_DAYS:,} days, or for ever.")
    if {kind: number for kind, number in days.items() if number is not None} == {
        kind: number for kind, number in rules(database).items() if kind in days
    }:
        return
    new = [(kind, number) for kind, number in days.items() if number is not None]
    with write_store(database, Patience(wait)) as tables:
        tables.remove(_RULE, {"kind": Among(pl.Series(list(days)))})
        tables.insert(_RULE, pl.DataFrame(new, schema=_RULES, orient="row"))


def apply_rules(
    database: str,
    data: str | Path | None = None,
    *,
    given: Mapping[str, int | None] | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
    wait: float = template.PATIENCE,
    waiting: Callable[[str], None] | None = None,
) -> RetentionReport:
    """Removes what is older than the rules of the store at `database` say, there and in the folder `data`.

    The rules `given`, as `set_rules` takes them, count before those of the store. The space is given back. `dry_run`
    removes nothing. Raises UsageError if there are no rules.
    """
    at = (now or datetime.now(UTC)).astimezone(UTC)
    every = {**rules(database), **(given or {})}
    found = {kind: days for kind in KINDS if (days := every.get(kind)) is not None}
    if not found:
        raise UsageError("No rule says how long data are kept. Make one: `milepost retention journals 400d`.")
    before = {kind: int((at - timedelta(days=days)).timestamp()) for kind, days in found.items()}
    removed: dict[str, int] = dict.fromkeys(found, 0)
    lost: tuple[int, ...] = ()
    if "journals" in found:
        age = timedelta(days=found["journals"])
        pruned = prune_runs(database, age, dry_run=dry_run, now=now, wait=wait, waiting=waiting)
        removed["journals"], lost = pruned.changes, pruned.lost
    patience, freed = Patience(wait, waiting), 0
    with ExitStack() as stack:
        if "journals" in found and not dry_run:
            stack.enter_context(template.after_commit("What runs changed is pruned", _AGAIN))
        if dry_run:
            removed |= template.check(database, lambda tables: _counted(tables, before))
        else:
            removed |= _remove(database, before, patience)
            stack.enter_context(template.after_commit("What was old in the store is removed", _AGAIN))
            freed = _compact(database, patience)
        for kind in found if data is not None else ():
            old = list(_old_files(Path(data or ""), kind, before[kind]))
            removed[kind] = removed[kind] or len(old)
            if not dry_run:
                freed += sum(map(_delete, old))
        if not dry_run and data is not None and "uploads" in before:
            _forget_drafts(database, Path(data), patience)
    return RetentionReport(dry_run, found, removed, lost, freed)


_AGAIN = "its space may not be given back, and old files may be left. Prune once more."


def _counted(tables: Tables, before: Mapping[str, int]) -> dict[str, int]:
    return {kind: tables.count(*what) for kind, what in _old(tables, before)}


def _old(tables: Tables, before: Mapping[str, int]) -> list[tuple[str, tuple[str, Where]]]:
    """The rows of the store that are older than their rules, by kind: the table, and the conditions."""
    found: list[tuple[str, tuple[str, Where]]] = []
    if "findings" in before:
        schema = {"id": pl.Int64(), "finished_at": pl.Int64()}
        runs = tables.rows("import_run", schema, {"state": State.DONE.value})
        old = runs.filter(pl.col("finished_at") < before["findings"])["id"].sort()
        found.append(("findings", ("import_finding", {"run_id": Among(old)})))
    if "formers" in before:
        found.append(("formers", ("former_identifier", {"ended_at": Between(0, max(0, before["formers"] - 1))})))
    return found


def _remove(database: str, before: Mapping[str, int], patience: Patience) -> dict[str, int]:
    """Removes old rows, and returns how many of each kind."""
    with write_store(database, patience) as tables:
        removed = _counted(tables, before)
        for _, what in _old(tables, before):
            tables.remove(*what)
        return removed


def _compact(database: str, patience: Patience) -> int:
    """Gives the space of deleted rows back, and returns how many bytes that is."""
    with open_store(database, Access.WRITE, patience=patience) as store:
        space = store.compact(erasure.COMPACTED)
        return max(0, space.before - space.after)


def _old_files(data: Path, kind: str, before: int) -> Iterator[Path]:
    paths: Iterator[Path] = iter(())
    if kind == "logs":
        paths = (path for path in data.rglob("*") if path.suffix in _LOGS and path.is_file())
    elif kind in _FOLDERS:
        paths = data.glob(_FOLDERS[kind])
    yield from (path for path in sorted(paths) if not path.is_symlink() and path.stat().st_mtime < before)


def _delete(path: Path) -> int:
    """Deletes a file or a folder, and returns its bytes."""
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    size = sum(one.stat().st_size for one in files)
    with writing(f"{path} cannot be deleted"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return size


def _forget_drafts(database: str, data: Path, patience: Patience) -> None:
    """Drafts whose upload is gone go, too."""
    office = beside(database, data)
    if lacks_file(office):
        return
    with write_store(office, patience) as tables:
        drafts = tables.rows("draft", {"id": pl.Int64(), "folder": pl.String()})
        gone = [number for number, folder in drafts.rows() if not (data / "uploads" / folder).is_dir()]
        tables.remove("draft", {"id": Among(pl.Series(gone, dtype=pl.Int64))})
