"""What the tracking of a registration amounts to: one row for each, computed by the database.

The progression is the mean over the content of the training, or, in a training of modality `blendedx`, the points
gained in percent of all points; content without tracking counts 0.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, FromClause, and_, case, cast, func, literal, select, true

from milepost.model.columns import COMPLETED_STATUSES, Status
from milepost.model.export import BY_POINTS, DECIMALS
from milepost.stores.sql.dialect import Query
from milepost.stores.sql.metadata import EXACT, registration, session, tracking, training, training_content


def rollup(rows: FromClause = tracking, *, with_undated: bool = True, registered: Query | None = None) -> Query:
    """The roll-up of every registration, as a query.

    `rows` has the columns of `tracking`, or some of its rows with other times. `with_undated` says whether classroom
    and digital time count. Registrations that are not among the ids `registered` are left out.
    Columns: `registration_id`, and the roll-up's (specification, section 11); instants in seconds since 1970, times in
    seconds, progressions and the score in percent, `status` as a tracking status.
    """
    content, gained = _content(), _gained(rows, registered)
    is_by_points = func.lower(func.coalesce(training.c.modality, "")) == BY_POINTS
    undated = {
        name: registration.c[name] if with_undated else literal(0) for name in ("time_spent_cbt", "time_spent_digital")
    }
    time_global = cast(func.coalesce(gained.c.time_spent, 0), BigInteger)
    count, mandatory = func.coalesce(content.c.count, 0), func.coalesce(content.c.mandatory, 0)
    finished, finished_mandatory = func.coalesce(gained.c.finished, 0), func.coalesce(gained.c.finished_mandatory, 0)
    is_completed = case((mandatory > 0, finished_mandatory == mandatory), else_=and_(count > 0, finished == count))
    status = case(
        (gained.c.registration_id.is_(None), Status.NOT_ATTEMPTED.value),
        (is_completed, Status.COMPLETED.value),
        else_=Status.INCOMPLETE.value,
    )
    found = select(
        registration.c.id.label("registration_id"),
        time_global.label("time_global"),
        *(column.label(name) for name, column in undated.items()),
        (time_global + undated["time_spent_cbt"] + undated["time_spent_digital"]).label("time_spent"),
        _progression(is_by_points, content, gained, "").label("progression"),
        case((mandatory > 0, _progression(is_by_points, content, gained, "_mandatory"))).label("progression_mandatory"),
        count.label("learning_objects"),
        func.coalesce(gained.c.started, 0).label("started"),
        finished.label("finished"),
        status.label("status"),
        gained.c.first_access_at,
        gained.c.last_access_at,
        _rounded(gained.c.score).label("score"),
        case(
            (is_completed & (mandatory > 0), gained.c.completed_at_mandatory), (is_completed, gained.c.completed_at)
        ).label("first_completed_at"),
    ).select_from(
        registration.join(session, registration.c.session_id == session.c.id)
        .join(training, session.c.training_id == training.c.id)
        .outerjoin(content, content.c.training_id == training.c.id)
        .outerjoin(gained, gained.c.registration_id == registration.c.id)
    )
    return found if registered is None else found.where(registration.c.id.in_(registered))


def _content() -> FromClause:
    """What the content of each training amounts to."""
    column = training_content.c
    is_mandatory = column.mandatory == true()
    return (
        select(
            column.training_id,
            func.count().label("count"),
            func.sum(case((is_mandatory, 1), else_=0)).label("mandatory"),
            func.sum(column.points).label("points"),
            func.sum(case((is_mandatory, column.points), else_=0.0)).label("points_mandatory"),
        )
        .group_by(column.training_id)
        .subquery("content")
    )


def _gained(rows: FromClause, registered: Query | None) -> FromClause:
    """What the tracking of each registration amounts to; progression counts for content of its training alone."""
    column, content = rows.c, training_content.c
    is_content = content.training_id.is_not(None)
    is_mandatory = content.mandatory == true()
    is_finished = column.status.in_([status.value for status in COMPLETED_STATUSES])
    percent = 100.0 * column.score / func.coalesce(column.score_max, 100)
    of_content = and_(
        content.training_id == session.c.training_id,
        content.learning_object_version_id == column.learning_object_version_id,
    )
    joined = (
        rows.join(registration, column.registration_id == registration.c.id)
        .join(session, registration.c.session_id == session.c.id)
        .outerjoin(training_content, of_content)
    )
    return (
        select(
            column.registration_id,
            func.sum(column.time_spent).label("time_spent"),
            func.count(content.training_id).label("started"),
            _count(is_content & is_finished).label("finished"),
            _count(is_mandatory & is_finished).label("finished_mandatory"),
            func.sum(case((is_content, column.progression), else_=0.0)).label("progression"),
            func.sum(case((is_mandatory, column.progression), else_=0.0)).label("progression_mandatory"),
            func.sum(case((is_content, column.progression * content.points), else_=0.0)).label("gained"),
            func.sum(case((is_mandatory, column.progression * content.points), else_=0.0)).label("gained_mandatory"),
            func.min(column.first_access_at).label("first_access_at"),
            func.max(column.last_access_at).label("last_access_at"),
            func.avg(percent).label("score"),
            func.max(case((is_content, column.first_completed_at))).label("completed_at"),
            func.max(case((is_mandatory, column.first_completed_at))).label("completed_at_mandatory"),
        )
        .select_from(joined)
        .where(true() if registered is None else column.registration_id.in_(registered))
        .group_by(column.registration_id)
        .subquery("gained")
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _progression(
    is_by_points: ColumnElement[bool], content: FromClause, gained: FromClause, suffix: str
) -> ColumnElement[Any]:
    """In percent; 0 where there is nothing that could be gained."""
    number = content.c.mandatory if suffix else content.c.count
    points = content.c[f"points{suffix}"]
    by_points = case((points > 0, gained.c[f"gained{suffix}"] / points), else_=0.0)
    mean = case((number > 0, gained.c[f"progression{suffix}"] / number), else_=0.0)
    return _rounded(func.coalesce(case((is_by_points, by_points), else_=mean), 0.0))


def _rounded(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.round(cast(value, EXACT), DECIMALS), Double())
