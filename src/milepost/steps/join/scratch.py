"""The temporary tables of the look-ups: what a batch seeks, and what fits it."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text

tables = MetaData()


def _temporary(name: str, *columns: Column[object]) -> Table:
    return Table(name, tables, *columns, prefixes=["TEMPORARY"])


learners = _temporary(
    "sought_learner",
    Column("learner_key", Integer, primary_key=True),
    Column("candidateLogin", Text),
    Column("candidateRefNumber", Text),
    Column("candidateEmail", Text),
)
contexts = _temporary(
    "sought_context",
    Column("context_key", Integer, primary_key=True),
    Column("sessionGuid", Text),
    Column("sessionId", Integer),
    Column("sessionTitle", Text),
    Column("trainingPathCode", Text),
    Column("trainingId", Integer),
    Column("trainingGuid", Text),
)
pairs = _temporary(
    "sought_registration",
    Column("pair_key", Integer, primary_key=True),
    Column("learner_key", Integer, nullable=False),
    Column("context_key", Integer, nullable=False),
)
matching_learners = _temporary(
    "matching_learner",
    Column("learner_key", Integer, primary_key=True),
    Column("learner_id", Integer, primary_key=True),
)
matching_sessions = _temporary(
    "matching_session",
    Column("context_key", Integer, primary_key=True),
    Column("session_id", Integer, primary_key=True),
)
objects = _temporary(
    "sought_object",
    Column("object_key", Integer, primary_key=True),
    Column("lovCode", Text),
    Column("lovGuid", Text),
    Column("training_id", Integer, nullable=False),
)
targets = _temporary(
    "sought_target",
    Column("registration_id", Integer, primary_key=True),
    Column("learning_object_version_id", Integer, primary_key=True),
)
unexplained = _temporary("unexplained", Column("key", Integer, primary_key=True))
