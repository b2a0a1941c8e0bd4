"""Start the chat in the browser, with the API beside it; the same as ``python app.py``."""

import argparse

import app


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the app."""
    app.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is stopped."""
    return app.run(args)
