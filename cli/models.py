"""The options that choose a model, and opening it for the time of a command."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.language_models import BaseChatModel

from chains.engines.open import open_chat_model


def model_options(parser: argparse.ArgumentParser, default: str | None = "builtin") -> None:
    """Add ``--model`` and ``--engine``; MODEL and ENGINE of the environment count where they are left out."""
    parser.add_argument(
        "--model",
        default=os.environ.get("MODEL") or default,
        metavar="MODEL",
        help=f"model to open, such as builtin, tiny, a .gguf file or http://host:port/v1 (default: {default or 'none'})",
    )
    parser.add_argument(
        "--engine",
        default=os.environ.get("ENGINE"),
        help="“transformers” uses transformers for GGUF files too",
    )


@contextmanager
def opened(args: argparse.Namespace) -> Iterator[BaseChatModel]:
    """The model that the options name, closed at the end; raises ModelUnavailable."""
    model = open_chat_model(args.model, engine=args.engine)
    try:
        yield model
    finally:
        getattr(model, "close", lambda: None)()


def address_options(parser: argparse.ArgumentParser, port: int) -> None:
    """Add ``--host`` and ``--port``."""
    host = os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    parser.add_argument("--host", default=host, help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT") or str(port),
        help=f"port to listen on (default: {port})",
    )
