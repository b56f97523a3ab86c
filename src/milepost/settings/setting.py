"""The classes of the table of settings: a setting, where it belongs, its options, and its description."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from milepost.model.likeness import folded
from milepost.model.wording import listed
from milepost.settings.value_kinds import Kind, Shape


class JobKind(StrEnum):
    """The jobs that have settings."""

    IMPORT = "import"
    EXPORT = "export"


class Part(Enum):
    """A part of a configuration that has settings."""

    PROVIDER = JobKind.IMPORT, "the provider", "the provider"
    ACTION = JobKind.IMPORT, "<parameters> of the action", "the action"
    EXPORT_PROVIDER = JobKind.EXPORT, "<parameters> of the provider", "the provider"
    EXPORT_ACTION = JobKind.EXPORT, "<fileExportAction>", "<fileExportAction>"

    def __init__(self, job: JobKind, where: str, outside: str) -> None:
        """`where` and `outside`: the place of inner and outer settings, for messages."""
        self.job = job
        self.where = where
        self.outside = outside

    @property
    def has_sections(self) -> bool:
        """Whether <options> and <parameters> are allowed there."""
        return self is not Part.PROVIDER


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line that gives settings."""

    flags: str
    """In the syntax of click: `--time-global-format --time-format`, or `--header/--no-header` for yes and no."""
    help: str
    """A sentence; `{words}` is replaced by the words of the setting's kind."""
    metavar: str | None = None
    """None: that of the setting's kind."""
    gives: str | None = None
    """For NAME=VALUE options: the setting or group whose entries it gives. None: the option has one value."""
    value: str | None = None
    """The fixed value of an option without a value; for NAME=VALUE options, the fixed value of each name."""
    is_strict: bool = False
    """Whether the command line itself refuses all but the words of the setting's kind."""

    @property
    def flag(self) -> str:
        """The first of the flags."""
        return self.flags.split()[0].partition("/")[0]

    @property
    def is_flag(self) -> bool:
        """Whether it takes no value."""
        return "/" in self.flags or (self.value is not None and self.gives is None)

    def is_repeatable(self, kind: Kind) -> bool:
        """Whether it may be given several times, for a setting of that kind."""
        return self.gives is not None or kind.repeats or kind.shape is Shape.LABELLED

    def sentence(self, kind: Kind) -> str:
        """The text of its help."""
        return self.help.format(words=listed(kind.words, "or")) + (" Repeatable." if self.is_repeatable(kind) else "")


@dataclass(frozen=True, slots=True)
class Home:
    """The place of a setting in one kind of job."""

    part: Part
    place: str = ""
    """The attribute of the job that has the value, such as `reading.raw`; empty if the value only selects a block."""
    options: tuple[Option, ...] = ()
    """The options that give it, apart from --set."""
    key: Any = None
    """The key of the value, if the attribute is a mapping."""
    default: str | None = None
    """The default for the reference, if it is not that of a blank job."""
    configured: Any = None
    """The default if a configuration is given; None: that of a blank job."""
    implied: Any = None
    """A value that is not written."""
    is_outside: bool = False
    """Whether it belongs beside <parameters> and <options>, never in them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, the kind of its values, and where it belongs."""

    name: str
    """A name with a dot is an element inside an element."""
    kind: Kind
    example: str = ""
    """A value that is not the default, for the reference."""
    described: str = ""
    """The possible values, for the reference; empty: the description of the kind."""
    homes: tuple[Home, ...] = ()
    """One for each kind of job that has it."""
    synonym: str | None = None
    """Another name for it."""
    is_for_loads: bool = False
    """Whether it applies to reading reference data too."""

    def home(self, job: JobKind) -> Home:
        """Where it belongs in that kind of job; raises StopIteration if that has no such setting."""
        return next(home for home in self.homes if home.part.job is job)

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, and the synonym if it has one."""
        return (self.name,) if self.synonym is None else (self.name, self.synonym)

    @property
    def group(self) -> str:
        """The element that contains it, or its own name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, eq=False)
class Table:
    """All settings. Names may occur once for each kind of job."""

    entries: tuple[Setting, ...]

    def of(self, job: JobKind) -> Iterator[tuple[Setting, Home]]:
        """The settings of a kind of job, each with its home."""
        return ((setting, home) for setting in self.entries for home in setting.homes if home.part.job is job)

    def find(self, job: JobKind, name: str) -> Setting | None:
        """The setting called `name`, case-insensitive; None if there is none."""
        return self._by_name[job].get(folded(name))

    def element(self, job: JobKind, name: str) -> Setting | None:
        """The same for the name of an element that is not inside another one."""
        return None if "." in name else self.find(job, name)

    def options(self, job: JobKind, wanted: Callable[[Setting], bool]) -> Iterator[tuple[Setting, Option]]:
        """The options of the wanted settings of a kind of job, each once."""
        seen = set()
        for setting, home in self.of(job):
            for option in home.options if wanted(setting) else ():
                if option.flags not in seen:
                    seen.add(option.flags)
                    yield setting, option

    def groups(self, job: JobKind) -> Mapping[str, tuple[str, Part]]:
        """The elements that contain settings: folded names, to names and parts."""
        return self._groups[job]

    @cached_property
    def _by_name(self) -> dict[JobKind, dict[str, Setting]]:
        return {
            job: {folded(name): setting for setting, _ in self.of(job) for name in setting.names} for job in JobKind
        }

    @cached_property
    def _groups(self) -> dict[JobKind, Mapping[str, tuple[str, Part]]]:
        return {
            job: MappingProxyType(
                {
                    folded(setting.group): (setting.group, home.part)
                    for setting, home in self.of(job)
                    if "." in setting.name
                }
            )
            for job in JobKind
        }


def value_of(job: object, home: Home) -> Any:  # noqa: ANN401 - of every kind
    """The value of `job` at that home; None if it has none."""
    for part in home.place.split("."):
        job = None if job is None else getattr(job, part)
    return job.get(home.key) if home.key is not None and isinstance(job, Mapping) else job
