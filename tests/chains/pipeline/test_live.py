"""A turn that waits for its model, and one whose model is replaced meanwhile."""

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.errors import ModelUnavailable
from chains.models.slot import ModelSlot
from chains.pipeline.live import STOPPED, LiveTurn
from chains.settings import Settings
from estimators.types import Question
from tests.chains.models.opener import PATIENCE, Opener

QUESTION = Question("What is the capital of Australia?")


def test_a_turn_waits_for_the_first_model_and_says_how_far_it_is() -> None:
    opener, seen = Opener(), []
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    assert opener.begun["one"].wait(PATIENCE)
    live = LiveTurn(slot, QUESTION, Settings())
    for _ in live.updates(period=0.0):
        seen.append(live.waiting)
        gate.set()
    assert seen[0] == "430 of 1,093 MB, 30.0 MB/s, about 22 s left" and seen[-1] == ""
    assert live.turn is not None and live.turn.assessment is not None and not live.error


def test_waiting_can_be_stopped() -> None:
    opener = Opener()
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    live = LiveTurn(slot, QUESTION, Settings())
    for _ in live.updates(period=0.0):
        live.stop()
    assert live.error == STOPPED and live.turn is None
    gate.set()


def test_a_turn_whose_model_cannot_be_opened_says_why() -> None:
    slot = ModelSlot(Opener({"one": ModelUnavailable("The index cannot be reached.")}))
    slot.open("one")
    live = LiveTurn(slot, QUESTION, Settings())
    list(live.updates(period=0.0))
    assert live.error == "The index cannot be reached."


@pytest.mark.parametrize("stopped", [False, True])
def test_a_turn_keeps_its_model_until_it_ends(stopped: bool) -> None:
    opener = Opener()
    slot = ModelSlot(opener)
    slot.open("one")
    slot.settled(PATIENCE)
    go_on = opener.opened[0].hold()  # the turn is still being answered when another model takes the place
    live = LiveTurn(slot, QUESTION, Settings())
    for turn in live.updates(period=0.0):
        if turn is not None and turn.answer is not None and not go_on.is_set():
            slot.open("two")
            assert slot.settled(PATIENCE).spec == "two" and not opener.opened[0].closed.is_set()
            if stopped:
                live.stop()
            go_on.set()
    assert live.turn is not None and live.turn.assessment is not None
    assert live.turn.assessment.evidence.provenance.model == "one"
    assert opener.opened[0].closed.wait(PATIENCE)


def test_a_plain_model_is_asked_as_before() -> None:
    model = ScriptedChatModel()
    live = LiveTurn(model, QUESTION, Settings())
    list(live.updates(period=0.0))
    assert live.model is model and live.turn is not None and live.turn.assessment is not None
