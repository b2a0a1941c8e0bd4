"""Probes and samples as one batch: the record, the cost, waves, failures and closing."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedReply
from chains.errors import EngineStopped, MessageTooLong
from chains.pipeline.model_calls import Meter
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from tests.chains.script import OPTIONS, QUESTION, NotingModel, replies

PROBES = ("p_true_own", "numeric", "p_true_third", "likert_third")
UNDECIDED = ScriptedReply.of("** True", match="just gave true or false")
SAMPLED: dict[str, Any] = {"samples": 10, "signals": ("self_consistency",)}


class Batching(NotingModel):
    """Says how large its batches are; each row is the model itself."""

    _sizes: list[int] = PrivateAttr(default_factory=list)
    too_long: str = ""  # a message that no batch takes

    @property
    def sizes(self) -> list[int]:
        return self._sizes

    def together(self, asked: Sequence[tuple[Sequence[BaseMessage], Mapping[str, Any]]]) -> list["Batching"]:
        if self.too_long and any(self.too_long in str(messages[-1].text) for messages, _ in asked):
            raise MessageTooLong(9, 5)
        self._sizes.append(len(asked))
        return [self] * len(asked)


def batching(*first: ScriptedReply, **fields: Any) -> Batching:
    return Batching(replies=replies(*first), **fields)


def counts(meter: Meter) -> dict[str, tuple[int, int | None, int | None]]:
    parts = {"all": meter, **meter.parts}
    return {name: (part.calls, part.prompt_tokens, part.new_tokens) for name, part in parts.items()}


@pytest.mark.parametrize("first", [(), (UNDECIDED,)])
def test_the_record_is_that_of_calls_one_by_one(first: tuple[ScriptedReply, ...]) -> None:
    def record(model: NotingModel, **settings: Any) -> Turn:
        return confidence_pipeline(model, samples=3, **settings).invoke(QUESTION)

    model = batching(*first)
    together, one_by_one = record(model), record(NotingModel(replies=replies(*first)))
    # A probe whose first token is only markup is made again in a second batch.
    assert model.sizes == ([4, 1, 3] if first else [4, 3])
    assert together.assessment is not None and one_by_one.assessment is not None
    assert together.assessment.signals == one_by_one.assessment.signals
    assert list(together.probes.items()) == list(one_by_one.probes.items())
    assert together.samples == one_by_one.samples
    assert counts(together.meter) == counts(one_by_one.meter)
    told = record(other := batching(*first), at_once=1)
    assert not other.sizes and told.probes == together.probes


def test_the_page_hears_of_each_probe_and_while_they_are_written() -> None:
    turns = list(confidence_pipeline(batching()).stream(QUESTION))
    pending = [len(turn.pending) for turn in turns if turn.stage == "asking again"]
    assert sorted(pending, reverse=True) == pending and set(pending) == {4, 3, 2, 1, 0}
    assert len(pending) > 5


def test_a_failing_probe_loses_no_other() -> None:
    failing = ScriptedReply.of("Tr", match="just gave true or false", error=EngineStopped("It stopped."))
    turn = confidence_pipeline(batching(failing)).invoke(QUESTION)
    assert tuple(turn.probes) == PROBES
    assert turn.probes["p_true_own"].reply.missing == "It stopped."
    assert turn.meter.calls == 5
    assert all(turn.probes[name].reply.text for name in PROBES[1:])


def test_a_batch_that_cannot_begin_is_asked_one_by_one() -> None:
    model = batching(too_long="0 (certainly wrong)")
    turn = confidence_pipeline(model).invoke(QUESTION)
    assert not model.sizes
    assert all(turn.probes[name].reply.text for name in PROBES)
    assert turn.meter.calls == 5


def test_closing_stops_every_reply_of_the_batch() -> None:
    long = ScriptedReply.of("word " * 500, match="0 (certainly wrong)")
    model = batching(long)
    snapshots = confidence_pipeline(model).stream(QUESTION)
    for turn in snapshots:
        if len(turn.probes) == 3:  # only the long reply is still being written
            break
    snapshots.close()  # type: ignore[attr-defined]
    assert model.ends.count("closed") == 1
    assert turn.meter.calls == 5


def test_samples_that_may_stop_are_drawn_in_waves_of_those_surely_needed() -> None:
    model = batching()
    agreeing = confidence_pipeline(model, stop_early=True, **SAMPLED).invoke(QUESTION)
    assert model.sizes[-1:] == [4]  # four that agree are enough
    assert len(agreeing.samples) == 4 and agreeing.stopped
    other = batching()
    confidence_pipeline(other, **SAMPLED).invoke(QUESTION)
    assert other.sizes[-1:] == [10]


def test_waves_give_the_record_of_samples_one_by_one() -> None:
    class Varied(Batching):
        """Its samples differ by their seed: A, B, B, B, …"""

        def _stream(self, messages: list[BaseMessage], *args: Any, **options: Any) -> Any:
            if not options.get("temperature"):
                yield from super()._stream(messages, *args, **options)
                return
            message = AIMessageChunk(content="A" if options["seed"] == 1 else "B")
            yield ChatGenerationChunk(message=message, generation_info={"finish_reason": "stop"})

    def turn(at_once: int | None) -> tuple[Turn, list[int]]:
        model = Varied(replies=replies())
        return confidence_pipeline(model, stop_early=True, at_once=at_once, **SAMPLED).invoke(
            OPTIONS
        ), model.sizes

    (waves, sizes), (single, _) = turn(None), turn(1)
    assert sizes[-2:] == [4, 3]  # A, B, B, B is 3 to 1, and at best 6 to 1 is enough
    assert (
        waves.samples == single.samples and waves.groups == single.groups and waves.stopped == single.stopped
    )
