"""``python -m study COMMAND …``: studies with human participants."""

import sys
from collections.abc import Sequence

from chains.command_line import CommandParser, add_commands, run_command

MODULES = {
    "new": ("new", "copy a ready-made study, with its frozen answers, to edit"),
    "check": ("check", "check that a design and its frozen answers can be run"),
    "freeze": ("freeze", "run the model once for each item and save the answers with all evidence"),
    "serve": ("serve", "serve a study to participants"),
    "export": ("export", "export the data as CSV and JSONL, with a codebook"),
    "analyse": ("analyse", "report participants’ reliance, accuracy and calibration by condition"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong arguments."""
    parser = CommandParser(prog="python -m study", description="Run studies with human participants.")
    add_commands(parser, f"{__package__}.commands", MODULES)
    return run_command(parser, arguments, extra="study", kept="everything stored so far is kept")


if __name__ == "__main__":
    sys.exit(main())
