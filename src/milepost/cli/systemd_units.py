"""The unit and the timer of systemd that carry out a whole configuration every night."""

from __future__ import annotations

import getpass
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path


def units(configuration: Path, words: Sequence[str]) -> str:
    """Both files, one after the other, each after its path; `words` are the options of the command."""
    name = f"milepost-{re.sub(r'[^A-Za-z0-9_.-]', '-', configuration.stem)}"
    command = " ".join(map(_quoted, [*_program(), "run", str(configuration.resolve()), "--quiet", *words]))
    return f"""# /etc/systemd/system/{name}.service
[Unit]
Description=Milepost: {_percent(configuration.name)}
Wants=network-online.target
After=network-online.target

[Service]
# Not oneshot, which may not be started again by its exit status.
Type=exec
User={getpass.getuser()}
WorkingDirectory={_percent(str(Path.cwd()))}
ExecStart={command}
# 1: some rows were rejected. 4: it may work later.
SuccessExitStatus=1
RestartForceExitStatus=4
RestartSec=5min

# /etc/systemd/system/{name}.timer
[Unit]
Description=Milepost: {_percent(configuration.name)}, every night

[Timer]
OnCalendar=*-*-* 02:15
Persistent=true

[Install]
WantedBy=timers.target

# Then: systemctl daemon-reload && systemctl enable --now {name}.timer
"""


def _program() -> list[str]:
    found = shutil.which("milepost")
    return [found] if found is not None else [sys.executable, "-m", "milepost"]


def _quoted(word: str) -> str:
    """A word of a command. Unlike in a shell, a quote must begin the word, and variables are replaced within it."""
    if re.fullmatch(r"[A-Za-z0-9_./:=@+,-]+", word):
        return word
    inner = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_percent(inner)}"'


def _percent(text: str) -> str:
    """systemd replaces what follows a percent sign."""
    return text.replace("%", "%%")
