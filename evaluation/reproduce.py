"""A published table beside our own figures: ``python -m evaluation reproduce STUDY …``."""

import argparse
import importlib
from collections.abc import Sequence

from evaluation import reproductions
from evaluation.arguments import command_parser

# study → (module in evaluation.reproductions, what it computes again)
STUDIES = {
    "calibration": ("calibration", "calibrated confidence, promises and abstention on other questions"),
    "shift": ("shift", "how a promise holds on other kinds of questions"),
    "alignment": (
        "alignment",
        "expressed against internal confidence, by prompt variant (Kumar et al. 2024)",
    ),
    "uf": ("uncertainty_fidelity", "uncertainty and fidelity against baselines (Zhang et al. 2024)"),
    "msp": (
        "chat_llm_msp",
        "correctness prediction and abstention with seven chat models (Plaut et al. 2024)",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one reproduction; returns the exit code."""
    told = "\n".join(f"  {name:<11} {what}" for name, (_, what) in STUDIES.items())
    parser = command_parser(
        "reproduce",
        f"{__doc__}\n\nstudies:\n{told}",
        "`python -m evaluation reproduce STUDY --help` tells about one of them.",
    )
    parser.add_argument("study", choices=STUDIES, metavar="STUDY")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    module = importlib.import_module(f"{reproductions.__name__}.{STUDIES[given.study][0]}")
    return int(module.main(given.arguments))
