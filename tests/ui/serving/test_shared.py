"""On a shared page no visitor changes what others see, whatever a client sends."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import httpx2
import pytest

from app import build
from chains.calibration.store import save
from chains.models.slot import ModelSlot
from service.guards.public import Public
from tests.chains.script import scripted
from tests.ports import free_port
from tests.ui.measured import measured
from ui.calibration.screen import CalibrateScreen
from ui.chat.answering import Answering
from ui.chat.conversation_list import ConversationList
from ui.chat.page import ConfidenceChat
from ui.chat.presets import PresetMenu
from ui.compare.screen import CompareScreen
from ui.models.menu import ModelMenu
from ui.serving import launch_options

CHANGING = re.compile(
    r'"(n|event_id|[a-z_]*(duration|time|eta))": ?("[^"]*"|[\d.e-]+|null)'
)  # from call to call


def compared_texts(*classes: type) -> list[str]:
    """Every text that these classes' modules compare something with: the names of all their acts are among them."""
    texts: set[str] = set()
    for owner in classes:
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[owner.__module__]))):
            if isinstance(node, ast.Compare):
                texts |= {
                    inner.value
                    for part in (node.left, *node.comparators)
                    for inner in ast.walk(part)
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
                }
    return sorted(texts)


ACTS = compared_texts(
    Answering, CalibrateScreen, CompareScreen, ConfidenceChat, ConversationList, ModelMenu, PresetMenu
)
ELSE = {"name": "First", "text": "x", "on": True, "size": 3, "spec": "tiny", "source": "bundled", "n": 24}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two calibrations."""
    folder = tmp_path / "data"
    monkeypatch.setenv("CREDENCE_DATA", str(folder))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploaded"))
    monkeypatch.chdir(tmp_path)
    save(measured("First"))
    save(measured("Second"))
    return folder


def served(shared: bool, data: Path) -> Iterator[tuple[gr.Blocks, httpx2.Client, ModelSlot]]:
    url = f"sqlite:///{data / 'conversations.sqlite'}"
    slot = ModelSlot(lambda _: scripted())
    slot.open("scripted")
    slot.settled()
    page = build(slot, None if shared else data, shared, conversations=url)
    how = Public(shared=shared)
    _, address, _ = page.launch(server_port=free_port(), prevent_thread_lock=True, **launch_options(how))
    with httpx2.Client(base_url=address, timeout=60) as client:
        yield page, client, slot
    page.close(verbose=False)


def inputs_of(function: Any) -> list[Any]:
    """What the page would send: the present values, and nothing for what the server keeps."""
    values: dict[Any, Any] = {gr.State: None, gr.Textbox: "Why?"}
    return [values.get(type(part), getattr(part, "value", None)) for part in function.inputs]


def fire(client: httpx2.Client, function: Any, number: int, event: dict[str, Any], visitor: str) -> str:
    """One event as any client can send it; returns what came back."""
    body = {
        "data": inputs_of(function), "fn_index": number, "session_hash": visitor, "event_data": event
    }  # fmt: skip
    if not function.queue:
        return client.post("/gradio_api/run/predict", json=body).text
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    return client.get("/gradio_api/queue/data", params={"session_hash": visitor}).text


def distinct(page: gr.Blocks) -> dict[int, Any]:
    """The events of the page; several parts have the same."""
    kinds = {
        (getattr(function.fn, "__qualname__", ""), *(part._id for part in function.inputs)): number
        for number, function in page.fns.items()
        if function.api_visibility != "public"
    }
    return {number: page.fns[number] for number in kinds.values()}


def fire_everything(page: gr.Blocks, client: httpx2.Client, acts: Sequence[str] = ACTS) -> int:
    """Every event with every act; returns how many the page took."""
    taken = 0
    for number, function in distinct(page).items():
        for act in acts[:1] if function.name == "_send" else acts:
            event = {"act": act, "kind": act, "value": act, "turn": "t", "conversation": "c", **ELSE}
            taken += '"data":' in fire(client, function, number, event, "visitor")
    return taken


def compare_others(page: gr.Blocks, client: httpx2.Client) -> None:
    """Ask another model than those that are offered, as the Compare screen would ask it."""
    for number, function in distinct(page).items():
        if function.name == "_ask" and "CompareScreen" in function.fn.__qualname__:
            asked = {"question": "Why?", "columns": [{"temperature": 0}, {"spec": "tiny", "temperature": 0}]}
            assert "this model is not offered here" in fire(client, function, number, asked, "visitor")


def seen(page: gr.Blocks, client: httpx2.Client, visitor: str) -> str:
    """What another visitor sees on opening the page and its screens, without times."""
    wanted = {"_now": {}, "_begin": {"act": "open"}, "_act": {"act": "show", "name": "First", "kind": "look"}}
    texts = [
        fire(client, function, number, wanted[function.name], visitor)
        for number, function in distinct(page).items()
        if function.name in wanted
    ]
    return CHANGING.sub("", "\n".join(texts))


def test_the_acts_of_the_page_are_known() -> None:
    assert {"save", "replace", "use", "leave", "delete-now", "upload", "start", "resume", "discard"} <= set(
        ACTS
    )
    assert {"rename", "pin", "delete", "import", "label", "new", "choose"} <= set(ACTS)
    assert {"again", "alone", "cancel", "dismiss", "close", "stop", "take"} <= set(ACTS)


def test_no_event_of_a_shared_page_changes_anything_on_the_server(data: Path) -> None:
    for page, client, slot in served(True, data):
        before, state, view = contents(data), slot.state, seen(page, client, "first")
        assert "First" in view and "scripted" in view
        assert fire_everything(page, client) > 150
        compare_others(page, client)
        assert (contents(data), slot.state) == (before, state)
        assert seen(page, client, "second") == view
        names = [function.api_name for function in page.fns.values() if function.api_visibility == "public"]
        assert names == ["assess"]


def test_the_same_events_change_a_page_of_ones_own(data: Path) -> None:
    for page, client, slot in served(False, data):
        before, view = contents(data), seen(page, client, "first")
        fire_everything(page, client, ("save", "leave", "choose"))
        after = contents(data)
        assert slot.settled().spec == "tiny"
        assert seen(page, client, "second") != view
    assert "presets.json" in after and before.keys() < after.keys()
