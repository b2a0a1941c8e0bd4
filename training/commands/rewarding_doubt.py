"""Train the stated confidence with a proper scoring rule; resumes if interrupted."""

import argparse

from training.commands.arguments import quiet, settings_of, training_options
from training.commands.plan import run as run_plan
from training.data.reader import read_training_questions
from training.run import train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the questions, and how it is trained."""
    training_options(parser, "rewarding-doubt")


def run(args: argparse.Namespace) -> int:
    """Train the adapter, or with ``--dry-run`` only estimate; returns the exit code."""
    return run_plan(args) if args.dry_run else train_with(args)


def train_with(args: argparse.Namespace) -> int:
    """Train an adapter as the arguments say; returns the exit code."""
    quiet()
    settings = settings_of(args)
    policy = train(settings, read_training_questions(args.questions), args.out)
    print(f"The adapter is in {args.out}" + ("." if policy else " already."))
    print(f"Try it: python app.py --model {args.model} --adapter {args.out}")
    return 0
