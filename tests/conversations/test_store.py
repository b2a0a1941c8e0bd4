"""Kept conversations, on both databases: what was added stays, once, and belongs to its owner."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from conversations.changes import Change, replay
from conversations.store import ConversationStore, NoSuchConversation, short_title
from database.errors import DatabaseUnavailable


def turn(key: str, question: str, family: str = "", **more: object) -> Change:
    payload = {"turn": key, "family": family or key, "question": question, **more}
    return Change(f"{key}-{len(more)}", "turn", payload, question)


def test_a_conversation_comes_back_as_its_changes_left_it(url: str) -> None:
    store = ConversationStore.open(url)
    kept = store.start("", "What is the capital of France?")
    first, again = turn("a", "What is …?", label=None), turn("b", "What is …?", family="a")
    for change in (
        turn("a", "What is …?"), Change("o1", "order", {"turns": ["a"]}), first, again, turn("c", "And of Peru? 🐝"),
        Change("o2", "order", {"turns": ["b", "c"]}), Change("s", "settings", {"temperature": 0.5}),
    ):  # fmt: skip
        assert store.add("", kept, change)
    store.close()
    reopened = ConversationStore.open(url)
    conversation = replay(reopened.changes("", kept))
    assert [shown.shown["question"] for shown in conversation.turns] == ["What is …?", "And of Peru? 🐝"]
    assert [[branch["turn"] for branch in shown.branches] for shown in conversation.turns] == [
        ["a", "b"],
        ["c"],
    ]
    assert conversation.turns[0].branches[0] == first.payload  # the last one with a key counts
    assert conversation.settings == {"temperature": 0.5}
    reopened.close()


def test_a_change_that_is_sent_again_is_stored_once(url: str) -> None:
    store = ConversationStore.open(url)
    kept = store.start("", "x")
    assert [store.add("", kept, turn("a", "x")) for _ in range(3)] == [True, False, False]
    assert len(store.changes("", kept)) == 1
    store.close()


def test_eight_tabs_write_to_one_conversation_without_losing_a_change(url: str) -> None:
    store = ConversationStore.open(url)
    kept = store.start("", "x")

    def tab(name: int) -> None:
        for number in range(6):
            store.add("", kept, turn(f"{name}-{number}", "x"))

    tabs = [threading.Thread(target=tab, args=(name,)) for name in range(8)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    assert len(store.changes("", kept)) == 48
    store.close()


def test_a_draft_is_replaced_counts_for_nothing_and_is_forgotten(url: str) -> None:
    store = ConversationStore.open(url)
    kept = store.start("me", "x")
    store.add("me", kept, turn("a", "one"))
    for text in ("Half", "Half an answer 🐝"):
        store.draft("me", kept, Change("b:draft", "draft", {"turn": "b", "family": "b", "text": text}, text))
    changes = store.changes("me", kept)
    assert [change.kind for change in changes] == ["turn", "draft"]
    assert changes[1].payload["text"] == "Half an answer 🐝"  # in place of the first
    assert store.size("me", kept) == 1
    assert [line.id for line in store.listing("me", "answer 🐝")] == [kept]
    store.forget_draft("you", kept, "b:draft")  # somebody else's stays
    store.forget_draft("me", kept, "a-3")  # and what is no draft
    assert len(store.changes("me", kept)) == 2
    store.forget_draft("me", kept, "b:draft")
    assert [change.kind for change in store.changes("me", kept)] == ["turn"]
    with pytest.raises(NoSuchConversation):
        store.draft("you", kept, Change("c:draft", "draft", {"turn": "c"}))
    assert (store.size("you", kept), store.size("me", "0" * 32)) == (0, 0)
    store.close()


def test_the_list_has_pinned_ones_first_then_the_one_changed_last(url: str) -> None:
    store = ConversationStore.open(url)
    old, middle, new = (store.start("", title) for title in ("old", "middle", "new"))
    store.add("", old, turn("a", "x"))
    store.pin("", middle, True)
    assert store.listing("")[0].id == middle
    store.pin("", middle, False)
    store.rename("", new, "  brand \n new ")
    titles = {summary.id: summary.title for summary in store.listing("")}
    assert titles == {old: "old", middle: "middle", new: "brand new"}
    store.close()


def test_search_finds_titles_and_words_whatever_the_case(url: str) -> None:
    store = ConversationStore.open(url)
    recipe, tax = store.start("", "Recipe"), store.start("", "100% tax_free")
    store.add("", recipe, turn("a", "How long do I boil ÄPFEL?"))
    found = {
        search: [summary.id for summary in store.listing("", search)]
        for search in ("äpfel", "RECIPE", "boil", "100%", "_free", "0%t", "nothing")
    }
    assert found == {
        "äpfel": [recipe], "RECIPE": [recipe], "boil": [recipe], "100%": [tax], "_free": [tax], "0%t": [], "nothing": [],
    }  # fmt: skip
    store.close()


def test_somebody_elses_conversation_does_not_exist(url: str) -> None:
    store = ConversationStore.open(url)
    mine = store.start("me", "secret")
    for call in (
        lambda: store.changes("you", mine),
        lambda: store.add("you", mine, turn("a", "x")),
        lambda: store.rename("you", mine, "x"),
        lambda: store.pin("you", mine, True),
        lambda: store.delete("you", mine),
    ):
        with pytest.raises(NoSuchConversation, match="no longer exists"):
            call()
    assert store.listing("you") == () and [summary.title for summary in store.listing("me")] == ["secret"]
    store.close()


def test_a_deleted_conversation_leaves_no_bytes_behind(tmp_path: Path) -> None:
    store = ConversationStore.open(f"sqlite:///{tmp_path / 'c.sqlite'}")
    kept = store.start("", "holiday in Greenland")
    store.add("", kept, turn("a", "Is Greenland green?"))
    store.delete("", kept)
    with pytest.raises(NoSuchConversation):
        store.changes("", kept)
    store.close()
    assert not [path for path in tmp_path.iterdir() if b"Greenland" in path.read_bytes()]


def test_a_file_of_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    ConversationStore.open(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE conversations_version SET version = 9")
        connection.commit()
    with pytest.raises(DatabaseUnavailable, match=r"schema version 9.*Install that version"):
        ConversationStore.open(f"sqlite:///{path}")


def test_a_title_is_one_line_and_cut_at_a_word() -> None:
    assert short_title(" \n ") == "New conversation"
    assert short_title("word " * 40) == "word " * 15 + "…"
