"""Serve a study, like ``app.py --study``."""

import argparse
from importlib import import_module
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The design and the port."""
    parser.add_argument("design", type=Path, metavar="DESIGN.yaml", help="the design file")
    parser.add_argument("--port", help="port to listen on (default: 7860)")


def run(args: argparse.Namespace) -> int:
    """Start the app with a study; returns its exit code."""
    # The app is `app` in the repository, and a sibling of this package in the wheel.
    around = (__package__ or "").rpartition(".")[0].rpartition(".")[0]
    app = import_module(f"{around}.app" if around else "app")
    port = ["--port", args.port] if args.port else []
    return int(app.main(["--study", str(args.design), *port]))
