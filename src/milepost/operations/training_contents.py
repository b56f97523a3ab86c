"""The contents of trainings that a file of trainings has in its column `lovCodes`: `REF1,REF2||REF3`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from milepost.formats.read import decode
from milepost.model.columns import Column, Vocabulary
from milepost.operations.load_actions import LOV_CODES
from milepost.operations.night_plan import NightAction
from milepost.reference import KINDS
from milepost.use_cases import template
from milepost.use_cases.loading import load_file

_TRAINING = "trainingPathCode"
_STEPS = "||"
"""Between the steps of a training; codes of one step have a comma between them."""


def load_contents(file: Path, name: str, action: NightAction, database: str) -> str:
    """Loads the contents that `file`, whose trainings are loaded, names; says what came of it. Raises MilepostError.

    Contents keep what else is known of them; new ones are mandatory. Contents that are not named stay.
    """
    with tempfile.TemporaryDirectory(prefix="milepost-") as folder:
        contents = Path(folder) / "contents.csv"
        _contents(file, action).write_csv(contents)
        report = load_file(KINDS["contents"], contents, database, name=f"{name} ({LOV_CODES})")
    rejected = f", {report.rejected:,} rejected: see `milepost runs {report.run}`" if report.rejected else ""
    return f"{report.rows:,} contents of trainings are loaded, run {report.run}{rejected}."


def _contents(file: Path, action: NightAction) -> pl.DataFrame:
    """A line for each content, in the order of the file: training, code, and its place in the training."""
    job, known = action.job, KINDS["trainings"].vocabulary if action.kind is None else action.kind.vocabulary
    own = (Column(_TRAINING), Column(LOV_CODES))
    others = {column.name for column in known.columns} | {*known.aliases, *known.passed_over}
    vocabulary = Vocabulary(own, passed_over=dict.fromkeys(sorted(others.difference((_TRAINING, LOV_CODES)))))
    parts = [pl.DataFrame(schema=dict.fromkeys((_TRAINING, LOV_CODES), pl.String()))]
    fields = (_TRAINING, LOV_CODES)
    with decode.open_file(file, job.reading, vocabulary, fields=fields, batch_rows=template.BATCH_ROWS) as decoded:
        places = {column.name: str(place) for column, place in decoded.layout.positions.items()}
        wanted = [pl.col(places[name]).cast(pl.String).alias(name) for name in fields]
        parts += [batch.cells.select(wanted) for batch in decoded.batches()]
    rows = pl.concat(parts).with_columns(pl.all().str.strip_chars())
    codes = pl.col(LOV_CODES).str.replace_all(_STEPS, ",", literal=True).str.split(",")
    rows = rows.select(_TRAINING, lovCode=codes).explode("lovCode").with_columns(pl.col("lovCode").str.strip_chars())
    rows = rows.filter(pl.col("lovCode").fill_null("") != "").unique(maintain_order=True)
    return rows.with_columns(position=pl.int_range(1, pl.len() + 1).over(_TRAINING))
