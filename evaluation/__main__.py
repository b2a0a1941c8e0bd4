"""``python -m evaluation COMMAND …``: measuring the methods on real questions."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from chains.errors import CredenceError
from evaluation.arguments import command_parser

# command → (module beside this one, what it does); a module is imported when its command is called
COMMANDS = {
    "run": ("run", "one model over a question file, one record a question"),
    "score": ("score", "all metrics of a run's records or of a CSV with confidence and correct"),
    "report": ("report", "a run as one HTML page and its Markdown twin"),
    "calibrate": ("calibrate", "what a model's confidence is worth, from labelled questions"),
    "calibrations": ("calibrations", "the calibrations that are there: show, compare, choose, delete"),
    "compare": ("compare", "two runs on the questions they share"),
    "reproduce": ("reproduce", "a published table beside our own figures"),
    "replies": ("replies", "sample a model's replies to a question file"),
    "mic": ("mic", "measure a model's own confidence behind each of its markers"),
    "stability": ("stability", "how stable a model's markers are over data sets"),
    "judges": ("judge_accuracy", "measure the agreement judges against hand labels"),
    "markers": ("markers", "measure the marker matcher against hand labels"),
    "meaning": ("meaning", "measure the comparison of meanings against hand labels"),
}


def available() -> dict[str, tuple[str, str]]:
    """The commands whose module is there."""
    return {name: found for name, found in COMMANDS.items() if find_spec(f"{__package__}.{found[0]}")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for what was given wrongly."""
    commands = available()
    told = "\n".join(f"  {name:<12} {what}" for name, (_, what) in commands.items())
    parser = command_parser(
        "",
        f"Measure Credence's methods.\n\ncommands:\n{told}",
        "`python -m evaluation COMMAND --help` tells about one of them.",
    )
    parser.add_argument("command", choices=commands, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    module = importlib.import_module(f"{__package__}.{commands[given.command][0]}")
    try:
        return int(module.main(given.arguments))
    except CredenceError as error:
        print(f"{given.command}: {error}", file=sys.stderr)
    except BrokenPipeError:  # whoever read the output, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if not error.filename:
            raise
        what = "There is no file" if isinstance(error, FileNotFoundError) else f"{error.strerror}:"
        print(f"{given.command}: {what} {error.filename}.", file=sys.stderr)
    except ModuleNotFoundError as error:
        if error.name not in ("matplotlib", "scipy"):
            raise
        extra = 'pip install "credence-chat[evaluation]"'
        print(f"{given.command}: {error.name} is not installed. Install it with: {extra}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{given.command}: stopped; what was done is kept where it says so.", file=sys.stderr)
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main())
