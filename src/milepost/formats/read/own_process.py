"""For readers that work in a process of their own: its limits, and the file that it is given."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, cast

from milepost.formats.read.byte_stream import BLOCK, ByteStream
from milepost.model.exceptions import FileError, temporary_files


def limit(memory: int, seconds: int) -> None:
    """Ends this process when it takes more memory, in bytes, or more processor time."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limited, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(limited)[1]
        with suppress(ValueError, OSError):  # a system may not know a limit
            resource.setrlimit(limited, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that reads, and waits until it has ended."""
    process.kill()
    process.communicate()


def on_disk(content: ByteStream, ending: str | None, stack: ExitStack) -> tuple[Path, str]:
    """Where all bytes of `content` are, and their SHA-256.

    A stream, and any content for which an `ending` is given, is copied to a temporary file. Raises FileError.
    """
    if content.path is not None and ending is None:
        return content.path, _read(content, None)
    with temporary_files():
        kept = stack.enter_context(tempfile.NamedTemporaryFile(prefix="milepost-", suffix=ending))  # noqa: SIM115 - the stack does
        sha256 = _read(content, cast("BinaryIO", kept))
        kept.flush()
    return Path(kept.name), sha256


def _read(content: ByteStream, copy: BinaryIO | None) -> str:
    if not content.peek():
        raise FileError(f"{content.name} is empty (0 bytes). Was it written completely?")
    while block := content.read(BLOCK):
        if copy is not None:
            copy.write(block)
    return content.sha256()
