"""The live model of a free-chat study: each message is answered in its own thread and stored as one row.

An answer is completed and stored even if the page is closed in the meantime; the page polls for it.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.live import LiveTurn
from chains.settings import Settings
from estimators.types import Assessment, Message, Question
from study.errors import BadAnswer, NotThisScreen, SessionForbidden, StoreUnavailable
from study.session.screens import Screen
from study.session.service import Study
from ui.study.conditions import answer_html

LONGEST = 4_000  # characters per message
RETRY, PATIENCE = 2.0, 600.0  # seconds between attempts to store an exchange, and in total
NO_ANSWER = "The AI could not answer. Please send your message again in a moment."
STOPPED = "Stopped before the first word."
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Exchange:
    """One message and the answer of the model."""

    participant: str
    screen: str
    submission: str
    question: str
    live: LiveTurn | None = None
    began: float = field(default_factory=time.monotonic)
    stopped: bool = False
    stored: bool = False
    error: str = ""

    @property
    def assessment(self) -> Assessment | None:
        turn = self.live.turn if self.live else None
        return turn.assessment if turn else None

    @property
    def said(self) -> str:
        """The answer so far."""
        turn = self.live.turn if self.live else None
        return turn.answer.text if turn and turn.answer else ""

    def payload(self) -> dict[str, Any]:
        """The payload of its stored row."""
        return {
            "submission": self.submission,
            "question": self.question,
            "answer": self.said,
            "assessment": self.assessment.to_dict() if self.assessment else None,
            "stopped": self.stopped,
            "error": self.error or (self.live.error if self.live else ""),
            "seconds": round(time.monotonic() - self.began, 3),
        }


class Chats:
    """The running exchanges of all participants."""

    def __init__(self, study: Study, model: BaseChatModel | None, settings: Settings) -> None:
        self._study, self._model, self._settings = study, model, settings
        self._running: dict[tuple[str, str], Exchange] = {}  # (participant, submission)
        self._lock = threading.Lock()

    def send(
        self, token: str | None, participant: str, screen_id: str, submission: str, text: str
    ) -> dict[str, Any]:
        """Start answering a message; a repeated submission is not answered twice.

        Raises SessionForbidden, NotThisScreen if no live chat is open there, and BadAnswer for an invalid message.
        """
        self._open(token, participant, screen_id)
        if not text.strip() or len(text) > LONGEST:
            fault = "Write a message first." if not text.strip() else f"Use at most {LONGEST:,} characters."
            raise BadAnswer({"message": fault})
        exchange = Exchange(participant, screen_id, submission, text)
        with self._lock:
            earlier = [other for other in self._running.values() if other.participant == participant]
            repeated = (participant, submission) in self._running
            if not repeated:
                self._running[participant, submission] = exchange
        if not repeated:
            self._begin(token, exchange, earlier)
        return self.look(token, participant, screen_id)

    def _begin(self, token: str | None, exchange: Exchange, earlier: Sequence[Exchange]) -> None:
        """Start answering an exchange, unless its message is stored already.

        The stored turns are read after the exchange was listed as running, so whatever was sent before is either
        among ``earlier`` or stored. Raises BadAnswer while an earlier answer is incomplete.
        """
        started = False
        try:
            before = self._open(token, exchange.participant, exchange.screen).chat
            stored = {row["submission"] for row in before}
            if exchange.submission in stored:
                return
            if any(not other.stored and other.submission not in stored for other in earlier):
                raise BadAnswer({"message": "Wait until the answer is complete."})
            threading.Thread(target=self._run, args=(token, exchange, before), daemon=True).start()
            started = True
        finally:
            if not started:
                self._end(exchange)

    def look(self, token: str | None, participant: str, screen_id: str) -> dict[str, Any]:
        """All exchanges of a screen in the format of the page, oldest first."""
        # Running exchanges are read before stored ones: one that ends in between is in both, never in neither.
        with self._lock:
            running = [
                exchange
                for exchange in self._running.values()
                if (exchange.participant, exchange.screen) == (participant, screen_id)
            ]
        screen = self._open(token, participant, screen_id)
        turns = [self._drawn(screen, row) for row in screen.chat]
        stored = {turn["submission"] for turn in turns}
        for exchange in running:
            if exchange.submission not in stored:
                turns.append(
                    {
                        "submission": exchange.submission,
                        "question": exchange.question,
                        "text": exchange.said,
                        "html": "",
                        "error": exchange.error,
                        "done": False,
                    }
                )
        return {"turns": turns}

    def stop(self, token: str | None, participant: str, screen_id: str) -> dict[str, Any]:
        """Stop the current answer; the text so far is kept."""
        self._open(token, participant, screen_id)
        with self._lock:
            for exchange in self._running.values():
                if (exchange.participant, exchange.screen) == (participant, screen_id) and exchange.live:
                    exchange.stopped = True
                    exchange.live.stop()
        return self.look(token, participant, screen_id)

    def _open(self, token: str | None, participant: str, screen_id: str) -> Screen:
        """The screen, if this participant has a live chat open there."""
        screen = self._study.screen(token)
        if screen.participant != participant:
            raise SessionForbidden()
        if screen.id != screen_id or screen.phase != "chat" or self._model is None:
            raise NotThisScreen()
        return screen

    def _drawn(self, screen: Screen, row: Mapping[str, Any]) -> dict[str, Any]:
        html = ""
        if row.get("assessment") and screen.condition is not None:
            assessment = Assessment.from_dict(row["assessment"])
            html = answer_html(assessment, screen.condition.shows, verbalized=self._study.design.verbalized)
        return {
            "submission": row["submission"],
            "question": row["question"],
            "text": row["answer"],
            "html": html,
            "error": (STOPPED if row.get("stopped") else NO_ANSWER) if row["error"] else "",
            "done": True,
        }

    def _run(self, token: str | None, exchange: Exchange, before: Sequence[Mapping[str, Any]]) -> None:
        """Answer and store; the exchange ends in any case."""
        assert self._model is not None
        history = [
            message
            for row in before
            if row["answer"] and not row["error"]
            for message in (Message("user", row["question"]), Message("assistant", row["answer"]))
        ]
        try:
            exchange.live = LiveTurn(self._model, Question(exchange.question, tuple(history)), self._settings)
            for _ in exchange.live.updates():
                pass
            self._keep(token, exchange)
            exchange.stored = True
        except (SessionForbidden, NotThisScreen, StoreUnavailable) as error:  # the participant is gone
            exchange.error = str(error)
        except CredenceError as error:
            _log.warning("the live chat could not start an answer: %s", error)
            exchange.error = NO_ANSWER
        except Exception:
            _log.exception("an exchange failed")
            exchange.error = NO_ANSWER
        finally:
            self._end(exchange)

    def _end(self, exchange: Exchange) -> None:
        with self._lock:
            self._running.pop((exchange.participant, exchange.submission), None)

    def _keep(self, token: str | None, exchange: Exchange) -> None:
        payload, waited = exchange.payload(), 0.0
        if payload["error"]:  # for the operator; participants read a sentence written for them
            _log.warning("no answer in the live chat: %s", payload["error"])
        while True:
            try:
                self._study.chat(token, exchange.participant, exchange.screen, exchange.submission, payload)
                return
            except StoreUnavailable:
                if waited > PATIENCE:
                    raise
                time.sleep(RETRY)
                waited += RETRY
