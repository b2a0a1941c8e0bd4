"""The error of a database that cannot be used."""

from files.errors import CredenceError


class DatabaseUnavailable(CredenceError):
    """The database cannot be opened or reached; nothing from the call was stored."""
