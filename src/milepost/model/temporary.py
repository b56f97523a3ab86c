"""What to say when no temporary file can be made or written."""

from __future__ import annotations

import tempfile

from milepost.model.exceptions import FileError


def no_room(error: OSError) -> FileError:
    """A FileError for an error that making or writing a temporary file has raised."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # none of those that it would try can be written to
        folder = "any folder for them"
    return FileError(
        f"There is no room for temporary files in {folder}: {(error.strerror or str(error)).rstrip('.')}. "
        "Nothing was done. Make room, or name another folder in TMPDIR."
    )
