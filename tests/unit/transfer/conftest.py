"""Servers and keys for the tests of transfers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.certificates import make_certificate
from servers.key_ring import KeyRing, made_keys


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1, which nothing trusts."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def key_ring() -> Iterator[KeyRing]:
    """Keys that were made for this session."""
    with made_keys() as made:
        yield made
