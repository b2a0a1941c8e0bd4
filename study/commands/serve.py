"""Serve a study, like ``app.py --study``."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the app with a study; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m study serve", description=__doc__)
    parser.add_argument("design", type=Path, help="the design file (.yaml)")
    parser.add_argument("--port", help="port to listen on (default: 7860)")
    args = parser.parse_args(arguments)
    # The app is `app` in the repository, and a sibling of this package in the wheel.
    around = (__package__ or "").rpartition(".")[0].rpartition(".")[0]
    app = import_module(f"{around}.app" if around else "app")
    port = ["--port", args.port] if args.port else []
    return int(app.main(["--study", str(args.design), *port]))
