"""Should the sentences of a long answer be judged while it is written, or once it is complete?

    python -m benchmarks.claims [--model builtin] [--repeats 3] [--tokens 220]

Asks for a long answer and judges every sentence of it in third person, one call each: either after the answer, or beside
it, each sentence as soon as it is complete. Both ways take turns, so that both meet the same load of the machine. Prints
the seconds until the answer is complete and until every sentence is judged, as medians with the smallest and largest value.
"""

import argparse
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from queue import SimpleQueue
from statistics import median

from langchain_core.language_models import BaseChatModel

from chains.command_line import positive
from chains.engines.open import open_chat_model
from chains.errors import CredenceError
from chains.messages import to_langchain
from chains.pipeline.probing.probes import claim_messages_third
from chains.progress import tracked
from estimators.passages import passages
from estimators.types import Message, Question

QUESTIONS = (
    "Explain in eight sentences how a refrigerator keeps food cold.",
    "Describe the history of Venice in eight sentences.",
    "Explain in eight sentences how vaccines work.",
)
AFTER, BESIDE = "after the answer", "beside it"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument("--repeats", type=positive, default=3, help="measurements of each way and question")
    parser.add_argument("--tokens", type=positive, default=220, help="the longest answer")
    args = parser.parse_args(arguments)
    try:
        model = open_chat_model(args.model)
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    taken: dict[str, list[tuple[float, float, int]]] = {AFTER: [], BESIDE: []}
    try:
        measure(model, QUESTIONS[0], args.tokens, False)  # a first run reads the file and warms up
        for repeat in tracked(range(args.repeats * len(QUESTIONS)), "answering", "answers"):
            question = QUESTIONS[repeat % len(QUESTIONS)]
            for way in (AFTER, BESIDE) if repeat % 2 else (BESIDE, AFTER):
                taken[way].append(measure(model, question, args.tokens, way == BESIDE))
    finally:
        getattr(model, "close", lambda: None)()
    print(table(taken))
    print(f"\n{platform.machine()}, {os.cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}")
    return 0


def measure(model: BaseChatModel, text: str, tokens: int, beside: bool) -> tuple[float, float, int]:
    """Seconds until the answer is complete, seconds until its sentences are judged, and how many there are."""
    question, start = Question(text), time.perf_counter()
    waiting: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
    judging = threading.Thread(target=_judge, args=(model, question, waiting.get))
    if beside:
        judging.start()
    answer, judged = "", 0
    for chunk in model.bind(max_tokens=tokens, temperature=0).stream(to_langchain([Message("user", text)])):
        answer += str(chunk.text)
        for claim in _complete(answer)[judged:]:
            waiting.put((answer, claim))
            judged += 1
    written = time.perf_counter() - start
    for claim in _claims(answer)[judged:]:
        waiting.put((answer, claim))
        judged += 1
    waiting.put(None)
    if not beside:
        judging.start()
    judging.join()
    return written, time.perf_counter() - start, judged


def _judge(model: BaseChatModel, question: Question, take: Callable[[], tuple[str, str] | None]) -> None:
    asked = model.bind(max_tokens=1, temperature=0, logprobs=True, top_logprobs=20)
    while (item := take()) is not None:
        asked.invoke(to_langchain(claim_messages_third(question, *item)))


def _claims(answer: str) -> list[str]:
    return [answer[slice(*passage.claim)] for passage in passages(answer) if passage.claim]


def _complete(answer: str) -> list[str]:
    """The claims behind which another passage has begun."""
    return [answer[slice(*passage.claim)] for passage in passages(answer)[:-1] if passage.claim]


def table(taken: dict[str, list[tuple[float, float, int]]]) -> str:
    """The seconds of both ways as a Markdown table."""
    head = [
        "| sentences judged | answers | sentences | answer complete, s | all judged, s |",
        "|---|--:|--:|--:|--:|",
    ]
    rows = []
    for way, values in taken.items():
        written, judged, counts = zip(*values, strict=True)
        rows.append(f"| {way} | {len(values)} | {sum(counts)} | {_cell(written)} | {_cell(judged)} |")
    ratios = (median(column(taken[BESIDE])) / median(column(taken[AFTER])) for column in (_first, _second))
    rows.append(f"| ratio of medians | | | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |")
    return "\n".join([*head, *rows])


def _first(values: Sequence[tuple[float, float, int]]) -> list[float]:
    return [value[0] for value in values]


def _second(values: Sequence[tuple[float, float, int]]) -> list[float]:
    return [value[1] for value in values]


def _cell(values: Sequence[float]) -> str:
    return f"{median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


if __name__ == "__main__":
    sys.exit(main())
