"""What was measured, and how it is kept in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Sample:
    """One measurement."""

    seconds: float
    processor_seconds: float | None = None
    """What the processors worked, in user and in system mode; not what a database server worked."""
    megabytes: float | None = None
    """The peak of the process."""


@dataclass(frozen=True, order=True)
class Key:
    """What was measured."""

    database: str
    job: str
    rows: int


@dataclass
class Results:
    """All measurements of one run."""

    machine: dict[str, str] = field(default_factory=dict)
    samples: dict[Key, list[Sample]] = field(default_factory=dict)

    def add(self, key: Key, sample: Sample) -> None:
        """Takes one more measurement in."""
        self.samples.setdefault(key, []).append(sample)

    def seconds(self, key: Key) -> float | None:
        """The median of the seconds, or None when it was not measured."""
        samples = self.samples.get(key)
        return median(sample.seconds for sample in samples) if samples else None

    def processor_seconds(self, key: Key) -> float | None:
        """The median of the processors' seconds."""
        return _median([sample.processor_seconds for sample in self.samples.get(key, [])])

    def megabytes(self, key: Key) -> float | None:
        """The median of the peaks."""
        return _median([sample.megabytes for sample in self.samples.get(key, [])])

    def sizes(self, database: str, job: str) -> list[int]:
        """The numbers of rows that a job was measured with, ascending."""
        return sorted(key.rows for key in self.samples if (key.database, key.job) == (database, job))

    def write(self, path: Path) -> None:
        """Keeps all in a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": self.machine, "measured": list(self._entries())}, indent=1) + "\n")

    def _entries(self) -> Iterator[dict[str, object]]:
        for key, samples in self.samples.items():
            yield asdict(key) | {"samples": [asdict(sample) for sample in samples]}

    @classmethod
    def read(cls, path: Path) -> Results:
        """What `write` kept."""
        content = json.loads(path.read_text())
        results = cls(machine=content["machine"])
        for entry in content["measured"]:
            key = Key(entry["database"], entry["job"], entry["rows"])
            results.samples[key] = [Sample(**sample) for sample in entry["samples"]]
        return results


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
