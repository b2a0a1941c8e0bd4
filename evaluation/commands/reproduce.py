"""Compute a published table again with our own metrics."""

import argparse

from chains.command_line import add_commands
from evaluation.commands import reproductions

MODULES = {
    "calibration": ("calibration", "calibrated confidence, guarantees and abstention on held-out questions"),
    "combination": (
        "combination",
        "the combined score against the best single signal, by number of labelled answers",
    ),
    "signals": (
        "signals",
        "every signal: ranking, calibration and cost, and the choice of the default panel",
    ),
    "shift": ("shift", "whether guarantees hold on other kinds of questions"),
    "alignment": (
        "alignment",
        "expressed against internal confidence, by prompt variant (Kumar et al. 2024)",
    ),
    "uf": ("uncertainty_fidelity", "uncertainty and fidelity against baselines (Zhang et al. 2024)"),
    "early-stopping": ("early_stopping", "signals of samples, stopped early against all samples"),
    "ownership": (
        "ownership",
        "how much worse an answer is judged in the model's own turn than in the third person",
    ),
    "agreement": ("agreement", "whether answers are right more often where another model says the same"),
    "msp": (
        "chat_llm_msp",
        "correctness prediction and abstention with seven chat models (Plaut et al. 2024)",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table."""
    add_commands(parser, reproductions.__name__, MODULES, word="table")
