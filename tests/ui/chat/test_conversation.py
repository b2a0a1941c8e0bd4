"""Turns, labels and what the page draws from them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.assess import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import EnginePaused
from chains.pipeline.live import LiveTurn
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.reading import read_so_far
from estimators.types import Answer, Assessment, Message, Token
from ui.chat.conversation import Claim, Conversation, Entry
from ui.chat.events import UNCHANGED
from ui.chat.labels import append_label, label_lines, label_record
from ui.chat.page import ConfidenceChat
from ui.chat.settings_form import SettingsForm
from ui.chat.storage.exports import as_data
from ui.shown.turn import bubble


def answered(conversation: Conversation, text: str) -> Entry:
    entry, question = conversation.start(text)
    entry.turn = confidence_pipeline(ScriptedChatModel()).invoke(question)
    return entry


def test_history_holds_answered_turns_only() -> None:
    conversation = Conversation()
    answered(conversation, "one")
    broken, _ = conversation.start("two")
    broken.error = "it failed"
    _, question = conversation.start("three")
    assert question.history == (
        Message("user", "one"),
        Message("assistant", "The capital of Australia is probably Canberra."),
    )


def test_cut_removes_a_turn_and_all_later_ones() -> None:
    conversation = Conversation()
    entries = [answered(conversation, text) for text in ("one", "two", "three")]
    conversation.cut(entries[1])
    assert [entry.question for entry in conversation.entries] == ["one"]
    assert conversation.selected == entries[0].key


def test_a_bubble_holds_tokens_phrases_and_advice() -> None:
    # two sentences: p = .9 · .9 and .5 · .5 → geometric means .9 and .5
    tokens = tuple(Token(text, logprob) for text, logprob in (("It", -0.1053605), (" is.", -0.1053605)))
    tokens += tuple(Token(text, -0.6931472) for text in (" Is", " it?"))
    entry = Entry("q")
    turn = confidence_pipeline(ScriptedChatModel()).invoke("q")
    answer = Answer("It is. Is it?", tokens, (0, 6))
    entry.turn = Turn(turn.question, turn.settings, answer=answer, reading=read_so_far(answer))
    drawn = bubble(entry)
    assert drawn["phrases"] == [[0, 2, 0.9], [2, 4, 0.5]]
    assert [row[3] for row in drawn["tokens"]] == [1, 1, 0, 0]  # the judged span is the first sentence
    assert json.loads(json.dumps(drawn)) == drawn


def test_advice_to_abstain_is_first_person_with_its_reason() -> None:
    entry = Entry("q")
    entry.turn = confidence_pipeline(ScriptedChatModel(), threshold=0.9).invoke("q")
    advice = bubble(entry)["advice"]
    assert advice["withheld"] == (
        "I would rather not answer this: I was only 71 % sure of the words that answer, and the threshold is 90 %."
    )
    assert (
        advice["marked"]
        == "I would not rely on this: I was only 71 % sure of the words that answer, and the threshold is 90 %."
    )
    assert advice["note"] == "How often such answers are right has not been tested."
    entry.turn = confidence_pipeline(ScriptedChatModel(), threshold=0.7).invoke("q")
    assert bubble(entry)["advice"] is None


def test_a_label_is_a_line_of_the_evaluation_format(tmp_path: Path) -> None:
    conversation = Conversation()
    first, second = (answered(conversation, text) for text in ("one", "two"))
    first.label, second.label = "no", "unknown"
    for entry in (first, second):
        path = append_label(tmp_path / "new", label_record(entry))
    lines = path.read_text().splitlines()
    assert lines == label_lines(conversation.entries).splitlines()
    assert [json.loads(line)["correct"] for line in lines] == [False, None]
    assert Assessment.from_dict(json.loads(lines[0])["assessment"]) == first.turn.assessment  # type: ignore[union-attr]


def test_an_unassessed_answer_cannot_be_labelled() -> None:
    with pytest.raises(ValueError, match="only an assessed answer"):
        label_record(Entry("q"))


def test_export_holds_every_turn_with_its_evidence() -> None:
    conversation = Conversation()
    answered(conversation, "one")
    broken, _ = conversation.start("two")
    broken.error = "it failed"
    exported = json.loads(json.dumps(as_data(conversation)))
    assert [turn["error"] for turn in exported["turns"]] == [None, "it failed"]
    assert Assessment.from_dict(exported["turns"][0]["assessment"]).evidence.question.text == "one"


def test_a_live_turn_ends_with_its_assessment() -> None:
    live = LiveTurn(ScriptedChatModel(), Conversation().start("q")[1], Settings())
    *_, last = live.updates(period=0.0)
    assert last is not None and last.assessment == live.turn.assessment  # type: ignore[union-attr]
    assert last.assessment.signals == assess(ScriptedChatModel(), "q").signals  # type: ignore[union-attr]


def test_stopping_a_live_turn_keeps_the_text_so_far() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of("word " * 500),), delay=0.005)
    live = LiveTurn(model, Conversation().start("q")[1], Settings())
    for turn in live.updates(period=0.0):
        if turn and turn.answer and len(turn.answer.tokens) >= 3:
            live.stop()
    assert live.turn is not None and live.turn.answer is not None
    assert live.turn.answer.finish == "cancelled"
    assert 3 <= len(live.turn.answer.tokens) < 400
    assert live.turn.assessment is not None and live.turn.assessment.evidence.probes == {}


@pytest.mark.parametrize(
    ("generated", "message"),
    [("", "Credence ran into an internal error"), ("x", "The model stopped in the middle")],
)
def test_an_unexpected_failure_is_a_message_and_in_the_log(
    caplog: pytest.LogCaptureFixture, generated: str, message: str
) -> None:
    model = ScriptedChatModel(
        replies=(ScriptedReply.of(generated, error=ZeroDivisionError("secret detail")),)
    )
    live = LiveTurn(model, Conversation().start("q")[1], Settings())
    list(live.updates(period=0.0))
    assert live.error.startswith(message)
    assert "secret" not in live.error and "ZeroDivisionError" in caplog.text


class Pausing(ScriptedChatModel):
    """Its engine stays paused until the person tries now; a started answer pauses it, too."""

    _paused: bool = PrivateAttr(default=True)
    _tries: int = PrivateAttr(default=0)

    @property
    def trouble(self) -> str:
        return "The engine was killed (signal 9)."

    def try_now(self) -> None:
        self._paused, self._tries = False, self._tries + 1

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        if self._paused:
            raise EnginePaused("The engine pauses.", self.trouble, 4)
        yield from super()._stream(*args, **options)


def ended(chat: ConfidenceChat, events: Iterator[dict[Any, Any]]) -> list[dict[str, Any]]:
    """The past turns after the last event, behind which nothing is left for Gradio to repeat."""
    *_, last, repeated = events
    assert repeated == UNCHANGED
    return list(last[chat.past].values())


def test_the_form_shows_settings_and_reads_them_back() -> None:
    with gr.Blocks():
        form = SettingsForm(Settings())
    system, *rest = (part.value for part in form.parts)
    assert form.settings(system, *rest) == Settings()
    assert form.settings("Say what you doubt.", *rest).system == "Say what you doubt."
    changed = Settings(system="Be brief.", temperature=0.7, seed=3, max_tokens=64, threshold=0.3, rule="cost")
    assert form.settings(*form.showing(changed).values()) == changed


def test_trying_now_repeats_the_unanswered_question() -> None:
    model, conversation = Pausing(), Conversation()
    with gr.Blocks():
        chat = ConfidenceChat(model)
    controls = tuple(part.value for part in chat.controls.parts)
    (failed,) = ended(chat, chat._send("one", [], conversation, *controls))
    assert (failed["error"], failed["paused"], failed["notes"]) == ("The engine pauses.", True, [])
    event = SimpleNamespace(_data={"kind": "now", "turn": failed["id"]})
    updates = chat._rerun(conversation, event, *controls)  # type: ignore[arg-type]
    first, *_ = (update[chat.live] for update in updates if update.get(chat.live))
    assert first["0"]["notes"] == ["The engine was killed (signal 9). It is restarting."]
    model._paused = False
    (answered,) = ended(chat, chat._send("two", [], Conversation(), *controls))
    assert (answered["error"], answered["paused"], answered["notes"]) == ("", False, [])
    assert model._tries == 1


def test_trying_a_branch_now_keeps_the_other_branches() -> None:
    model, conversation = Pausing(), Conversation()
    with gr.Blocks():
        chat = ConfidenceChat(model)
    controls = tuple(part.value for part in chat.controls.parts)
    model.try_now()
    (whole,) = ended(chat, chat._send("one", [], conversation, *controls))
    model._paused = True
    choose = {"kind": "branch", "turn": whole["id"], "token": 5, "choice": 0}
    (failed,) = ended(chat, chat._rerun(conversation, SimpleNamespace(_data=choose), *controls))  # type: ignore[arg-type]
    assert failed["paused"] and failed["branch"][:2] == [2, 2]
    again = {"kind": "now", "turn": failed["id"]}
    (branch,) = ended(chat, chat._rerun(conversation, SimpleNamespace(_data=again), *controls))  # type: ignore[arg-type]
    assert (branch["branch"][:2], branch["error"], branch["paused"]) == ([2, 2], "", False)
    assert branch["text"].startswith("The capital of Australia is Canberra")
    assert conversation.entries[0].branches[0].answer is not None


def test_each_version_has_its_own_later_turns() -> None:
    conversation = Conversation()
    first, second = answered(conversation, "one"), answered(conversation, "two")
    other, question = conversation.version(first, "the question was edited", "uno")
    other.turn = confidence_pipeline(ScriptedChatModel()).invoke("other")
    assert conversation.entries == [other] and conversation.selected == other.key
    assert (question.text, question.history) == ("uno", ())
    assert bubble(other)["branch"] == [2, 2, "the question was edited"]
    third = answered(conversation, "three")
    assert [message.content for message in third.turn.question.history][:1] == ["uno"]  # type: ignore[union-attr]
    conversation.show(first)
    assert conversation.entries == [first, second] and other.later == [third]
    first.label, third.label = "yes", "no"
    labels = [json.loads(line)["label"] for line in label_lines(conversation.entries).splitlines()]
    assert labels == ["yes", "no"]
    assert conversation.bring(third.key) is third
    assert conversation.entries == [other, third] and conversation.selected == third.key
    assert conversation.bring("unknown") is None and conversation.entries == [other, third]
    exported = as_data(conversation)["turns"][0]
    assert [turn["question"] for turn in exported["branches"][0]["later"]] == ["two"]


def test_a_retry_is_a_version_with_its_own_temperature_and_seed() -> None:
    with gr.Blocks():
        chat = ConfidenceChat(ScriptedChatModel())
    conversation, controls = Conversation(), tuple(part.value for part in chat.controls.parts)
    (one,) = ended(chat, chat._send("one", [], conversation, *controls))
    again = SimpleNamespace(_data={"kind": "retry", "turn": one["id"], "temperature": 0.8})
    (two,) = ended(chat, chat._rerun(conversation, again, *controls))  # type: ignore[arg-type]
    assert two["branch"] == [2, 2, "asked again at temperature 0.8"]
    shown = conversation.entries[0].turn
    assert shown is not None and (shown.settings.temperature, shown.settings.seed) == (0.8, 1)
    assert conversation.settings == chat.first  # the conversation keeps its own


def test_an_answer_goes_on_from_a_beginning_that_a_person_wrote() -> None:
    with gr.Blocks():
        chat = ConfidenceChat(ScriptedChatModel())
    conversation, controls = Conversation(), tuple(part.value for part in chat.controls.parts)
    (one,) = ended(chat, chat._send("one", [], conversation, *controls))
    begin = {"kind": "begin", "turn": one["id"], "text": "The capital of "}
    (two,) = ended(chat, chat._rerun(conversation, SimpleNamespace(_data=begin), *controls))  # type: ignore[arg-type]
    assert two["text"] == "The capital of Australia is probably Canberra."
    assert two["branch"] == [2, 2, "you wrote its beginning"]
    turn = conversation.entries[0].turn
    assert turn is not None and "".join(token.text for token in turn.begun) == "The capital of"
    blank = SimpleNamespace(_data={**begin, "text": "  "})
    assert list(chat._rerun(conversation, blank, *controls)) == [UNCHANGED]  # type: ignore[arg-type]


def test_the_slider_follows_the_kind_of_the_question_once_it_is_known() -> None:
    with gr.Blocks():
        chat = ConfidenceChat(ScriptedChatModel(), settings=Settings(calibration="none"))
    controls = tuple(part.value for part in chat.controls.parts)
    conversation = Conversation()
    *updates, _ = chat._send("Which one flies?\nA. dog\nB. bee", [], conversation, *controls)
    assert conversation.kind == "choice"
    assert chat.risk not in updates[0] and chat.risk in updates[1] and chat.risk in updates[-1]
    assert sum(chat.risk in update for update in updates) == 2


def test_of_messages_sent_at_the_same_moment_one_takes_the_conversation() -> None:
    conversation = Conversation()
    with ThreadPoolExecutor(8) as pool:
        claims = [claim for claim in pool.map(lambda _: conversation.claim(), range(64)) if claim]
    assert len(claims) == 1 and conversation.claim() is None
    conversation.give_up(Claim())  # somebody else's
    assert conversation.claim() is None
    conversation.give_up(claims[0])
    assert conversation.claim() is not None
