"""The error for temporary files that cannot be created or written."""

from __future__ import annotations

import tempfile

from milepost.model.exceptions import FileError


def no_room(error: OSError) -> FileError:
    """The FileError for an OSError of a temporary file."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # no candidate folder is writable
        folder = "any folder for them"
    return FileError(
        f"There is no room for temporary files in {folder}: {(error.strerror or str(error)).rstrip('.')}. "
        "Nothing was done. Make room, or name another folder in TMPDIR."
    )
