"""``python -m study COMMAND …``: studies with people."""

import sys
from collections.abc import Sequence

from chains.command_line import Commands, exit_code

MODULES = {
    "new": ("commands.new", "a ready study to change as you like, with its frozen answers"),
    "check": ("commands.check", "whether a design and its frozen answers can be run"),
    "freeze": ("commands.freeze", "run the model once for every item and keep its answers with all evidence"),
    "serve": ("commands.serve", "serve a study to its participants"),
    "export": ("commands.export", "the data as CSV and JSONL with a codebook"),
    "analyse": ("commands.analyse", "reliance, accuracy and calibration of people by condition, as a report"),
}
COMMANDS = Commands("python -m study", str(__package__), "Studies with people.", MODULES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for what was given wrongly."""
    command, run = COMMANDS.chosen(arguments)
    return exit_code(command, run, extra="study", kept="what was stored is kept")


if __name__ == "__main__":
    sys.exit(main())
