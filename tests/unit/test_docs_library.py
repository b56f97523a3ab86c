"""The page about the library holds: its examples run as they stand, and it names every public name."""

from __future__ import annotations

import inspect
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import milepost

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_examples_print_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == PAGE.count("```python") > 5
    names: dict[str, object] = {}
    for code, printed in examples:
        with redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "docs/library.md", "exec"), names)  # noqa: S102 - the page is the project's own
        assert out.getvalue() == printed


def test_every_public_name_is_on_the_page_and_no_other() -> None:
    listed = re.findall(r"`(\w+)`", PAGE.partition("## Every public name")[2])
    assert listed == sorted(milepost.__all__)
    described = PAGE.partition("## Every public name")[0]
    assert [name for name in listed if not re.search(rf"\b{name}\b", described)] == []


def test_every_name_that_an_example_imports_is_public() -> None:
    imported = {name for names in re.findall(r"from milepost import (.*)", PAGE) for name in names.split(", ")}
    assert imported <= set(milepost.__all__)


OTHER_NAMES = {"configure": "job", "read_history": "show", "undo": "undo_run"}
"""Public names of functions that have another one where they are defined."""


def test_every_public_name_is_there_under_its_own_name() -> None:
    for name in milepost.__all__:
        assert callable(getattr(milepost, name))
        assert getattr(milepost, name).__name__ == OTHER_NAMES.get(name, name)


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'milepost' has no attribute 'import_files'"):
        getattr(milepost, "import_files")  # noqa: B009 - a type checker would refuse the name itself


@pytest.mark.parametrize("name", ["import_file", "load_file", "configure", "undo_run", "prune_runs"])
def test_every_argument_is_on_the_page(name: str) -> None:
    arguments = set(inspect.signature(getattr(milepost, name)).parameters)
    known = {"file", "database", "job", "kind", "parameters", "configuration"}  # in the prose, by what they are
    assert {argument for argument in arguments - known if f"`{argument}`" not in PAGE} <= {"reading"}
