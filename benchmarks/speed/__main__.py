"""The speed table of `make bench`: one command for everything in docs/performance.md.

    python -m benchmarks.speed [--model builtin] [--repeats 5] [--peers] [--json FILE] [--page FILE]
    python -m benchmarks.speed --only peers

Other packages take minutes to install and a quiet machine to measure, so ``--only peers`` measures them alone and puts
them into the record of an earlier run. A run without them keeps those of the record.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from benchmarks import engines as both_engines
from benchmarks.speed import streaming, turns
from benchmarks.speed.engines import fastest, opened
from benchmarks.speed.measured import load, this_machine
from benchmarks.speed.page import PAGE, PROMPT, REPLY, RESULT, target_table, write_page
from benchmarks.speed.peers import measured_peers
from benchmarks.speed.results import Peer, Speed, load_speed, save
from benchmarks.speed.targets import targets
from chains.command_line import at_least, positive
from chains.engines.embedded import embedded_model, is_embedded
from chains.errors import CredenceError
from chains.progress import duration


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print the table, write JSON, plot and page; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--model", default="builtin", help="builtin or tiny, or a .gguf file")
    parser.add_argument("--repeats", type=positive, default=5, help="measurements of everything")
    parser.add_argument(
        "--checks", type=at_least(0), default=3, help="measurements of each consistency check"
    )
    parser.add_argument(
        "--peers", action="store_true", help="also time UQLM and lm-polygraph, which are installed"
    )
    parser.add_argument("--only", choices=("peers",), help="measure these alone, into the record of --json")
    parser.add_argument("--json", type=Path, default=RESULT, help="file for all values")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write, with its picture beside it")
    args = parser.parse_args(arguments)
    try:
        given = sys.argv[1:] if arguments is None else arguments
        if args.only:
            speed = replace(load_speed(args.json), peers=measured_peers(args.model))
        else:
            speed = measure(args.model, args.repeats, args.checks, " ".join(given))
            peers = measured_peers(args.model) if args.peers else _kept(args.json)
            speed = replace(speed, peers=peers)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    save(args.json, speed)
    write_page(speed, args.page)
    print(target_table(targets(speed)))
    print(f"\n{speed.turns.engine}\n{speed.machine}\n{duration(speed.seconds)}; {args.page}, {args.json}")
    return 0


def _kept(path: Path) -> tuple[Peer, ...]:
    """The other packages as an earlier run measured them."""
    return load_speed(path).peers if path.is_file() else ()


def measure(name: str, repeats: int, checks: int, given: str) -> Speed:
    """Everything that the page shows but other packages, with the llama.cpp that the app would take."""
    start, before = perf_counter(), load()
    named = embedded_model(name) if is_embedded(name) else None
    path = named.path if named else Path(name)
    speeds = both_engines.compare(named.name if named else path.stem, path, repeats, PROMPT, REPLY)
    model = opened(name, fastest())
    try:
        asked, streamed = turns.measure(model, repeats, checks), streaming.measure(model, repeats)
    finally:
        getattr(model, "close", lambda: None)()
    return Speed(
        f"python -m benchmarks.speed {given}".rstrip(), this_machine(before), repeats, perf_counter() - start,
        tuple(speeds), asked, streamed,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
