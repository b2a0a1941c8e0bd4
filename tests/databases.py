"""SQLite and PostgreSQL, both real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres, binaries


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests, each with a separate database."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'study.sqlite'}"
    return str(request.getfixturevalue("postgres").url())


def _wants_postgres(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return "postgres" in getattr(item, "fixturenames", ()) or (
        callspec is not None and callspec.params.get("url") == "postgresql"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test if PostgreSQL is missing, or fail it if it is required."""
    if not _wants_postgres(item) or binaries() is not None:
        return
    if os.environ.get("CREDENCE_REQUIRE_POSTGRES") == "1":
        pytest.fail("no PostgreSQL was found, and CREDENCE_REQUIRE_POSTGRES=1", pytrace=False)
    pytest.skip("no PostgreSQL was found")
