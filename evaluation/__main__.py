"""``python -m evaluation COMMAND …``: measure the methods on real questions."""

import sys
from collections.abc import Sequence

from chains.command_line import CommandParser, add_commands, run_command

MODULES = {
    "run": ("run", "ask a model a set of questions and record every answer"),
    "reread": ("reread", "recompute the signals of a run with this version, without a model"),
    "score": ("score", "compute all metrics of a run, or of a CSV with confidence and correct"),
    "report": ("report", "write runs as one HTML page and as Markdown"),
    "calibrate": ("calibrate", "calibrate a model's confidence on labelled questions"),
    "calibrations": ("calibrations", "list, show, compare, choose or delete calibrations"),
    "compare": ("compare", "compare two runs on the questions they share"),
    "reproduce": ("reproduce", "recompute a published table with our metrics"),
    "replies": ("replies", "sample a model's replies to a question file"),
    "probe-train": ("probe_train", "train linear probes on a model's hidden states from a run"),
    "mic": ("mic", "measure a model's own confidence behind each marker"),
    "everyday": ("everyday", "compare answers with and without the system message, blind"),
    "stability": ("stability", "measure how stable a model's markers are across data sets"),
    "judges": ("validation.judges", "measure the agreement judges against hand labels"),
    "markers": ("validation.markers", "measure the marker matcher against hand labels"),
    "meaning": ("validation.meaning", "measure the comparison of meanings against hand labels"),
    "answer-words": ("validation.answer_words", "measure how answer words are found, against hand labels"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong arguments or input."""
    parser = CommandParser(prog="python -m evaluation", description="Measure Credence's methods.")
    add_commands(parser, f"{__package__}.commands", MODULES)
    return run_command(
        parser, arguments, extra="evaluation", kept="commands that resume have kept their work"
    )


if __name__ == "__main__":
    sys.exit(main())
