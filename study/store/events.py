"""Adds event rows within a transaction, in either database."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from database.rows import inserting, now
from study.store.schema import EVENTS, RECRUITING


def lock_study(connection: Connection, study: str) -> None:
    """Lock the study, so that one transaction at a time assigns places; also creates its recruiting row."""
    insert = inserting(connection.dialect.name)
    row = {"study": study, "open": True, "changed": now()}
    connection.execute(insert(RECRUITING).values(row).on_conflict_do_nothing())
    connection.execute(select(RECRUITING.c.open).where(RECRUITING.c.study == study).with_for_update())


def row(
    study: str,
    design_sha256: str,
    participant: str | None,
    kind: str,
    screen: str | None = None,
    payload: Mapping[str, Any] | None = None,
    submission: str | None = None,
    client_time: str | None = None,
) -> dict[str, Any]:
    """One event as a row, with the current time."""
    return {
        "study": study, "design_sha256": design_sha256, "participant": participant, "kind": kind, "screen": screen,
        "payload": json.dumps(payload or {}, ensure_ascii=False, allow_nan=False), "submission": submission,
        "client_time": client_time, "server_time": now(),
    }  # fmt: skip


@cache
def _adding(dialect: str, returning: bool) -> Any:
    """The statement that adds an event; cached, because building it costs more than running it."""
    # Rows without a submission never conflict, because null equals nothing.
    added = inserting(dialect)(EVENTS).on_conflict_do_nothing(index_elements=["participant", "submission"])
    return added.returning(EVENTS.c.id) if returning else added


def add_event(connection: Connection, *values: Any, **more: Any) -> bool:
    """Add one event, with the arguments of ``row``; returns False if its submission is already stored."""
    return (
        connection.execute(_adding(connection.dialect.name, True), row(*values, **more)).first() is not None
    )


def add_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add events; those whose submissions are already stored are skipped."""
    if rows:
        connection.execute(_adding(connection.dialect.name, False), [dict(row) for row in rows])
