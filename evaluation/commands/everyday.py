"""Ask 30 everyday requests with and without a system message, and compare the answers blind.

``python -m evaluation everyday ANSWERS`` asks and keeps the answers; the same command resumes. With ``--sheet SHEET`` it
writes pairs of answers in random order. A reader who does not know which is which fills in ``more_complete``: "first",
"second" or "same". With ``--verdicts SHEET`` it prints how often each way was the more complete.
"""

import argparse
import contextlib
from pathlib import Path

from chains.identity import identity
from evaluation.everyday.answers import WAYS, RequestAnswer, ask_requests
from evaluation.everyday.comparison import outcome, write_sheet
from evaluation.runs.asking import opened
from files.json_lines import read_rows
from prompts import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file of answers, the model, and what to do with them."""
    parser.add_argument(
        "answers", type=Path, metavar="ANSWERS", help="file of answers (.jsonl), resumed if it exists"
    )
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument(
        "--max-tokens", type=int, default=1000, help="maximum length of an answer (default: 1000)"
    )
    parser.add_argument("--concurrency", type=int, default=2, help="requests to ask in parallel (default: 2)")
    step = parser.add_mutually_exclusive_group()
    step.add_argument("--sheet", type=Path, help="write the pairs of answers to this file, in random order")
    step.add_argument(
        "--verdicts", type=Path, metavar="SHEET", help="count the verdicts of a filled-in sheet"
    )


def run(args: argparse.Namespace) -> int:
    """Ask, write the sheet, or count its verdicts; returns the exit code."""
    if args.sheet:
        pairs = write_sheet(args.sheet, read_rows(args.answers, RequestAnswer))
        print(f"{pairs} pairs are in {args.sheet}: fill in more_complete, then use --verdicts.")
    elif args.verdicts:
        _print_outcome(args.answers, args.verdicts)
    else:
        with contextlib.ExitStack() as stack:
            model = stack.enter_context(opened(args.model, args.concurrency))
            ask_requests(model, args.answers, load("express_doubt").fill(), args.max_tokens, args.concurrency)
            print(f"{identity(model)['model']}: every request is answered in {args.answers}")
    return 0


def _print_outcome(answers_file: Path, sheet: Path) -> None:
    answers = read_rows(answers_file, RequestAnswer)
    result = outcome(sheet, answers)
    named = {"plain": "without the system message", "system": "with the system message"}
    for way in WAYS:
        count = {"plain": result.plain, "system": result.system}[way]
        print(
            f"{named[way]}: more complete in {count} pairs, median length {result.tokens[way]:.0f} tokens, "
            f"{result.cut[way]} cut off"
        )
    print(f"equally complete: {result.same}; sign test p = {result.p:.3f}")
