"""Entry by the study link: continue a session, start one, or show why not."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from database.rows import now
from study.design.model import Design
from study.plan.counterbalancing import assign
from study.plan.steps import plan
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
from study.session.screens import Screen
from study.session.state import Editions, show, standing
from study.store.events import add_event, lock_study
from study.store.schema import RECRUITING

Ids = tuple[str | None, str | None, str | None]  # participant, study and session


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of entering: the first screen, and a token if the browser needs a new one."""

    token: str | None
    screen: Screen


def enter(
    connection: Connection, editions: Editions, query: Mapping[str, str], token: str | None, fresh: str
) -> Entry:
    """Enter within one transaction; ``fresh`` becomes the token of a new session.

    If the caller's own ``token`` is still unused, that one is used instead.
    """
    design = editions.present.design
    ids = link_ids(design, query)
    lock_study(connection, design.study)
    mine = by_token(connection, design.study, token)
    if mine is None and token and could_be_token(token) and not taken(connection, token):
        fresh = token
    if by_token(connection, design.study, fresh) is not None:  # committed before the connection was lost
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
    """Start a new session, if a place is free."""
    design, stimuli = editions.present.design, editions.present.stimuli
    free_places(connection, design)
    is_open = select(RECRUITING.c.open).where(RECRUITING.c.study == design.study)
    if not connection.execute(is_open).scalar_one():
        return _shut(design, "paused")
    filled = places(connection, design.study)
    full = design.participants and filled.total() >= design.participants
    labelled = labels(connection, design.study) if design.flow.raters else {}
    assignment = None if full else assign(design, filled, labelled, secrets.randbits(62))
    if assignment is None:
        return _shut(design, "full")
    steps = plan(design, assignment)
    hashes = (editions.present.sha256, stimuli.sha256)
    participant = insert(connection, design, hashes, fresh, ids, visit, assignment, len(steps))
    payload = {
        "condition": assignment.condition, "cell": assignment.cell, "row": assignment.row,
        "rotation": assignment.rotation, "seed": assignment.seed, "visit": visit, "plan": [step.id for step in steps],
    }  # fmt: skip
    add_event(connection, design.study, hashes[0], participant, "enter", payload=payload)
    return _entry(connection, editions, fresh, fresh)


def _entry(connection: Connection, editions: Editions, token: str | None, new_token: str | None) -> Entry:
    at = standing(connection, editions, token)
    assert at is not None, "the token was just found, and the study is locked"
    return Entry(new_token, show(connection, at))


def _again(design: Design, row: Row[Any], ids: Ids, query: Mapping[str, str]) -> bool:
    """Whether a person who finished starts again, if the design allows it."""
    other = ids[2] is not None and ids[2] != row.external_session
    return design.repeat and row.status == COMPLETED and (other or query.get("again") == "1")


def _shut(design: Design, outcome: str) -> Entry:
    return Entry(None, Screen(participant="", server_time=now(), **end_content(design, outcome)))


def _same(first: str | None, second: str | None) -> bool:
    """Whether two ids from a link are equal, in constant time; missing ids never are."""
    return bool(first and second) and secrets.compare_digest(str(first).encode(), str(second).encode())
