"""The digest of a plan: the file, the configuration, and the outcome of each line, in 64 characters."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from milepost.model.exceptions import UsageError

_SHORT, _LONG = 16, 32
_FORM = re.compile(rf"[0-9a-f]{{{_SHORT + _SHORT + _LONG}}}")


@dataclass(frozen=True, slots=True)
class Digest:
    """Concatenated, so a mismatch names its part."""

    file: str
    """Of the file's bytes: the first 16 digits of their SHA-256."""
    configuration: str
    """Of the settings, as XML: the first 16 digits of their SHA-256."""
    plan: str
    """Of the outcome of each line: the first 32 digits."""

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest in `text`; raises UsageError if it has none."""
        digits = text.strip().casefold()
        if not _FORM.fullmatch(digits):
            raise UsageError(
                f'"{text}" is not the digest of a plan: that has 64 digits from 0 to f. Copy it from `milepost check`.'
            )
        return cls(digits[:_SHORT], digits[_SHORT : 2 * _SHORT], digits[2 * _SHORT :])

    @classmethod
    def of(cls, file_sha256: str, configuration: str, plan_sha256: str) -> Digest:
        """The digest of a file (by its SHA-256), of a configuration (as XML), and of a plan (by its SHA-256)."""
        return cls(file_sha256[:_SHORT], configuration_part(configuration), plan_sha256[:_LONG])

    def __str__(self) -> str:
        return self.file + self.configuration + self.plan


def configuration_part(configuration: str) -> str:
    """The part of a digest for a configuration."""
    return hashlib.sha256(configuration.encode()).hexdigest()[:_SHORT]
