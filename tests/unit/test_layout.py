"""The folder listing shows the architecture: no module has the name of another one, and none is too large."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import milepost

SOURCE = Path(milepost.__file__).parent
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.parent.name != "versions")
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 45
"""Without its signature and its docstring."""


def test_no_module_has_the_name_of_another_one() -> None:
    names = Counter(path.stem for path in MODULES if not path.stem.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_and_its_functions_keep_within_bounds(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lengths = {one.name: _length(one) for one in functions}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION} == {}


def _length(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
