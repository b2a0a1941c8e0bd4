"""What decoding as one batch saves on transformers: the probes of a turn, and the samples of a question.

    python -m benchmarks.batches [--n 5] [--samples 10] [--model tiny]

For each question the same work is done one call after another and as one batch, in turn, so that both meet the same load
of the machine. Prints the median processor time of both (all threads), and the median of their ratio with its range; also
that of the time that passed. Says how many of the sampled texts differ.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from chains.engines.open import open_chat_model
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.probing.follow_ups import ask_again
from chains.pipeline.resampling import check_consistency
from chains.pipeline.turn import Turn

QUESTIONS = (
    "What is the capital of Australia?",
    "Name three primary colours.",
    "Why is the sky blue?",
    "Who wrote Romeo and Juliet?",
    "At what temperature does water boil on a high mountain?",
    "Is a whale a fish?",
    "Which planet is known as the red planet, and why?",
)
Spent = tuple[float, float]  # seconds of processor time, seconds that passed


def spent(work: Callable[[], Any]) -> tuple[Any, Spent]:
    """What the work returns, and what it took."""
    processor, passed = time.process_time(), time.perf_counter()
    done = work()
    return done, (time.process_time() - processor, time.perf_counter() - passed)


def all_snapshots(stage: Callable[[Any, Turn], Iterator[Turn]], model: Any, turn: Turn) -> list[Turn]:
    """Every snapshot of one stage of the pipeline."""
    return list(stage(model, turn))


def with_settings(turn: Turn, **changes: Any) -> Turn:
    """The turn under other settings."""
    return replace(turn, settings=turn.settings.model_copy(update=changes))


def line(name: str, single: list[Spent], batched: list[Spent]) -> str:
    """One line of the table.

    >>> line("probes", [(2.0, 3.0), (4.0, 4.0)], [(1.0, 1.5), (1.0, 1.0)])
    '| probes | 3.00 | 1.00 | 3.00 (2.00–4.00) | 3.00 (2.00–4.00) |'
    """
    ratios = [
        [one[part] / other[part] for one, other in zip(single, batched, strict=True)] for part in (0, 1)
    ]
    shown = [f"{statistics.median(ratio):.2f} ({min(ratio):.2f}–{max(ratio):.2f})" for ratio in ratios]
    medians = (statistics.median(processor for processor, _ in all_spent) for all_spent in (single, batched))
    return f"| {name} | {' | '.join(f'{median:.2f}' for median in medians)} | {' | '.join(shown)} |"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--n", type=int, default=5, help="questions, at most 7")
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--model", default="tiny")
    args = parser.parse_args()
    model: Any = open_chat_model(args.model, engine="transformers")
    times: dict[tuple[str, int | None], list[Spent]] = {}
    different = 0
    for question in QUESTIONS[: args.n]:
        answered = confidence_pipeline(model, signals=("sequence_probability",), max_tokens=60).invoke(
            question
        )
        for name, changes in (
            ("probes", {"signals": None}),
            (f"{args.samples} samples", {"samples": args.samples}),
        ):
            texts = []
            for at_once in (1, None):
                turn = replace(with_settings(answered, at_once=at_once, **changes), assessment=None)
                stage = ask_again if name == "probes" else partial(check_consistency, chains=False)
                turns, took = spent(partial(all_snapshots, stage, model, turn))
                times.setdefault((name, at_once), []).append(took)
                texts.append([sample.text for sample in turns[-1].samples])
            different += sum(one != other for one, other in zip(*texts, strict=True))
    print(
        "| what | one by one, s | batch, s | ratio | ratio of the time that passed |\n|---|--:|--:|--:|--:|"
    )
    for name in dict.fromkeys(name for name, _ in times):
        print(line(name, times[name, 1], times[name, None]))
    print(f"\nn = {args.n} questions, model {args.model}; sampled texts that differ: {different}.")
    threads, load = os.environ.get("OMP_WAIT_POLICY", "not set"), os.getloadavg()[0]
    versions = ", ".join(f"{package} {version(package)}" for package in ("transformers", "torch"))
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} processors, load {load:.1f},"
    )
    print(f"{versions}, OMP_WAIT_POLICY {threads}.")


if __name__ == "__main__":
    main()
