"""Export configurations for tests, and what is found in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from milepost import settings as config
from milepost.model.exceptions import ConfigurationError

Found = list[tuple[int | None, str]]


def written(folder: Path, xml: str | bytes) -> Path:
    """A file that holds `xml`."""
    path = folder / "exports.xml"
    path.write_bytes(xml.encode() if isinstance(xml, str) else xml)
    return path


def found(folder: Path, xml: str | bytes) -> Found:
    """The mistakes in `xml`: an export and a check find the same."""
    path = written(folder, xml)
    checked = config.check(path).mistakes
    if checked:
        with pytest.raises(ConfigurationError) as caught:
            config.export_job(path)
        assert caught.value.mistakes == checked
        assert caught.value.source == str(path)
    else:
        config.export_job(path)
    return [(mistake.line, mistake.message) for mistake in checked]


def in_provider(inside: str, provider: str = "trackingProvider") -> str:
    """A configuration whose provider's elements begin on line 2."""
    return f"<export-config><export><{provider}>\n{inside}\n</{provider}></export></export-config>"


def in_parameters(inside: str, provider: str = "trackingProvider") -> str:
    """A configuration whose parameters begin on line 2."""
    return in_provider(f"<parameters>{inside}</parameters>", provider)


def in_action(inside: str) -> str:
    """A configuration whose action's elements begin on line 2."""
    return (
        "<export-config><export><trackingProvider/><actions><fileExportAction>\n"
        f"{inside}\n</fileExportAction></actions></export></export-config>"
    )
