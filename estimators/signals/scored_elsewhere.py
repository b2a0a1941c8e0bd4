"""Token probabilities of another model than the one that answered: they are shown, and nothing is concluded from them."""

from dataclasses import replace

from estimators import ESTIMATORS
from estimators.types import Assessment, Signal

_READ_TOKENS = frozenset(estimator.name for estimator in ESTIMATORS if "tokens" in estimator.needs)


def scored_words(model: str) -> str:
    """Whose the token probabilities are, as a reason and as a label.

    >>> scored_words("tiny")
    'its words were scored by tiny, not by the model that answered'
    """
    return f"its words were scored by {model}, not by the model that answered"


def own(assessment: Assessment) -> Assessment:
    """What is the answering model's own: without the tokens that another model scored, and the signals read from them."""
    evidence = assessment.evidence
    if not evidence.provenance.scored_by:
        return assessment
    why = scored_words(evidence.provenance.scored_by)
    signals = tuple(
        Signal(signal.name, None, why)
        if signal.name in _READ_TOKENS and signal.confidence is not None
        else signal
        for signal in assessment.signals
    )
    answer = replace(evidence.answer, tokens=(), missing=why)
    return replace(assessment, evidence=replace(evidence, answer=answer), signals=signals)


def signals_scored_elsewhere(assessment: Assessment) -> dict[str, str]:
    """The signals that another model's token probabilities give, with the reason why they count for nothing."""
    signals = own(assessment).signals
    pairs = zip(assessment.signals, signals, strict=True)
    return {before.name: after.missing for before, after in pairs if after is not before}
