"""What goes into a row: the time, and the INSERT that either kind of database understands."""

from datetime import UTC, datetime
from typing import Any


def inserting(dialect: str) -> Any:
    """The INSERT of the database dialect, which supports ON CONFLICT."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    return insert


def now() -> str:
    """The server's time: UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
