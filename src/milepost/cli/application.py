"""The commands, and the message and exit status of an error."""

from __future__ import annotations

import itertools
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn, cast

import click
from click.shell_completion import shell_complete

from milepost.cli import interruption, shape, streams, terminal
from milepost.cli.commands import (
    configuration,
    copies,
    demonstration,
    erasing_people,
    exports,
    imports,
    learners,
    look_back,
    retention_rules,
    undo,
    users,
    web_server,
)
from milepost.cli.commands.unpivot import unpivot
from milepost.cli.commands.whole import run as run_whole
from milepost.cli.commands.whole import status
from milepost.model.exceptions import MilepostError, UsageError, unwritable, was_interrupted

DONE = 0
NOTHING_DONE = 2
TRY_AGAIN = 4
DEBUG = "MILEPOST_DEBUG"


@click.group(cls=shape.Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="milepost", message="milepost %(version)s")
def milepost() -> None:
    """Import learning history into a learning record store, and read it back.

    The store is an SQLite file or a PostgreSQL database: --db, or the variable MILEPOST_DB, or milepost.db in this
    folder. Each option has such a variable: --max-rejected is MILEPOST_MAX_REJECTED. A file named - is standard input
    or output. Exit status: 0 no row rejected, 1 some rows rejected, 2 nothing
    was done, 3 held because it would pass a limit, 4 nothing was done, but it may work later, 130 interrupted.
    """


for command in (
    imports.load,
    imports.import_,
    imports.check,
    look_back.runs,
    look_back.show,
    undo.undo,
    look_back.verify,
    undo.prune,
    copies.copy,
    retention_rules.retention,
    exports.export,
    run_whole,
    status,
    unpivot,
    configuration.config,
    configuration.completion,
    demonstration.demo,
    web_server.serve,
    web_server.worker,
    users.user,
    learners.learner,
    erasing_people.erase,
    learners.session,
    learners.lov,
):
    milepost.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command that `arguments` (by default the process's own) name and ends the process."""
    _prepare_process()
    asked = os.environ.get(configuration.COMPLETE)
    if asked is not None:
        sys.exit(shell_complete(milepost, {}, "milepost", configuration.COMPLETE, asked))
    status = run(sys.argv[1:] if arguments is None else arguments)
    interruption.leave()
    sys.exit(status)


def _prepare_process() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole process
        else:
            stream.reconfigure(errors="backslashreplace")
            if name == "stderr" and not os.environ.get(DEBUG):
                _take_from_libraries(stream.fileno())
    interruption.receive()


def _take_from_libraries(descriptor: int) -> None:
    """Gives `sys.stderr` a descriptor of its own: what libraries print on theirs (panics, warnings) is dropped."""
    own = os.dup(descriptor)
    sys.stderr = open(own, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")  # noqa: SIM115, PTH123
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


def run(arguments: Sequence[str]) -> int:
    """Runs one command in this process, reports errors, and returns the exit status."""
    try:
        status = _invoke(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        streams.leave_stdout()
        return DONE
    except SystemExit:
        raise
    except BaseException as error:  # a panic of a library is no Exception
        if was_interrupted(error):
            return _interrupted()
        told = _explained(error)
        if told.code == "bug" and os.environ.get(DEBUG):
            raise
        # It may be a command line that cannot be parsed.
        _fail(told, as_json=_asks_for_json(arguments))
        return TRY_AGAIN if told.retry else NOTHING_DONE
    return status


def _asks_for_json(arguments: Sequence[str]) -> bool:
    by_variable = os.environ.get(f"{shape.PREFIX}JSON", "").casefold() in {"1", "true", "yes", "on", "t", "y"}
    return by_variable or "--json" in itertools.takewhile(lambda word: word != "--", arguments)


def _invoke(arguments: list[str]) -> int:
    # The main() of click would exit the process and hide the kinds of errors.
    try:
        with milepost.make_context("milepost", arguments) as context:
            return cast("int | None", milepost.invoke(context)) or DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def _interrupted() -> int:
    interruption.suppress_messages()
    with suppress(OSError):  # the terminal may be gone
        terminal.complain("Interrupted; nothing was done.")
    return interruption.EXIT_STATUS


def _explained(error: BaseException) -> MilepostError:
    """The error as one of ours."""
    if isinstance(error, MilepostError):
        return error
    if isinstance(error, click.UsageError) and not isinstance(error, click.exceptions.NoArgsIsHelpError):
        path = "milepost" if error.ctx is None else error.ctx.command_path
        return UsageError(f"{error.format_message()} Try `{path} --help`.")
    if isinstance(error, click.ClickException):
        return UsageError(error.format_message())
    if isinstance(error, MemoryError):
        return MilepostError("There is not enough memory. Nothing was done.", code="no-memory")
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{error.filename}: "
        code = "no-room" if unwritable(error) == "no-room" else "system"
        return MilepostError(f"{where}{error.strerror}.", code=code)
    message = (
        f"This is a bug in Milepost: {type(error).__name__}: {error}. "
        f"Please report it, with what {DEBUG}=1 in the environment makes the same command print."
    )
    return MilepostError(message, code="bug")


def _fail(error: MilepostError, *, as_json: bool) -> None:
    try:
        if as_json:
            terminal.failure(error)
            return
    except OSError:
        streams.leave_stdout()
    terminal.complain(terminal.message_of(error))
