"""Credence: a chat that shows how sure a language model really is.

``python app.py`` serves the chat, ``python app.py --study FILE`` serves a study. MODEL, PORT and Gradio's GRADIO_*
variables are respected. Only the chat imports Gradio, so that a study starts, and restarts after a crash, without it.
"""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

# Set before gradio is imported, so that nothing leaves the machine.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from chains import CredenceError, ModelUnavailable
from chains.engines.open import check_spec, open_chat_model
from chains.identity import identity
from chains.model_files import embedding_model_folder
from chains.models.remembered import remembered
from chains.models.slot import ModelSlot
from estimators import find_markers
from files.data_folder import data_folder

if TYPE_CHECKING:
    import gradio as gr
    from langchain_core.language_models import BaseChatModel


def build(
    model: "BaseChatModel | ModelSlot",
    labels: Path | None = None,
    shared: bool = False,
    before: "BaseChatModel | None" = None,
    conversations: str | None = None,
    signed_in: bool = False,
    hosted: Sequence[str] = (),
) -> "gr.Blocks":
    """Build the page around one chat.

    Parameters
    ----------
    model : a model, or a slot whose model may still be loading and can be changed on the page, unless that is shared
    labels : folder for the labels that people give; None keeps none
    shared : the page has many visitors, and none of them may change what the others see
    before : the model before training, compared with ``model`` on a second page; then the model cannot be changed
    conversations : URL of the database that keeps the conversations; None keeps none. If the page is shared, it keeps those
        of each visitor apart, or, unless all are ``signed_in``, they stay in each visitor's own browser.
    signed_in : whoever opens the page is signed in under a name
    hosted : models that visitors who sign in with Hugging Face may ask with an account of their own
    """
    from ui import ConfidenceChat
    from ui.api import add_api
    from ui.before_after import BeforeAfter
    from ui.calibration.screen import CalibrateScreen
    from ui.chat.storage.keeping import Keeping
    from ui.compare.screen import CompareScreen
    from ui.page import Page

    may_choose = isinstance(model, ModelSlot) and not shared and before is None
    slot = ModelSlot.of(model)
    each_own = shared and signed_in
    url = conversations if each_own or not shared else None
    keeping = Keeping(url, each_own) if shared or url else None
    with Page(title="Credence", fill_width=True) as page:
        presets = labels / "presets.json" if labels else None
        chat = ConfidenceChat(
            slot, labels=labels, keeping=keeping, presets=presets, may_choose_model=may_choose, hosted=hosted
        )
        CompareScreen(chat)
        CalibrateScreen(chat, labels=labels, may_change=not shared)
        add_api(slot)
    if before is not None:
        with page.route("Before and after", "before-after"):
            BeforeAfter(before, slot.model)
    return page  # type: ignore[no-any-return]  # gradio's context manager is untyped


def main(arguments: list[str] | None = None) -> int:
    """Open the model and serve the page; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Start the chat that shows how sure a language model really is."
    )
    add_arguments(parser)
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    return run(args)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the port, and what is served instead of the chat."""
    parser.add_argument(
        "--model",
        default=os.environ.get("MODEL"),
        help="model to open (default: builtin; with an adapter: tiny)",
    )
    parser.add_argument("--port", type=int, default=_port(), help="port to listen on (default: 7860)")
    parser.add_argument(
        "--engine",
        default=os.environ.get("ENGINE"),
        help="“transformers” uses transformers for GGUF files too",
    )
    parser.add_argument(
        "--study",
        metavar="FILE",
        type=Path,
        default=os.environ.get("STUDY") or None,
        help="serve the study in this design file instead of the chat",
    )
    parser.add_argument(
        "--host", default=_host(), help="address that a study listens on (default: %(default)s)"
    )
    parser.add_argument(
        "--adapter",
        default=os.environ.get("ADAPTER"),
        help="LoRA adapter to load, such as one from python -m training",
    )
    parser.add_argument(
        "--before",
        default=os.environ.get("BEFORE"),
        help="with --adapter: the adapter to compare it with, such as one from the warm-up (default: the plain model)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve what the arguments say; returns the exit code."""
    if args.study is not None:
        return study(args.study, args.host, args.port, args.engine)
    from chains.engines.transformers.zero_gpu import announce
    from service.guards.public import public

    announce()
    try:
        how = public(_host())
        slot, before = _opening(args, how.shared)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    from service.together import services
    from ui.models.hosted import hosted_models
    from ui.serving import launch_options, prepare

    data = data_folder()
    conversations = os.environ.get("CREDENCE_CONVERSATIONS") or f"sqlite:///{data / 'conversations.sqlite'}"
    labels = None if how.shared else data  # visitors must not see each other's labels
    page = build(
        slot, labels, shared=how.shared, before=before, conversations=conversations, hosted=hosted_models()
    )
    beside = services(slot, key=how.key, host=_host())
    try:
        prepare(page)
        _, url, _ = page.launch(
            server_port=args.port,
            prevent_thread_lock=True,
            **launch_options(how, beside.routes, beside.lifespan),
        )
        threading.Thread(target=_warm_up, daemon=True, name="warming up").start()
        _tell_when_ready(slot, url.rstrip("/"))
        page.block_thread()
    except KeyboardInterrupt:
        page.close(verbose=False)
    except OSError as error:
        print(
            f"credence: cannot listen on port {args.port}: {error}. Choose another port with PORT=…",
            file=sys.stderr,
        )
        return 1
    finally:
        slot.close()
    return 0


def _opening(args: argparse.Namespace, shared: bool) -> tuple[ModelSlot, "BaseChatModel | None"]:
    """The slot in which the model is being opened, and the model before training, if there is one.

    Raises CredenceError for a name that opens nothing. Models with an adapter are open when this returns.
    """
    if args.adapter:
        from chains.engines.transformers.adapters import open_before_after

        before, model = open_before_after(args.model or "tiny", args.adapter, before=args.before or None)
        return ModelSlot.of(model), before
    if args.before:
        raise ModelUnavailable("BEFORE needs a trained adapter to compare with. Set ADAPTER to that adapter.")
    if args.model:
        check_spec(args.model, engine=args.engine)
    spec = args.model or ("" if shared else remembered()) or "builtin"
    slot = ModelSlot(partial(open_chat_model, engine=args.engine))
    slot.open(spec)
    return slot, None


def _warm_up() -> None:
    """Load what the first answer would wait for: the phrases of markers, and the embedding model."""
    from chains.meaning.embedding import open_embedder

    find_markers("")
    with suppress(CredenceError):  # said when it is needed
        open_embedder().embed(["a question"])


def _tell_when_ready(slot: ModelSlot, url: str) -> None:
    """Say where the page is, and once the model answers, that it does; a failure is said, and the page stays."""
    told = partial(print, file=sys.stderr, flush=True)
    if slot.state.loading:
        told(f"The page is open at {url} and shows how far the model is.")
    state = slot.settled()
    if state.failure:
        told(f"credence: {state.failure} The page at {url} stays open: choose another model there.")
        return
    told(f"chat model: {identity(slot.model)['model']}")
    try:
        told(f"embedding model: {embedding_model_folder()}")
    except CredenceError as error:
        told(f"credence: {error}")
    print(f"Credence is ready at {url} (stop it with Ctrl+C)", flush=True)


def study(file: Path, host: str, port: int, engine: str | None) -> int:
    """Serve a study; returns the exit code: 2 if its design, its data or its port is wrong."""
    try:
        from ui.study.serve import serve_study

        return serve_study(file, host, port, engine)
    except ModuleNotFoundError as error:
        needs = f"a study needs the package {error.name}. Install it with"
        print(f"credence: {needs}: pip install 'credence-chat[study]'", file=sys.stderr)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
    return 2


def _host() -> str:
    """The address to listen on: open to all on a Space, otherwise this machine only, unless set."""
    everywhere = "0.0.0.0"  # nosec B104 # a Space is reached from outside
    return os.environ.get("GRADIO_SERVER_NAME") or (everywhere if "SPACE_ID" in os.environ else "127.0.0.1")


def _port() -> str:
    """The port as text; argparse converts it or reports that it is not a number."""
    return os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or "7860"


if __name__ == "__main__":
    sys.exit(main())
