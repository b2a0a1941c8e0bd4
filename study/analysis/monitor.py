"""The progress of a study, counted by the database with a fixed number of queries and rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from study.session.participants import COMPLETED
from study.store.database import Store
from study.store.schema import EVENTS, PARTICIPANTS, RECRUITING

LAST = 20  # events in the preview
SHOWN_KINDS = (
    "enter", "answer", "answer-again", "chat", "completed", "declined", "screened-out", "left", "timed-out", "resumed",
    "paused", "reopened",
)  # fmt: skip
STATUSES = ("active", "completed", "left", "timed-out", "screened-out", "declined", "withdrawn")
GONE = ("left", "timed-out", "screened-out")
MOST_SCREENS = 12  # screens in the list of where people stopped
VALUE_LENGTH = 120  # characters per value in the preview


@dataclass(frozen=True, slots=True)
class ByCondition:
    """People of one condition by status; in a within-subject study there is one row for everybody."""

    condition: str  # "" within subjects
    counts: Mapping[str, int]  # status → people
    checks_passed: int
    checks_failed: int
    people_with_failed_checks: int
    minutes: float | None  # mean over people who finished

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class FinishedTrials:
    """Finished trials of one condition, without practice."""

    condition: str
    trials: int
    people: int


@dataclass(frozen=True, slots=True)
class Check:
    """One attention check."""

    screen: str
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Recent:
    """One of the latest events."""

    time: str
    participant: str
    kind: str
    screen: str
    what: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything that the researcher page shows."""

    open: bool
    conditions: Sequence[ByCondition]
    trials: Sequence[FinishedTrials]
    stopped_at: Sequence[tuple[str, int]]  # last screens of people who left, with counts
    checks: Sequence[Check]
    recent: Sequence[Recent]

    @property
    def statuses(self) -> list[str]:
        """Statuses that occur, and always "active" and "completed"."""
        return [status for status in STATUSES if status in ("active", COMPLETED) or self.people(status)]

    def people(self, status: str) -> int:
        """How many people have this status."""
        return sum(condition.counts.get(status, 0) for condition in self.conditions)


def progress(store: Store, study: str) -> Progress:
    """The current progress of a study. Raises StoreUnavailable."""
    return store.read(lambda connection: _progress(connection, study))


def _progress(connection: Connection, study: str) -> Progress:
    is_open = connection.execute(
        select(RECRUITING.c.open).where(RECRUITING.c.study == study)
    ).scalar_one_or_none()
    return Progress(
        True if is_open is None else bool(is_open),
        _conditions(connection, study),
        _trials(connection, study),
        _stopped_at(connection, study),
        _checks(connection, study),
        _recent(connection, study),
    )


def _conditions(connection: Connection, study: str) -> list[ByCondition]:
    p = PARTICIPANTS.c
    finished = case((p.status == COMPLETED, _minutes(connection, p.entered, p.finished)))
    query = (
        select(
            p.condition, p.status, func.count(), func.sum(p.checks_passed), func.sum(p.checks_failed),
            func.sum(case((p.checks_failed > 0, 1), else_=0)), func.avg(finished),
        )
        .where(p.study == study)
        .group_by(p.condition, p.status)
        .order_by(p.condition, p.status)
    )  # fmt: skip
    by_name: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        by_name.setdefault(row[0], []).append(row)
    return [
        ByCondition(
            name,
            {row[1]: int(row[2]) for row in rows},
            sum(int(row[3]) for row in rows),
            sum(int(row[4]) for row in rows),
            sum(int(row[5]) for row in rows),
            next((float(row[6]) for row in rows if row[6] is not None), None),
        )
        for name, rows in by_name.items()
    ]


def _trials(connection: Connection, study: str) -> list[FinishedTrials]:
    """Counted by the last screen of each trial, so that each finished trial counts once."""
    e = EVENTS.c
    condition = _payload(connection, "condition")
    query = (
        select(condition, func.count(), func.count(e.participant.distinct()))
        .where(e.study == study, e.kind == "answer", e.screen.like("trial-%"), e.screen.not_like("%.own"))
        .group_by(condition)
        .order_by(condition)
    )
    return [FinishedTrials(str(row[0] or ""), int(row[1]), int(row[2])) for row in connection.execute(query)]


def _stopped_at(connection: Connection, study: str) -> list[tuple[str, int]]:
    e, p = EVENTS.c, PARTICIPANTS.c
    last = (
        select(e.participant, func.max(e.id).label("id"))
        .join(PARTICIPANTS, p.id == e.participant)
        .where(e.study == study, e.kind == "shown", p.status.in_(GONE))
        .group_by(e.participant)
        .subquery()
    )
    people = func.count()
    query = (
        select(e.screen, people)
        .join(last, last.c.id == e.id)
        .group_by(e.screen)
        .order_by(people.desc(), e.screen)
        .limit(MOST_SCREENS)
    )
    return [(str(row[0]), int(row[1])) for row in connection.execute(query)]


def _checks(connection: Connection, study: str) -> list[Check]:
    e = EVENTS.c
    passed = _payload(connection, "passed")
    query = (
        select(e.screen, passed, func.count())
        .where(e.study == study, e.kind == "answer", e.screen.like("check-%"))
        .group_by(e.screen, passed)
    )
    counts: dict[str, list[int]] = {}
    for screen, right, people in connection.execute(query):
        counts.setdefault(str(screen), [0, 0])[0 if str(right) in ("1", "true") else 1] += int(people)
    return [Check(screen, *both) for screen, both in sorted(counts.items())]


def _recent(connection: Connection, study: str) -> list[Recent]:
    """The latest events, without clicks and changes, of which there are too many to read."""
    e = EVENTS.c
    events: list[Any] = []
    for kind in SHOWN_KINDS:  # each query reads 20 rows from the end of the index
        query = (
            select(e.id, e.server_time, e.participant, e.kind, e.screen, e.payload)
            .where(e.study == study, e.kind == literal(kind))
            .order_by(e.id.desc())
            .limit(LAST)
        )
        events += connection.execute(query).all()
    return [
        Recent(row.server_time, row.participant or "", row.kind, row.screen or "", _told(row.payload))
        for row in sorted(events, key=lambda row: row.id, reverse=True)[:LAST]
    ]


def _told(payload: str) -> str:
    """A short summary of an event; never the plan of a session."""
    data = json.loads(payload)
    values = data.get("values") or {name: data[name] for name in ("condition", "question") if data.get(name)}
    summary = " · ".join(f"{name}: {_short(value)}" for name, value in values.items())
    seconds = data.get("seconds")
    return f"{summary} ({seconds:.1f} s)" if summary and isinstance(seconds, int | float) else summary


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"


def _payload(connection: Connection, name: str) -> ColumnElement[Any]:
    """A field of the payload, extracted by the database."""
    if connection.dialect.name == "postgresql":
        return cast(EVENTS.c.payload, JSONB).op("->>")(name)
    return func.json_extract(EVENTS.c.payload, f"$.{name}")


def _minutes(
    connection: Connection, start: ColumnElement[Any], end: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Minutes between two times, computed by the database."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import TIMESTAMP

        kind = TIMESTAMP(timezone=True)
        return cast(func.extract("epoch", cast(end, kind) - cast(start, kind)), Float) / 60
    return (func.julianday(end) - func.julianday(start)) * 1440
