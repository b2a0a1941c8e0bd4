"""``python -m training COMMAND …``: train a model to state calibrated confidence, evaluate it, export it."""

import os
import sys
from collections.abc import Sequence

from chains.command_line import CommandParser, add_commands, run_command

MODULES = {
    "questions": ("questions", "write a file of arithmetic questions from a seed"),
    "warm-up": ("warm_up", "teach the format “Answer: …, Confidence: n” without preferring a number"),
    "rewarding-doubt": (
        "rewarding_doubt",
        "train the stated confidence with a proper scoring rule; resumes if interrupted",
    ),
    "plan": ("plan", "estimate the time and memory that rewarding-doubt needs with the same options"),
    "compare": ("compare", "show where the settings of runs differ, and their figures on held-out answers"),
    "evaluate": (
        "evaluate",
        "compare the model before and after training: calibration, ranking, accuracy, histogram, reliability diagrams",
    ),
    "export": (
        "export",
        "merge the adapter into the model and, with --gguf, convert it to GGUF with llama.cpp",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong input or a run that cannot continue."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    parser = CommandParser(
        prog="python -m training",
        description="Train a model to state calibrated confidence, and evaluate it.",
    )
    add_commands(parser, f"{__package__}.commands", MODULES)
    kept = "the same command resumes from the last checkpoint"
    return run_command(parser, arguments, extra="train", kept=kept)


if __name__ == "__main__":
    sys.exit(main())
