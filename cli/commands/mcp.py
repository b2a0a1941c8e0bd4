"""Serve the MCP tools to an agent over standard input and output.

An agent's configuration names the command `credence` with the arguments `mcp --model MODEL`. The tools are how_sure,
check_answer and rewrite_with_honest_words. `credence serve` offers the same over HTTP, at /mcp.
"""

import argparse
from functools import partial

from chains.engines.open import open_chat_model
from chains.errors import CredenceError
from chains.models.slot import ModelSlot
from cli.models import model_options

NOT_INSTALLED = (
    'MCP needs the package mcp, version 2 or newer. Install it with: pip install "credence-chat[mcp]"'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model."""
    model_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until the agent closes standard input; the model is opened meanwhile."""
    from service.together import serves_mcp

    if not serves_mcp():
        raise CredenceError(NOT_INSTALLED)
    from service.mcp_tools.server import mcp_server

    slot = ModelSlot(partial(open_chat_model, engine=args.engine))
    slot.open(args.model)
    try:
        mcp_server(slot).run("stdio")
    finally:
        slot.close()
    return 0
