"""Options that several commands share. Only commands import it."""

import argparse
from pathlib import Path
from typing import Any

from chains.errors import CredenceError
from estimators import ESTIMATORS, choose
from estimators.asking import ASKINGS
from estimators.calibration.record import KINDS
from evaluation.metrics.bootstrap import DRAWS, SEED
from evaluation.runs.asking import EVERY
from prompts import load

FEWEST = 100  # resamples that an interval needs


def resamples(text: str) -> int:
    """An argument type: the number of bootstrap resamples, 0 for no intervals."""
    count = int(text)
    if count != 0 and count < FEWEST:
        raise argparse.ArgumentTypeError(f"{count} is too few: use 0 for no intervals, or at least {FEWEST}")
    return count


def resamples_needed(draws: int) -> int:
    """The number of resamples; raises CredenceError for 0, as a paired comparison needs resamples."""
    if not draws:
        raise CredenceError("a paired comparison needs resamples: leave out --intervals 0.")
    return draws


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


def run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every reproduction needs that is computed from runs."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    interval_option(parser)


def add_kind(parser: argparse.ArgumentParser) -> None:
    """Add which kind of question is measured."""
    parser.add_argument(
        "--kind", choices=KINDS, default="choice",
        help="questions with options (choice) or without (free); default: %(default)s",
    )  # fmt: skip


def signal_names(text: str) -> tuple[str, ...]:
    """The names of signals in an argument, separated by commas, or of all for "all".

    Raises CredenceError for an unknown name.
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if names == (EVERY,):
        return tuple(estimator.name for estimator in ESTIMATORS)
    try:
        choose(names)
    except ValueError as error:
        raise CredenceError(f"{error}.") from None
    return names


def add_asking(parser: argparse.ArgumentParser) -> None:
    """Add ``--asking`` and ``--express-doubt``."""
    parser.add_argument(
        "--asking",
        choices=tuple(ASKINGS),
        default="as_typed",
        help="how to ask the questions: as written; with a request to answer with the letter of the option first; or "
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
