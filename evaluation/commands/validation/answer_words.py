"""Measure how often the answer words are the labelled ones: ``python -m evaluation answer-words [--json] [--errors]``.

The data are real answers of two models to the project's own short questions, labelled by hand. For a reply without an
answer, finding no answer words is right. Answers that were held out while the rules were written are reported separately.
"""

import argparse
import json
import sys

from evaluation.validation.answer_words import labelled_answers, shares


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is printed."""
    parser.add_argument("--json", action="store_true", help="print one JSON object, one key per model")
    parser.add_argument("--errors", action="store_true", help="also print every answer with wrong words")


def run(args: argparse.Namespace) -> int:
    """Print the share that is right, and on request every error."""
    answers = labelled_answers()
    figures = shares(answers)
    if args.json:
        print(json.dumps(figures, indent=2))
    for name, figure in {} if args.json else figures.items():
        low, high = figure["interval"]
        print(
            f"{name}: {figure['right']} of {figure['n']} right, {figure['share']:.3f} (95 %: {low:.3f} to {high:.3f})"
        )
    for answer in answers if args.errors else ():
        if not answer.right:
            print(
                f"{answer.id}: {answer.taken!r} instead of {list(answer.words)}: {answer.text}",
                file=sys.stderr,
            )
    return 0
