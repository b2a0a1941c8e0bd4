"""How many assessed answers does one engine give when eight people ask at once, compared with one after another?

    python -m benchmarks.many_users [--model builtin] [--chats 8] [--repeats 5] [--arrivals 12] [--json FILE]

A chat is one question through the pipeline of the page: the answer and the follow-up questions of the default panel, in
the model's line. In each repeat the same questions are asked one after another and all at once, in turn, so that both
meet the same load of the machine; a number before each question keeps the engine from knowing it already. Then
questions come at random times (a Poisson process at 60 % of what the engine managed), to test the queue model of
`python -m benchmarks.scaling`. Prints assessed answers per minute as the median with the smallest and largest value,
and how long the first word took.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from os import cpu_count
from pathlib import Path
from platform import machine
from statistics import median

from langchain_core.language_models import BaseChatModel

from benchmarks._engine_queue import Arrival
from chains.command_line import at_least, positive
from chains.engines.open import open_chat_model
from chains.identity import identity
from chains.models.line import ELSEWHERE
from chains.pipeline.live import LiveTurn
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Question
from evaluation.questions.reader import drawn, readable
from evaluation.runs.asking import QUESTIONS
from files.atomic import write_text

SCHEMA = "credence.many_users/1"
LOAD = 0.6  # of what the engine managed, at which questions come in the last part
SEED = 20261128


@dataclass(frozen=True, slots=True)
class Asked:
    """One assessed answer: seconds until its first word and its end, and what it cost."""

    first_word: float
    seconds: float
    calls: int
    read_tokens: int  # of all prompts, without those from the engine's cache
    new_tokens: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Some questions, asked in one way."""

    seconds: float
    asked: tuple[Asked, ...]

    @property
    def a_minute(self) -> float:
        """Assessed answers per minute."""
        return 60 * len(self.asked) / self.seconds


class Asking:
    """Asks the questions of one model; each gets a number of its own."""

    def __init__(self, model: BaseChatModel, questions: Sequence[str], settings: Settings) -> None:
        self._model, self._questions, self._settings = model, questions, settings
        self._numbers, self.chats = count(1), len(questions)

    def one(self, place: int) -> Asked:
        """Ask a question and wait for its assessment."""
        text = f"({next(self._numbers)}) {self._questions[place % self.chats]}"
        start, first = time.perf_counter(), 0.0
        live = LiveTurn(self._model, Question(text), self._settings)
        for turn in live.updates(period=0.02):
            if not first and turn is not None and turn.answer is not None and turn.answer.text:
                first = time.perf_counter() - start
        if live.turn is None or live.turn.assessment is None:
            raise SystemExit(f"A question got no assessment: {live.error}")
        cost = live.turn.meter.cost()
        read = (cost.prompt_tokens or 0) - (cost.cached_tokens or 0)
        return Asked(first, time.perf_counter() - start, cost.calls, read, cost.new_tokens or 0)

    def one_by_one(self) -> Batch:
        """Ask all questions one after another."""
        return _timed(lambda: [self.one(place) for place in range(self.chats)])

    def all_at_once(self) -> Batch:
        """Ask all questions at the same time."""
        return _timed(lambda: self._together([0.0] * self.chats))

    def arriving(self, times: Sequence[float]) -> list[Arrival]:
        """Ask a question at each of these times, in seconds; how long each took."""
        asked = self._together(times)
        return [Arrival(at, one.seconds) for at, one in zip(times, asked, strict=True)]

    def _together(self, times: Sequence[float]) -> list[Asked]:
        done: dict[int, Asked] = {}

        def ask(place: int) -> None:
            done[place] = self.one(place)

        start, threads = time.perf_counter(), []
        for place, at in enumerate(times):
            time.sleep(max(0.0, start + at - time.perf_counter()))
            threads.append(threading.Thread(target=ask, args=(place,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()
        if len(done) < len(times):
            raise SystemExit("Some questions got no assessment; the lines above say why.")
        return [done[place] for place in range(len(times))]


def _timed(ask: Callable[[], list[Asked]]) -> Batch:
    start = time.perf_counter()
    asked = ask()
    return Batch(time.perf_counter() - start, tuple(asked))


def random_times(number: int, a_second: float, seed: int = SEED) -> list[float]:
    """When questions come in a Poisson process, in seconds, the first at 0."""
    draw, at, times = random.Random(seed), 0.0, []
    for _ in range(number):
        times.append(at)
        at += draw.expovariate(a_second)
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_users", description=__doc__)
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument("--chats", type=at_least(2), default=8, help="people who ask at the same time")
    parser.add_argument("--repeats", type=positive, default=5)
    parser.add_argument("--arrivals", type=positive, default=12, help="questions that come at random times")
    parser.add_argument("--max-tokens", type=positive, default=64, help="longest answer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to this file")
    args = parser.parse_args(arguments)
    questions = [
        asked.question for asked in drawn(readable(str(QUESTIONS), False), 20 * args.chats, SEED)
        if not asked.choices
    ][: args.chats]  # fmt: skip
    model = open_chat_model(args.model)
    who, places = identity(model), int(getattr(model, "places", ELSEWHERE))
    where = f"{machine()}, {cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}"
    single: list[Batch] = []
    many: list[Batch] = []
    arrived: list[Arrival] = []

    def keep() -> None:
        """Write what has been measured so far."""
        record = {
            "schema": SCHEMA, "model": who["model"], "engine": who["engine"], "machine": where, "chats": args.chats,
            "max_tokens": args.max_tokens, "places": places, "one_by_one": [asdict(batch) for batch in single],
            "all_at_once": [asdict(batch) for batch in many], "arrivals": [asdict(one) for one in arrived],
        }  # fmt: skip
        if args.json:
            write_text(args.json, json.dumps(record, indent=1) + "\n")

    try:
        asking = Asking(model, questions, Settings(max_tokens=args.max_tokens))
        asking.one(0)  # opens what a first answer needs
        ways = ((asking.one_by_one, single), (asking.all_at_once, many))
        for repeat in tracked(range(args.repeats), "asking", "repeats"):
            for ask, kept in ways[:: -1 if repeat % 2 else 1]:
                kept.append(ask())
            keep()
        a_second = LOAD * median(batch.a_minute for batch in many) / 60
        arrived += asking.arriving(random_times(args.arrivals, a_second))
        keep()
    finally:
        getattr(model, "close", lambda: None)()
    print(f"{report(who['model'], args.chats, single, many)}\n\n{where}")
    return 0


def report(model: str, chats: int, single: Sequence[Batch], many: Sequence[Batch]) -> str:
    """The two ways as a Markdown table, and the ratio of the medians."""
    lines = [f"| {model} | assessed answers a minute | seconds to the first word |", "|---|---|---|"]
    for name, batches in (("one after another", single), (f"{chats} at once", many)):
        first = [asked.first_word for batch in batches for asked in batch.asked]
        lines.append(f"| {name} | {spread([batch.a_minute for batch in batches])} | {spread(first)} |")
    ratios = [b.a_minute / a.a_minute for a, b in zip(single, many, strict=True)]
    return "\n".join([*lines, "", f"Ratio {spread(ratios, 2)}; median of {len(single)} (smallest–largest)."])


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Median, smallest and largest value.

    >>> spread([3.0, 1.0, 2.04])
    '2.0 (1.0–3.0)'
    """
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


if __name__ == "__main__":
    sys.exit(main())
