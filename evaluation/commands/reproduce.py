"""Compute a published table again with our own metrics: ``python -m evaluation reproduce TABLE …``."""

from collections.abc import Sequence

from chains.command_line import Commands
from evaluation import reproductions

MODULES = {
    "calibration": ("calibration", "calibrated confidence, guarantees and abstention on held-out questions"),
    "shift": ("shift", "whether guarantees hold on other kinds of questions"),
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
TABLES = Commands(
    "python -m evaluation reproduce", reproductions.__name__, str(__doc__), MODULES, word="table"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one reproduction; returns the exit code."""
    return TABLES.chosen(arguments)[1]()
