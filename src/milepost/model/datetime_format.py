"""The pattern of the dates in a file: the tokens `YYYY MM DD HH II SS` with separators."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

TOKENS = ("YYYY", "MM", "DD", "HH", "II", "SS")
_DATE_TOKENS = TOKENS[:3]
_TIME_TOKENS = TOKENS[3:]
_TOKEN = re.compile(f"({'|'.join(TOKENS)})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/_.:;,\-T\s]+")


@dataclass(frozen=True, slots=True)
class DateTimeFormat:
    """A parsed `dateTimeFormat`."""

    text: str
    """The format as written."""
    parts: tuple[str, ...]
    """Tokens (upper case, at even indexes) and separators (at odd indexes, maybe empty)."""

    @classmethod
    def parse(cls, text: str) -> DateTimeFormat:
        """The format that `text` describes; raises ValueError with a sentence about the mistake."""
        text = text.strip()
        pieces = _TOKEN.split(text)
        parts = pieces[1:-1]
        parts[::2] = map(str.upper, parts[::2])
        if parts and pieces[0]:
            raise ValueError(f'the date format "{text}" must begin with one of {", ".join(TOKENS)}')
        if not parts or pieces[-1]:
            raise ValueError(f'the date format "{text}" must end with one of {", ".join(TOKENS)}')
        for separator in parts[1::2]:
            if separator and not _SEPARATORS.fullmatch(separator):
                raise ValueError(f'the date format "{text}" has "{separator}"; use blanks or any of / _ . : ; , - T')
        cls._check_tokens(text, parts[::2])
        return cls(text, tuple(parts))

    @staticmethod
    def _check_tokens(text: str, tokens: list[str]) -> None:
        for token in TOKENS:
            if tokens.count(token) > 1:
                raise ValueError(f'the date format "{text}" has {token} twice')
        for token in _DATE_TOKENS:
            if token not in tokens:
                raise ValueError(f'the date format "{text}" lacks {token}')
        for larger, smaller in itertools.pairwise(_TIME_TOKENS):
            if smaller in tokens and larger not in tokens:
                raise ValueError(f'the date format "{text}" has {smaller} without {larger}')

    def __str__(self) -> str:
        return self.text

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens in their order, upper case."""
        return self.parts[::2]

    @property
    def date_only(self) -> DateTimeFormat | None:
        """The format of a value without a time; None if the format needs a time.

        A format without time tokens is its own. Otherwise all time tokens must follow the date.
        """
        if len(self.tokens) == len(_DATE_TOKENS):
            return self
        if set(self.tokens[:3]) != set(_DATE_TOKENS):
            return None
        return DateTimeFormat("".join(self.parts[:5]), self.parts[:5])

    @property
    def has_time(self) -> bool:
        return len(self.tokens) > len(_DATE_TOKENS)

    @property
    def pattern(self) -> str:
        """An anchored regular expression (RE2 and Python) with one named group per token, digits only.

        Every token but the year may have one digit if a separator or the end of the value follows.
        """
        pieces = ["^"]
        year = self.tokens.index("YYYY")
        for place, token in enumerate(self.tokens):
            following = self.parts[2 * place + 1] if 2 * place + 1 < len(self.parts) else None
            digits = "{4}" if place == year else "{2}" if following == "" else "{1,2}"
            pieces.append(f"(?P<{token.lower()}>[0-9]{digits})")
            if following:
                pieces.append(r"\s+".join(re.escape(sign) for sign in re.split(r"\s+", following)))
        return "".join([*pieces, "$"])
