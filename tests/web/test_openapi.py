"""Nothing that the OpenAPI document allows, or nearly allows, is a bug."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from functional.workbench import CLEAN
from milepost.web.api.api_routes import OPERATIONS, PREFIX
from web.workbench import ORIGIN, secret_of, visitor, work

EXAMPLES = 4 * int(os.environ.get("MILEPOST_EXAMPLES", "1"))
"""For each operation."""


@pytest.fixture(scope="module")
def program(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A program in front of a copy of the store, with an upload that was checked."""
    folder = tmp_path_factory.mktemp("openapi")
    client = visitor(shutil.copy(filled, folder / "milepost.db"), folder / "data")
    client.headers["authorization"] = f"Bearer {secret_of(client)}"
    client.put(client.post(f"{PREFIX}/uploads", json={"file": "a.csv"}).headers["location"], content=CLEAN.encode())
    client.post(f"{PREFIX}/checks", json={"upload": 1})
    work(client)
    return client


@pytest.mark.parametrize("number", range(len(OPERATIONS)), ids=[f"{one.method} {one.path}" for one in OPERATIONS])
def test_no_request_to_an_operation_is_a_bug(number: int, program: TestClient) -> None:
    document = program.get(f"{PREFIX}/openapi.json").json()
    wanted = OPERATIONS[number]
    operation = schemathesis.openapi.from_dict(document)[wanted.path][wanted.method]
    own = dict(program.headers)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:  # noqa: ANN401 - of schemathesis
        asked = case.as_transport_kwargs(base_url=ORIGIN + PREFIX)
        asked.pop("cookies", None)
        answer = program.request(**asked | {"headers": {**(asked.pop("headers", None) or {}), **own}})
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.json()["code"]

    ask()
