"""Work in a thread of its own, beside that of the caller."""

from __future__ import annotations

import threading

import pytest

from milepost.model.ahead import begun


def test_work_goes_on_while_the_block_runs() -> None:
    caller, worker = threading.Event(), threading.Event()

    def work() -> str:
        worker.set()
        assert caller.wait(10)
        return threading.current_thread().name

    with begun(work) as result:
        assert worker.wait(10)
        caller.set()
        assert result() != threading.current_thread().name


def test_errors_are_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise ValueError("why")

    with begun(fail) as result, pytest.raises(ValueError, match="why"):
        result()
    with begun(fail):
        """A result that nobody asks for."""


def test_the_block_ends_when_the_work_has_ended() -> None:
    ended = []
    go_on = threading.Event()

    def work() -> None:
        go_on.wait(10)
        ended.append(True)

    threading.Timer(0.05, go_on.set).start()
    with begun(work):
        assert not ended
    assert ended
