"""Servers and keys for the tests of transfers."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.certificates import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1, which nothing trusts."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))
