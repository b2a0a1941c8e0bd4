"""Events from the page, such as clicks, changes and lost focus; each is stored once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from study.session.form_validation import harmless
from study.store.events import add_events
from study.store.events import row as event_row

SEEN = ("click", "change", "scroll", "key", "paste", "opened", "loaded", "timeout", "resent")
AWAY = ("focus-lost", "focus-gained", "hidden", "visible", "offline", "online")
KINDS = frozenset((*SEEN, *AWAY))
MOST = 500  # events per call
DATA_LIMIT = 10_000  # characters of the data of one event, as JSON


def add_client_events(
    connection: Connection, row: Row[Any], events: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Store events from the page; returns the ids of all that are now stored, including earlier ones.

    An unknown kind is stored as ``other`` with its name in the data; data that are too long are replaced by their
    length. Events without an id are ignored, because a repeated one could not be recognized.
    """
    stored, rows = [], []
    for event in events[:MOST]:
        if not isinstance(event, Mapping) or not isinstance(event.get("id"), str) or not event["id"]:
            continue
        name = str(harmless(str(event.get("kind", ""))))[:40]
        data = harmless(event.get("data") if isinstance(event.get("data"), Mapping) else {})
        if (length := len(json.dumps(data, ensure_ascii=False))) > DATA_LIMIT:
            data = {"cut": length}
        kind = name if name in KINDS else "other"
        if kind == "other":
            data = {**data, "name": name}
        screen, time = event.get("screen"), event.get("time")
        rows.append(
            event_row(
                row.study, row.design_sha256, row.id, kind, str(harmless(screen))[:200] if screen else None, data,
                f"event:{str(harmless(event['id']))[:70]}", str(harmless(str(time)))[:40] if time else None,
            )
        )  # fmt: skip
        stored.append(event["id"])
    add_events(connection, rows)
    return tuple(stored)
