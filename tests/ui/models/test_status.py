"""The line above the question box: how far a model is loaded, or why it is not."""

from chains.models.slot import SlotState
from chains.opening import Step
from ui.models.status import status

DOWNLOAD = Step("downloading x", 430_000_000, 1_000_000_000, 10_000_000)


def test_a_page_whose_model_is_ready_says_nothing() -> None:
    shown = status(SlotState(ready=True, spec="tiny", version=1), "SmolLM2", True)
    assert shown == {"version": 1, "loading": None, "failure": None}


def test_the_first_model_is_loaded() -> None:
    shown = status(SlotState(loading="tiny", step=DOWNLOAD), "SmolLM2-135M-Instruct", True)["loading"]
    assert shown["text"] == "Loading SmolLM2-135M-Instruct." and shown["share"] == 0.43
    assert shown["progress"] == "430 of 1,000 MB, 10.0 MB/s, about 57 s left …"


def test_until_the_next_one_is_ready_the_old_one_answers() -> None:
    state = SlotState(ready=True, spec="builtin", loading="tiny", step=Step("starting SmolLM2"))
    shown = status(state, "Qwen", True)["loading"]
    assert shown["text"] == "Loading SmolLM2-135M-Instruct. Until it is ready, Qwen answers."
    assert (shown["progress"], shown["share"], shown["cancel"]) == ("Starting SmolLM2 …", None, True)


def test_a_failure_says_what_can_be_done() -> None:
    state = SlotState(failed="tiny", failure="The index cannot be reached.")
    shown = status(state, "SmolLM2-135M-Instruct", True)["failure"]
    assert shown["text"] == "SmolLM2-135M-Instruct is not loaded: The index cannot be reached."
    assert shown["again"] and shown["choose"] and not shown["dismiss"] and not shown["alone"]


def test_a_model_without_room_is_offered_in_place_of_the_old_one() -> None:
    state = SlotState(ready=True, spec="tiny", failed="big.gguf", failure="Too big.", no_room=True)
    shown = status(state, "SmolLM2", True)["failure"]
    assert shown["text"] == "big is not loaded: Too big. SmolLM2 is still in use."
    assert shown["alone"] == "Close SmolLM2 and load it" and shown["dismiss"]


def test_a_visitor_of_a_shared_page_chooses_nothing() -> None:
    waiting = status(SlotState(ready=True, spec="tiny", loading="builtin"), "SmolLM2", False)
    assert not waiting["loading"]["cancel"]
    failed = status(SlotState(ready=True, failed="x", failure="y.", no_room=True), "SmolLM2", False)[
        "failure"
    ]
    assert not (failed["again"] or failed["alone"] or failed["choose"] or failed["dismiss"])
    assert status(SlotState(failed="x", failure="y."), "x", False)["failure"][
        "again"
    ]  # nobody can ask anything
