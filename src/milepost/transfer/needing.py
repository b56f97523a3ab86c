"""The libraries of the extra `run`, which are imported only where they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from milepost.model.exceptions import UsageError


@contextmanager
def needing(what: str) -> Iterator[None]:
    """Raises UsageError if a package of the extra `run` is missing that the block imports.

    `what` begins the sentence, as `SFTP`.
    """
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"{what} needs {error.name}, which is not installed. "
            "Install Milepost with the extra `run`, as pipx install --force 'WHEEL.whl[run]' does."
        ) from error
