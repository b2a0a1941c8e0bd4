"""Argument types and options that several commands share."""

import argparse
from collections.abc import Callable
from typing import Any

from estimators.asking import ASKINGS
from evaluation.metrics.bootstrap import DRAWS, SEED
from prompts import load

FEWEST = 100  # resamples that an interval needs


def command_parser(
    command: str, description: str | None, epilog: str | None = None
) -> argparse.ArgumentParser:
    """The parser of ``python -m evaluation COMMAND``, with the line breaks of its description kept."""
    return argparse.ArgumentParser(
        prog=f"python -m evaluation {command}".rstrip(),
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=epilog,
    )


def at_least(least: int) -> Callable[[str], int]:
    """An argument type: a whole number of at least ``least``."""

    def number(text: str) -> int:
        if (value := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return number


positive = at_least(1)


def resamples(text: str) -> int:
    """An argument type: the number of bootstrap resamples, 0 for no intervals."""
    count = int(text)
    if count != 0 and count < FEWEST:
        raise argparse.ArgumentTypeError(f"{count} is too few: 0 for no intervals, or at least {FEWEST}")
    return count


def interval_option(parser: argparse.ArgumentParser) -> None:
    """Add the option for the number of bootstrap resamples."""
    parser.add_argument(
        "--intervals", type=resamples, default=DRAWS, metavar="N",
        help=f"bootstrap resamples for the intervals, 0 for none (default: {DRAWS})",
    )  # fmt: skip


def interval_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the bootstrap."""
    interval_option(parser)
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the resamples")


def add_asking(parser: argparse.ArgumentParser) -> None:
    """Add ``--asking`` and ``--express-doubt``."""
    parser.add_argument(
        "--asking",
        choices=tuple(ASKINGS),
        default="as_typed",
        help="how to put the questions: as they are; with a request to answer with the letter of the option first; or "
        "with a request for short answers and words of doubt (default: as_typed)",
    )
    parser.add_argument(
        "--no-hedge", dest="asking", action="store_const", const="letter_first", help=argparse.SUPPRESS
    )
    parser.add_argument(
        "--express-doubt",
        action="store_true",
        help="send the chat's system message that asks the model to say what it is unsure of",
    )


def asked_as(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of Settings that these options set."""
    return {"asking": args.asking, "system": load("express_doubt").fill() if args.express_doubt else ""}
