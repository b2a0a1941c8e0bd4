"""The line before a model: places, order, refusals, and what frees a place."""

import contextvars
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.errors import Busy, CallCancelled
from chains.models.line import ROUND, Line, Told, in_line, line_of
from tests.chains.models.opener import PATIENCE, come_true


class Caller:
    """One turn with one call, in a thread; it is over when ``end`` is set."""

    def __init__(self, line: Line, *, answering: bool) -> None:
        self.told: list[str] = []
        self.begun, self.end, self.wanted, self.error = threading.Event(), threading.Event(), True, ""
        self._line, self._answering = line, answering
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _hear(self, place: str) -> bool:
        self.told.append(place)
        return self.wanted

    def _run(self) -> None:
        try:
            with self._line.joined(self._hear), in_line(answering=self._answering):
                self.begun.set()
                self.end.wait(PATIENCE)
        except (Busy, CallCancelled) as error:
            self.error = type(error).__name__ + str(error)


@contextmanager
def callers(line: Line, *kinds: bool) -> Iterator[list[Caller]]:
    """Callers that come one after another; True: an answer."""
    with ExitStack() as stack:
        come: list[Caller] = []
        for answering in kinds:
            come.append(Caller(line, answering=answering))
            stack.callback(come[-1].end.set)
            come_true(lambda: come[-1].begun.is_set() or bool(come[-1].told))
        yield come
    for caller in come:
        caller.thread.join(PATIENCE)
    assert (line.load.running, line.load.waiting) == (0, 0)


def test_answers_are_served_in_the_order_in_which_they_came_and_know_their_place() -> None:
    line = Line(2)
    with callers(line, True, True, True) as (first, second, third):
        assert first.begun.is_set() and first.told == [""]
        assert (second.told[0], third.told[0]) == ("next in line", "2nd in line")
        assert (line.load.running, line.load.waiting) == (1, 2)
        first.end.set()
        assert second.begun.wait(PATIENCE)
        come_true(lambda: third.told[-1] == "next in line")
        assert not third.begun.is_set()
        second.end.set()
        assert third.begun.wait(PATIENCE) and third.told[-1] == ""


def test_an_answer_does_not_wait_for_follow_up_questions() -> None:
    with callers(Line(4), False, False, False, True, True) as (_, _, waits, answer, other):
        assert answer.begun.is_set() and other.begun.is_set() and not waits.begun.is_set()
        assert set(waits.told) == {""}  # a person is told only when the answer waits


def test_an_engine_with_one_place_takes_answers_before_follow_up_questions() -> None:
    with callers(Line(1), False, False, True) as (running, later, answer):
        running.end.set()
        assert answer.begun.wait(PATIENCE) and not later.begun.is_set()
        answer.end.set()
        assert later.begun.wait(PATIENCE)


def test_who_is_no_longer_wanted_leaves_the_line_at_once() -> None:
    with callers(Line(2), True, True, True) as (first, leaves, stays):
        leaves.wanted = False
        come_true(lambda: leaves.error == "CallCancelled")
        come_true(lambda: stays.told[-1] == "next in line")
        first.end.set()
        assert stays.begun.wait(PATIENCE) and not leaves.begun.is_set()


def test_a_full_line_says_so() -> None:
    line = Line(2, most=2)
    with callers(line, True, True):
        with pytest.raises(Busy, match="The model is busy: 2 questions are being answered or wait already"):
            line.join()
        with pytest.raises(Busy):
            line.check_room()
    line.check_room()


def test_a_place_is_free_again_after_an_error() -> None:
    line = Line(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), line.joined(lambda _: True), in_line(answering=True):
            raise ZeroDivisionError

    def fails(_: str) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), line.joined(fails), in_line(answering=True):
        pass
    with line.joined(lambda _: True), in_line(answering=True):
        assert (line.load.running, line.load.waiting) == (1, 0)


def test_a_model_has_one_line_and_nobody_waits_outside_it() -> None:
    model, other = ScriptedChatModel(), ScriptedChatModel()
    assert line_of(model) is line_of(model) is not line_of(other)
    with in_line(answering=True), in_line(answering=True):
        pass


def test_the_follow_up_questions_of_the_first_turn_come_first_for_a_round() -> None:
    line, order = Line(2), list[str]()
    free, gone = threading.Event(), [threading.Event(), threading.Event()]

    def turn(name: str, asked: int, start: threading.Event, over: threading.Event) -> None:
        with line.joined(lambda _: True):
            start.set()
            threads = [
                threading.Thread(target=contextvars.copy_context().run, args=(ask, name))
                for _ in range(asked)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
        over.set()

    def ask(name: str) -> None:
        with in_line(answering=False):
            free.wait(PATIENCE)
            order.append(name)

    with callers(line, False) as (holds,):
        for place, (name, asked) in enumerate((("first", ROUND + 2), ("second", 3))):
            start = threading.Event()
            threading.Thread(target=turn, args=(name, asked, start, gone[place])).start()
            assert start.wait(PATIENCE)
        come_true(lambda: len(line._asked.waiting) == ROUND + 5)
        free.set()
        holds.end.set()
        assert all(over.wait(PATIENCE) for over in gone)
    assert order == ["first"] * ROUND + ["second"] * 3 + ["first"] * 2


def test_a_batch_takes_one_place_and_counts_as_its_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    line, made = Line(2), list[int]()
    place = line.place

    def noted(told: Told, turn: int = 0, before: int = 0) -> AbstractContextManager[None]:
        made.append(before)
        return place(told, turn, before)

    monkeypatch.setattr(line, "place", noted)
    with line.joined(lambda _: True):
        for questions in (4, 1, 1):
            with in_line(answering=False, questions=questions):
                assert line._asked.free == 0
    assert made == [0, 4, 5]
