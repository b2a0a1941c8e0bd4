"""Argument types and options that several commands share."""

import argparse
from collections.abc import Callable

from evaluation.metrics.bootstrap import DRAWS, SEED

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
