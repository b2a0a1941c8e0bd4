"""Many turns on one model: how many calls it gets at once, who comes first, and what a stopped turn frees."""

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.models.line import line_of
from chains.pipeline.live import STOPPED, LiveTurn
from chains.settings import Settings
from estimators.types import Question
from tests.chains.models.opener import PATIENCE, come_true
from tests.chains.script import QUESTION, NotingModel, replies, scripted


class Counting(NotingModel):
    """Counts its calls in progress, of answers and of follow-up questions; a gate holds each after its first token."""

    places: int = 4
    at_once: int = 4
    replies: Any = replies()

    _lock: Any = PrivateAttr(default_factory=threading.Lock)
    _now: dict[bool, int] = PrivateAttr(default_factory=lambda: {True: 0, False: 0})
    _most: dict[bool, int] = PrivateAttr(default_factory=lambda: {True: 0, False: 0})
    _gates: dict[bool, threading.Event] = PrivateAttr(
        default_factory=lambda: {True: threading.Event(), False: threading.Event()}
    )

    def _stream(self, messages: Any, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        answering = str(messages[-1].text) == QUESTION
        with self._lock:
            self._now[answering] += 1
            self._most[answering] = max(self._most[answering], self._now[answering])
        try:
            for chunk in super()._stream(messages, *args, **options):
                yield chunk
                assert self._gates[answering].wait(PATIENCE)
        finally:
            with self._lock:
                self._now[answering] -= 1

    def let(self, *, answers: bool, follow_ups: bool = True) -> None:
        """Let the calls of these kinds go on."""
        for answering, go_on in ((True, answers), (False, follow_ups)):
            (self._gates[answering].set if go_on else self._gates[answering].clear)()

    def now(self, *, answering: bool) -> int:
        return self._now[answering]

    @property
    def most(self) -> dict[bool, int]:
        return self._most


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """What a first turn imports, which may take longer than a test waits."""
    model = Counting()
    model.let(answers=True)
    end(begin(model))


def asked(turn: LiveTurn) -> bool:
    return turn.turn is not None and turn.turn.answer is not None


def begin(model: Counting, count: int = 1) -> list[LiveTurn]:
    """Turns that come one after another."""
    turns: list[LiveTurn] = []
    for _ in range(count):
        turns.append(LiveTurn(model, Question(QUESTION), Settings()))
        come_true(lambda: bool(turns[-1].waiting or turns[-1].ended) or asked(turns[-1]))
    return turns


def end(turns: list[LiveTurn]) -> None:
    for turn in turns:
        list(turn.updates(period=0.0))


def test_many_turns_share_the_places_and_all_are_assessed() -> None:
    model = Counting()
    turns = begin(model, 8)
    come_true(lambda: model.now(answering=True) == 2 and line_of(model).load.waiting == 6)
    assert sorted(turn.waiting for turn in turns)[2:] == [
        *("2nd in line", "3rd in line", "4th in line", "5th in line", "6th in line", "next in line")
    ]
    model.let(answers=True, follow_ups=False)
    come_true(lambda: model.now(answering=False) == 2)
    model.let(answers=True)
    end(turns)
    assert model.most == {True: 2, False: 2}
    assert all(turn.turn and turn.turn.assessment and not turn.error for turn in turns)
    assert (line_of(model).load.running, line_of(model).load.waiting) == (0, 0)


def test_an_answer_begins_while_others_are_asked_again() -> None:
    model = Counting()
    model.let(answers=True, follow_ups=False)
    before = begin(model, 2)
    come_true(lambda: model.now(answering=False) == 2)
    (new,) = begin(model)
    come_true(lambda: new.turn is not None and new.turn.stage == "asking again")
    assert model.now(answering=False) == 2
    model.let(answers=True)
    end([*before, new])


def test_a_turn_that_is_stopped_frees_its_place_and_its_turn_in_line() -> None:
    model = Counting()
    first, second, waits, last = begin(model, 4)
    come_true(lambda: line_of(model).load.waiting == 2)
    waits.stop()
    come_true(lambda: line_of(model).load.waiting == 1)
    end([waits])
    assert waits.error == STOPPED
    for turn in (first, second):
        turn.stop()
    model.let(answers=True)
    end([first, second, last])
    assert last.turn is not None and last.turn.assessment is not None
    come_true(lambda: (line_of(model).load.running, line_of(model).load.waiting) == (0, 0))


def test_a_full_line_refuses_a_turn_with_a_sentence() -> None:
    model = Counting()
    line = line_of(model)
    for _ in range(50):
        line.join()
    (turn,) = begin(model)
    end([turn])
    assert (
        turn.error.startswith("The model is busy: 50 questions") and turn.turn is None and not model.received
    )


def test_the_line_of_a_model_ends_with_the_model() -> None:
    from chains.models import line

    before = len(line._LINES)
    model = Counting()
    line_of(model)
    assert len(line._LINES) == before + 1
    del model
    gc.collect()
    assert len(line._LINES) == before


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.slow)])
def test_many_turns_leave_nothing_behind(count: int) -> None:
    model = scripted()

    def objects_after(turns: int) -> int:
        for _ in range(turns):
            for _ in LiveTurn(model, Question(QUESTION), Settings()).updates(period=0.0):
                pass
        model.received.clear()  # the script keeps its own list
        come_true(lambda: line_of(model).load.running == 0)
        gc.collect()
        return len(gc.get_objects())

    before = objects_after(5)
    assert objects_after(count) - before < 500  # one turn has thousands
    assert (line_of(model).load.running, line_of(model).load.waiting) == (0, 0)
