"""How much faster is a llama-server of this machine than the llama.cpp of the Python package?

    python -m benchmarks.engines [--repeats 5] [--prompt 512] [--tokens 64] [--json FILE]

For every built-in model that has been downloaded, both engines are open and take turns, so that both meet the same load
of the machine. Prints tokens per second for reading a prompt and for writing a reply, as the median with the smallest
and largest value, and the ratio of the medians.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from chains.command_line import positive
from chains.downloads.pins import BUILTIN, TINY_FILE
from chains.engines.llama.process import LlamaEngine
from chains.engines.llama.server_program import WHEEL
from chains.errors import ModelUnavailable
from chains.model_files import BUILTIN_NAME, TINY_NAME, cache_folder
from chains.progress import tracked

MODELS = {TINY_NAME: TINY_FILE, BUILTIN_NAME: BUILTIN.name}  # name → file in the cache
SENTENCE = "The ship sailed past the lighthouse while the harbour woke under a pale and windy sky. "
READING, WRITING = "prompt", "reply"


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens per second of one engine with one model, one value for each repeat."""

    model: str
    engine: str
    prompt: tuple[float, ...]
    reply: tuple[float, ...]

    def cell(self, part: str) -> str:
        """Median, smallest and largest value."""
        values = getattr(self, part)
        return f"{median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--repeats", type=positive, default=5, help="measurements of each engine")
    parser.add_argument("--prompt", type=positive, default=512, help="tokens of the prompt")
    parser.add_argument("--tokens", type=positive, default=64, help="tokens of the reply")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to this file")
    args = parser.parse_args(arguments)
    measured: list[Speeds] = []
    for name, file in MODELS.items():
        path = cache_folder() / file
        if not path.is_file():
            print(f"{name} has not been downloaded and is left out.", file=sys.stderr)
            continue
        try:
            measured += compare(name, path, args.repeats, args.prompt, args.tokens)
        except ModelUnavailable as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    print(table(measured, args.prompt, args.tokens, args.repeats))
    print(f"\n{_machine()}")
    if args.json:
        settings = {"repeats": args.repeats, "prompt_tokens": args.prompt, "reply_tokens": args.tokens}
        record = {**settings, "machine": _machine(), "speeds": [asdict(speeds) for speeds in measured]}
        args.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


def compare(name: str, path: Path, repeats: int, prompt: int, tokens: int) -> list[Speeds]:
    """The speeds of the wheel and of the llama-server of this machine, if there is one, measured in turn."""
    with ExitStack() as stack:
        engines = [
            stack.enter_context(
                LlamaEngine(path, name=name, n_ctx=prompt + tokens + 64, n_parallel=1, server=which)
            )
            for which in (WHEEL, None)
        ]
        for engine in engines:
            engine.wait_ready(600)
        if engines[1].description == engines[0].description:
            print("There is no llama-server on this machine: make native builds one.", file=sys.stderr)
            engines.pop().close()
        for engine in engines:
            speeds(engine, prompt, tokens)  # a first run reads the file and warms up
        taken: list[list[tuple[float, float]]] = [[] for _ in engines]
        for _ in tracked(range(repeats), name, "repeats"):
            for engine, values in zip(engines, taken, strict=True):
                values.append(speeds(engine, prompt, tokens))
        return [
            Speeds(
                name,
                engine.description,
                tuple(read for read, _ in values),
                tuple(wrote for _, wrote in values),
            )
            for engine, values in zip(engines, taken, strict=True)
        ]


def speeds(engine: LlamaEngine, prompt: int, tokens: int) -> tuple[float, float]:
    """Tokens per second for a prompt that is not cached and for a greedy reply of a fixed length."""
    text = SENTENCE * (prompt // 8 + 1)
    ids = engine.post("/tokenize", {"content": text})["tokens"][:prompt]
    fixed = {"n_predict": tokens, "ignore_eos": True, "temperature": 0, "cache_prompt": False}
    timings = engine.post("/completion", {"prompt": ids, **fixed})["timings"]
    return timings["prompt_per_second"], timings["predicted_per_second"]


def table(measured: Sequence[Speeds], prompt: int, tokens: int, repeats: int) -> str:
    """The speeds as a Markdown table."""
    head = f"| model | engine | prompt of {prompt} tokens, tokens/s | reply of {tokens} tokens, tokens/s |"
    note = f"Median of {repeats} (smallest–largest); ratio of medians."
    return "\n".join([head, "|---|---|---|---|", *_rows(measured), "", note])


def _rows(measured: Sequence[Speeds]) -> Iterator[str]:
    for model in dict.fromkeys(speeds.model for speeds in measured):
        of_model = [speeds for speeds in measured if speeds.model == model]
        for speeds in of_model:
            yield f"| {model} | {speeds.engine} | {speeds.cell(READING)} | {speeds.cell(WRITING)} |"
        if len(of_model) == 2:
            wheel, native = of_model
            ratios = (
                median(getattr(native, part)) / median(getattr(wheel, part)) for part in (READING, WRITING)
            )
            yield f"| {model} | ratio | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} processors, {datetime.now(UTC):%Y-%m-%d}"


if __name__ == "__main__":
    sys.exit(main())
