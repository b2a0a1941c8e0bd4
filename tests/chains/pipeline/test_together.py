"""Calls at the same time: their order in the record, their cost, and how they are stopped, with a scripted model."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.scripted import ScriptedReply
from chains.errors import EngineStopped
from chains.model_files import tiny_gguf
from chains.pipeline.model_calls import Meter
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.probing.together import run_lanes
from chains.pipeline.turn import Turn
from tests.chains.script import QUESTION, NotingModel, replies

ABOUT_LAKES = (
    "I was in Canberra last week, and wondered about its lakes. What is the capital city of Australia?"
)
PROBES = ("p_true_own", "numeric", "p_true_third", "likert_third")


class Meeting(NotingModel):
    """Its probes wait until two of them run at the same time; the own-turn ones then take longer."""

    parties: int = 2
    _meeting: Any = PrivateAttr(default=None)
    _running: int = PrivateAttr(default=0)
    most: int = 0

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        self._meeting = threading.Barrier(self.parties)

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **options: Any
    ) -> Iterator[ChatGenerationChunk]:
        if len(self.received) == 0:  # the answer
            yield from super()._stream(messages, *args, **options)
            return
        self._running += 1
        self.most = max(self.most, self._running)
        try:
            self._meeting.wait(10)
            yield from super()._stream(messages, *args, **options)
        finally:
            self._running -= 1


def lane_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("lane-")]


def test_own_turn_and_third_person_run_beside_each_other() -> None:
    model = Meeting(replies=replies())
    turns = list(confidence_pipeline(model, at_once=2).stream(QUESTION))
    assert model.most == 2
    last = turns[-1]
    assert tuple(last.probes) == PROBES
    pending = [turn.pending for turn in turns if turn.stage == "asking again"]
    assert [len(names) for names in pending] == [4, 3, 2, 1, 0]
    assert not lane_threads()


def counts(meter: Meter) -> Meter:
    """The meter without its times."""
    return replace(meter, seconds=0.0, parts={name: counts(part) for name, part in meter.parts.items()})


def test_the_record_is_that_of_calls_one_by_one() -> None:
    def record(at_once: int) -> Turn:
        return confidence_pipeline(NotingModel(replies=replies()), at_once=at_once).invoke(QUESTION)

    one_by_one, together = record(1), record(2)
    assert one_by_one.assessment is not None and together.assessment is not None
    assert together.assessment.signals == one_by_one.assessment.signals
    assert list(together.probes.items()) == list(one_by_one.probes.items())
    assert counts(together.meter) == counts(one_by_one.meter)
    options = together.assessment.evidence.provenance.options
    assert options == one_by_one.assessment.evidence.provenance.options


def test_without_being_told_a_model_without_slots_is_asked_one_by_one() -> None:
    model = Meeting(replies=replies(), parties=1)
    confidence_pipeline(model).invoke(QUESTION)
    assert model.most == 1


def test_a_model_may_want_its_probes_one_by_one_though_it_answers_several_requests() -> None:
    class OnePrefix(Meeting):
        at_once: ClassVar[int] = 2
        probes_at_once: ClassVar[int] = 1

    one_by_one = OnePrefix(replies=replies(), parties=1)
    confidence_pipeline(one_by_one).invoke(QUESTION)
    assert one_by_one.most == 1
    told = OnePrefix(replies=replies())
    confidence_pipeline(told, at_once=2).invoke(QUESTION)
    assert told.most == 2


def test_a_failing_probe_loses_no_other() -> None:
    failing = ScriptedReply.of("Tr", match="just gave true or false", error=EngineStopped("It stopped."))
    turn = confidence_pipeline(NotingModel(replies=replies(failing)), at_once=2).invoke(QUESTION)
    assert tuple(turn.probes) == PROBES
    assert turn.probes["p_true_own"].reply.missing == "It stopped."
    assert turn.meter.calls == 5
    assert all(turn.probes[name].reply.text for name in PROBES[1:])


def test_closing_cancels_the_calls_in_progress_and_leaves_no_thread() -> None:
    long = ScriptedReply.of("word " * 500, match="0 (certainly wrong)")
    model = NotingModel(replies=replies(long), delay=0.01)
    snapshots = confidence_pipeline(model, at_once=2).stream(QUESTION)
    for turn in snapshots:
        if len(turn.probes) == 3:  # only the long reply is still being written
            break
    snapshots.close()  # type: ignore[attr-defined]
    assert not lane_threads()
    assert model.ends.count("closed") == 1
    assert len(model.received) == 5


def test_an_error_of_a_call_is_raised_and_ends_the_others() -> None:
    started = threading.Event()

    def fails(meter: Meter, cancelled: threading.Event) -> int:
        started.wait(10)
        raise KeyError("broken")

    def waits(meter: Meter, cancelled: threading.Event) -> int:
        started.set()
        assert cancelled.wait(10)
        return 1

    lanes: list[list[tuple[str, Callable[..., int]]]] = [[("a", fails)], [("b", waits)]]
    with pytest.raises(KeyError, match="broken"):
        list(run_lanes(lanes, 2, Meter()))
    assert not lane_threads()


def test_counts_are_added_and_time_passes_once() -> None:
    meeting = threading.Barrier(3)

    def call(meter: Meter, cancelled: threading.Event) -> int:
        meeting.wait(10)
        meter.add({"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}, 100.0)
        return 0

    meter = Meter()
    assert len(list(run_lanes([[(place, call)] for place in range(3)], 3, meter))) == 3
    assert (meter.calls, meter.prompt_tokens, meter.new_tokens, meter.cached_tokens) == (3, 15, 6, None)
    assert meter.seconds < 10


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_lanes_evaluate_no_more_of_the_prompts_than_one() -> None:
    def evaluated(at_once: int) -> int:
        model = ChatLlama.open(tiny_gguf(), server="wheel")  # a new one, so that its cache is empty
        try:
            turn = confidence_pipeline(model, at_once=at_once, max_tokens=24).invoke(ABOUT_LAKES)
        finally:
            model.close()
        assert turn.meter.prompt_tokens is not None and turn.meter.cached_tokens is not None
        assert tuple(turn.probes) == PROBES
        return turn.meter.prompt_tokens - turn.meter.cached_tokens

    one_by_one, together = evaluated(1), evaluated(2)
    assert together <= one_by_one + 24
