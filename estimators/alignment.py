"""Does what the model says about its certainty agree with its token probabilities?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from estimators.types import Signal

Type = Literal[
    "consistent alignment", "internal overconfidence", "external overconfidence", "consistent discordance"
]
INTERNAL = ("p_ic", "sequence_probability")
EXPRESSED = (
    "likert_third_oc_expected",
    "likert_third_oc_label",
    "likert_third_expected",
    "likert_third_label",
)
CUT = 0.5
FEWEST = 20  # answers; the median of fewer is no cut


@dataclass(frozen=True, slots=True)
class Alignment:
    """Expressed against internal confidence of one answer."""

    internal: Signal
    expressed: Signal
    gap: float  # expressed − internal, from −1 to 1
    type: Type
    cut: float  # from it on the internal confidence counts as high
    expressed_cut: float  # from it on the expressed one does
    measured: bool = False  # the cuts are medians of a calibration


def alignment(
    signals: Sequence[Signal], cut: float = CUT, medians: Mapping[str, float] | None = None
) -> Alignment | None:
    """The alignment gap and its type, or None where one of the two sides is missing.

    gap = expressed − internal. The paper gives no cut between high and low: it is each side's
    median over the questions of a calibration (``medians``, by signal) where both are there,
    else ``cut``. Reference: Kumar et al. (2024), arXiv 2405.16282.
    """
    present = {signal.name: signal for signal in signals if signal.confidence is not None}
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
