"""Sample a model's replies to a question file, one JSON line each, for people to label by hand.

The same command resumes where it was stopped.
"""

import argparse
from pathlib import Path

from chains import open_chat_model
from evaluation.mic.replies import STYLES, sample_replies
from evaluation.questions.reader import readable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The questions, the file, and how the model is asked."""
    parser.add_argument("questions", type=Path, metavar="QUESTIONS")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument("--style", choices=STYLES, default="hedged", help="how to ask (default: hedged)")
    parser.add_argument(
        "--samples", type=int, default=3, help="number of replies to each question (default: 3)"
    )
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--concurrency", type=int, default=2)


def run(args: argparse.Namespace) -> int:
    """Sample every reply that OUT does not hold yet; returns the exit code."""
    questions = readable(args.questions, skip_bad=False)
    sample_replies(
        open_chat_model(args.model), questions, args.out, style=args.style, samples=args.samples,
        temperature=args.temperature, concurrency=args.concurrency,
    )  # fmt: skip
    return 0
