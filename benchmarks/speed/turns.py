"""What does the confidence of an answer cost?

    python -m benchmarks.speed.turns [--model builtin] [--engine native|wheel|transformers] [--repeats 5] [--json FILE]

Asks through the turns of the page: the answer alone; the answer and its default panel, as the app asks for it; the same
with two follow-up questions at once; the same one at a time and without the prefix cache; and a check of the answer's
consistency, with all ten samples and stopped early as the page does. The ways take turns, so that all of them meet the
same load of the machine. Every question has a number of its own, so none is in the cache.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from time import perf_counter

from langchain_core.language_models import BaseChatModel

from benchmarks.speed.engines import ENGINES, description, fastest, opened, without_prefix_cache
from benchmarks.speed.measured import Row, Run, load, ratio, spread, this_machine
from benchmarks.speed.questions import CHECKED, LINE, QUESTIONS, Numbered
from benchmarks.speed.results import Turns, save
from chains.command_line import at_least, positive
from chains.errors import CredenceError
from chains.pipeline.live import LiveTurn
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Question

ALONE, PANEL, AT_ONCE, UNSHARED = (
    "answer alone",
    "answer and panel",
    "the same, two calls at once",
    "the same, without the prefix cache",
)
CHECK, EARLY_CHECK = "consistency check", "consistency check, stopped early"
CHECKS = {CHECK: Settings(), EARLY_CHECK: Settings(stop_early=True)}
WAYS = (ALONE, PANEL, AT_ONCE, UNSHARED)
PERIOD = 0.005  # seconds between two looks at a turn; the page looks less often
_SETTINGS = {
    ALONE: Settings(signals=("sequence_probability",), calibration="none"),
    PANEL: Settings(),
    AT_ONCE: Settings(at_once=2),
    UNSHARED: Settings(at_once=1),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.turns", description=__doc__)
    add_arguments(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to this file")
    args = parser.parse_args(arguments)
    before = load()
    try:
        model = opened(args.model, args.engine or fastest())
        try:
            turns = measure(model, args.repeats, args.checks)
        finally:
            getattr(model, "close", lambda: None)()
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    machine = this_machine(before)
    print(f"{turns.engine}\n\n{table(turns)}\n\n{machine}")
    if args.json:
        save(args.json, turns)
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the engine, and how often."""
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument("--engine", choices=ENGINES, help="default: the llama.cpp that the app would take")
    parser.add_argument("--repeats", type=positive, default=5, help="measurements of each way and question")
    parser.add_argument(
        "--checks", type=at_least(0), default=3, help="measurements of each consistency check"
    )


def measure(model: BaseChatModel, repeats: int, checks: int) -> Turns:
    """All ways and questions in turn, after one of each that is not counted."""
    taken: dict[tuple[str, str], list[Run]] = {}
    steps = list(_steps(repeats, checks))
    numbered = Numbered()
    panels: dict[str, tuple[str, ...]] = {}
    ask(model, numbered(QUESTIONS[LINE]), PANEL)  # reads the file, loads the embedder, warms up
    for question, way in tracked(steps, "measuring", "turns"):
        if way in CHECKS:
            run = check(model, numbered(CHECKED[question]), CHECKS[way])
        else:
            run, turn = ask(model, numbered(QUESTIONS[question]), way)
            if way == PANEL:
                panels[question] = signal_names(turn)
        taken.setdefault((question, way), []).append(run)
    rows = tuple(Row(question, way, tuple(runs)) for (question, way), runs in taken.items())
    return Turns(description(model), rows, panels)


def _steps(repeats: int, checks: int) -> Iterator[tuple[str, str]]:
    """What to measure, each repeat with the ways in another order."""
    for repeat in range(repeats):
        for question in QUESTIONS:
            ways = WAYS[repeat % len(WAYS) :] + WAYS[: repeat % len(WAYS)]
            yield from ((question, way) for way in ways)
        if repeat < checks:
            yield from ((question, way) for question in CHECKED for way in CHECKS)


def ask(model: BaseChatModel, text: str, way: str) -> tuple[Run, Turn]:
    """One turn from the question to the last signal."""
    settings = _SETTINGS[way]
    with without_prefix_cache(model) if way == UNSHARED else nullcontext(model) as asked:
        start = perf_counter()
        turn = followed(LiveTurn(asked, Question(text), settings))
        return _run(turn, perf_counter() - start), turn


def check(model: BaseChatModel, text: str, settings: Settings) -> Run:
    """The consistency check of an answer that has its panel already, as the button on the page starts it."""
    answered = followed(LiveTurn(model, Question(text), settings))
    before = _run(answered, 0.0)
    start = perf_counter()
    begun = closer(answered, settings)
    turn = followed(LiveTurn(model, begun, begun.settings))
    after = _run(turn, perf_counter() - start)
    evaluated, cached, decoded = (
        None if (now := getattr(after, name)) is None else now - (getattr(before, name) or 0)
        for name in ("evaluated", "cached", "decoded")
    )
    calls = after.calls - before.calls
    return Run(after.seconds, calls, evaluated, cached, decoded, len(turn.samples))


def followed(live: LiveTurn) -> Turn:
    """The turn once it has ended; raises CredenceError if it failed."""
    for _ in live.updates(PERIOD):
        pass
    if live.error or live.turn is None:
        raise CredenceError(live.error or "The turn ended without an answer.")
    return live.turn


def _run(turn: Turn, seconds: float) -> Run:
    cost = turn.meter.cost()
    read, cached = cost.prompt_tokens, cost.cached_tokens
    evaluated = None if read is None or cached is None else read - cached
    return Run(seconds, cost.calls, evaluated, cached, cost.new_tokens)


def signal_names(turn: Turn) -> tuple[str, ...]:
    """The signals of an assessed turn."""
    assert turn.assessment is not None
    return tuple(signal.name for signal in turn.assessment.signals)


def table(turns: Turns) -> str:
    """The rows as a Markdown table; ratios are those of medians, to the answer alone."""
    lines = [
        "| question | asked | n | seconds | × answer alone | calls | prompt tokens read | from the cache | written "
        "| samples |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in turns.rows:
        alone = turns.row(row.question, ALONE)
        times = None if alone is None else ratio(row, alone)
        counts = (row.median(name) for name in ("calls", "evaluated", "cached", "decoded"))
        cells = [
            row.question,
            row.way,
            str(len(row.runs)),
            spread([run.seconds for run in row.runs]),
            "" if times is None else f"{times:.2f}",
            *("–" if count is None else f"{count:.0f}" for count in counts),
            "" if (samples := row.median("samples")) is None else f"{samples:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
