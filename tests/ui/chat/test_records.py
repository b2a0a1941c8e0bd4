"""A turn is kept without loss, whatever texts it holds."""

import json
from dataclasses import replace

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.prefill import continued
from chains.pipeline.turn import Turn
from chains.settings import Settings
from conversations.changes import Change, replay
from estimators.types import Answer, Message, Question, Reasoning, Token
from tests.ui.hostile import HOSTILE
from tests.ui.hostile_records import assessed, undecided
from ui.chat.conversation import Conversation, Entry, Kept
from ui.chat.exports import as_data, as_markdown, as_page
from ui.chat.importing import NotAConversation, imported
from ui.chat.keeping import put
from ui.chat.kept_settings import settings_record
from ui.chat.records import UNFINISHED, UNREADABLE, entry_of, record_of


def unchanged(turn: Turn) -> Turn:
    return turn


def again(entry: Entry) -> Entry:
    """The entry after a visit to the database."""
    return entry_of(json.loads(json.dumps(record_of(entry), allow_nan=False)))


@pytest.fixture(scope="module")
def turn() -> Turn:
    return confidence_pipeline(ScriptedChatModel()).invoke("What is the capital of Australia?")


def same(first: Turn, second: Turn) -> bool:
    left, right = (replace(turn, fit=first.fit, reading=first.reading) for turn in (first, second))
    return left == right


@pytest.mark.parametrize("text", HOSTILE)
def test_a_record_is_kept_without_loss(turn: Turn, text: str) -> None:
    hostile = replace(
        turn, assessment=assessed(text, undecided(text)), begun=(Token(text, -0.1),), ungrouped=text
    )
    entry = Entry(text, hostile, label="no", revealed=True, dropped=(text,), origin=text, number=3)
    kept = again(entry)
    assert kept.turn is not None and same(hostile, kept.turn)
    for name in ("question", "label", "error", "revealed", "dropped", "origin", "number", "key"):
        assert getattr(kept, name) == getattr(entry, name), name


def test_what_the_assessment_holds_is_not_repeated(turn: Turn) -> None:
    state = record_of(Entry("q", turn))["state"]
    assert "answer" not in state and "probes" not in state


def test_an_answer_without_an_assessment_comes_back() -> None:
    question = Question("q", (Message("user", "before"),))
    turn = Turn(question, Settings(temperature=0.3), answer=Answer("half an", (Token("half an", -0.2),)))
    kept = again(Entry("q", turn))
    assert kept.turn is not None and same(turn, kept.turn)
    assert kept.error == UNFINISHED
    assert again(Entry("q", error="broken")).error == "broken"


def test_a_record_of_another_version_keeps_its_question(turn: Turn) -> None:
    record = record_of(Entry("q", turn))
    for changed in ({**record, "schema": "credence.turn/9"}, {**record, "state": {"settings": 3}}):
        entry = entry_of(changed)
        assert (entry.question, entry.error) == ("q", UNREADABLE)


def opened(changes: list[Change]) -> Conversation:
    conversation = Conversation()
    put(conversation, replay(changes), Kept("c"), Settings(), unchanged)
    return conversation


def test_an_older_conversation_opens_with_the_settings_of_its_latest_answer(turn: Turn) -> None:
    asked = replace(turn, settings=Settings(system="Be brief.", temperature=0.4, seed=5, threshold=0.3))
    entry = Entry("q", asked)
    changes = [Change("a", "turn", record_of(entry)), Change("o", "order", {"turns": [entry.key]})]
    assert opened(changes).settings == asked.settings and opened(changes).risk is None
    chosen = settings_record(Settings(temperature=0.9), 0.3)
    kept = opened([*changes, Change("s", "settings", json.loads(json.dumps(chosen)))])
    assert (kept.settings, kept.risk) == (Settings(temperature=0.9), 0.3)
    assert kept.kept.settings == chosen  # nothing to store again
    spoilt = opened([*changes, Change("s", "settings", {**chosen, "seed": "x", "max_tokens": 0, "new": 1})])
    assert spoilt.settings == Settings(temperature=0.9)


def test_an_older_conversation_shows_the_version_that_its_later_turns_follow(turn: Turn) -> None:
    first, second, later = Entry("q", turn), Entry("q", turn), Entry("and then?", turn)
    first.family = second.family = [first, second]
    old = [
        Change(entry.key, "turn", {**record_of(entry), "followed": entry is first})
        for entry in (first, second, later)
    ]
    conversation = opened([*old, Change("o", "order", {"turns": [second.key, later.key]})])
    assert [entry.key for entry in conversation.entries] == [first.key, later.key]


def test_branches_stay_with_their_turn(turn: Turn) -> None:
    conversation = Conversation()
    first, _ = conversation.start("q")
    later, _ = conversation.start("and then?")
    second, _ = conversation.version(first, "“a” in place of “b”")
    first.turn = later.turn = second.turn = turn
    said = [Change(e.key, "turn", record_of(e)) for e in (first, second, later)]
    order = {"turns": [second.key], "later": {first.key: [later.key]}}
    (shown,) = opened([*said, Change("o", "order", order)]).entries
    assert [branch.key for branch in shown.branches] == [first.key, second.key]
    assert shown is shown.branches[1]
    assert [turn.key for turn in shown.branches[0].later] == [later.key]
    (copy,) = imported(json.dumps(as_data(conversation)), unchanged).entries
    assert copy is copy.branches[1] and len(copy.branches) == 2
    assert [turn.question for turn in copy.branches[0].later] == ["and then?"]
    assert copy.key != second.key  # a copy is a conversation of its own
    assert copy.turn is not None and same(turn, copy.turn)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema": "credence.conversation/9", "turns": []}',
     '{"schema": "credence.conversation/1", "turns": [{"question": "q", "assessment": {"schema": "x"}}]}',
     '{"schema": "credence.conversation/1", "turns": 3}'],
)  # fmt: skip
def test_a_bad_file_gives_one_sentence(text: str) -> None:
    with pytest.raises(NotAConversation, match=r"^This file cannot be imported: [^.]*\.$"):
        imported(text, unchanged)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_escapes_everything_and_asks_no_server(turn: Turn, text: str) -> None:
    conversation = Conversation()
    entry, _ = conversation.start(text)
    entry.turn = replace(turn, answer=Answer(text, (Token(text, -0.5, ((text, -0.5),)),)))
    entry.error = text
    page = as_page(conversation)
    assert "<script" not in page and "<img" not in page and "default-src 'none'" in page
    assert as_markdown(conversation).startswith("# Conversation")


def test_reasoning_is_exported_apart_from_the_answer(turn: Turn) -> None:
    thought = Reasoning("<think>\n**Is it** <b>Sydney</b>?\n</think>\n\n")
    answer = Answer("Canberra.", reasoning=thought)
    assert turn.assessment is not None
    evidence = replace(turn.assessment.evidence, answer=answer)
    conversation = Conversation()
    entry, _ = conversation.start("q")
    entry.turn = replace(turn, answer=answer, assessment=replace(turn.assessment, evidence=evidence))
    text = as_markdown(conversation)
    assert "**Reasoning**\n\n> **Is it** <b>Sydney</b>?\n\n**Answer**\n\nCanberra." in text
    assert "think>" not in text
    page = as_page(conversation)
    assert (
        "<summary>Reasoning</summary>" in page
        and "&lt;b&gt;Sydney&lt;/b&gt;" in page
        and "think&gt;" not in page
    )
    (copy,) = imported(json.dumps(as_data(conversation)), unchanged).entries
    assert copy.answer == answer


def test_an_answer_that_was_going_on_comes_back_with_its_beginning(turn: Turn) -> None:
    stopped = Answer("", finish="cancelled", missing="x", reasoning=Reasoning("<think>Hm"))
    start = continued(replace(turn, answer=stopped), turn.settings)
    assert start.answer == stopped and start.start == stopped and start.stage == "answering"
    kept = again(Entry("q", start))
    assert kept.turn is not None and same(start, kept.turn)
    state = record_of(Entry("q", start))["state"]
    del state["start"]  # as an older version keeps it
    assert entry_of({**record_of(Entry("q", start)), "state": state}).turn is not None
