"""What is gathered about a configuration while it is read: mistakes and notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from milepost.model.exceptions import Mistake


@dataclass(slots=True)
class Remarks:
    """Mistakes and notes in the order in which they were found."""

    mistakes: list[Mistake] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def mistake(self, line: int | None, message: str) -> None:
        """Adds a mistake on `line`, None for a setting that the caller gave."""
        self.mistakes.append(Mistake(line, message))

    def note(self, sentence: str) -> None:
        """Adds a note, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def add(self, other: Remarks) -> None:
        """Adds what `other` holds."""
        self.mistakes += other.mistakes
        for sentence in other.notes:
            self.note(sentence)


def in_line_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """`mistakes` without repetitions, by line; those of the caller's own settings come last."""
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda each: (each.line is None, each.line or 0)))
