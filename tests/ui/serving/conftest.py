"""The whole page on a real socket, as it is served to others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import httpx2
import pytest

from app import build
from service.guards.public import Public
from service.together import services
from tests.chains.script import scripted
from tests.ports import free_port
from ui.serving import launch_options, prepare


@dataclass
class Served:
    """A page, and a client that asks it as programs do."""

    page: gr.Blocks
    client: httpx2.Client

    def gradio(self, path: str, **options: Any) -> httpx2.Response:
        return self.client.post(f"/gradio_api/{path}", **options)


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Serve the page with the API beside it; the settings are those of Public."""
    pages: list[Served] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploaded")))
        patch.setenv("CREDENCE_DATA", str(tmp_path_factory.mktemp("data")))

        def start(**settings: Any) -> Served:
            how, model = Public(**settings), scripted()
            page = build(model, shared=how.shared)
            prepare(page)
            beside = services(model, key=how.key)
            options = launch_options(how, beside.routes, beside.lifespan)
            _, url, _ = page.launch(server_port=free_port(), prevent_thread_lock=True, **options)
            pages.append(Served(page, httpx2.Client(base_url=url.rstrip("/"), timeout=60)))
            return pages[-1]

        yield start
        for served in pages:
            served.client.close()
            served.page.close(verbose=False)
