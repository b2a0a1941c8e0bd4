"""Credence: a chat that shows how sure a language model really is.

``python app.py`` serves it, ``python app.py --study FILE`` a study; MODEL, PORT and Gradio's own GRADIO_* variables
are respected. Gradio is imported by the chat alone: a study is served, and after a crash served again, without it.
"""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault(
    "GRADIO_ANALYTICS_ENABLED", "False"
)  # before gradio is imported: nothing leaves the machine

from chains import CredenceError, ModelUnavailable, open_chat_model

if TYPE_CHECKING:
    import gradio as gr
    from langchain_core.language_models import BaseChatModel

PAGE = """<style>
.gradio-container { max-width: 1320px !important; padding: 14px 22px !important; }
.gradio-container .main.fillable { padding: 12px 32px; }
.gradio-container footer { display: none !important; }
@media (max-width: 860px) {
  .gradio-container { padding: 0 !important; }
  .gradio-container .main.fillable { padding: 8px 14px; }
}
</style>"""  # in the head: Gradio rewrites what it is given as css, media queries too


def build(
    model: "BaseChatModel",
    labels: Path | None = None,
    shared: bool = False,
    before: "BaseChatModel | None" = None,
) -> "gr.Blocks":
    """The page around one chat; ``shared``: its visitors do not know each other, and none changes what the others see.

    ``before`` is the model as it was before training, for a second page.
    """
    import gradio as gr

    from ui import ConfidenceChat
    from ui.api import add_api
    from ui.before_after import BeforeAfter
    from ui.calibration.screen import CalibrateScreen

    with gr.Blocks(title="Credence", fill_width=True) as page:
        chat = ConfidenceChat(model, labels=labels)
        CalibrateScreen(chat, labels=labels, may_change=not shared)
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
        "--study",
        metavar="FILE",
        type=Path,
        default=os.environ.get("STUDY") or None,
        help="serve the study of this design file instead",
    )
    parser.add_argument(
        "--host", default=_host(), help="of a study: the address to listen at (default: %(default)s)"
    )
    parser.add_argument(
        "--adapter",
        default=os.environ.get("ADAPTER"),
        help="a LoRA adapter, such as one of python -m training",
    )
    parser.add_argument(
        "--before",
        default=os.environ.get("BEFORE"),
        help="with --adapter: the adapter to compare it with, such as that of a warm-up (default: the model alone)",
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if chosen.study is not None:
        return study(chosen.study, chosen.host, chosen.port, chosen.engine)
    before: BaseChatModel | None = None
    model: BaseChatModel
    try:
        if chosen.adapter:
            from chains.engines.transformers.adapters import open_before_after

            before, model = open_before_after(chosen.model, chosen.adapter, before=chosen.before or None)
        elif chosen.before:
            raise ModelUnavailable("BEFORE is compared with a trained adapter: give that as ADAPTER.")
        else:
            model = open_chat_model(chosen.model, engine=chosen.engine)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    on_space = "SPACE_ID" in os.environ  # there, labels of one visitor are no other visitor's business
    labels = None if on_space else Path(os.environ.get("CREDENCE_DATA", "credence-data"))
    page = build(model, labels, shared=on_space, before=before)
    from ui.theme import theme

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


def study(file: Path, host: str, port: int, engine: str | None) -> int:
    """Serve a study; returns the exit code, 2 where its design, its data or its port are not right."""
    try:
        from ui.study.serve import serve_study

        return serve_study(file, host, port, engine)
    except ModuleNotFoundError as error:
        needs = f"a study needs the package {error.name}"
        print(f"credence: {needs}: `pip install 'credence-chat[study]'`.", file=sys.stderr)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
    return 2


def _host() -> str:
    """On a Space the page is reached from outside; elsewhere only from this machine, unless it is said otherwise."""
    return os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1")


def _port() -> str:
    """As text: argparse turns it into a number, or says that it is none."""
    return os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or "7860"


if __name__ == "__main__":
    sys.exit(main())
