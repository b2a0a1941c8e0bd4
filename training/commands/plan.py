"""Estimate time and memory of rewarding-doubt with the same options."""

import argparse

from training.commands.arguments import quiet, settings_of, training_options
from training.data.reader import read_training_questions
from training.trainers.dry_run import plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the questions, and how it would be trained."""
    training_options(parser, "plan")


def run(args: argparse.Namespace) -> int:
    """Print the estimate; returns the exit code."""
    quiet()
    print(plan(settings_of(args), read_training_questions(args.questions)).to_text())
    return 0
