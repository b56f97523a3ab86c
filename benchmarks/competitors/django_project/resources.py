"""How a file becomes tracking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from import_export import fields, resources, widgets

from benchmarks.competitors.django_project.models import LearningObjectVersion, Registration, Tracking

_INSTANT = "%Y-%m-%d %H:%M:%S"


class RegistrationWidget(widgets.ForeignKeyWidget):
    """Finds a registration by its learner, session and training: one query, as short as it can be."""

    def get_queryset(self, _value: str, row: Mapping[str, str], *_: object, **__: object) -> Any:  # noqa: ANN401 - it has no types
        """The registration that the row names."""
        return Registration.objects.filter(
            learner__login_key=row["candidateLogin"].casefold(),
            session__title=row["sessionTitle"],
            session__training__path_code=row["trainingPathCode"],
        )

    def get_lookup_kwargs(self, *_: object, **__: object) -> dict[str, str]:
        """Nothing beyond the query."""
        return {}


def _field(column: str, attribute: str, widget: widgets.Widget) -> fields.Field:
    return fields.Field(column_name=column, attribute=attribute, widget=widget)


class TrackingResource(resources.ModelResource):
    """The twelve columns. Learning object versions are few enough to be cached, registrations are not."""

    registration = _field("candidateLogin", "registration", RegistrationWidget(Registration))
    learning_object_version = _field(
        "lovCode", "learning_object_version", widgets.CachedForeignKeyWidget(LearningObjectVersion, "code")
    )
    first_access = _field("firstAccessDate", "first_access", widgets.DateTimeWidget(_INSTANT))
    last_access = _field("lastAccessDate", "last_access", widgets.DateTimeWidget(_INSTANT))
    first_completion = _field("firstCompletionDate", "first_completion", widgets.DateTimeWidget(_INSTANT))
    progression = _field("progression", "progression", widgets.FloatWidget())
    status = _field("trackingStatus", "status", widgets.CharWidget())
    time_spent = _field("timeSpent", "time_spent", widgets.IntegerWidget())
    score = _field("score", "score", widgets.FloatWidget())
    score_max = _field("scoreMax", "score_max", widgets.IntegerWidget())

    class Meta:
        """In bulk, and nothing is written that is stored already."""

        model = Tracking
        import_id_fields = ("registration", "learning_object_version")
        use_bulk = True
        batch_size = 1000
        skip_unchanged = True
        skip_html_diff = True
        report_skipped = False
