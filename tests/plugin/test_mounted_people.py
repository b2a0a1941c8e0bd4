"""A mounted page whose visitors are signed in: each has conversations of their own, and none changes another's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from conversations.changes import Change
from conversations.store import ConversationStore
from plugin import mount
from tests.chains.script import scripted


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'chat.sqlite'}"


@pytest.fixture
def theirs(url: str) -> Iterator[str]:
    """The id of a conversation of Ann's."""
    store = ConversationStore.open(url)
    identity = store.start("ann", "Ann's question")
    store.add("ann", identity, Change("k", "settings", {}))
    yield identity
    store.close()


def page_of(app: FastAPI) -> gr.Blocks:
    routes: Any = app.router.routes
    page: gr.Blocks = routes[-1].app._app.get_blocks()
    return page


def acted(client: TestClient, page: gr.Blocks, name: str, **event: Any) -> Any:
    """What the list shows after an event that somebody sends under a name."""
    number = next(number for number, function in page.fns.items() if function.targets[0][1] == "keep")
    body = {"data": [None], "fn_index": number, "session_hash": f"of {name}", "event_data": event}
    reply = client.post("/chat/gradio_api/run/predict", json=body, headers={"X-Name": name})
    assert reply.status_code == 200, reply.text
    values: list[Any] = reply.json()["data"]
    return next(
        value for value in values if isinstance(value, dict) and "lines" in value and "browser" in value
    )


def test_nobody_sees_or_changes_the_conversations_of_others(url: str, theirs: str) -> None:
    app = FastAPI()

    def who(request: Request) -> str | None:
        return request.headers.get("X-Name")

    mount(app, "/chat", scripted(), conversations=url, auth_dependency=who)
    page = page_of(app)
    with TestClient(app) as client:
        assert [line["title"] for line in acted(client, page, "ann", kind="search")["lines"]] == [
            "Ann's question"
        ]
        assert acted(client, page, "bob", kind="search")["lines"] == []
        for kind in ("open", "rename", "pin", "delete"):
            shown = acted(client, page, "bob", kind=kind, conversation=theirs, text="Bob's", on=True)
            assert "no longer exists" in shown["notice"], kind
        (line,) = acted(client, page, "ann", kind="search")["lines"]
        assert (line["title"], line["pinned"]) == ("Ann's question", False)
        assert client.get("/chat/config").status_code == 401


def test_a_shared_page_with_a_database_must_know_who_its_visitors_are(url: str) -> None:
    with pytest.raises(ValueError, match="nothing says who they are"):
        mount(FastAPI(), "/chat", scripted(), conversations=url)


def test_a_page_that_is_not_shared_has_the_same_conversations_for_all(url: str) -> None:
    app = FastAPI()
    mount(app, "/chat", scripted(), conversations=url, shared=False)
    store = ConversationStore.open(url)
    store.start("", "Ours")
    store.close()
    with TestClient(app) as client:
        shown = acted(client, page_of(app), "bob", kind="search")
    assert [line["title"] for line in shown["lines"]] == ["Ours"]
