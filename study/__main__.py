"""``python -m study COMMAND …``: studies with human participants."""

import sys
from collections.abc import Sequence

from chains.command_line import Commands, exit_code

MODULES = {
    "new": ("commands.new", "copy a ready-made study, with its frozen answers, to edit"),
    "check": ("commands.check", "check that a design and its frozen answers can be run"),
    "freeze": ("commands.freeze", "run the model once per item and keep the answers with all evidence"),
    "serve": ("commands.serve", "serve a study to participants"),
    "export": ("commands.export", "export the data as CSV and JSONL, with a codebook"),
    "analyse": ("commands.analyse", "report participants’ reliance, accuracy and calibration by condition"),
}
COMMANDS = Commands("python -m study", str(__package__), "Run studies with human participants.", MODULES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong arguments."""
    command, run = COMMANDS.chosen(arguments)
    return exit_code(command, run, extra="study", kept="everything stored so far is kept")


if __name__ == "__main__":
    sys.exit(main())
