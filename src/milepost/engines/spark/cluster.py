"""A Spark server that does tasks: an embedded Sail, or any server that speaks Spark Connect."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import uuid
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from milepost.engines.spark import tasks
from milepost.engines.spark.tasks import Result, Shared, Task
from milepost.model.ahead import ahead
from milepost.model.exceptions import EngineError, FileError, MilepostError, StoreError, UsageError
from milepost.model.release import __version__
from milepost.model.wording import argument

SAIL = "sail"
"""What names the embedded server."""
CONNECT = "sc://"
"""What the address of another server begins with."""
_ROUNDS = 4
"""How many tasks each place gets before the driver hears of results."""
_PLACES = 8
"""How many tasks a server does at a time, unless told otherwise."""
_RETRIES = 3
"""How often a request is sent again that got no answer."""
_SCHEMA = "number long, text string"
_KINDS: dict[str, type[MilepostError]] = {one.__name__: one for one in (FileError, StoreError, UsageError)}
"""What errors of tasks are here."""


@contextmanager
def _as_a_script() -> Iterator[None]:
    """Lets pyspark be imported by `python -c`, which it takes for its own tests: it would look for a whole Spark, and
    end the process without one."""
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "-c"
    try:
        yield
    finally:
        del main.__file__


try:
    with warnings.catch_warnings(), _as_a_script():
        # It does not use pandas here, whatever its version.
        warnings.simplefilter("ignore")
        import grpc
        import pyarrow as pa
        from pyspark.errors import PySparkException
        from pyspark.errors.exceptions.connect import PythonException
        from pyspark.sql import SparkSession
        from pyspark.sql.connect.client.retries import DefaultPolicy
except ImportError as error:
    raise UsageError(
        f"{argument('engine')} needs the packages pysail and pyspark-client. "
        "Install them: pip install 'milepost[spark]'."
    ) from error


@dataclass(frozen=True, slots=True)
class Cluster:
    """An open session."""

    name: str
    """What messages call the server."""
    places: int
    """How many tasks it does at a time."""
    is_embedded: bool
    _session: Any

    def ordered(
        self, function: Callable[[Shared, Task], Result], shared: Shared, todo: Iterable[Task]
    ) -> Generator[Result]:
        """The results of tasks, in the order of the tasks. Some are done while earlier ones are used.

        Raises the error of a task where its result would have come, and EngineError when the server is lost.
        """
        with ahead(self._groups(function, shared, iter(todo))) as groups:
            try:
                for group in groups:
                    yield from map(_whole, group)
            except BaseException:
                self._stop()
                raise

    def _groups(
        self, function: Callable[[Shared, Task], Result], shared: Shared, todo: Iterator[Task]
    ) -> Iterator[list[Result]]:
        while group := list(itertools.islice(todo, self.places * _ROUNDS)):
            yield self._done(function, shared, group)

    def _done(self, function: Callable[[Shared, Task], Result], shared: Shared, group: list[Task]) -> list[Result]:
        texts = pa.array([json.dumps(one) for one in group], pa.string())
        given = pa.table({"number": pa.array(range(len(group)), pa.int64()), "text": texts})
        with self._explained():
            rows = self._session.createDataFrame(given).repartition(min(self.places, len(group)))
            found = rows.mapInArrow(partial(tasks.work, function, shared), _SCHEMA).collect()
        results = {number: json.loads(text) for number, text in found}
        return [results[number] for number in range(len(group))]

    def _stop(self) -> None:
        with suppress(Exception):
            self._session.interruptAll()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PythonException as error:
            said = str(error)
            if "ModuleNotFoundError" in said:
                last = said.strip().splitlines()[-1]
                raise UsageError(
                    f"The workers of {self.name} lack a package: {last}. Install milepost[spark] in their Python, "
                    f"in the version of this one ({__version__})."
                ) from error
            raise
        except (PySparkException, grpc.RpcError) as error:
            raise EngineError(
                f"The Spark server {self.name} was lost, or refused a task: {_first_line(error)}. Nothing was done. "
                "Try again.",
                code="connection-lost",
            ) from error

    def require_workers(self, shared: Shared) -> None:
        """Raises UsageError if workers have another Milepost, or EngineError if they do not see the folder."""
        there = f"{uuid.uuid4().hex}.there"
        (shared.folder / there).write_bytes(b"")
        asked = [{"there": there, "back": f"{uuid.uuid4().hex}.back"} for _ in range(self.places)]
        with closing(self.ordered(tasks.greet, shared, asked)) as answers:
            for answer in answers:
                if answer["version"] != __version__:
                    raise UsageError(
                        f"The workers of {self.name} have Milepost {answer['version']}, and this is "
                        f"{__version__}. Install the same version everywhere."
                    )
        if not all((shared.folder / one["back"]).exists() for one in asked):
            raise UsageError(
                f"The workers of {self.name} do not see the folder {shared.folder.parent}. Name one that all machines "
                f"see under the same path with {argument('scratch')}."
            )


@contextmanager
def connected(engine: str, cores: int | None) -> Iterator[Cluster]:
    """A session with the server that `engine` names: `sail`, or `sc://host:port`.

    `cores` is how many tasks are done at a time; by default the cores of this machine for `sail`, else 8. Raises
    UsageError for another name, and EngineError if the server cannot be reached.
    """
    with ExitStack() as stack:
        is_embedded = engine == SAIL
        places = cores or ((os.cpu_count() or 1) if is_embedded else _PLACES)
        address = stack.enter_context(embedded(places)) if is_embedded else engine
        name = "Sail on this machine" if is_embedded else engine
        stack.enter_context(_without_warnings())
        try:
            session = SparkSession.builder.remote(address).create()
            session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
            # A session that nobody answers is noticed by its first request.
            session.version  # noqa: B018
        except (PySparkException, grpc.RpcError) as error:
            raise EngineError(
                f"The Spark server {name} cannot be reached: {_first_line(error)}. Nothing was done. "
                "Check the address, and whether it speaks Spark Connect.",
                code="server-unreachable",
            ) from error
        stack.callback(_ended, session)
        yield Cluster(name, places, is_embedded, session)


def _whole(result: Result) -> Result:
    """A result; raises the error of its task."""
    if "error" in result:
        kind, code, said = result["error"]
        raise _KINDS.get(kind, EngineError)(said, code=code)
    return result


def _ended(session: Any) -> None:  # noqa: ANN401 - as pyspark has it
    with suppress(Exception):
        session.stop()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Passes over what pyspark warns of: errors that it also raises, and the version of pandas."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"pyspark\.")
        yield


@contextmanager
def embedded(places: int) -> Iterator[str]:
    """The address of a server that this process starts, and ends. Raises EngineError if it does not start."""
    own = {"POLARS_MAX_THREADS": "1", "RUST_LOG": "error", "TOKIO_WORKER_THREADS": str(max(2, places))}
    given, taken = subprocess.PIPE, subprocess.PIPE
    # Not from the working folder, where anything may lie.
    command = [sys.executable, "-P", "-W", "ignore", "-m", "milepost.engines.spark.embedded_server"]
    child = subprocess.Popen(  # noqa: S603 - this program
        command, stdin=given, stdout=taken, stderr=subprocess.DEVNULL, text=True, env=os.environ | own
    )
    try:
        port = child.stdout.readline().strip() if child.stdout else ""
        if not port:
            raise EngineError("The embedded Sail server does not start. Nothing was done.", code="system")
        yield f"{CONNECT}127.0.0.1:{port}"
    finally:
        child.kill()
        child.communicate()


def _first_line(error: Exception) -> str:
    """The first line of what an error says."""
    text = str(error)
    if found := re.search(r'details = "([^"]+)', text):
        text = found[1]
    return (text.strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
