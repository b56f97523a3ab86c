"""The shape of all commands: options in groups, variables of the environment, and what every command has."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from typing import Any

import click
from click.core import ParameterSource
from click.formatting import HelpFormatter, wrap_text
from click.shell_completion import CompletionItem

from milepost.cli import voice

PREFIX = "MILEPOST_"
"""What the variables of the environment for options begin with."""
CONFIGURATION = "Configuration"
RESULTS = "Results"
STORE = "The store"
ENGINE = "The engine"
GENERAL = "Every command"
_LAST = (RESULTS, STORE, ENGINE, GENERAL)
_NARROW = 60
"""Columns of a terminal that has no room for two columns of text."""


class PathType(click.types.StringParamType):
    """The name of a file, which shells complete."""

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


PATH = PathType()


class Option(click.Option):
    """An option with a group for the help, and a variable of the environment."""

    def __init__(self, *arguments: Any, group: str = "Options", **given: Any) -> None:  # noqa: ANN401 - as click has them
        super().__init__(*arguments, **given)
        self.group = group
        flag = next((one for one in self.opts if one.startswith("--")), "")
        self.envvar = self.envvar or PREFIX + flag[2:].upper().replace("-", "_")

    def value_from_envvar(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """The value of the variable; one for each line if the option is repeatable."""
        text = self.resolve_envvar_value(ctx)
        if self.multiple and text is not None:
            return [line for line in text.splitlines() if line.strip()]
        return super().value_from_envvar(ctx)

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """The option, or the variable that gave the value, for a message."""
        source = None if ctx is None else ctx.get_parameter_source(self.name or "")
        return f"'{self.envvar}'" if source is ParameterSource.ENVIRONMENT else super().get_error_hint(ctx)


class _Formatter(HelpFormatter):
    """Help that can be read in any width."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        columns = shutil.get_terminal_size().columns
        super().__init__(indent_increment, width or max(20, min(columns, max_width or 80) - 2), max_width)

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:  # noqa: ANN401 - as click has them
        """Terms with their texts beside them, or below where there is no room."""
        if self.width >= _NARROW:
            return super().write_dl(rows, col_max, col_spacing)
        for term, text in rows:
            for part, more in ((term, 0), (text, 4)):
                indent = " " * (self.current_indent + more)
                self.write(wrap_text(part, self.width, indent, indent + "  " * (not more)) + "\n")
        return None


class _Context(click.Context):
    formatter_class = _Formatter


class Command(click.Command):
    """A command with the options that all have, and none of them twice."""

    context_class = _Context

    def __init__(self, *arguments: Any, **given: Any) -> None:  # noqa: ANN401 - as click has them
        super().__init__(*arguments, **given)
        self.params += [
            Option(["-q", "--quiet"], is_flag=True, group=GENERAL, help="Print data and errors alone."),
            Option(["-v", "--verbose"], is_flag=True, group=GENERAL, help="Tell each phase on standard error."),
            Option(
                ["--log"], metavar="FILE", type=PATH, group=GENERAL, help="Add JSON lines to FILE; - is standard error."
            ),
        ]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments; raises UsageError for an option that is given twice, and is not repeatable."""
        if not ctx.resilient_parsing:
            given = Counter(self.make_parser(ctx).parse_args(list(args))[2])
            for one, number in given.items():
                if isinstance(one, click.Option) and number > 1 and not one.multiple:
                    raise click.UsageError(f"{one.opts[-1]} is given {number} times. Give it once.", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the function returns
        """Calls the function, without the options that every command has."""
        params = dict(ctx.params)
        general = {name: params.pop(name) for name in ("quiet", "verbose", "log")}
        self._keep_log_apart(general["log"], params)
        from milepost import __version__

        with voice.speaking(ctx.command_path.partition(" ")[2], __version__, **general) as spoken:
            status = ctx.invoke(self.callback, **self.arguments(params))  # type: ignore[arg-type]
            spoken.facts["status"] = status or 0
        return status

    def arguments(self, params: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the function for the values of the parameters."""
        return params

    def format_options(self, ctx: click.Context, formatter: HelpFormatter) -> None:
        """Writes the options, by their groups."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx) if isinstance(one, click.Option) else None
            if record is not None:
                groups.setdefault(getattr(one, "group", GENERAL), []).append(record)
        for name in sorted(groups, key=lambda name: _LAST.index(name) if name in _LAST else -1):
            with formatter.section(name):
                formatter.write_dl(groups[name])

    @staticmethod
    def _keep_log_apart(log: str | None, params: dict[str, Any]) -> None:
        if log is None:
            return
        names = {os.path.realpath(one.removeprefix("sqlite:///")) for one in params.values() if isinstance(one, str)}
        if os.path.realpath(log) in names:
            raise click.UsageError(f"--log {log} would be added to a file of this command. Name another file.")


class Group(click.Group):
    """A group of commands, whose help shows what each does in a whole sentence."""

    context_class = _Context
    command_class = Command

    def format_commands(self, _ctx: click.Context, formatter: HelpFormatter) -> None:
        """Writes the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(1000)) for name, one in sorted(self.commands.items())])
