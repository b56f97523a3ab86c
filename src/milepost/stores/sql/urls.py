"""The URL of a PostgreSQL database, as libpq reads it."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from milepost.model.exceptions import UsageError
from milepost.model.wording import argument

POSTGRESQL = ("postgresql://", "postgres://")
"""What such a URL begins with."""


def with_schema(url: str, schema: str) -> str:
    """The URL with `schema` as the one where the tables are; raises UsageError where the database has no schemas."""
    if not url.startswith(POSTGRESQL):
        raise UsageError(f"{argument('schema')} is for PostgreSQL; an SQLite file has no schemas.")
    if not schema or "\0" in schema:
        raise UsageError(f"{argument('schema')} is empty. Leave it out, or name a schema.")
    identifier = '"' + schema.replace('"', '""') + '"'
    # In libpq's options a backslash stands before a blank or a backslash that is meant.
    setting = f"-csearch_path={identifier}".replace("\\", "\\\\").replace(" ", "\\ ")
    parts = urlsplit(url)
    before, _, options = parts.query.rpartition("options=") if "options=" in parts.query else (parts.query, "", "")
    first, _, rest = options.partition("&")
    told = f"options={f'{first}%20' if first else ''}{quote(setting, safe='')}"
    return urlunsplit(parts._replace(query="&".join(part for part in (before.strip("&"), told, rest) if part)))


def without_password(url: str) -> str:
    """The URL as it may be shown: without the password, if it holds one."""
    if not url.startswith(POSTGRESQL):
        return url
    parts = urlsplit(url)
    credentials, at, place = parts.netloc.rpartition("@")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if ":" not in credentials and all(name != "password" for name, _ in pairs):
        return url
    query = urlencode([(name, value) for name, value in pairs if name != "password"], quote_via=quote, safe="/")
    return urlunsplit(parts._replace(netloc=credentials.partition(":")[0] + at + place, query=query))
