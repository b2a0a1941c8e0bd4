"""On a shared page no visitor changes what others see, whatever a client sends."""

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import httpx2
import pytest

from app import build
from chains.calibration.store import save
from service.guards.public import Public
from tests.chains.script import scripted
from tests.ports import free_port
from tests.ui.measured import measured
from ui.calibration.screen import CalibrateScreen, ScreenState
from ui.chat.conversation import Conversation
from ui.chat.conversation_list import ConversationList
from ui.chat.page import ConfidenceChat
from ui.chat.presets import PresetMenu
from ui.serving import launch_options


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


ACTS = compared_texts(CalibrateScreen, ConversationList, ConfidenceChat, PresetMenu)


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


def served(shared: bool, data: Path) -> Iterator[tuple[gr.Blocks, httpx2.Client]]:
    url = f"sqlite:///{data / 'conversations.sqlite'}"
    page = build(scripted(), None if shared else data, shared, conversations=url)
    how = Public(shared=shared)
    _, address, _ = page.launch(server_port=free_port(), prevent_thread_lock=True, **launch_options(how))
    with httpx2.Client(base_url=address, timeout=60) as client:
        yield page, client
    page.close(verbose=False)


def fire_everything(page: gr.Blocks, client: httpx2.Client, acts: Sequence[str] = ACTS) -> int:
    """Every event that is answered at once, with every act; returns how many the page took."""
    taken, fired = 0, set()
    more = {"name": "First", "text": "x", "on": True, "size": 3}
    for number, function in page.fns.items():
        what = (function.name, *(part._id for part in function.inputs))
        if function.queue or what in fired:  # several parts have the same event
            continue
        fired.add(what)
        inputs = [
            None if isinstance(part, gr.State) else getattr(part, "value", None) for part in function.inputs
        ]
        for act in acts:
            event = {"act": act, "kind": act, "value": act, "turn": "t", "conversation": "c", **more}
            body = {"data": inputs, "fn_index": number, "session_hash": "visitor", "event_data": event}
            taken += client.post("/gradio_api/run/predict", json=body).status_code == 200
    return taken


def begin_everything(page: gr.Blocks) -> None:
    """The events of the Calibrate screen that run for long."""
    for function in page.fns.values():
        if function.name == "_begin":
            for act in ACTS:
                event = gr.EventData(None, {"act": act, "source": "bundled", "n": 24, "name": "bundled|24|0"})
                run: Any = function.fn
                screen: CalibrateScreen = run.__self__
                for _ in run(ScreenState(), Conversation(), event):
                    screen.job.stop()


def test_the_acts_of_the_page_are_known() -> None:
    assert {"save", "replace", "use", "leave", "delete-now", "upload", "start", "resume", "discard"} <= set(
        ACTS
    )
    assert {"rename", "pin", "delete", "import", "label", "new", "choose"} <= set(ACTS)


def test_no_event_of_a_shared_page_changes_anything_on_the_server(data: Path) -> None:
    for page, client in served(True, data):
        before = contents(data)
        assert fire_everything(page, client) > 150
        begin_everything(page)
        assert contents(data) == before
        names = [function.api_name for function in page.fns.values() if function.api_visibility == "public"]
        assert names == ["assess"]


def test_the_same_events_change_a_page_of_ones_own(data: Path) -> None:
    for page, client in served(False, data):
        before = contents(data)
        fire_everything(page, client, ("save", "leave"))
        after = contents(data)
    assert "presets.json" in after and before.keys() < after.keys()
