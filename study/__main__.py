"""``python -m study COMMAND …``: studies with people."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from chains.errors import CredenceError

# command → (module beside this one, what it does); a module is imported when its command is called
COMMANDS = {
    "new": ("new", "a ready study to change as you like, with its frozen answers"),
    "check": ("check", "whether a design and its frozen answers can be run"),
    "freeze": ("freeze", "run the model once for every item and keep its answers with all evidence"),
    "serve": ("serve", "serve a study to its participants"),
    "export": ("export", "the data as CSV and JSONL with a codebook"),
    "analyse": ("analyse", "reliance, accuracy and calibration of people by condition, as a report"),
}


def available() -> dict[str, tuple[str, str]]:
    """The commands whose module is there."""
    return {name: found for name, found in COMMANDS.items() if find_spec(f"{__package__}.{found[0]}")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for what was given wrongly."""
    commands = available()
    told = "\n".join(f"  {name:<8} {what}" for name, (_, what) in commands.items())
    parser = argparse.ArgumentParser(
        prog="python -m study",
        description=f"Studies with people.\n\ncommands:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="`python -m study COMMAND --help` tells about one of them.",
    )
    parser.add_argument("command", choices=commands, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        module = importlib.import_module(f"{__package__}.{commands[given.command][0]}")
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
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        extra = 'pip install "credence-chat[study]"'
        print(f"{given.command}: {error.name} is not installed. Install it with: {extra}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{given.command}: stopped; what was stored is kept.", file=sys.stderr)
        return 130
    return 2


EXTRA = {"krippendorff", "psycopg", "scipy", "sqlalchemy", "starlette", "uvicorn", "yaml"}

if __name__ == "__main__":
    sys.exit(main())
