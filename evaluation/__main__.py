"""``python -m evaluation COMMAND …``: measuring the methods on real questions."""

import sys
from collections.abc import Sequence

from chains.command_line import Commands, exit_code

MODULES = {
    "run": ("commands.run", "one model over a question file, one record a question"),
    "reread": ("commands.reread", "the replies of a run read again by this version, without a model"),
    "score": ("commands.score", "all metrics of a run's records or of a CSV with confidence and correct"),
    "report": ("commands.report", "a run as one HTML page and its Markdown twin"),
    "calibrate": ("commands.calibrate", "what a model's confidence is worth, from labelled questions"),
    "calibrations": (
        "commands.calibrations",
        "the calibrations that are there: show, compare, choose, delete",
    ),
    "compare": ("commands.compare", "two runs on the questions they share"),
    "reproduce": ("commands.reproduce", "a published table beside our own figures"),
    "replies": ("commands.replies", "sample a model's replies to a question file"),
    "mic": ("commands.mic", "measure a model's own confidence behind each of its markers"),
    "stability": ("commands.stability", "how stable a model's markers are over data sets"),
    "judges": ("validation.judges", "measure the agreement judges against hand labels"),
    "markers": ("validation.markers", "measure the marker matcher against hand labels"),
    "meaning": ("validation.equivalence", "measure the comparison of meanings against hand labels"),
    "answer-words": ("validation.answer_words", "measure the words taken for the answer against hand labels"),
}
COMMANDS = Commands("python -m evaluation", str(__package__), "Measure Credence's methods.", MODULES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for what was given wrongly."""
    command, run = COMMANDS.chosen(arguments)
    return exit_code(command, run, extra="evaluation", kept="what was done is kept where it says so")


if __name__ == "__main__":
    sys.exit(main())
