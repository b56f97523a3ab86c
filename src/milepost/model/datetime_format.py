"""The pattern of the dates in a file: tokens with separators, or several such patterns in order."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace

from milepost.model.wording import in_quotes

PLAIN_TOKENS = ("YYYY", "MM", "DD", "HH", "II", "SS")
"""The tokens that an export can write."""
TOKENS = ("YYYY", "YY", "MMM", "MM", "DD", "HH", "II", "SS", "AM")
_DATE_TOKENS = TOKENS[:5]
_TIME_TOKENS = TOKENS[5:8]
_DATE_LENGTH = 3
_SERIAL = "SERIAL"
_TOKEN = re.compile(f"({'|'.join(TOKENS)})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/_.:;,\-T\s]+")
_LETTERS = {"YYYY": "[0-9]{4}", "YY": "[0-9]{2}", "MMM": r"[^\W\d_]+\.?", "AM": r"[AaPp](?:[Mm]|\.[Mm]\.)"}
_FRACTION = "(?:[.,][0-9]+)?"
_OFFSET = r"(?:\s*(?P<offset>Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?))?"


@dataclass(frozen=True, slots=True)
class DateTimeFormat:
    """A parsed `dateTimeFormat`: one format, or the first of several."""

    text: str
    """The format as written, with the others."""
    parts: tuple[str, ...]
    """Tokens (upper case, at even indexes) and separators (at odd indexes, maybe empty); `SERIAL` for day numbers."""
    others: tuple[DateTimeFormat, ...] = ()
    """The formats after the first one, in their order."""

    @classmethod
    def parse(cls, text: str) -> DateTimeFormat:
        """The format that `text` describes; raises ValueError with a sentence about the mistake."""
        forms = [one.strip() for one in text.split("|")]
        if "" in forms[1:] or (len(forms) > 1 and not forms[0]):
            raise ValueError(f'the date format {in_quotes(text)} has an empty format; remove a "|"')
        first, *others = map(cls._parsed, forms)
        return replace(first, text=text.strip(), others=tuple(others))

    @classmethod
    def parse_plain(cls, text: str) -> DateTimeFormat:
        """The format that `text` describes if it can be written; raises ValueError if not."""
        form = cls.parse(text)
        if form.others or not form.is_plain:
            raise ValueError(
                f"the date format {in_quotes(text)} cannot be written; use one format of {', '.join(PLAIN_TOKENS)}"
            )
        return form

    @classmethod
    def _parsed(cls, text: str) -> DateTimeFormat:
        if text.upper() == _SERIAL:
            return cls(text, (_SERIAL,))
        pieces = _TOKEN.split(text)
        parts = pieces[1:-1]
        parts[::2] = map(str.upper, parts[::2])
        if parts and pieces[0]:
            raise ValueError(f"the date format {in_quotes(text)} must begin with one of {', '.join(TOKENS)}")
        if not parts or pieces[-1]:
            raise ValueError(f"the date format {in_quotes(text)} must end with one of {', '.join(TOKENS)}")
        for separator in parts[1::2]:
            if separator and not _SEPARATORS.fullmatch(separator):
                raise ValueError(
                    f"the date format {in_quotes(text)} has {in_quotes(separator)}; use blanks or any of "
                    "/ _ . : ; , - T"
                )
        cls._check_tokens(text, parts[::2])
        return cls(text, tuple(parts))

    @staticmethod
    def _check_tokens(text: str, tokens: list[str]) -> None:
        for token in TOKENS:
            if tokens.count(token) > 1:
                raise ValueError(f"the date format {in_quotes(text)} has {token} twice")
        for same in (("YYYY", "YY"), ("MM", "MMM"), ("DD",)):
            if not (found := [token for token in same if token in tokens]):
                raise ValueError(f"the date format {in_quotes(text)} lacks {same[0]}")
            if len(found) > 1:
                raise ValueError(f"the date format {in_quotes(text)} has {' and '.join(found)}; keep one of the two")
        for larger, smaller in itertools.pairwise(_TIME_TOKENS):
            if smaller in tokens and larger not in tokens:
                raise ValueError(f"the date format {in_quotes(text)} has {smaller} without {larger}")
        if "AM" in tokens:
            before, after = tokens[: tokens.index("AM")], tokens[tokens.index("AM") :]
            if not before or before[-1] not in _TIME_TOKENS or not set(after).isdisjoint(_TIME_TOKENS):
                raise ValueError(f"the date format {in_quotes(text)} has AM elsewhere than at the end of the time")

    def __str__(self) -> str:
        return self.text

    @property
    def alternatives(self) -> tuple[DateTimeFormat, ...]:
        """Each format by itself, in their order."""
        own = self.text.partition("|")[0].strip()
        return (DateTimeFormat(own, self.parts), *self.others)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of the first format in their order, upper case."""
        return self.parts[::2]

    @property
    def is_serial(self) -> bool:
        """Whether it is the day number of a spreadsheet."""
        return self.parts == (_SERIAL,)

    @property
    def is_plain(self) -> bool:
        """Whether all tokens are plain: numbers with all their digits."""
        return set(self.tokens) <= set(PLAIN_TOKENS)

    @property
    def date_only(self) -> DateTimeFormat | None:
        """The format of a value without a time; None if the format needs a time.

        A format without time tokens is its own. Otherwise all time tokens must follow the date.
        """
        if not self.has_time:
            return self
        if not set(self.tokens[:_DATE_LENGTH]) <= set(_DATE_TOKENS):
            return None
        parts = self.parts[: 2 * _DATE_LENGTH - 1]
        return DateTimeFormat("".join(parts), parts)

    @property
    def has_time(self) -> bool:
        return len(self.tokens) > _DATE_LENGTH

    @property
    def pattern(self) -> str:
        """An anchored regular expression (RE2 and Python) with one named group per token, and `offset` beside minutes.

        Month, day, hour, minute and second may have one digit if a separator or the end of the value follows. Seconds
        may have a fraction, and a time of hours and minutes an offset.
        """
        if self.is_serial:
            return "^(?P<days>[0-9]{2,7})(?:[.,](?P<fraction>[0-9]+))?$"
        pieces = ["^"]
        time_ends = max((at for at, token in enumerate(self.tokens) if token not in _DATE_TOKENS), default=None)
        for place, token in enumerate(self.tokens):
            following = self.parts[2 * place + 1] if 2 * place + 1 < len(self.parts) else None
            after = self.tokens[place + 1] if following is not None else None
            shape = _LETTERS.get(token, "[0-9]{2}" if following == "" else "[0-9]{1,2}")
            pieces.append(f"(?P<{token.lower()}>{shape})")
            if token == _TIME_TOKENS[-1] and (following != "" or after == "AM"):
                pieces.append(_FRACTION)
            if place == time_ends and "II" in self.tokens and following != "":
                pieces.append(_OFFSET)
            if following:
                pieces.append(_separator(following, is_between=(token in _DATE_TOKENS) != (after in _DATE_TOKENS)))
        return "".join([*pieces, "$"])


def _separator(text: str, *, is_between: bool) -> str:
    """The pattern of a separator; `is_between`: between date and time, where a blank and `T` match each other."""
    if is_between and (text == "T" or text.isspace()):
        return r"(?:\s+|T)"
    return r"\s+".join(re.escape(sign) for sign in re.split(r"\s+", text))
