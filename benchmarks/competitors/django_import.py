"""django-import-export as its documentation advises for much data: in bulk, unchanged rows skipped, no HTML of them.

The learning object versions are few, so their look-up is the cached one; registrations are looked up by several
columns of the row, which the documentation does with a query set for each row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.competitors import django_project, timing


def main() -> None:
    """Imports a file twice."""
    url, file = timing.arguments()
    django_project.configure(url)
    django_project.make_tracking()
    timing.twice(lambda: _import(file))


def _import(file: Path) -> tuple[int, int]:
    from tablib import Dataset

    dataset = Dataset().load(file.read_text(encoding="utf-8"), format="csv")
    result = _resource().import_data(dataset, raise_errors=True, use_transactions=True)
    return result.totals["new"], result.totals["skip"]


def _resource() -> Any:  # noqa: ANN401 - django-import-export has no types
    # Models can be imported only when Django is set up.
    from import_export import fields, resources
    from import_export.widgets import CachedForeignKeyWidget, ForeignKeyWidget

    from benchmarks.competitors.models import LearningObjectVersion, Registration, Tracking

    class RegistrationWidget(ForeignKeyWidget):
        """Looks a registration up by its learner and session."""

        def get_queryset(self, value: str, row: timing.Row, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, ARG002
            return self.model.objects.filter(
                session__title=row["sessionTitle"], session__training__path_code=row["trainingPathCode"]
            )

    class TrackingResource(resources.ModelResource):
        """The columns of the file, and what they stand for."""

        registration = fields.Field(
            "registration", "candidateLogin", RegistrationWidget(Registration, "learner__login_key")
        )
        learning_object_version = fields.Field(
            "learning_object_version", "lovCode", CachedForeignKeyWidget(LearningObjectVersion, "code")
        )
        first_access_at = _field("first_access_at", "firstAccessDate")
        last_access_at = _field("last_access_at", "lastAccessDate")
        first_completed_at = _field("first_completed_at", "firstCompletionDate")
        progression = _field("progression", "progression")
        status = _field("status", "trackingStatus")
        time_spent = _field("time_spent", "timeSpent")
        score = _field("score", "score")
        score_max = _field("score_max", "scoreMax")

        class Meta:
            """In bulk."""

            model = Tracking
            import_id_fields = ("registration", "learning_object_version")
            exclude = ("id",)
            use_bulk = True
            batch_size = 1000
            skip_unchanged = True
            report_skipped = False
            skip_html_diff = True

    return TrackingResource()


def _field(name: str, column: str) -> Any:  # noqa: ANN401
    """A field with the widget that the resource would choose for it."""
    from import_export import fields, resources

    from benchmarks.competitors.models import Tracking

    widget = resources.ModelResource.widget_from_django_field(Tracking._meta.get_field(name))
    return fields.Field(name, column, widget())


if __name__ == "__main__":
    main()
