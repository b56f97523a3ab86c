"""What tells one process from any other, of this machine and of others, now and later."""

from __future__ import annotations

import os
import platform

import psutil


def this_process() -> str:
    """The machine, the number of this process, and when it began."""
    return f"{platform.node()} {os.getpid()} {psutil.Process().create_time():.2f}"


def is_alive(process: str) -> bool:
    """Whether a process, as `this_process` named it, has not ended. Those of other machines are believed to live."""
    host, number, created = process.rsplit(" ", 2)
    if host != platform.node():
        return True
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" == created
    except psutil.NoSuchProcess:
        return False
