"""The folder of the web application without people: uploads and kept checks that quote them go, lines of logs too."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from milepost.model.exceptions import StoreError, writing
from milepost.stores import erasure
from milepost.stores.opening import open_store
from milepost.stores.port import Access, Among, Patience
from milepost.stores.quoting import ERASED, Quoted, is_quoting
from milepost.stores.tables import TABLES

_BYTES = 4_000_000
_OVERLAP = 4_096
"""Names are shorter than that, so one that is cut is whole in the next part."""
_LOGS = (".log", ".jsonl")
_STORES = (".db", ".db-wal", ".db-shm")


def clear(data: Path, office: str, quoted: Quoted, patience: Patience) -> int:
    """Deletes every upload and kept check in the folder that quotes people, and lines of logs; returns how many files.

    `office` is the store of the application. Raises FileError if a file cannot be deleted.
    """
    if not data.is_dir():
        return 0
    gone = 0
    with writing(f"{data} cannot be cleared"):
        for folder in sorted((*data.glob("uploads/*"), *data.glob("checks/*"))):
            if any(_quotes(file, quoted) for file in _files(folder)):
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
                gone += 1
        for file in _files(data):
            if file.suffix in _LOGS:
                gone += _clear_log(file, quoted)
    _clear_office(office, data, quoted, patience)
    return gone


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_symlink():
        return
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.endswith(_STORES):
            yield path


def _quotes(file: Path, quoted: Quoted) -> bool:
    if is_quoting(pl.Series([file.name, file.stem]), quoted).any():
        return True
    if file.suffix == ".parquet":
        rows = pl.read_parquet(file)
        texts = [rows[name] for name, kind in rows.schema.items() if kind == pl.String]
        return any(bool(is_quoting(one, quoted).any()) for one in texts)
    return any(_has(part, quoted) for part in _contents(file))


def _contents(file: Path) -> Iterator[bytes]:
    """The bytes of a file, part by part; of an archive or a spreadsheet, those of its members."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    yield from _parts(stream)
        return
    with file.open("rb") as stream:
        is_packed = stream.read(2) == b"\x1f\x8b"
    with gzip.open(file) if is_packed else file.open("rb") as stream:
        yield from _parts(stream)


def _parts(stream: object) -> Iterator[bytes]:
    left = b""
    while part := stream.read(_BYTES):  # type: ignore[attr-defined]
        yield left + part
        left = part[-_OVERLAP:]


def _has(part: bytes, quoted: Quoted) -> bool:
    encodings = ("utf-8", "latin-1", *(("utf-16-le", "utf-16-be") if b"\0" in part else ()))
    texts = [line for encoding in encodings for line in part.decode(encoding, "replace").splitlines()]
    return bool(is_quoting(pl.Series(texts, dtype=pl.String).unique(), quoted).any())


def _clear_log(file: Path, quoted: Quoted) -> int:
    """Takes the lines out of a log that quote people; returns whether there were any."""
    lines = pl.Series(file.read_text("utf-8", "replace").splitlines(keepends=True), dtype=pl.String)
    is_hit = is_quoting(lines, quoted)
    if is_hit.any():
        file.write_text("".join(lines.filter(~is_hit)), "utf-8")
    return int(bool(is_hit.any()))


def _clear_office(office: str, data: Path, quoted: Quoted, patience: Patience) -> None:
    """Drafts whose files are gone, or that quote people, go; so does what was remembered of files.

    Jobs and saved configurations lose what they quote. Raises StoreError.
    """
    try:
        with open_store(office, Access.READ):
            pass
    except StoreError as error:
        if error.code in ("store-missing", "store-version"):
            return  # the application was never there
        raise
    with open_store(office, Access.WRITE, patience=patience) as store:
        with store.write() as tables:
            drafts = tables.rows("draft", TABLES["draft"].schema)
            texts = pl.concat([drafts[name] for name in ("file", "settings")])
            is_hit = is_quoting(texts, quoted)
            is_gone = pl.Series([not (data / "uploads" / one).is_dir() for one in drafts["folder"]], dtype=pl.Boolean)
            is_gone |= is_hit[: drafts.height] | is_hit[drafts.height :]
            for folder in drafts.filter(is_gone)["folder"]:
                shutil.rmtree(data / "uploads" / folder, ignore_errors=True)
            tables.remove("draft", {"id": Among(drafts.filter(is_gone)["id"])})
            jobs = tables.rows("job", TABLES["job"].schema)
            for name, instead in (("task", "{}"), ("error", ERASED)):
                hits = jobs.filter(is_quoting(jobs[name], quoted))
                tables.change("job", {name: instead}, {"id": Among(hits["id"])})
            remembered = tables.rows("remembered", {"id": pl.Int64(), "settings": pl.String()})
            tables.remove(
                "remembered", {"id": Among(remembered.filter(is_quoting(remembered["settings"], quoted))["id"])}
            )
            erasure.clear_texts(tables, "configuration", ("content",), quoted)
        store.compact(("draft", "job", "remembered", "configuration", *erasure.COMPACTED[:1]))
