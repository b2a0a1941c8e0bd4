"""A running study: everything that a page may ask of it, each answered after its commit."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from study.allocation import assign
from study.answers import TIMED_OUT, cleaned, harmless
from study.client_events import add_client_events
from study.design_file import DesignFile
from study.errors import NotThisScreen, NotYours
from study.judging import judged
from study.participants import (
    COMPLETED,
    by_token,
    could_be_token,
    digest,
    erase,
    free_places,
    insert,
    labels,
    last_visit,
    link_ids,
    new_token,
    places,
    taken,
    update,
)
from study.plan import Step, plan
from study.row_payloads import about, between, limit
from study.screens import Screen, cut_notice, end_content, form
from study.standing import Edition, Editions, Standing, add, again, end, finish, first_shown, show, standing
from study.stimuli import Stimuli
from study.store import Store, add_event, inserting, lock_study, now
from study.store_schema import DESIGNS, EVENTS, RECRUITING

GRACE = 5.0  # seconds after a time limit for what is on its way
AGAIN = (
    "This page was answered already, in another tab or before the connection broke. Your first answer counts."
)
CHAT_LIMIT = 5_000_000  # characters of one turn of a live chat, as JSON


@dataclass(frozen=True, slots=True)
class Entry:
    """What coming in gives: a secret when a session was begun (else the browser has one), and the screen."""

    token: str | None
    screen: Screen


class Study:
    """One study on its database; safe to call from many threads."""

    def __init__(self, file: DesignFile, stimuli: Stimuli, store: Store) -> None:
        self.design, self.sha256, self.store = file.design, file.sha256, store
        self._stimuli_sha256 = stimuli.sha256
        self._editions = Editions(Edition(file.design, file.sha256, stimuli))
        row = {
            "study": self.design.study, "sha256": file.sha256, "stimuli_sha256": stimuli.sha256, "text": file.text,
            "design": self.design.model_dump_json(), "stimuli": stimuli.text, "added": now(),
        }  # fmt: skip
        store.write(lambda one: one.execute(inserting(one)(DESIGNS).values(row).on_conflict_do_nothing()))

    def enter(self, query: Mapping[str, str], token: str | None = None) -> Entry:
        """Come in by the study's link: go on with one's session, or begin one where there is a place.

        A secret that belongs to nobody yet becomes the session's own: a browser that was given one before it came in
        can come in again when the first reply was lost on its way.
        """
        fresh = new_token()
        return self.store.write(lambda connection: self._enter(connection, query, token, fresh))

    def screen(self, token: str | None) -> Screen:
        """The screen at which a session is. Raises NotYours."""
        return self.store.write(lambda connection: show(connection, self._at(connection, token)))

    def answer(
        self, token: str | None, participant: str, screen: str, submission: str, values: Mapping[str, Any],
        events: Sequence[Mapping[str, Any]] = (), client_time: str | None = None,
    ) -> Screen:  # fmt: skip
        """Store the answer to a screen, once for one submission, and give the next screen.

        Raises NotYours; BadAnswer where a field is missing or wrong, and NotThisScreen for a screen that the
        session has not reached: then nothing is stored.
        """

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if at.row.status == "withdrawn":
                return end(at, "withdrawn")
            add_client_events(connection, at.row, events)
            mark, time = str(harmless(submission))[:80], str(harmless(client_time or ""))[:40] or None
            sent = select(EVENTS.c.id).where(EVENTS.c.participant == at.row.id, EVENTS.c.submission == mark)
            if connection.execute(sent).first() is not None:
                return show(connection, at)
            step = at.position.step
            if at.going_on and step is not None and step.id == screen:
                return self._store(connection, at, step, values, mark, time)
            if screen in at.drawn.answers:
                add(
                    connection, at.row, "answer-again", screen, {"values": harmless(dict(values))}, mark, time
                )
                return show(connection, at, AGAIN)
            if at.going_on:
                raise NotThisScreen
            return end(at, at.row.status)

        return self.store.write(work)

    def log(
        self, token: str | None, participant: str, events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, ...]:
        """Store what the page saw; returns the ids of the events that are stored now. Raises NotYours."""

        def work(connection: Connection) -> tuple[str, ...]:
            row = by_token(connection, self.design.study, token)
            if row is None or participant != row.id:
                raise NotYours
            if row.status == "withdrawn":  # nothing more is kept; the page need not send it again
                return tuple(str(one.get("id", "")) for one in events)
            return add_client_events(connection, row, events)

        return self.store.write(work)

    def chat(
        self, token: str | None, participant: str, screen: str, submission: str, payload: Mapping[str, Any]
    ) -> None:
        """Store one turn of a live chat, whole. Raises NotYours, or NotThisScreen where no chat is going on."""

        def work(connection: Connection) -> None:
            at = self._at(connection, token, participant)
            step = next((one for one in at.drawn.steps if one.id == screen and one.phase == "chat"), None)
            if step is None or not at.going_on:
                raise NotThisScreen
            kept = harmless({**about(at.drawn.design, step), **payload})
            if len(json.dumps(kept, ensure_ascii=False)) > CHAT_LIMIT:
                kept |= {
                    "assessment": None,
                    "cut": f"evidence of more than {CHAT_LIMIT:,} characters is left out",
                }
            add(connection, at.row, "chat", screen, kept, str(harmless(submission))[:80])
            update(connection, at.row.id)

        self.store.write(work)

    def leave(self, token: str | None, participant: str) -> Screen:
        """Give the place back; what was answered is kept. Raises NotYours."""

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if not at.going_on:
                return end(at, at.row.status)
            finish(connection, at, "left")
            return end(at, "left")

        return self.store.write(work)

    def withdraw(self, token: str | None, participant: str) -> Screen:
        """Delete all that is stored of a person. Raises NotYours."""

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if at.row.status != "withdrawn":
                erase(connection, at.row.id)
            return end(at, "withdrawn")

        screen = self.store.write(work)
        self.store.checkpoint()
        return screen

    def sweep(self) -> int:
        """Free the places of those who have been idle too long; returns how many."""
        return self.store.write(lambda connection: free_places(connection, self.design))

    def _at(self, connection: Connection, token: str | None, participant: str | None = None) -> Standing:
        found = standing(connection, self._editions, token, participant)
        if found is None:
            raise NotYours
        return found

    def _store(
        self, connection: Connection, at: Standing, step: Step, values: Mapping[str, Any], submission: str,
        client_time: str | None,
    ) -> Screen:  # fmt: skip
        """Store an answer and go to the next screen."""
        design = at.drawn.design
        fields = form(design, step)
        kept, cut = cleaned(fields, values)
        began = first_shown(connection, at.row.id, step.id)
        seconds = between(began, now()) if began else None
        most = limit(design, step)
        live = at.drawn.chat(step.id) if step.phase == "chat" else ()
        said = str(live[-1].get("answer") or "") if live else ""
        payload = {
            **about(design, step), "values": kept, **judged(design, step, kept, at.drawn.stimuli.get(step.about), said),
            "seconds": seconds, "timed_out": values.get(TIMED_OUT) is True,
            "late": most is not None and seconds is not None and seconds > most + GRACE,
        } | ({"cut": cut} if cut else {})  # fmt: skip
        add(connection, at.row, "answer", step.id, payload, submission, client_time)
        after = again(connection, self._editions, at)
        found = after.position
        update(
            connection,
            at.row.id,
            steps_done=found.done,
            checks_passed=found.passed,
            checks_failed=found.failed,
        )
        if found.outcome:
            finish(connection, after, found.outcome)
        return show(connection, again(connection, self._editions, at), cut_notice(fields, cut))

    def _enter(
        self, connection: Connection, query: Mapping[str, str], token: str | None, fresh: str
    ) -> Entry:
        design = self.design
        ids = link_ids(design, query)
        lock_study(connection, design.study)
        if by_token(connection, design.study, fresh) is not None:  # committed before the connection broke
            return Entry(fresh, show(connection, self._at(connection, fresh)))
        mine = by_token(connection, design.study, token)
        if mine is None and token and could_be_token(token) and not taken(connection, token):
            fresh = token
        if mine is not None and ids[0] in (None, mine.external_id) and not self._again(mine, ids, query):
            return Entry(None, show(connection, self._at(connection, token)))
        before = last_visit(connection, design.study, ids[0]) if ids[0] else None
        if before is not None and not self._again(before, ids, query):
            if design.resume == "link" and _same(before.external_session, ids[2]):
                update(connection, before.id, token_sha256=digest(fresh))
                return Entry(fresh, show(connection, self._at(connection, fresh)))
            return Entry(None, self._shut("elsewhere"))
        free_places(connection, design)
        filled = places(connection, design.study)
        if not connection.execute(
            select(RECRUITING.c.open).where(RECRUITING.c.study == design.study)
        ).scalar_one():
            return Entry(None, self._shut("paused"))
        full = design.participants and filled.total() >= design.participants
        labelled = labels(connection, design.study) if design.flow == "annotation" else {}
        given = None if full else assign(design, filled, labelled, secrets.randbits(62))
        if given is None:
            return Entry(None, self._shut("full"))
        steps = plan(design, given)
        hashes = (self.sha256, self._stimuli_sha256)
        visit = before.visit + 1 if before is not None else 1
        participant = insert(connection, design, hashes, fresh, ids, visit, given, len(steps))
        payload = {
            "condition": given.condition, "cell": given.cell, "row": given.row, "rotation": given.rotation,
            "seed": given.seed, "visit": visit, "plan": [step.id for step in steps],
        }  # fmt: skip
        add_event(connection, design.study, self.sha256, participant, "enter", payload=payload)
        return Entry(fresh, show(connection, self._at(connection, fresh)))

    def _again(self, row: Row[Any], ids: tuple[str | None, ...], query: Mapping[str, str]) -> bool:
        """Whether a person who finished begins once more, where the design allows it."""
        other = ids[2] is not None and ids[2] != row.external_session
        return self.design.repeat and row.status == COMPLETED and (other or query.get("again") == "1")

    def _shut(self, outcome: str) -> Screen:
        return Screen(participant="", server_time=now(), **end_content(self.design, outcome))


def _same(one: str | None, other: str | None) -> bool:
    """Whether two secrets of a link are the same, in constant time; what is missing is never the same."""
    return bool(one and other) and secrets.compare_digest(str(one).encode(), str(other).encode())
