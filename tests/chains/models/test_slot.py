"""A slot: one model in use, another one being opened in a thread."""

import threading

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.errors import ModelLoading, ModelUnavailable, NotEnoughMemory
from chains.identity import identity
from chains.model_files import TINY_SHA256
from chains.models.slot import CANCELLED, FAILED, NONE_CHOSEN, ModelSlot
from tests.chains.models.opener import PATIENCE, ClosingModel, Opener, named

PROGRESS = "430 of 1,093 MB, 30.0 MB/s, about 22 s left"


def opened(opener: Opener, spec: str = "one") -> ModelSlot:
    """A slot whose first model is in use."""
    slot = ModelSlot(opener)
    slot.open(spec)
    assert slot.settled(PATIENCE).ready
    return slot


def name(slot: ModelSlot) -> str:
    return str(identity(slot.model)["model"])


def test_a_model_that_is_open_already_is_in_use_at_once() -> None:
    model = ScriptedChatModel()
    slot = ModelSlot.of(model)
    assert slot.model is model and slot.state.ready and ModelSlot.of(slot) is slot
    with slot.use() as used:
        assert used is model


def test_a_slot_without_a_model_says_so() -> None:
    slot = ModelSlot(Opener())
    with pytest.raises(ModelUnavailable, match=NONE_CHOSEN), slot.use():
        pass


def test_until_the_first_model_is_ready_a_stand_in_has_its_name_and_refuses() -> None:
    opener = Opener()
    gate, slot = opener.gate("tiny"), ModelSlot(opener)
    slot.open("tiny")
    assert opener.begun["tiny"].wait(PATIENCE)
    assert identity(slot.model) == {
        "model": "SmolLM2-135M-Instruct", "engine": "llama.cpp", "model_sha256": TINY_SHA256,
    }  # fmt: skip
    told = f"The model is still loading: {PROGRESS}. Try again in a moment."
    with pytest.raises(ModelLoading) as refused, slot.use():
        pass
    assert str(refused.value) == told
    with pytest.raises(ModelUnavailable, match="still loading"):
        slot.model.invoke("Hello")
    gate.set()
    assert slot.settled(PATIENCE).version == 1 and slot.model is opener.opened[0]


def test_whoever_waits_learns_how_far_it_is_and_gets_the_model() -> None:
    opener, seen = Opener(), []
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    assert opener.begun["one"].wait(PATIENCE)

    def waiting(progress: str) -> bool:
        seen.append(progress)
        gate.set()
        return True

    with slot.use(waiting) as model:
        assert model is opener.opened[0]
    assert seen[0] == PROGRESS


def test_a_wait_ends_when_it_is_no_longer_wanted() -> None:
    opener = Opener()
    gate, slot = opener.gate("one"), ModelSlot(opener)
    slot.open("one")
    with pytest.raises(ModelLoading), slot.use(lambda _: False):
        pass
    gate.set()


def test_the_old_model_answers_until_the_new_one_is_ready_and_is_closed_then() -> None:
    opener, done = Opener(), threading.Event()
    slot = opened(opener)
    gate = opener.gate("two")
    slot.open("two", then=done.set)
    assert (slot.state.loading, slot.state.spec, slot.state.ready, name(slot)) == ("two", "one", True, "one")
    with slot.use() as used:
        assert used is opener.opened[0]
    gate.set()
    assert done.wait(PATIENCE) and slot.state.spec == "two" and slot.state.version == 2
    assert opener.opened[0].closed.is_set() and not opener.opened[1].closed.is_set()


def test_a_model_that_is_replaced_during_a_turn_is_closed_after_it() -> None:
    opener = Opener()
    slot = opened(opener)
    with slot.use() as first, slot.use():
        slot.open("two")
        assert slot.settled(PATIENCE).spec == "two"
        assert isinstance(first, ClosingModel) and not first.closed.is_set()
        with slot.use() as second:
            assert second is opener.opened[1]
    assert first.closed.is_set() and not opener.opened[1].closed.is_set()


def test_a_failure_leaves_the_old_model_in_use_and_can_be_tried_again() -> None:
    opener = Opener({"two": ModelUnavailable("There is no file two.gguf. Check the path.")})
    slot = opened(opener)
    slot.open("two")
    state = slot.settled(PATIENCE)
    assert (state.failed, state.failure) == ("two", "There is no file two.gguf. Check the path.")
    assert state.ready and state.spec == "one" and state.version == 1 and not state.no_room
    assert not opener.opened[0].closed.is_set()
    opener.failures.clear()
    slot.open(state.failed)
    assert slot.settled(PATIENCE).spec == "two" and not slot.state.failure
    slot.open("two")
    slot.settled(PATIENCE)
    slot.dismiss()
    assert not slot.state.failed


def test_a_first_model_that_fails_leaves_nothing_to_ask_and_says_why() -> None:
    slot = ModelSlot(Opener({"one": ModelUnavailable("The index cannot be reached.")}))
    slot.open("one")
    with pytest.raises(ModelUnavailable, match=r"^The index cannot be reached\.$"), slot.use(lambda _: True):
        pass
    assert name(slot) == "one" and not slot.state.ready


def test_an_unexpected_error_is_a_sentence_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    slot = ModelSlot(Opener({"one": ZeroDivisionError("secret detail")}))
    slot.open("one")
    assert slot.settled(PATIENCE).failure == FAILED
    assert "secret detail" in caplog.text


def test_the_latest_choice_wins_and_what_comes_too_late_is_closed() -> None:
    opener = Opener()
    slot = opened(opener)
    gate = opener.gate("late")
    slot.open("late")
    assert opener.begun["late"].wait(PATIENCE)
    opening = [thread for thread in threading.enumerate() if thread.name == "opening"]
    slot.open("two")
    assert slot.settled(PATIENCE).spec == "two"
    gate.set()
    for thread in opening:  # the next step of the late one is refused, so it opens nothing
        thread.join(PATIENCE)
    assert [name(ModelSlot.of(model)) for model in opener.opened] == ["one", "two"]
    assert slot.state.spec == "two"


def test_a_model_that_was_opened_in_vain_is_closed() -> None:
    came = threading.Event()
    hold, model = threading.Event(), named("one")

    def opener(spec: str) -> ScriptedChatModel:
        came.set()
        assert hold.wait(PATIENCE)
        return model

    slot = ModelSlot(opener)
    slot.open("one")
    assert came.wait(PATIENCE)
    slot.close()
    hold.set()
    assert model.closed.wait(PATIENCE) and not slot.state.ready


def test_loading_can_be_stopped() -> None:
    opener = Opener()
    slot = opened(opener)
    gate = opener.gate("two")
    slot.open("two")
    slot.cancel()
    assert (slot.state.failed, slot.state.failure, slot.state.spec) == ("two", CANCELLED, "one")
    gate.set()


def test_a_model_that_does_not_fit_beside_the_old_one_can_take_its_place() -> None:
    opener = Opener({"big": NotEnoughMemory("big needs about 5.0 GB of memory, but only 3.0 GB is free.")})
    slot = opened(opener)
    slot.open("big")
    assert slot.settled(PATIENCE).no_room
    opener.failures.clear()
    gate = opener.gate("big")
    with slot.use() as used:
        slot.open("big", alone=True)
        assert not slot.state.ready and not opener.begun["big"].is_set()  # the turn goes on first
        assert isinstance(used, ClosingModel) and not used.closed.is_set()
    assert used.closed.wait(PATIENCE) and opener.begun["big"].wait(PATIENCE)
    gate.set()
    assert slot.settled(PATIENCE).spec == "big"


def test_a_model_that_does_not_fit_at_all_is_not_offered_alone() -> None:
    slot = ModelSlot(Opener({"big": NotEnoughMemory("big needs about 5.0 GB of memory.")}))
    slot.open("big")
    assert slot.settled(PATIENCE).failure and not slot.state.no_room


def test_closing_a_slot_closes_its_model() -> None:
    opener = Opener()
    slot = opened(opener)
    slot.close()
    slot.close()
    assert opener.opened[0].closed.is_set() and not slot.state.ready
