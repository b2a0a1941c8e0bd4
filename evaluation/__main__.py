"""``python -m evaluation COMMAND …``: measure the methods on real questions."""

import sys
from collections.abc import Sequence

from chains.command_line import Commands, exit_code

MODULES = {
    "run": ("commands.run", "ask a model a set of questions and record every answer"),
    "reread": ("commands.reread", "read a run's replies again with this version, without a model"),
    "score": ("commands.score", "compute all metrics of a run, or of a CSV with confidence and correct"),
    "report": ("commands.report", "write runs as one HTML page and as Markdown"),
    "calibrate": ("commands.calibrate", "calibrate a model's confidence on labelled questions"),
    "calibrations": (
        "commands.calibrations",
        "list, show, compare, choose or delete calibrations",
    ),
    "compare": ("commands.compare", "compare two runs on the questions they share"),
    "reproduce": ("commands.reproduce", "compute a published table again with our metrics"),
    "replies": ("commands.replies", "sample a model's replies to a question file"),
    "mic": ("commands.mic", "measure a model's own confidence behind each marker"),
    "stability": ("commands.stability", "measure how stable a model's markers are across data sets"),
    "judges": ("validation.judges", "measure the agreement judges against hand labels"),
    "markers": ("validation.markers", "measure the marker matcher against hand labels"),
    "meaning": ("validation.equivalence", "measure the comparison of meanings against hand labels"),
    "answer-words": ("validation.answer_words", "measure how answer words are found, against hand labels"),
}
COMMANDS = Commands("python -m evaluation", str(__package__), "Measure Credence's methods.", MODULES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong arguments or input."""
    command, run = COMMANDS.chosen(arguments)
    return exit_code(command, run, extra="evaluation", kept="commands that resume have kept their work")


if __name__ == "__main__":
    sys.exit(main())
