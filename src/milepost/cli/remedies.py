"""What the command line calls the settings and arguments that messages of the library name: its options."""

from __future__ import annotations

import json
import re

from milepost.model import wording
from milepost.model.exceptions import ConfigurationError, MilepostError

_ARGUMENTS = {
    "database": "--db",
    "schema": "--schema",
    "wait": "--wait",
    "header_map": "--map",
    "header_ignore": "--ignore",
}


def of(error: MilepostError) -> str:
    """The message of an error, with options for what the library calls settings and arguments."""
    message = error.told("The command line has") if isinstance(error, ConfigurationError) else str(error)
    return told(message)


def told(message: str) -> str:
    """A message, likewise."""
    return wording.NAMED.sub(_option, message)


def _option(found: re.Match[str]) -> str:
    name, value = found["name"], None if found["value"] is None else str(json.loads(found["value"]))
    flag = _ARGUMENTS.get(name) if found["what"] == "argument" else _flag(name)
    if flag is None:
        return f'--set "{name}={value}"' if value is not None else f"--set {name}=…"
    if value is None:
        return flag
    is_plain = re.fullmatch(r"[\w.%-]+", value) and found["what"] == "setting"
    return f"{flag} {value}" if is_plain else f'{flag} "{value}"'


def _flag(name: str) -> str | None:
    """The option that gives the setting `name`, of an import if it has it; None where --set alone does."""
    from milepost.settings.setting import JobKind
    from milepost.settings.table import TABLE

    homes = (home for job in JobKind for setting, home in TABLE.of(job) if setting.name == name)
    options = next((home.options for home in homes), ())
    return options[0].flag if options else None
