"""Ask a model, and see how sure it is of its answer: ``credence ask "What is the capital of Australia?"``.

In a terminal, surprising words of the answer are tinted, and those with a probability below 50 % underlined; NO_COLOR
turns that off. Without QUESTION it is read from standard input. Exit code: 0 after an answer, 2 after an error.
"""

import argparse
import json
import sys
from collections.abc import Iterator

from chains.errors import CredenceError
from chains.pipeline.turn import Turn
from chains.settings import Settings
from cli.models import model_options, opened
from cli.terminal import BOLD, FAINT, has_colours, styled, tinted, visible
from estimators import choose
from estimators.percent import percent
from service.asking import question_of, read, turns_of
from service.requests import Asked
from service.result import Result, result_of, sentence


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The question, the model, and what is shown."""
    parser.add_argument(
        "question", nargs="?", metavar="QUESTION", help="the question; left out: standard input"
    )
    model_options(parser)
    parser.add_argument(
        "--choice", action="append", metavar="TEXT", help="an option to choose from; once for each option"
    )
    parser.add_argument("--answer", metavar="TEXT", help="assess this answer instead of asking for one")
    parser.add_argument(
        "--samples", type=int, default=0, metavar="N", help="further answers to compare with (default: none)"
    )
    parser.add_argument(
        "--signal", action="append", metavar="NAME", help="read only this signal; once for each"
    )
    parser.add_argument("--system", default="", metavar="TEXT", help="a system message before the question")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the answer while it is written, then the figure."""
    if args.question is None and sys.stdin.isatty():
        raise CredenceError(
            'There is no question. Write one: credence ask "What is the capital of Australia?"'
        )
    text = args.question if args.question is not None else sys.stdin.read()
    if not text.strip():
        raise CredenceError("The question is empty. Write one after `credence ask`.")
    settings = _settings(args)
    question = question_of(read(Asked, question=text, choices=args.choice))
    with opened(args) as model:
        turns = turns_of(model, settings, question, args.answer)
        if args.json:
            *_, last = turns
        else:
            last = _written(turns)
    if last.assessment is None:
        raise CredenceError("The model gave no answer. Try again.")
    result = result_of(last.assessment, tokens=args.json)
    if args.json:
        print(json.dumps(result.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        print("\n".join(summary(result, has_colours(sys.stdout))))
    return 0


def _settings(args: argparse.Namespace) -> Settings:
    if not 0 <= args.samples <= 25:
        raise CredenceError("--samples: draw at most 25, or 0 for none.")
    try:
        choose(args.signal or ())
    except ValueError as error:
        raise CredenceError(f"--signal: {error}.") from None
    return Settings(
        samples=args.samples, system=args.system, signals=tuple(args.signal) if args.signal else None
    )


def _written(turns: Iterator[Turn]) -> Turn:
    """The last snapshot; the answer is printed as it grows."""
    colours, characters, tokens = has_colours(sys.stdout), 0, 0
    for turn in turns:
        last = turn
        if turn.answer is None:
            continue
        new = turn.answer.tokens[tokens:]
        if new:
            print(tinted(new, colours), end="", flush=True)
            tokens, characters = len(turn.answer.tokens), sum(len(token.text) for token in turn.answer.tokens)
        elif not turn.answer.tokens and turn.stage != "answering" and characters < len(turn.answer.text):
            print(visible(turn.answer.text[characters:]), end="", flush=True)
            characters = len(turn.answer.text)
    print()
    return last


def summary(result: Result, colours: bool) -> list[str]:
    """The figure, its signals and what it cost, a line each."""
    lines = ["", styled(sentence(result), BOLD, colours)]
    if result.guarantee:
        lines.append(result.guarantee)
    if result.out_of_distribution:
        lines.append(result.out_of_distribution)
    width = max((len(signal.title) for signal in result.signals), default=0)
    for signal in result.signals:
        value = percent(signal.confidence) if signal.confidence is not None else "–"
        note = f"  {visible(signal.missing)}" if signal.missing else ""
        lines.append(styled(f"  {signal.title:<{width}}  {value:>6}{note}", FAINT, colours))
    if result.samples:
        lines.append("")
        lines += [
            f"  {answer.count} of {result.samples.drawn} samples: {visible(answer.text)}"
            for answer in result.samples.answers
        ]
    cost = f"{result.model.name}: {result.cost.calls} calls, {result.cost.seconds:.1f} s"
    return [*lines, "", styled(visible(cost), FAINT, colours)]
