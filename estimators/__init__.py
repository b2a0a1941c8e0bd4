"""Pure functions from evidence to confidence. No model and no I/O belong here."""

from collections.abc import Sequence

from estimators.abstention import decide
from estimators.alignment import CHECKS, Alignment, alignment
from estimators.estimator import FREE, Estimator
from estimators.markers.matcher import find_markers, nearest_marker
from estimators.missing import Missing
from estimators.parsing.candidates import candidates
from estimators.signals.alternatives import ClusteredSelfAssessment, Dinco
from estimators.signals.claims import WeakestClaim, claim_readings, weakest_claim
from estimators.signals.consistency import SelfConsistency, SemanticEntropy
from estimators.signals.hybrids import CoCoA, SamplesAndNumber
from estimators.signals.internal_states import RAUQ, HiddenState
from estimators.signals.key_span import KeySpanProbability, key_span
from estimators.signals.key_tokens import FirstTokenEntropy, KeyMargin, KeyRank
from estimators.signals.letter_again import LetterAgain
from estimators.signals.linguistic import LinguisticConfidence
from estimators.signals.multiple_choice import InternalConfidence, MaximumSoftmaxProbability
from estimators.signals.token_probability import MeanEntropy, MinimumProbability, SequenceProbability
from estimators.signals.uncertainty_fidelity import UFConfidence, uncertainty_fidelity
from estimators.signals.verbalized import FreeRating, Likert, NumericConfidence, PTrue
from estimators.types import Assessment, Evidence, Signal

ESTIMATORS: tuple[Estimator, ...] = (
    InternalConfidence(),
    MaximumSoftmaxProbability(),
    LetterAgain(),
    SequenceProbability(),
    MinimumProbability(),
    MeanEntropy(),
    KeySpanProbability(),
    FirstTokenEntropy(),
    KeyMargin(),
    KeyRank(),
    RAUQ(),
    HiddenState(before=True),
    HiddenState(before=False),
    *(
        Likert(third, weigh, reading)
        for third in (True, False)
        for weigh in (True, False)
        for reading in ("label", "expected")
    ),
    *(FreeRating(third, weigh) for third in (True, False) for weigh in (True, False)),
    NumericConfidence(),
    PTrue(third=False),
    PTrue(third=True),
    WeakestClaim(),
    WeakestClaim(third=True),
    LinguisticConfidence(),
    SelfConsistency(),
    SemanticEntropy(),
    UFConfidence("leftmost"),
    UFConfidence("rightmost"),
    UFConfidence("last"),
    CoCoA(),
    SamplesAndNumber(),
    ClusteredSelfAssessment(),
    Dinco(),
)


def choose(names: Sequence[str]) -> tuple[Estimator, ...]:
    """The estimators with these names, in the order of ESTIMATORS; raises ValueError for an unknown name."""
    unknown = sorted(set(names) - {estimator.name for estimator in ESTIMATORS})
    if unknown:
        names = ", ".join(estimator.name for estimator in ESTIMATORS)
        raise ValueError(f"there is no signal named {', '.join(unknown)}; the signals are {names}")
    return tuple(estimator for estimator in ESTIMATORS if estimator.name in names)


def default_signals(
    options: Sequence[str],
    *,
    sampled: bool = False,
    claims: bool = False,
    panel: Sequence[str] | None = None,
    whole: bool = False,
) -> tuple[str, ...]:
    """The signals that the panel shows by default; ``panel``: those that a calibration chose for its model.

    A chosen panel takes the place of the usual signals that cost a call, or is added to them (``whole``). Neither leaves out
    what was asked for by drawing samples or by a long answer. Such an answer is true only if each of its sentences is, so a
    chosen panel asks P(True) of the sentences and not of the whole, in the model's own turn or in third person as chosen.

    >>> default_signals((), panel=("key_span_probability", "p_true_own"))
    ('sequence_probability', 'minimum_probability', 'mean_entropy', 'key_span_probability', 'linguistic', 'p_true_own')
    """
    further = (
        *(("self_consistency", "semantic_entropy", "uf") if sampled else ()),
        *(("weakest_claim" if "p_true_own" in (panel or ()) else "weakest_claim_third",) if claims else ()),
    )
    usual = _usual_signals(options)
    if panel is not None:
        kept = tuple(one.name for one in choose(usual) if whole or FREE.issuperset(one.needs))
        left_out = {*kept, *(CHECKS if claims else ())}
        usual = (*kept, *(name for name in panel if name not in left_out))
    return (*usual, *further)


def _usual_signals(options: Sequence[str]) -> tuple[str, ...]:
    likert = "likert_third_oc" if options else "likert_third"
    free = ("sequence_probability", "minimum_probability", "mean_entropy", "key_span_probability")
    asked = (f"{likert}_label", f"{likert}_expected", "numeric", "p_true_own", "p_true_third")
    return (*(("p_ic", "msp", "letter_again") if options else free), *asked, "linguistic")


__all__ = [
    "ESTIMATORS",
    "Alignment",
    "Assessment",
    "Estimator",
    "Evidence",
    "Missing",
    "Signal",
    "alignment",
    "candidates",
    "choose",
    "claim_readings",
    "decide",
    "default_signals",
    "find_markers",
    "key_span",
    "nearest_marker",
    "uncertainty_fidelity",
    "weakest_claim",
]
