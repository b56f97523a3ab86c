"""A Django project: its settings, the reference tables as models, and a tracking table of its own."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

_APP = "benchmarks.competitors"


def configure(url: str) -> None:
    """Sets Django up for the store at `url`; `models` can be imported from then on."""
    settings.configure(
        DATABASES={"default": _database(url)},
        INSTALLED_APPS=["import_export", _APP],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    django.setup()


def make_tracking() -> None:
    """Makes the tracking table."""
    from django.db import connection

    from benchmarks.competitors.models import Tracking

    with connection.schema_editor() as editor:
        editor.create_model(Tracking)


def _database(url: str) -> dict[str, Any]:
    if "://" not in url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url}
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
    }
