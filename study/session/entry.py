"""Coming in by the study's link: go on with one's session, begin one, or learn why not."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from study.design.model import Design
from study.session.counterbalancing import assign
from study.session.exit_screens import end_content
from study.session.participants import (
    COMPLETED,
    by_token,
    could_be_token,
    digest,
    free_places,
    insert,
    labels,
    last_visit,
    link_ids,
    places,
    taken,
    update,
)
from study.session.plan import plan
from study.session.screens import Screen
from study.session.state import Editions, show, standing
from study.store.events import add_event, lock_study, now
from study.store.schema import RECRUITING

Ids = tuple[str | None, str | None, str | None]  # of participant, study and session


@dataclass(frozen=True, slots=True)
class Entry:
    """What coming in gives: a secret when a session was begun (else the browser has one), and the screen."""

    token: str | None
    screen: Screen


def enter(
    connection: Connection, editions: Editions, query: Mapping[str, str], token: str | None, fresh: str
) -> Entry:
    """Come in within one transaction; ``fresh`` becomes the secret of a session that begins.

    Where the caller's own ``token`` belongs to nobody yet, it becomes that instead.
    """
    design = editions.present.design
    ids = link_ids(design, query)
    lock_study(connection, design.study)
    mine = by_token(connection, design.study, token)
    if mine is None and token and could_be_token(token) and not taken(connection, token):
        fresh = token
    if by_token(connection, design.study, fresh) is not None:  # committed before the connection broke
        return _entry(connection, editions, fresh, fresh)
    if mine is not None and ids[0] in (None, mine.external_id) and not _again(design, mine, ids, query):
        return _entry(connection, editions, token, None)
    before = last_visit(connection, design.study, ids[0]) if ids[0] else None
    if before is not None and not _again(design, before, ids, query):
        if design.resume == "link" and _same(before.external_session, ids[2]):
            update(connection, before.id, token_sha256=digest(fresh))
            return _entry(connection, editions, fresh, fresh)
        return _shut(design, "elsewhere")
    return _begin(connection, editions, ids, before.visit + 1 if before is not None else 1, fresh)


def _begin(connection: Connection, editions: Editions, ids: Ids, visit: int, fresh: str) -> Entry:
    """A new session, where there is a place for it."""
    design, stimuli = editions.present.design, editions.present.stimuli
    free_places(connection, design)
    is_open = select(RECRUITING.c.open).where(RECRUITING.c.study == design.study)
    if not connection.execute(is_open).scalar_one():
        return _shut(design, "paused")
    filled = places(connection, design.study)
    full = design.participants and filled.total() >= design.participants
    labelled = labels(connection, design.study) if design.flow == "annotation" else {}
    given = None if full else assign(design, filled, labelled, secrets.randbits(62))
    if given is None:
        return _shut(design, "full")
    steps = plan(design, given)
    hashes = (editions.present.sha256, stimuli.sha256)
    participant = insert(connection, design, hashes, fresh, ids, visit, given, len(steps))
    payload = {
        "condition": given.condition, "cell": given.cell, "row": given.row, "rotation": given.rotation,
        "seed": given.seed, "visit": visit, "plan": [step.id for step in steps],
    }  # fmt: skip
    add_event(connection, design.study, hashes[0], participant, "enter", payload=payload)
    return _entry(connection, editions, fresh, fresh)


def _entry(connection: Connection, editions: Editions, token: str | None, told: str | None) -> Entry:
    at = standing(connection, editions, token)
    assert at is not None, "the secret was found a moment ago, and nobody else changes the study meanwhile"
    return Entry(told, show(connection, at))


def _again(design: Design, row: Row[Any], ids: Ids, query: Mapping[str, str]) -> bool:
    """Whether a person who finished begins once more, where the design allows it."""
    other = ids[2] is not None and ids[2] != row.external_session
    return design.repeat and row.status == COMPLETED and (other or query.get("again") == "1")


def _shut(design: Design, outcome: str) -> Entry:
    return Entry(None, Screen(participant="", server_time=now(), **end_content(design, outcome)))


def _same(one: str | None, other: str | None) -> bool:
    """Whether two secrets of a link are the same, in constant time; what is missing is never the same."""
    return bool(one and other) and secrets.compare_digest(str(one).encode(), str(other).encode())
