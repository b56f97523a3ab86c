"""The project's settings."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def configure(url: str) -> None:
    """Sets Django up for a store: the path of an SQLite file, or the URL of a PostgreSQL database."""
    settings.configure(
        INSTALLED_APPS=["import_export", "benchmarks.competitors.django_project"],
        DATABASES={"default": _database(url)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    django.setup()


def _database(url: str) -> dict[str, object]:
    if "://" not in url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
    }
