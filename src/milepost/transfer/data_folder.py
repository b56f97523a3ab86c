"""Paths of a configuration, which stay inside the data folder, and names of files that others choose."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from milepost.model.exceptions import TransferError
from milepost.model.wording import INVISIBLE, in_quotes

LONGEST_NAME = 240
"""Bytes of a file name in UTF-8: file systems have 255, and temporary names add to it."""
WILDCARDS = re.compile(r"[*?\[]")
_UNSAFE = re.compile(rf"[\x00-\x1f\x7f-\x9f/\\]|(?! ){INVISIBLE}")


def inside(folder: Path, path: str | Path) -> Path:
    """The place of `path` in the data folder `folder`, absolute and without links; nothing needs to exist yet.

    A relative path begins in `folder`; an absolute one must lead into it. Raises TransferError if a component is `..`,
    or if the path, or a link on its way, leads out of `folder`.
    """
    text = str(path)
    if "\0" in text or "\\" in text:
        raise _refused(text, "has a character that no path may have")
    if ".." in PurePosixPath(text).parts:
        raise _refused(text, 'has ".."')
    root = folder.resolve()
    try:
        place = (root / text).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
        raise _refused(text, f"cannot be followed ({error})") from error
    if not place.is_relative_to(root):
        raise _refused(text, "leads out of the data folder")
    return place


def safe_name(name: str) -> str:
    """`name`, which a server or an archive gave a file, if a file in the data folder may have it.

    Raises TransferError for a name that is empty, hidden (begins with a dot) or too long, or that has a separator, a
    control character or an invisible one.
    """
    if not name or name.startswith("."):
        reason = "is empty or begins with a dot"
    elif _UNSAFE.search(name) or not _is_unicode(name):
        reason = "has a separator, or a character that cannot be seen"
    elif len(name.encode()) > LONGEST_NAME:
        reason = f"has more than {LONGEST_NAME} bytes"
    else:
        return name
    raise TransferError(
        f"The file name {in_quotes(name)} {reason}, and is not used. Ask the sender for another name.",
        code="path-refused",
    )


def matching(folder: Path, pattern: str) -> tuple[Path, ...]:
    """The regular files in the data folder `folder` that fit `pattern`, by name.

    `pattern` is a path as `inside` takes it, whose last component may have the wildcards `*`, `?` and `[…]`. Hidden
    files and links that lead out of the folder are passed over. A folder that does not exist has no files.
    Raises TransferError as `inside` does.
    """
    where, name = split_pattern(pattern)
    place = inside(folder, where)
    if not place.is_dir():
        return ()
    root = folder.resolve()
    found = (one for one in place.iterdir() if fits(one.name, name) and one.is_file())
    return tuple(sorted(one for one in found if one.resolve().is_relative_to(root)))


def split_pattern(pattern: str) -> tuple[str, str]:
    """The folder and the pattern of names of a path; TransferError if there are wildcards in the folder, or no name."""
    where, slash, name = pattern.rpartition("/")
    if WILDCARDS.search(where):
        raise TransferError(
            f"{in_quotes(pattern)} has a wildcard in the name of a folder. Only the name of the file may have one.",
            code="path-refused",
        )
    if not name:
        raise TransferError(
            f"{in_quotes(pattern)} names no file. Add the name of the file, or * for all.", code="path-refused"
        )
    return (where or slash), name


def fits(name: str, pattern: str) -> bool:
    """Whether the file name fits the pattern. A hidden file fits only a pattern that begins with a dot."""
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))


def _is_unicode(name: str) -> bool:
    """Whether the name has no bytes that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(path: str, reason: str) -> TransferError:
    return TransferError(
        f"The path {in_quotes(path)} {reason}. Paths of a configuration stay inside the data folder.",
        code="path-refused",
    )
