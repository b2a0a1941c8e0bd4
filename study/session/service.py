"""A running study: every request of the page, answered only after its data are committed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from database.rows import inserting, now
from study.design.reader import DesignFile
from study.design.stimuli import Stimuli
from study.errors import NotThisScreen, SessionForbidden
from study.plan.steps import Step
from study.session.client_events import add_client_events
from study.session.entry import Entry, enter
from study.session.form_validation import TIMED_OUT, cleaned, harmless
from study.session.grading import judged
from study.session.participants import by_token, erase, new_token, update
from study.session.payloads import about, between, limit
from study.session.screens import Screen, cut_notice, form
from study.session.state import (
    Edition,
    Editions,
    Standing,
    add,
    answered,
    end,
    finish,
    first_shown,
    show,
    standing,
)
from study.store.database import Store
from study.store.schema import DESIGNS, EVENTS

GRACE = 5.0  # seconds allowed after a time limit for network delay
AGAIN = "You have already answered this page, in another tab or before the connection was lost. Your first answer counts."
CHAT_LIMIT = 5_000_000  # characters per turn of a live chat, as JSON


_SENT = select(EVENTS.c.id).where(
    EVENTS.c.participant == bindparam("who"), EVENTS.c.submission == bindparam("mark")
)


class Study:
    """One study on its database; thread-safe."""

    def __init__(self, file: DesignFile, stimuli: Stimuli, store: Store) -> None:
        self.design, self.sha256, self.store = file.design, file.sha256, store
        self._editions = Editions(Edition(file.design, file.sha256, stimuli))
        row = {
            "study": self.design.study, "sha256": file.sha256, "stimuli_sha256": stimuli.sha256, "text": file.text,
            "design": self.design.model_dump_json(), "stimuli": stimuli.text, "added": now(),
        }  # fmt: skip
        store.write(
            lambda connection: connection.execute(
                inserting(connection.dialect.name)(DESIGNS).values(row).on_conflict_do_nothing()
            )
        )

    def enter(self, query: Mapping[str, str], token: str | None = None) -> Entry:
        """Enter by the study link: continue the session, or start one if a place is free.

        An unused token becomes the token of the new session, so that a browser that got one beforehand can enter
        again if the first reply was lost.
        """
        fresh = new_token()
        return self.store.write(lambda connection: enter(connection, self._editions, query, token, fresh))

    def screen(self, token: str | None) -> Screen:
        """The current screen of a session. Raises SessionForbidden."""
        return self.store.write(lambda connection: show(connection, self._at(connection, token)))

    def answer(
        self, token: str | None, participant: str, screen: str, submission: str, values: Mapping[str, Any],
        events: Sequence[Mapping[str, Any]] = (), client_time: str | None = None,
    ) -> Screen:  # fmt: skip
        """Store the answer to a screen, once per submission, and return the next screen.

        Raises SessionForbidden, BadAnswer for missing or invalid fields, and NotThisScreen for a screen that the
        session has not reached; in these cases nothing is stored.
        """

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if at.row.status == "withdrawn":
                return end(at, "withdrawn")
            add_client_events(connection, at.row, events)
            mark, time = str(harmless(submission))[:80], str(harmless(client_time or ""))[:40] or None
            if connection.execute(_SENT, {"who": at.row.id, "mark": mark}).first() is not None:
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
        """Store events from the page; returns the ids of all that are now stored. Raises SessionForbidden."""

        def work(connection: Connection) -> tuple[str, ...]:
            row = by_token(connection, self.design.study, token)
            if row is None or participant != row.id:
                raise SessionForbidden
            if row.status == "withdrawn":  # nothing more is stored; the page need not send it again
                return tuple(str(event.get("id", "")) for event in events)
            return add_client_events(connection, row, events)

        return self.store.write(work)

    def chat(
        self, token: str | None, participant: str, screen: str, submission: str, payload: Mapping[str, Any]
    ) -> None:
        """Store one turn of a live chat. Raises SessionForbidden, or NotThisScreen if no chat is open there."""

        def work(connection: Connection) -> None:
            at = self._at(connection, token, participant)
            step = next((step for step in at.drawn.steps if step.id == screen and step.phase == "chat"), None)
            if step is None or not at.going_on:
                raise NotThisScreen
            kept = harmless({**about(at.drawn.design, step), **payload})
            if len(json.dumps(kept, ensure_ascii=False)) > CHAT_LIMIT:
                kept |= {
                    "assessment": None,
                    "cut": f"evidence of more than {CHAT_LIMIT:,} characters was left out",
                }
            add(connection, at.row, "chat", screen, kept, str(harmless(submission))[:80])
            update(connection, at.row.id)

        self.store.write(work)

    def leave(self, token: str | None, participant: str) -> Screen:
        """Leave the study and free the place; answers are kept. Raises SessionForbidden."""

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if not at.going_on:
                return end(at, at.row.status)
            return end(finish(connection, at, "left"), "left")

        return self.store.write(work)

    def withdraw(self, token: str | None, participant: str) -> Screen:
        """Delete all data of a person. Raises SessionForbidden."""

        def work(connection: Connection) -> Screen:
            at = self._at(connection, token, participant)
            if at.row.status != "withdrawn":
                erase(connection, at.row.id)
            return end(at, "withdrawn")

        screen = self.store.write(work)
        self.store.checkpoint()
        return screen

    def _at(self, connection: Connection, token: str | None, participant: str | None = None) -> Standing:
        state = standing(connection, self._editions, token, participant)
        if state is None:
            raise SessionForbidden
        return state

    def _store(
        self, connection: Connection, at: Standing, step: Step, values: Mapping[str, Any], submission: str,
        client_time: str | None,
    ) -> Screen:  # fmt: skip
        """Store an answer and return the next screen."""
        design = at.drawn.design
        fields = form(design, step)
        kept, cut = cleaned(fields, values)
        began = first_shown(connection, at.row.id, step.id)
        seconds = between(began, now()) if began else None
        most = limit(design, step)
        live = at.drawn.chat(step.id) if step.phase == "chat" else ()
        reply = str(live[-1].get("answer") or "") if live else ""
        payload = {
            **about(design, step), "values": kept, **judged(design, step, kept, at.drawn.stimuli.get(step.about), reply),
            "seconds": seconds, "timed_out": values.get(TIMED_OUT) is True,
            "late": most is not None and seconds is not None and seconds > most + GRACE,
        } | ({"cut": cut} if cut else {})  # fmt: skip
        add(connection, at.row, "answer", step.id, payload, submission, client_time)
        after = answered(at, step.id, payload)
        position = after.position
        counts = {
            "steps_done": position.done,
            "checks_passed": position.passed,
            "checks_failed": position.failed,
        }
        update(connection, at.row.id, **counts)
        if position.outcome:
            after = finish(connection, after, position.outcome)
        return show(connection, after, cut_notice(fields, cut))
