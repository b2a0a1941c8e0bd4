"""Credence: a chat that shows how sure a language model really is.

``python app.py`` serves it; MODEL, PORT and Gradio's own GRADIO_* variables are respected.
"""

import argparse
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault(
    "GRADIO_ANALYTICS_ENABLED", "False"
)  # before gradio is imported: nothing leaves the machine

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains import CredenceError, open_chat_model
from chains.before_after import open_before_after
from ui import ConfidenceChat
from ui.api import add_api
from ui.before_after import BeforeAfter
from ui.theme import theme

PAGE = """<style>
.gradio-container { max-width: 1320px !important; padding: 14px 22px !important; }
.gradio-container .main.fillable { padding: 12px 32px; }
.gradio-container footer { display: none !important; }
@media (max-width: 860px) {
  .gradio-container { padding: 0 !important; }
  .gradio-container .main.fillable { padding: 8px 14px; }
}
</style>"""  # in the head: Gradio rewrites what it is given as css, media queries too


def build(model: BaseChatModel, labels: Path | None = None, before: BaseChatModel | None = None) -> gr.Blocks:
    """The page around one chat; ``before`` is the model as it was before training, for a second page."""
    with gr.Blocks(title="Credence", fill_width=True) as page:
        ConfidenceChat(model, labels=labels)
        add_api(model)
    if before is not None:
        with page.route("Before and after", "before-after"):
            BeforeAfter(before, model)
    return page  # type: ignore[no-any-return]  # gradio does not say what `with` gives


def main(arguments: list[str] | None = None) -> int:
    """Open the model, serve the page; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Serve the chat that shows how sure a language model really is."
    )
    parser.add_argument(
        "--model", default=os.environ.get("MODEL") or "builtin", help="what to open (default: builtin)"
    )
    parser.add_argument("--port", type=int, default=_port(), help="where to listen (default: 7860)")
    parser.add_argument("--engine", default=os.environ.get("ENGINE"), help="transformers: open a GGUF there")
    parser.add_argument(
        "--adapter",
        default=os.environ.get("ADAPTER"),
        help="a LoRA adapter, such as one of python -m training",
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    before: BaseChatModel | None = None
    model: BaseChatModel
    try:
        if chosen.adapter:
            before, model = open_before_after(chosen.model, chosen.adapter)
        else:
            model = open_chat_model(chosen.model, engine=chosen.engine)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    on_space = "SPACE_ID" in os.environ  # there, labels of one visitor are no other visitor's business
    labels = None if on_space else Path(os.environ.get("CREDENCE_DATA", "credence-data"))
    page = build(model, labels, before)
    try:
        _, url, _ = page.launch(
            server_port=chosen.port, theme=theme(), head=PAGE, run_history=False, footer_links=[], quiet=True,
            prevent_thread_lock=True,
        )  # fmt: skip
        print(f"Credence is ready at {url.rstrip('/')} (stop it with Ctrl+C)", flush=True)
        page.block_thread()
    except OSError as error:
        print(
            f"credence: cannot listen on port {chosen.port}: {error}. Choose another with PORT=…",
            file=sys.stderr,
        )
        return 1
    finally:
        getattr(model, "close", lambda: None)()
    return 0


def _port() -> str:
    """As text: argparse turns it into a number, or says that it is none."""
    return os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or "7860"


if __name__ == "__main__":
    sys.exit(main())
