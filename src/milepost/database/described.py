"""Whose and of what tracking rows are, in words that a reader knows."""

from __future__ import annotations

import polars as pl
from sqlalchemy import select
from sqlalchemy.engine import Connection

from milepost.database import dialect, frames
from milepost.database.tables import learner, learning_object_version, registration, session, training
from milepost.database.tracked import KEY

WORDS = ("candidateLogin", "trainingPathCode", "sessionTitle", "lovCode")
"""The columns that say it, named as those of an import file."""

_AT_A_TIME = 25_000


def describe(connection: Connection, keys: pl.DataFrame) -> pl.DataFrame:
    """The columns WORDS for each row of `keys` (the columns KEY), in their order; null where it is not known."""
    registrations = _registrations(connection, keys[KEY[0]].unique().sort())
    objects = _objects(connection, keys[KEY[1]].unique().sort())
    both = keys.select(KEY).join(registrations, on=KEY[0], how="left", maintain_order="left")
    return both.join(objects, on=KEY[1], how="left", maintain_order="left").select(WORDS)


def _registrations(connection: Connection, ids: pl.Series) -> pl.DataFrame:
    schema = {KEY[0]: pl.Int64(), **dict.fromkeys(WORDS[:3], pl.String())}
    rows = registration.join(learner, registration.c.learner_id == learner.c.id)
    rows = rows.join(session, registration.c.session_id == session.c.id)
    rows = rows.join(training, session.c.training_id == training.c.id)
    query = select(registration.c.id, learner.c.login, training.c.path_code, session.c.title).select_from(rows)
    found = [pl.DataFrame(schema=schema)]
    for first in range(0, len(ids), _AT_A_TIME):
        among = dialect.of(connection).among(registration.c.id, ids.slice(first, _AT_A_TIME))
        found.append(frames.select(connection, query.where(among), schema))
    return pl.concat(found)


def _objects(connection: Connection, ids: pl.Series) -> pl.DataFrame:
    version = learning_object_version.c
    schema = {KEY[1]: pl.Int64(), WORDS[3]: pl.String()}
    found = [pl.DataFrame(schema=schema)]
    for first in range(0, len(ids), _AT_A_TIME):
        among = dialect.of(connection).among(version.id, ids.slice(first, _AT_A_TIME))
        # A code is not mandatory; a GUID is.
        query = select(version.id, version.code, version.guid).where(among)
        rows = frames.select(connection, query, {**schema, "guid": pl.String()})
        found.append(rows.select(KEY[1], pl.coalesce(WORDS[3], "guid").alias(WORDS[3])))
    return pl.concat(found)
