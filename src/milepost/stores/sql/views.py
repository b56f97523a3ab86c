"""Views for whoever looks at the store with other programs. They are made anew whenever a store is upgraded.

They are drawn from the same queries as the exports; what they show stands in `docs/views.md`.
"""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import MetaData, Table, select
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateView, DropView

from milepost.model.columns import KEY
from milepost.model.tracked import SECONDS_A_DAY
from milepost.stores.sql import dialect
from milepost.stores.sql.dialect import Dialect, Query
from milepost.stores.sql.export_queries import every_day
from milepost.stores.sql.rollup import rollup


def drop(connection: Connection) -> None:
    """Removes the views where they are there."""
    there = sqlalchemy.inspect(connection).get_view_names()
    for name in _queries(dialect.of(connection)).keys() & there:
        connection.execute(DropView(Table(name, MetaData())))


def create(connection: Connection) -> None:
    """Makes the views."""
    for name, query in _queries(dialect.of(connection)).items():
        connection.execute(CreateView(query, name))


def _queries(database: Dialect) -> dict[str, Query]:
    return {"registration_rollup": rollup(), "tracking_log": _log(database)}


def _log(database: Dialect) -> Query:
    """The log with dates, which other programs know better than days since 1970."""
    log = every_day().subquery("log")
    date = database.date(log.c.day * SECONDS_A_DAY)
    return select(*(log.c[name] for name in KEY), date.label("day"), log.c.time_spent, log.c.progression)
