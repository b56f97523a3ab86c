"""Options that several commands share, and what they say together."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import click
from click.core import ParameterSource

from milepost.model.file_formats import OF_CHANGES
from milepost.model.wording import listed
from milepost.stores.sql import urls

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_STORE = "milepost.db"

_CHANGES = listed(list(OF_CHANGES), "or")


def database(command: Command) -> Command:
    """Adds --db and --schema."""
    return stacked(
        command,
        click.option(
            "--db",
            envvar="MILEPOST_DB",
            default=DEFAULT_STORE,
            show_default=True,
            show_envvar=True,
            metavar="URL",
            help="The store: an SQLite file, or postgresql://USER@HOST/DATABASE.",
        ),
        click.option(
            "--schema",
            metavar="NAME",
            help="The schema of a PostgreSQL database that has the tables; the first of the search path unless named.",
        ),
    )


def store(db: str, schema: str | None) -> str:
    """The URL that --db and --schema amount to; raises UsageError where they do not fit."""
    return db if schema is None else urls.with_schema(db, schema)


def waiting(command: Command) -> Command:
    """Adds --wait."""
    return click.option(
        "--wait",
        type=click.FloatRange(min=0, max=1_000_000),
        default=60,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for another run that writes to the same store.",
    )(command)


def actor(command: Command) -> Command:
    """Adds --actor."""
    return click.option(
        "--actor",
        metavar="NAME",
        callback=_named,
        help="Who does it, for the record; the user of the operating system unless named.",
    )(command)


def _named(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    if given is not None and not given.strip():
        raise click.BadParameter("the name is empty.", context, parameter)
    return None if given is None else given.strip()


def as_json(command: Command) -> Command:
    """Adds --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)


def rejects(command: Command) -> Command:
    """Adds --rejects."""
    return click.option(
        "--rejects",
        metavar="OUT.csv",
        help="Write the rejected rows here as they stood, with the reasons. - is standard output.",
    )(command)


def reading(command: Command) -> Command:
    """Adds how a file is read: what `load` and `import` have in common."""
    return stacked(
        command,
        click.option(
            "--map", "maps", multiple=True, metavar='"Header=column"', help="What a header means. Repeatable."
        ),
        click.option("--ignore", "ignored", multiple=True, metavar='"Header"', help="A header to skip. Repeatable."),
        click.option(
            "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting, as in XML. Repeatable."
        ),
        click.option("--sheet", metavar="NAME", help="The sheet of a spreadsheet; the first one unless named."),
        click.option("--delimiter", metavar="NAME", help="comma, pipe, semicolon or tabulation."),
        click.option("--encoding", metavar="NAME", help="Such as UTF-8 or windows-1252."),
        click.option("--raw", is_flag=True, help="Neither take off nor add apostrophes before =, +, - and @."),
    )


def importing(command: Command) -> Command:
    """Adds everything that amounts to a job."""
    return stacked(
        command,
        click.option("--config", metavar="XML", help="The configuration. The other options beat it."),
        click.option(
            "--mode",
            type=click.Choice(["replace", "patch"]),
            help="What an empty or missing cell does to a stored value: reset it, or keep it.",
        ),
        click.option(
            "--merge",
            "merges",
            multiple=True,
            metavar="FIELD=RULE",
            help="How a stored value and the file's become one, as progression=highest. Repeatable.",
        ),
        reading,
    )


LIMITS = ("rejected", "deleted", "regressed", "reset", "changed")
"""What can have a limit: --max-NAME. A test holds them against the model, which is slow to import."""


def planning(command: Command) -> Command:
    """Adds what an import may do at the most, and where its changes are listed."""
    what = {
        "rejected": "rejected",
        "deleted": "deleted",
        "regressed": "set back",
        "reset": "emptied in a field",
        "changed": "given other values",
    }
    limits = (
        click.option(
            f"--max-{name}",
            metavar="N|N%",
            help=f"Hold the import when more rows than that would be {what[name]}.",
        )
        for name in LIMITS
    )
    return stacked(
        command,
        click.option(
            "--changes",
            metavar="FILE",
            help=f"List every change of a stored value: {_CHANGES}. - is standard output.",
        ),
        *limits,
    )


def expecting(command: Command) -> Command:
    """Adds --expect."""
    return click.option(
        "--expect", metavar="DIGEST", help="Carry out the plan with this digest, or nothing. It comes from `check`."
    )(command)


def stacked(command: Command, *decorators: Callable[[Command], Command]) -> Command:
    """`command` with what each of the decorators adds, in their order."""
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


class ReadingOptions(TypedDict):
    """What `database`, `waiting`, `actor`, `as_json`, `rejects` and `reading` add to a command."""

    db: str
    schema: str | None
    wait: float
    actor: str | None
    as_json: bool
    rejects: str | None
    maps: tuple[str, ...]
    ignored: tuple[str, ...]
    settings: tuple[str, ...]
    sheet: str | None
    delimiter: str | None
    encoding: str | None
    raw: bool


class JobOptions(ReadingOptions):
    """The same with what `importing` adds."""

    config: str | None
    mode: str | None
    merges: tuple[str, ...]


class ImportOptions(JobOptions):
    """The same with what `planning` adds."""

    changes: str | None
    max_rejected: str | None
    max_deleted: str | None
    max_regressed: str | None
    max_reset: str | None
    max_changed: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the command line says a file is to be read."""

    settings: Mapping[str, str]
    header_map: Mapping[str, str]
    header_ignore: tuple[str, ...]
    delimiter: str | None
    encoding: str | None
    sheet: str | None
    raw: bool

    @classmethod
    def of(cls, options: ReadingOptions) -> Reading:
        """What the options that `reading` adds amount to; raises click.UsageError for one that is no pair."""
        return cls(
            settings=_pairs("--set", _SETTING, "NAME=VALUE", options["settings"]),
            header_map=_pairs("--map", _HEADER, '"Header=column"', options["maps"]),
            header_ignore=tuple(options["ignored"]),
            delimiter=options["delimiter"],
            encoding=options["encoding"],
            sheet=options["sheet"],
            raw=options["raw"],
        )


def merge_rules(options: JobOptions) -> dict[str, str]:
    """What the options --merge amount to; raises click.UsageError for one that is no pair."""
    return _pairs("--merge", _SETTING, "FIELD=RULE", options["merges"])


def pairs(option: str, form: str, given: Sequence[str]) -> list[tuple[str, str]]:
    """The name and the value of each text that `option` was given; raises click.UsageError for one that is no pair."""
    return [pair for text in given for pair in _pairs(option, _SETTING, form, [text]).items()]


def _pairs(option: str, shape: re.Pattern[str], form: str, given: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        found = shape.fullmatch(text)
        if found is None:
            raise _misused(f'{option} "{text}" is not of the form {form}.')
        name, value = found.groups()
        if pairs.setdefault(name, value) != value:
            raise _misused(f'{option} gives "{name}" twice: "{pairs[name]}" and "{value}".')
    return pairs


def _misused(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context(silent=True))


_SETTING = re.compile(r"\s*([^=\s]+)\s*=(.*)", re.DOTALL)
# A header may hold an equals sign; the name of a column never does.
_HEADER = re.compile(r"(.*)=\s*([^=\s]+)\s*", re.DOTALL)


def program() -> str:
    """The command that runs this program, as it can be pasted into a shell."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py" and called.parent.name == "milepost":
        return f"{shlex.quote(sys.executable)} -m milepost"
    if called.stem != "milepost" or called.parent == Path() or _is_on_path(called):
        return "milepost"
    return shlex.quote(str(called))


def _is_on_path(called: Path) -> bool:
    found = shutil.which("milepost")
    return found is not None and Path(found).resolve() == called.resolve()


def again(
    context: click.Context, command: Sequence[str], *, without: Collection[str] = (), extra: Sequence[str] = ()
) -> str:
    """A command line with the options that were given to this one, for the user to paste.

    `command` holds the words before the options, `without` the names of parameters to leave out.
    """
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if not isinstance(parameter, click.Option) or name in without:
            continue
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if parameter.is_flag:
            words.append(parameter.opts[0])
            continue
        for one in value if parameter.multiple else (value,):
            words += [parameter.opts[0], urls.without_password(str(one)) if name == "db" else str(one)]
    return f"{program()} {shlex.join([*command, *words, *extra])}"
