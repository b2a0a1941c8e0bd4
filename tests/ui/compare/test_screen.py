"""The Compare screen without a browser: lanes, open models, what a shared page refuses, going on with an answer."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from pydantic import Field

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.errors import ModelUnavailable
from chains.models.slot import ModelSlot
from tests.chains.meaning.test_semantic_clustering import Letters
from ui import ConfidenceChat
from ui.chat.conversation import Conversation
from ui.compare import agreement, running
from ui.compare.others import VARIABLE, OtherModels
from ui.compare.running import lanes
from ui.compare.screen import MOVED_ON, CompareScreen, Comparison

CAPITAL = "What is the capital of Australia?"


class Closing(ScriptedChatModel):
    """Notes that it was closed."""

    closed: list[str] = Field(default_factory=list)

    def close(self) -> None:
        self.closed.append(str(self.metadata))


def opener(spec: str) -> Closing:
    if spec == "org/missing":
        raise ModelUnavailable("There is no model called org/missing.")
    own = (ScriptedReply.of("It is Sydney.", 0.6, "capital of australia?"),) if spec == "tiny" else ()
    model = Closing(replies=(*own, *DEMONSTRATION))
    model.metadata = {"credence": {"model": spec, "engine": "script", "model_sha256": None}}
    return model


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts with the same letters mean the same."""
    monkeypatch.setattr(agreement, "open_embedder", lambda name: Letters())


@pytest.fixture
def slot() -> Iterator[ModelSlot]:
    slot = ModelSlot(opener)
    slot.open("first")
    slot.settled()
    yield slot
    slot.close()


def screen(slot: ModelSlot, may_choose: bool = True) -> CompareScreen:
    with gr.Blocks():
        return CompareScreen(ConfidenceChat(slot, may_choose_model=may_choose))


def ask(
    screen: CompareScreen, state: Comparison, conversation: Conversation, *specs: str
) -> list[dict[Any, Any]]:
    columns = [{"spec": spec, "temperature": 0, "system": ""} for spec in specs]
    event = SimpleNamespace(_data={"question": CAPITAL, "columns": columns})
    controls = tuple(part.value for part in screen.chat.controls.parts)
    shown = list(screen._ask(state, conversation, event, *controls))  # type: ignore[arg-type]
    return [update for update in shown if screen.form in update]


def test_models_on_this_machine_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    specs, here = ("", "tiny", "http://a/v1", ""), (True, True, False, True)
    for processors, expected in ((2, [[0, 1, 3], [2]]), (8, [[0, 3], [1], [2]])):
        monkeypatch.setattr(running, "usable_processors", lambda count=processors: count)
        assert lanes(specs, here) == expected


def test_the_answers_and_whether_they_agree(slot: ModelSlot) -> None:
    page, state, conversation = screen(slot), Comparison(), Conversation()
    *_, last = ask(page, state, conversation, "", "tiny", "org/missing")
    first, second, third = (last[answer]["0"] for answer, _ in page.sides)
    assert [side["compared"]["title"] for side in (first, second, third)] == [
        "first",
        "tiny",
        "org/missing",
    ]
    assert third["error"] == "There is no model called org/missing." and not third["compared"]["take"]
    assert [first["text"], second["text"]] == [
        "The capital of Australia is probably Canberra.",
        "It is Sydney.",
    ]
    assert last[page.form]["agreement"] == "They disagree: one says “Canberra”, one says “Sydney”."
    assert [first["tokens"][place][0] for place in first["differs"]] == [" Canberra"]
    assert last[page.form]["open"] == "SmolLM2-135M-Instruct stays open."
    assert page.models.open == ("SmolLM2-135M-Instruct",)


def test_going_on_keeps_the_other_answers_as_versions(slot: ModelSlot) -> None:
    page, state, conversation = screen(slot), Comparison(), Conversation()
    *_, last = ask(page, state, conversation, "", "tiny")
    take = SimpleNamespace(_data={"kind": "take", "turn": last[page.sides[1][0]]["0"]["id"]})
    shown = page._quick(state, conversation, take)  # type: ignore[arg-type]
    (turn,) = shown[page.chat.past].values()
    assert (turn["text"], turn["branch"][:2]) == ("It is Sydney.", [2, 2])
    assert [message.content for message in conversation.history()] == [CAPITAL, "It is Sydney."]
    assert not shown[page.sides[0][0]]["0"]["compared"]["take"]
    ask(page, state, conversation, "", "tiny")  # follows what was taken
    assert state.race is not None and len(state.race.question.history) == 2


def test_an_answer_to_an_older_conversation_is_not_put_into_it(slot: ModelSlot) -> None:
    page, state, conversation = screen(slot), Comparison(), Conversation()
    *_, last = ask(page, state, conversation, "", "tiny")
    answers = [last[answer]["0"] for answer, _ in page.sides[:2]]
    other = Comparison()
    *_, later = ask(page, other, conversation, "", "tiny")
    taken = SimpleNamespace(_data={"kind": "take", "turn": later[page.sides[0][0]]["0"]["id"]})
    page._quick(other, conversation, taken)  # type: ignore[arg-type]
    late = SimpleNamespace(_data={"kind": "take", "turn": answers[1]["id"]})
    shown = page._quick(state, conversation, late)  # type: ignore[arg-type]
    assert shown[page.form]["notice"] == MOVED_ON and len(conversation.entries) == 1


def test_a_shared_page_offers_only_what_the_deployment_says(
    slot: ModelSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, state = screen(slot, may_choose=False), Comparison()
    (refused,) = ask(page, state, Conversation(), "", "tiny")
    assert refused[page.form]["notice"] == "This cannot be compared: this model is not offered here."
    assert state.race is None and page.models.open == ()
    assert refused[page.form]["choices"] == [["", "first"]]
    assert [column["temperature"] for column in refused[page.form]["columns"]] == [0.0, 1.0]
    monkeypatch.setenv(VARIABLE, "tiny, org/other")
    *_, last = ask(page, state, Conversation(), "", "tiny")
    assert last[page.form]["agreement"] and last[page.form]["open"] == ""


def test_a_model_that_the_next_comparison_does_not_need_is_closed(slot: ModelSlot) -> None:
    models = OtherModels(slot)
    with models.using(["", "tiny"]):
        models.opened("tiny").settled()
        tiny = models.slot("tiny").model
        assert isinstance(tiny, Closing)
        with models.using(["org/other"]):  # another visitor's: tiny is in use
            models.opened("org/other").settled()
        assert tiny.closed == []
    with models.using(["", "first"]):  # both are the model of the chat
        assert models.slot("first") is slot
        assert len(tiny.closed) == 1 and models.open == ()


def test_stopping_keeps_what_there_is_and_asks_no_others(slot: ModelSlot) -> None:
    page, state, conversation = screen(slot), Comparison(), Conversation()
    model = slot.model
    assert isinstance(model, Closing)
    model.delay = 0.02
    columns = [{"spec": spec, "temperature": 0, "system": ""} for spec in ("", "tiny")]
    event = SimpleNamespace(_data={"question": CAPITAL, "columns": columns})
    controls = tuple(part.value for part in page.chat.controls.parts)
    last: dict[Any, Any] = {}
    for update in page._ask(state, conversation, event, *controls):  # type: ignore[arg-type]
        last = update if page.form in update else last
        if last[page.sides[0][0]]["0"]["text"]:
            page._act(state, conversation, SimpleNamespace(_data={"kind": "stop"}))  # type: ignore[arg-type]
    first, second = (last[answer]["0"] for answer, _ in page.sides[:2])
    assert first["text"] and first["notes"] == ["You stopped this answer."]
    assert second["text"] == "" and second["progress"] == "Not asked."
    assert last[page.form]["running"] is False and last[page.form]["agreement"] == ""
