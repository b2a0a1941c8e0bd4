"""The participants table: tokens, statuses and places; no names and no IP addresses."""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select

from database.rows import now
from study.design.model import Design
from study.plan.counterbalancing import Assignment
from study.session.form_validation import harmless
from study.store.events import add_event
from study.store.schema import EVENTS, PARTICIPANTS

ACTIVE, TIMED_OUT, COMPLETED = "active", "timed-out", "completed"
COUNTED = (ACTIVE, COMPLETED)  # statuses that hold a place
TOKEN_LENGTH = 43  # characters of 32 bytes in base64
ID_LIMIT = 200  # maximum characters of an id from the link


def new_token() -> str:
    """A random 256-bit token."""
    return secrets.token_urlsafe(32)


def could_be_token(text: str) -> bool:
    """Whether a text has the form of our tokens.

    >>> could_be_token(new_token()), could_be_token("guess")
    (True, False)
    """
    return len(text) == TOKEN_LENGTH and text.replace("-", "").replace("_", "").isalnum() and text.isascii()


def digest(token: str) -> str:
    """The hash of a token that the database stores.

    Random 256-bit tokens need no slow hash, because they cannot be guessed.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def link_ids(design: Design, query: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """The ids of participant, study and session in the link.

    A placeholder that the platform did not fill in, such as ``{{%PROLIFIC_PID%}}``, is ignored: everybody would
    share it.

    >>> from study.design.parts import Ids
    >>> from types import SimpleNamespace
    >>> link_ids(SimpleNamespace(ids=Ids()), {"PROLIFIC_PID": "5f0", "STUDY_ID": "{{%STUDY_ID%}}"})
    ('5f0', None, None)
    """

    def read(name: str) -> str | None:
        text = str(harmless(str(query.get(name, "")))).strip()
        return None if not text or "{{" in text or "}}" in text else text[:ID_LIMIT]

    return read(design.ids.participant), read(design.ids.study), read(design.ids.session)


_BY_TOKEN = select(PARTICIPANTS).where(
    PARTICIPANTS.c.token_sha256 == bindparam("token"), PARTICIPANTS.c.study == bindparam("name")
)
_LOCKED = _BY_TOKEN.with_for_update()


def by_token(connection: Connection, study: str, token: str | None, lock: bool = False) -> Row[Any] | None:
    """The participant with this token; ``lock`` locks their row until the transaction ends."""
    if not token:
        return None
    parameters = {"token": digest(token), "name": study}
    return connection.execute(_LOCKED if lock else _BY_TOKEN, parameters).one_or_none()


def taken(connection: Connection, token: str) -> bool:
    """Whether a token belongs to a session, in any study of the database."""
    query = select(PARTICIPANTS.c.id).where(PARTICIPANTS.c.token_sha256 == digest(token))
    return connection.execute(query).first() is not None


def last_visit(connection: Connection, study: str, external_id: str) -> Row[Any] | None:
    """The latest session with this participant id."""
    query = select(PARTICIPANTS).where(
        PARTICIPANTS.c.study == study, PARTICIPANTS.c.external_id == external_id
    )
    return connection.execute(query.order_by(PARTICIPANTS.c.visit.desc()).limit(1)).one_or_none()


def places(connection: Connection, study: str) -> Counter[int]:
    """How many people hold a place in each cell."""
    query = select(PARTICIPANTS.c.cell, func.count()).where(
        PARTICIPANTS.c.study == study, PARTICIPANTS.c.status.in_(COUNTED)
    )
    return Counter({cell: count for cell, count in connection.execute(query.group_by(PARTICIPANTS.c.cell))})


def labels(connection: Connection, study: str) -> Counter[str]:
    """How many labels each item has, including those of active raters."""
    query = select(PARTICIPANTS.c.assignment).where(
        PARTICIPANTS.c.study == study, PARTICIPANTS.c.status.in_(COUNTED)
    )
    assignments = connection.execute(query).scalars()
    return Counter(item for text in assignments for item in assignment(text).items)


def assignment(text: str) -> Assignment:
    """Parse a stored assignment."""
    fields = json.loads(text)
    return Assignment(**{**fields, "items": tuple(fields["items"])})


def insert(
    connection: Connection, design: Design, hashes: tuple[str, str], token: str,
    ids: tuple[str | None, str | None, str | None], visit: int, assignment: Assignment, total: int,
) -> str:  # fmt: skip
    """Add a person; returns their public id."""
    name = secrets.token_hex(8)
    moment = now()
    connection.execute(
        PARTICIPANTS.insert().values(
            id=name, study=design.study, design_sha256=hashes[0], stimuli_sha256=hashes[1], token_sha256=digest(token),
            external_id=ids[0], external_study=ids[1], external_session=ids[2], visit=visit,
            condition=assignment.condition, cell=assignment.cell, seed=assignment.seed,
            assignment=json.dumps(asdict(assignment)),
            status=ACTIVE, steps_done=0, steps_total=total, checks_passed=0, checks_failed=0, entered=moment,
            last_seen=moment, finished=None, code="",
        )
    )  # fmt: skip
    return name


def update(connection: Connection, participant: str, **values: Any) -> None:
    """Update a person's row and mark them as just seen."""
    changed = {"last_seen": now(), **values}
    connection.execute(PARTICIPANTS.update().where(PARTICIPANTS.c.id == participant).values(changed))


def free_places(connection: Connection, design: Design) -> int:
    """Free the places of people who have been idle too long; returns how many.

    They can still come back and continue where they were.
    """
    idle = timedelta(minutes=design.time_limits.session_minutes)
    oldest = (datetime.now(UTC) - idle).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    gone = connection.execute(
        PARTICIPANTS.update()
        .where(
            PARTICIPANTS.c.study == design.study,
            PARTICIPANTS.c.status == ACTIVE,
            PARTICIPANTS.c.last_seen < oldest,
        )
        .values(status=TIMED_OUT)
        .returning(PARTICIPANTS.c.id, PARTICIPANTS.c.design_sha256)
    ).all()
    for participant, sha256 in gone:
        add_event(connection, design.study, sha256, participant, TIMED_OUT)
    return len(gone)


def erase(connection: Connection, participant: str) -> None:
    """Delete all data of a person; an empty row stays, so that their page can confirm it."""
    connection.execute(delete(EVENTS).where(EVENTS.c.participant == participant))
    update(
        connection, participant, external_id=None, external_study=None, external_session=None, condition="", cell=-1,
        seed=0, assignment="{}", status="withdrawn", steps_done=0, checks_passed=0, checks_failed=0, code="",
        finished=now(),
    )  # fmt: skip
