"""Compares the model's verbalized confidence with its token probabilities."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from estimators.types import Signal

Type = Literal[
    "consistent alignment", "internal overconfidence", "external overconfidence", "consistent discordance"
]
LETTER = ("p_ic", "msp")
INTERNAL = (*LETTER, "sequence_probability")  # the first that an answer has
CHECKS = ("p_true_third", "p_true_own")  # the model weighs whether its answer is true
EXPRESSED = (
    "likert_third_oc_expected",
    "likert_third_oc_label",
    "likert_third_expected",
    "likert_third_label",
    *CHECKS,
)  # the first that an answer has
CUT = 0.5
FEWEST = 20  # answers needed for a median to serve as a cut


@dataclass(frozen=True, slots=True)
class Alignment:
    """Verbalized and internal confidence of one answer, and the gap between them."""

    internal: Signal
    expressed: Signal
    gap: float  # expressed − internal, from −1 to 1
    type: Type
    cut: float  # internal confidence counts as high from here
    expressed_cut: float  # verbalized confidence counts as high from here
    measured: bool = False  # the cuts are medians of a calibration


def alignment(
    signals: Sequence[Signal],
    cut: float = CUT,
    medians: Mapping[str, float] | None = None,
    failed: Collection[str] = (),
) -> Alignment | None:
    """The alignment gap and its type, or None if either side is missing.

    gap = expressed − internal. Where no certainty was asked for on the scale, P(True) stands in. The paper does not define
    the cut between high and low. If ``medians`` (of the calibration questions, by signal) holds both sides, each median is
    its side's cut; otherwise ``cut`` applies to both. Signals that ``failed`` the validity screen are no side of it.
    Reference: Kumar et al. (2024), arXiv 2405.16282.
    """
    present = {
        signal.name: signal
        for signal in signals
        if signal.confidence is not None and signal.name not in failed
    }
    internal = next((present[name] for name in INTERNAL if name in present), None)
    expressed = next((present[name] for name in EXPRESSED if name in present), None)
    if internal is None or expressed is None or internal.confidence is None or expressed.confidence is None:
        return None
    inside, outside = internal.confidence, expressed.confidence
    types: dict[tuple[bool, bool], Type] = {
        (True, True): "consistent alignment",
        (True, False): "internal overconfidence",
        (False, True): "external overconfidence",
        (False, False): "consistent discordance",
    }
    thresholds = medians or {}
    measured = internal.name in thresholds and expressed.name in thresholds
    low, high = (thresholds[internal.name], thresholds[expressed.name]) if measured else (cut, cut)
    type = types[inside >= low, outside >= high]
    return Alignment(internal, expressed, outside - inside, type, low, high, measured)
