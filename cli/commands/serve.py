"""Serve a model without a page: the API and the OpenAI-compatible proxy below /v1, and the MCP tools at /mcp.

With CREDENCE_SERVICE_KEY set, every request must send that key as “Authorization: Bearer KEY”.
"""

import argparse

from cli.models import address_options, model_options, opened
from service.serve import serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, and where to listen."""
    model_options(parser)
    address_options(parser, 8000)


def run(args: argparse.Namespace) -> int:
    """Serve until it is stopped."""
    with opened(args) as model:
        serve(model, args.host, args.port)
    return 0
