"""A session as its rows say it stands, within one transaction, and the screen that follows."""

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from study.design import Design
from study.participants import ACTIVE, COMPLETED, TIMED_OUT, assignment, by_token, update
from study.plan import plan
from study.row_payloads import between, limit, shown
from study.screens import Drawn, Screen, content, end_content, seen
from study.session import Position, position
from study.stimuli import Stimuli, parse_stimuli
from study.store import add_event, now
from study.store_schema import DESIGNS, EVENTS, PARTICIPANTS

SIGN_OF_LIFE = 60.0  # seconds after which a look at the page counts as one again


@dataclass(frozen=True, slots=True)
class Edition:
    """A design with its frozen answers; a session keeps those it began with."""

    design: Design
    sha256: str
    stimuli: Stimuli


class Editions:
    """The present edition, and older ones as they are met."""

    def __init__(self, present: Edition) -> None:
        self.present = present
        self._known = {(present.sha256, present.stimuli.sha256): present}
        self._turn = threading.Lock()

    def of(self, connection: Connection, row: Row[Any]) -> Edition:
        """The edition of a person's session."""
        key = (row.design_sha256, row.stimuli_sha256)
        with self._turn:
            found = self._known.get(key)
        if found is None:
            query = select(DESIGNS).where(
                DESIGNS.c.study == row.study, DESIGNS.c.sha256 == key[0], DESIGNS.c.stimuli_sha256 == key[1]
            )
            stored = connection.execute(query).one()
            found = Edition(Design.model_validate_json(stored.design), key[0], parse_stimuli(stored.stimuli))
            with self._turn:
                self._known[key] = found
        return found


@dataclass(frozen=True, slots=True)
class Standing:
    """One session: its row, what it is drawn from, and where it is."""

    row: Row[Any]
    drawn: Drawn
    position: Position

    @property
    def going_on(self) -> bool:
        """Whether further answers belong to it."""
        return self.row.status in (ACTIVE, TIMED_OUT)


def standing(
    connection: Connection, editions: Editions, token: str | None, participant: str | None = None
) -> Standing | None:
    """Where the session of a secret stands, its row locked; None where there is none, or it is somebody else's."""
    row = by_token(connection, editions.present.design.study, token, lock=True)
    return None if row is None or participant not in (None, row.id) else _of_row(connection, editions, row)


def again(connection: Connection, editions: Editions, at: Standing) -> Standing:
    """Where a session stands after something was added to it."""
    row = connection.execute(select(PARTICIPANTS).where(PARTICIPANTS.c.id == at.row.id)).one()
    return _of_row(connection, editions, row)


def _of_row(connection: Connection, editions: Editions, row: Row[Any]) -> Standing:
    edition = editions.of(connection, row)
    if row.status == "withdrawn":
        drawn = Drawn(edition.design, edition.stimuli, (), {}, row.id)
        return Standing(row, drawn, Position(None, "withdrawn", 0, 0, 0, 0))
    steps = plan(edition.design, assignment(row.assignment))
    mine = EVENTS.c.participant == row.id
    query = select(EVENTS.c.screen, EVENTS.c.payload).where(mine, EVENTS.c.kind == "answer")
    answers = {screen: json.loads(text) for screen, text in connection.execute(query)}
    found = position(edition.design, steps, answers)

    def chat(screen: str) -> tuple[Mapping[str, Any], ...]:
        turns = select(EVENTS.c.payload).where(mine, EVENTS.c.kind == "chat", EVENTS.c.screen == screen)
        return tuple(json.loads(one) for one in connection.execute(turns.order_by(EVENTS.c.id)).scalars())

    at = found.step.id if found.step else ""
    return Standing(row, Drawn(edition.design, edition.stimuli, steps, answers, row.id, at, chat), found)


def add(
    connection: Connection, row: Row[Any], kind: str, screen: str | None = None,
    payload: Mapping[str, Any] | None = None, submission: str | None = None, client_time: str | None = None,
) -> None:  # fmt: skip
    """Add an event of a person."""
    add_event(
        connection, row.study, row.design_sha256, row.id, kind, screen, payload, submission, client_time
    )


def first_shown(connection: Connection, participant: str, screen: str) -> str | None:
    """When a screen was first shown."""
    query = select(func.min(EVENTS.c.server_time)).where(
        EVENTS.c.participant == participant, EVENTS.c.kind == "shown", EVENTS.c.screen == screen
    )
    return connection.execute(query).scalar_one_or_none()


def show(connection: Connection, at: Standing, notice: str = "") -> Screen:
    """The present screen of a session; its first showing is an event, and the beginning of its time limit."""
    if at.row.status == TIMED_OUT:
        update(connection, at.row.id, status=ACTIVE)
        add(connection, at.row, "resumed")
    elif at.row.status != ACTIVE:
        return end(at, at.row.status, notice)
    elif between(at.row.last_seen, now()) > SIGN_OF_LIFE:
        update(connection, at.row.id)
    step = at.position.step
    assert step is not None, "an active session has a screen"
    began = first_shown(connection, at.row.id, step.id)
    if began is None:
        add(connection, at.row, "shown", step.id, shown(at.drawn, step, at.row.stimuli_sha256))
    moment = now()
    most = limit(at.drawn.design, step)
    left = None if most is None else max(0.0, round(most - between(began or moment, moment), 3))
    return Screen(
        participant=at.row.id, done=at.position.done, total=at.position.total, seconds_left=left,
        server_time=moment, notice=notice, **content(at.drawn, step),
    )  # fmt: skip


def end(at: Standing, outcome: str, notice: str = "") -> Screen:
    """The last screen. Whoever saw answers and did not come to the debriefing learns here which were wrong."""
    design = at.drawn.design
    found = end_content(design, outcome, at.row.code)
    answers = seen(at.drawn) if outcome in ("left", "withdrawn", "screened-out") else ()
    if answers:
        found |= {"seen": answers, "text": (*found["text"], *design.debriefing.text)}
    return Screen(
        participant=at.row.id, done=at.position.done, total=at.position.total, server_time=now(), notice=notice,
        **found,
    )  # fmt: skip


def finish(connection: Connection, at: Standing, outcome: str) -> None:
    """End a session; whoever completed it gets their code."""
    random = at.drawn.design.completion.code == "random" and outcome == COMPLETED
    code = secrets.token_hex(4).upper() if random else ""
    add(connection, at.row, outcome, payload={"code": code} if code else None)
    update(connection, at.row.id, status=outcome, finished=now(), code=code)
