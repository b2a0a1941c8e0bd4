"""The recorded conversations that come with Credence, and how they are made."""

import json
from pathlib import Path

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.settings import Settings
from ui.chat.conversation import Conversation, Entry
from ui.chat.examples import all_examples, measured_with
from ui.chat.storage.exports import as_data
from ui.chat.storage.keeping import Keeping, put
from ui.chat.storage.records import entry_of, record_of
from ui.recorded.__main__ import RECIPES, Recipe, record
from ui.recorded.recordings import Recording, recorded, recordings, write_recording
from ui.shown.model_now import ModelNow
from ui.shown.turn import bubble

RECIPE = Recipe(
    name="a", title="T", look="L", model="scripted", messages=("What is the capital of Australia?", "And of France?"),
    checked=(0,),
)  # fmt: skip


def test_what_is_recorded_comes_back_with_samples_and_decision(tmp_path: Path) -> None:
    conversation = record(RECIPE, ScriptedChatModel())
    write_recording(Recording("a", "T", "L", "M", "2026-01-01"), as_data(conversation), tmp_path)
    (listed,) = recordings(tmp_path)
    assert (listed.title, listed.model) == ("T", "M")
    first, second = recorded("a", tmp_path)
    assert first.turn and second.turn and conversation.entries[0].turn
    assert first.turn.assessment == conversation.entries[0].turn.assessment
    assert len(first.turn.samples) == 10 and not second.turn.samples
    assert second.turn.question.history[0].content == RECIPE.messages[0]
    assert recorded("../a", tmp_path) == []


def test_the_same_conversation_gives_the_same_file(tmp_path: Path) -> None:
    about, data = Recording("a", "T", "L", "M", "2026-01-01"), as_data(Conversation())
    assert (
        write_recording(about, data, tmp_path).read_bytes()
        == write_recording(about, data, tmp_path).read_bytes()
    )


def test_every_recipe_has_its_recording_and_every_answer_is_assessed() -> None:
    recipes = [Recipe.model_validate(recipe) for recipe in json.loads(RECIPES.read_text(encoding="utf-8"))]
    assert sorted(recipe.name for recipe in recipes) == [recording.name for recording in recordings()]
    assert len(recipes) == 8
    for recipe in recipes:
        entries = recorded(recipe.name)
        assert tuple(entry.question for entry in entries) == recipe.messages, recipe.name
        for place, entry in enumerate(entries):
            assert entry.turn and entry.turn.assessment and not entry.error, recipe.name
            assert entry.answer and entry.answer.tokens and (entry.turn.probes or entry.turn.claims), (
                recipe.name
            )
            assert bool(entry.turn.samples) == (place in recipe.checked), recipe.name


def test_a_recorded_answer_is_not_labelled_checked_or_continued_with_another_model() -> None:
    (entry, *_) = record(RECIPE, ScriptedChatModel()).entries
    now = ModelNow("scripted", None, continues=True)
    live = bubble(entry, now=now)
    entry.recorded = True
    shown = bubble(entry, now=now)
    assert live["branching"] and live["closer"] and not live["recorded"]
    assert not shown["branching"] and not shown["closer"] and shown["recorded"]
    assert shown["notes"][0].startswith("Recorded with ")


def test_a_record_from_before_recordings_is_not_one() -> None:
    kept = record_of(Entry("q", recorded=True))
    assert entry_of(kept).recorded
    del kept["recorded"]
    assert not entry_of(kept).recorded


def test_a_recording_is_kept_once_a_person_goes_on_with_it(tmp_path: Path) -> None:
    keeping = Keeping(f"sqlite:///{tmp_path / 'c.sqlite'}")
    conversation = record(RECIPE, ScriptedChatModel())
    for entry in conversation.entries:
        entry.recorded = True
    keeping.save(conversation)
    assert keeping.listing(conversation) == ()
    conversation.start("And of Spain?")
    keeping.save(conversation)
    (line,) = keeping.listing(conversation)
    assert line.title == RECIPE.messages[0]
    again = Conversation()
    stored, kept = keeping.read(again, line.id)
    put(again, stored, kept, Settings(), lambda turn: pytest.fail("a recorded answer was decided again"))
    assert [entry.recorded for entry in again.entries] == [True, True, False]


def test_what_to_look_at_is_said_only_for_the_model_it_was_measured_with() -> None:
    measured = json.loads(Path("ui/chat/examples.json").read_text(encoding="utf-8"))
    who = {"model": "m", "engine": "e", "model_sha256": measured["model_sha256"]}
    assert measured_with(ScriptedChatModel(metadata={"credence": who}))
    assert not measured_with(ScriptedChatModel())
    assert len(all_examples()) == 4 and all(example.look for example in all_examples())
    assert [example.text for example in all_examples(("a",))] == ["a"]
