"""The state of a session, read from its rows within one transaction, and the screen to show."""

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from database.rows import now
from study.design.model import Design
from study.design.stimuli import Stimuli, parse_stimuli
from study.plan.position import Position, position
from study.plan.steps import plan
from study.session.exit_screens import end_content
from study.session.participants import ACTIVE, COMPLETED, TIMED_OUT, assignment, by_token, update
from study.session.payloads import between, limit, shown
from study.session.screens import Drawn, Screen, content, paragraphs, seen
from study.store.events import add_event
from study.store.schema import DESIGNS, EVENTS, PARTICIPANTS

_MINE = EVENTS.c.participant == bindparam("who")
_ANSWERS = select(EVENTS.c.screen, EVENTS.c.payload).where(_MINE, EVENTS.c.kind == "answer")
_TURNS = (
    select(EVENTS.c.payload)
    .where(_MINE, EVENTS.c.kind == "chat", EVENTS.c.screen == bindparam("screen"))
    .order_by(EVENTS.c.id)
)
_FIRST = select(func.min(EVENTS.c.server_time)).where(
    _MINE, EVENTS.c.kind == "shown", EVENTS.c.screen == bindparam("screen")
)

SIGN_OF_LIFE = 60.0  # a page view updates last_seen at most this often, in seconds


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the design with its frozen answers; a session keeps the one it started with."""

    design: Design
    sha256: str
    stimuli: Stimuli


class Editions:
    """The current edition, and older ones, loaded on demand."""

    def __init__(self, present: Edition) -> None:
        self.present = present
        self._known = {(present.sha256, present.stimuli.sha256): present}
        self._turn = threading.Lock()

    def of(self, connection: Connection, row: Row[Any]) -> Edition:
        """The edition that a person's session uses."""
        key = (row.design_sha256, row.stimuli_sha256)
        with self._turn:
            edition = self._known.get(key)
        if edition is None:
            query = select(DESIGNS).where(
                DESIGNS.c.study == row.study, DESIGNS.c.sha256 == key[0], DESIGNS.c.stimuli_sha256 == key[1]
            )
            stored = connection.execute(query).one()
            edition = Edition(
                Design.model_validate_json(stored.design), key[0], parse_stimuli(stored.stimuli)
            )
            with self._turn:
                self._known[key] = edition
        return edition


@dataclass(frozen=True, slots=True)
class Standing:
    """One session: its row, the data its screens are built from, and its position."""

    row: Row[Any]
    drawn: Drawn
    position: Position

    @property
    def going_on(self) -> bool:
        """Whether it accepts further answers."""
        return self.row.status in (ACTIVE, TIMED_OUT)


def standing(
    connection: Connection, editions: Editions, token: str | None, participant: str | None = None
) -> Standing | None:
    """The session of a token, its row locked; None if there is none or it belongs to another participant."""
    row = by_token(connection, editions.present.design.study, token, lock=True)
    return None if row is None or participant not in (None, row.id) else _of_row(connection, editions, row)


def answered(at: Standing, screen: str, payload: Mapping[str, Any]) -> Standing:
    """The state of a session after this answer is stored."""
    answers = {**at.drawn.answers, screen: payload}
    place = position(at.drawn.design, at.drawn.steps, answers)
    drawn = replace(at.drawn, answers=answers, at=place.step.id if place.step else "")
    return Standing(at.row, drawn, place)


def _of_row(connection: Connection, editions: Editions, row: Row[Any]) -> Standing:
    edition = editions.of(connection, row)
    if row.status == "withdrawn":
        drawn = Drawn(edition.design, edition.stimuli, (), {}, row.id)
        return Standing(row, drawn, Position(None, "withdrawn", 0, 0, 0, 0))
    steps = plan(edition.design, assignment(row.assignment))
    stored = connection.execute(_ANSWERS, {"who": row.id})
    answers = {screen: json.loads(text) for screen, text in stored}
    place = position(edition.design, steps, answers)

    def chat(screen: str) -> tuple[Mapping[str, Any], ...]:
        turns = connection.execute(_TURNS, {"who": row.id, "screen": screen}).scalars()
        return tuple(json.loads(turn) for turn in turns)

    at = place.step.id if place.step else ""
    return Standing(row, Drawn(edition.design, edition.stimuli, steps, answers, row.id, at, chat), place)


def add(
    connection: Connection, row: Row[Any], kind: str, screen: str | None = None,
    payload: Mapping[str, Any] | None = None, submission: str | None = None, client_time: str | None = None,
) -> None:  # fmt: skip
    """Add an event of a participant."""
    add_event(
        connection, row.study, row.design_sha256, row.id, kind, screen, payload, submission, client_time
    )


def first_shown(connection: Connection, participant: str, screen: str) -> str | None:
    """When a screen was first shown."""
    return connection.execute(_FIRST, {"who": participant, "screen": screen}).scalar_one_or_none()


def show(connection: Connection, at: Standing, notice: str = "") -> Screen:
    """The current screen of a session; showing it for the first time is logged and starts its time limit."""
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
    """The last screen. People who saw AI answers but missed the debriefing learn here which were wrong."""
    design = at.drawn.design
    fields = end_content(design, outcome, at.row.code)
    answers = seen(at.drawn) if outcome in ("left", "withdrawn", "screened-out") else ()
    if answers:
        fields |= {"seen": answers, "text": (*fields["text"], *paragraphs(*design.debriefing.text))}
    return Screen(
        participant=at.row.id, done=at.position.done, total=at.position.total, server_time=now(), notice=notice,
        **fields,
    )  # fmt: skip


def finish(connection: Connection, at: Standing, outcome: str) -> Standing:
    """End a session; if it was completed, create its completion code."""
    random = at.drawn.design.completion.code == "random" and outcome == COMPLETED
    code = secrets.token_hex(4).upper() if random else ""
    add(connection, at.row, outcome, payload={"code": code} if code else None)
    update(connection, at.row.id, status=outcome, finished=now(), code=code)
    row = connection.execute(select(PARTICIPANTS).where(PARTICIPANTS.c.id == at.row.id)).one()
    return replace(at, row=row)
