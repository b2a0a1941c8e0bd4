"""Teach the format “Answer: …, Confidence: n” without preferring a number; resumes if interrupted."""

import argparse

from training.commands.arguments import training_options
from training.commands.rewarding_doubt import train_with


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the questions, and how it is trained."""
    training_options(parser, "warm-up")


def run(args: argparse.Namespace) -> int:
    """Train the adapter; returns the exit code."""
    return train_with(args)
