"""A plain loop with SQLAlchemy: look-ups for each row, then an insert or an update, and one commit at the end.

`python -m benchmarks.competitors.sqlalchemy_loop STORE FILE` imports the file twice; prints the seconds of each.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from milepost.stores.sql import metadata

Row = Mapping[str, str]


class Base(DeclarativeBase):
    """The tables of the store as classes."""

    metadata = metadata.metadata


class Learner(Base):
    """A person."""

    __table__ = metadata.learner


class Training(Base):
    """A training course."""

    __table__ = metadata.training


class CourseSession(Base):
    """One run of a training."""

    __table__ = metadata.session


class Registration(Base):
    """A learner in a session."""

    __table__ = metadata.registration


class LearningObjectVersion(Base):
    """A version of a learning object."""

    __table__ = metadata.learning_object_version


class Tracking(Base):
    """What is known of a learner on a learning object version."""

    __table__ = metadata.tracking


def _instant(text: str) -> int | None:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) if text else None


def _values(row: Row) -> dict[str, Any]:
    return {
        "first_access_at": _instant(row["firstAccessDate"]),
        "last_access_at": _instant(row["lastAccessDate"]),
        "first_completed_at": _instant(row["firstCompletionDate"]),
        "progression": float(row["progression"]),
        "status": row["trackingStatus"],
        "time_spent": int(row["timeSpent"]),
        "score": float(row["score"]) if row["score"] else None,
        "score_max": int(row["scoreMax"]) if row["scoreMax"] else None,
    }


def _import(session: Session, rows: Sequence[Row]) -> None:
    def one(query: Select[Any]) -> Any:  # noqa: ANN401 - whatever is asked for
        return session.execute(query).scalar_one()

    for line, row in enumerate(rows, 2):
        learner = one(select(Learner).where(metadata.learner.c.login_key == row["candidateLogin"].casefold()))
        training = one(select(Training).where(metadata.training.c.path_code == row["trainingPathCode"]))
        course = one(
            select(CourseSession).where(
                metadata.session.c.title == row["sessionTitle"], metadata.session.c.training_id == training.id
            )
        )
        registration = one(
            select(Registration).where(
                metadata.registration.c.learner_id == learner.id, metadata.registration.c.session_id == course.id
            )
        )
        thing = one(select(LearningObjectVersion).where(metadata.learning_object_version.c.code == row["lovCode"]))
        tracking = session.get(Tracking, (registration.id, thing.id))
        if tracking is None:
            tracking = Tracking(
                registration_id=registration.id, learning_object_version_id=thing.id, run_id=1, line=line
            )
            session.add(tracking)
        for name, value in _values(row).items():
            setattr(tracking, name, value)
    session.commit()


def main(store: str, file: str) -> list[float]:
    """The seconds of importing new rows, then of importing them again."""
    url = store.replace("postgresql://", "postgresql+psycopg://") if "://" in store else f"sqlite:///{store}"
    engine = create_engine(url)
    with Path(file).open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    seconds = []
    for _ in ("new", "unchanged"):
        with Session(engine) as session:
            begin = time.perf_counter()
            _import(session, rows)
            seconds.append(time.perf_counter() - begin)
            stored = session.execute(select(func.count()).select_from(metadata.tracking)).scalar_one()
        if stored != len(rows):
            raise RuntimeError(f"There should be {len(rows)} rows in the store, and there are {stored}.")
    return seconds


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
