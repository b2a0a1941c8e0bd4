"""Each test that asks for ``url`` runs on SQLite and on PostgreSQL."""

from tests.databases import postgres, pytest_runtest_setup, url

__all__ = ["postgres", "pytest_runtest_setup", "url"]
