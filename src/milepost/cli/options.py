"""Options that several commands share: those of the table of settings, and others."""

from __future__ import annotations

import functools
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from milepost.cli.shape import CONFIGURATION, ENGINE, GENERAL, PATH, RESULTS, STORE, Command, Option
from milepost.model.file_formats import OF_CHANGES
from milepost.model.wording import listed
from milepost.stores.sql import urls

if TYPE_CHECKING:
    from milepost.settings import setting as settings_table
    from milepost.settings.setting import Setting

Function = Callable[..., Any]
Settings = dict[str, list[Any]]
"""The values of settings on a command line, by name: one for each time that the setting is given."""

DEFAULT_STORE = "milepost.db"

option = functools.partial(click.option, cls=Option)
"""As `click.option`, with a `group`."""


def together(*decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """A decorator that adds what all of these add, in their order."""

    def decorate(command: Function) -> Function:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def _stripped(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    if given is not None and not given.strip():
        raise click.BadParameter("the name is empty.", context, parameter)
    return None if given is None else given.strip()


config = option(
    "--config", metavar="XML", type=PATH, group=CONFIGURATION, help="The configuration. Other options override it."
)
as_json = option("--json", "as_json", is_flag=True, group=RESULTS, help="Print one JSON document instead of text.")
changes = option(
    "--changes",
    metavar="FILE",
    type=PATH,
    group=RESULTS,
    help=f"List every change of a stored value: {listed(list(OF_CHANGES), 'or')}. - is standard output.",
)
engine = option(
    "--engine",
    default="local",
    show_default=True,
    metavar="ENGINE",
    group=ENGINE,
    help="Who does the work: local (this process), sail (a server for this run) or sc://host:port (Spark Connect).",
)
cores = option(
    "--cores",
    type=click.IntRange(min=1, max=100_000),
    metavar="NUMBER",
    group=ENGINE,
    help="How many tasks are done at a time: by default, the cores of this machine for sail, 8 for a server.",
)
scratch = option(
    "--scratch",
    metavar="FOLDER",
    type=PATH,
    group=ENGINE,
    help="The folder for files between tasks, which all machines see; by default, that of temporary files.",
)
rejects = option(
    "--rejects",
    metavar="OUT.csv",
    type=PATH,
    group=RESULTS,
    help="Write the rejected rows here as they stood, with the reasons; .xlsx for a spreadsheet with the wrong cells "
    "marked. - is standard output.",
)
output = functools.partial(option, "-o", "--output", default="-", metavar="FILE", type=PATH, group="How it is written")
"""Where data is written, with a help of its own for each command."""
waiting = option(
    "--wait",
    type=click.FloatRange(min=0, max=1_000_000),
    default=60,
    show_default=True,
    metavar="SECONDS",
    group=STORE,
    help="How long to wait for another run that writes to the same store.",
)
actor = option(
    "--actor",
    metavar="NAME",
    callback=_stripped,
    group=STORE,
    help="Who does it, for the record; the user of the operating system unless named.",
)


def _zone(_context: click.Context, _parameter: click.Parameter, given: str | None) -> ZoneInfo | None:
    if given is None:
        return None
    from milepost.settings.value_kinds import ZONE

    try:
        return ZoneInfo(ZONE.read(given))
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from error


time_zone = option(
    "--time-zone",
    metavar="ZONE",
    callback=_zone,
    group=RESULTS,
    help="Whose local time is shown, such as Europe/Paris; that of the newest configuration unless named.",
)
_db = option(
    "--db",
    default=DEFAULT_STORE,
    show_default=True,
    metavar="URL",
    type=PATH,
    group=STORE,
    help="The store: an SQLite file, postgresql://USER@HOST/DATABASE or delta:///FOLDER.",
)
_schema = option(
    "--schema",
    metavar="NAME",
    group=STORE,
    help="The schema of a PostgreSQL database that has the tables; the first of the search path unless named.",
)


def database(command: Function) -> Function:
    """Adds --db and --schema. The function receives both as `db`, one URL."""

    @functools.wraps(command)
    def with_schema(*arguments: object, db: str, schema: str | None, **given: object) -> object:
        return command(*arguments, db=db if schema is None else urls.with_schema(db, schema), **given)

    return together(_db, _schema)(with_schema)


class RunOptions(TypedDict):
    """The values of the options that `load`, `import` and `check` share."""

    db: str
    wait: float
    actor: str | None
    as_json: bool
    rejects: str | None
    settings: Settings
    config: NotRequired[str | None]
    changes: NotRequired[str | None]
    engine: NotRequired[str]
    cores: NotRequired[int | None]
    scratch: NotRequired[str | None]


class SettingsCommand(Command):
    """A command whose function receives `settings`, the values of the options of a kind of job by setting.

    The table of settings is imported only when the options are needed, since that is the slowest part of a start.
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - as click has them
        job: str,
        wanted: Callable[[Setting], bool] = lambda _: True,
        **given: Any,  # noqa: ANN401
    ) -> None:
        """`wanted`: which settings have their options here; `--set` gives all."""
        super().__init__(*arguments, **given)
        self._job, self._wanted = job, wanted
        self._of_settings: list[_SettingOption | _Set] = []

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters: those of the table follow the ones about the configuration."""
        if not self._of_settings:
            from milepost.settings.setting import JobKind
            from milepost.settings.table import TABLE

            job = JobKind(self._job)
            for setting, given_by in TABLE.options(job, self._wanted):
                self._of_settings.append(_SettingOption(setting, given_by, setting.home(job).place))
            self._of_settings.append(_Set())
            groups = [getattr(one, "group", None) for one in self.params]
            place = len(groups) - groups[::-1].index(CONFIGURATION) if CONFIGURATION in groups else 0
            self.params[place:place] = self._of_settings
        return super().get_params(ctx)

    def arguments(self, params: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the function: `settings`, and the values of the other options."""
        settings: Settings = {}
        for one in self._of_settings:
            one.collect(params.pop(one.name or ""), settings)
        return params | {"settings": settings}


_GROUPS = {
    "reading": "The file",
    "parameters": "Values",
    "mode": "What becomes of stored values",
    "merge": "What becomes of stored values",
    "row_rule": "What becomes of stored values",
    "former": "What becomes of stored values",
    "limits": "Limits",
    "filters": "Which rows",
    "period": "Which rows",
    "columns": "How it is written",
    "appearance": "How it is written",
}
"""The groups of options, by where a job has the values of their settings."""


class _SettingOption(Option):
    """An option of the table."""

    def __init__(self, setting: Setting, option: settings_table.Option, place: str) -> None:
        kind = setting.kind
        super().__init__(
            [*option.flags.split(), option.flag.lstrip("-").replace("-", "_")],
            help=option.sentence(kind),
            metavar=None if option.is_strict or option.is_flag else option.metavar or kind.metavar,
            multiple=option.is_repeatable(kind),
            is_flag=option.is_flag,
            default=None,
            type=click.Choice(kind.words) if option.is_strict else None,
            group=_GROUPS.get(place.partition(".")[0], CONFIGURATION),
            shell_complete=lambda _ctx, _param, begun: [word for word in kind.words if word.startswith(begun)],
        )
        self._setting, self._option = setting, option

    def collect(self, given: Any, settings: Settings) -> None:  # noqa: ANN401 - as the option has it
        """Adds what the option gives; raises click.UsageError for a malformed pair."""
        option, name = self._option, self._setting.name
        if option.gives is not None and given:
            settings.setdefault(option.gives, []).append(self._pairs(given))
        elif isinstance(given, bool) and (given or option.value is None):
            settings.setdefault(name, []).append("yes" if given else "no")
        elif isinstance(given, (str, tuple)) and (given or isinstance(given, str)):
            settings.setdefault(name, []).extend([given] if isinstance(given, str) else given)

    def _pairs(self, given: Sequence[str]) -> dict[str, str]:
        option = self._option
        if option.value is not None:
            return dict.fromkeys(given, option.value)
        found: dict[str, str] = {}
        for text in given:
            name, value = _pair(option.flag, option.metavar or "", text)
            if found.setdefault(name, value) != value:
                raise _misused(f'{option.flag} gives "{name}" twice: "{found[name]}" and "{value}".')
        return found


class _Set(Option):
    """--set, which gives any setting."""

    def __init__(self) -> None:
        help_ = "A setting, as in XML. Repeatable."
        super().__init__(["--set", "settings"], multiple=True, metavar="NAME=VALUE", group=CONFIGURATION, help=help_)

    def collect(self, given: Sequence[str], settings: Settings) -> None:
        """Adds what the option gives; raises click.UsageError for a malformed pair."""
        for text in given:
            name, value = _pair("--set", "NAME=VALUE", text)
            settings.setdefault(name, []).append(value)


def _pair(flag: str, form: str, text: str) -> tuple[str, str]:
    # A header may contain an equals sign; the name of a setting, a field or a column does not.
    found = (_HEADER if "Header" in form else _SETTING).fullmatch(text)
    if found is None:
        raise _misused(f'{flag} "{text}" is not of the form {form}.')
    return found[1], found[2]


_SETTING = re.compile(r"\s*([^=\s]+)\s*=(.*)", re.DOTALL)
_HEADER = re.compile(r"(.*)=\s*([^=\s]+)\s*", re.DOTALL)


def _misused(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context(silent=True))


LAST = "last"


def _run_of(context: click.Context, parameter: click.Parameter, given: str | None) -> int | None:
    """The number of a run; 0 for the word for the newest."""
    if given is None or given == LAST:
        return None if given is None else 0
    if not given.isascii() or not given.isdecimal() or int(given) == 0:
        what = f"{given!r} is no number of a run; write one from 1 up, or `{LAST}`."
        raise click.BadParameter(what, context, parameter)
    return int(given)


run = functools.partial(
    click.argument,
    "run",
    callback=_run_of,
    shell_complete=lambda _context, _parameter, begun: [LAST] if LAST.startswith(begun) else [],
)
"""The argument RUN, which `run_number` completes."""


def run_number(db: str, given: int) -> int:
    """The number of the run that is meant. Raises UsageError if the newest is meant, and there is none."""
    from milepost.model.exceptions import UsageError
    from milepost.reading import runs

    if given:
        return given
    listing = runs.runs(db)
    if not listing:
        raise UsageError("There are no runs yet.", code="run-missing")
    return listing[0].id


def program() -> str:
    """The command that runs this program, as it can be pasted into a shell."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py" and called.parent.name == "milepost":
        return f"{shlex.quote(sys.executable)} -m milepost"
    on_path = shutil.which("milepost")
    is_on_path = on_path is not None and Path(on_path).resolve() == called.resolve()
    if called.stem != "milepost" or called.parent == Path() or is_on_path:
        return "milepost"
    return shlex.quote(str(called))


def again(
    context: click.Context,
    command: Sequence[str],
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    extra: Sequence[str] = (),
    sources: Collection[ParameterSource] = (ParameterSource.COMMANDLINE,),
) -> str:
    """A command line for the user to paste: `command`, the options of this one, and `extra`.

    `only`: the names of the parameters to keep (None: all). `without`: those to leave out. `sources`: where an option
    must come from to be kept.
    """
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if not isinstance(parameter, click.Option) or name in without or (only is not None and name not in only):
            continue
        if getattr(parameter, "group", GENERAL) == GENERAL:
            continue
        if context.get_parameter_source(name) not in sources:
            continue
        value = context.params[name]
        if parameter.is_flag:
            words.append(parameter.opts[0] if value else parameter.secondary_opts[0])
            continue
        for one in value if parameter.multiple else (value,):
            words += [parameter.opts[0], urls.without_password(str(one)) if name == "db" else str(one)]
    return f"{program()} {shlex.join([*command, *words, *extra])}"
