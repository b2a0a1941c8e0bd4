"""Linguistic confidence: what the epistemic markers in the answer mean to people."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.markers.matcher import find_markers
from estimators.markers.polarity import asserted
from estimators.missing import Missing
from estimators.types import Evidence


@dataclass(frozen=True, slots=True)
class LinguisticConfidence(Estimator):
    """Mean of the human norms of the answer's epistemic markers; missing if it has none.

    A marker that denies its claim counts with 1 − norm: "It is unlikely" answers "no", with 0.80.
    Range 0 to 1; no further model call. Reference: the surveys named in
    ``estimators/markers/lexicon.csv``.

    Known hard case: a denial that retracts the answer before it ("Rome, but I doubt it") is
    read as the answer.

    >>> from estimators.types import Answer, Question
    >>> LinguisticConfidence()(Evidence(Question("?"), Answer("It is almost certain."))).confidence
    0.95
    >>> LinguisticConfidence()(Evidence(Question("?"), Answer("No, it is almost certainly not."))).confidence
    0.95
    """

    name: ClassVar[str] = "linguistic"
    title: ClassVar[str] = "Words in the answer"
    plain: ClassVar[str] = "How sure its wording sounds"
    meaning: ClassVar[str] = (
        "How sure people think somebody is who uses these words, such as “probably” or “I'm not sure”."
    )
    side: ClassVar[str] = "verbal"
    needs: ClassVar[tuple[str, ...]] = ()

    def read(self, evidence: Evidence) -> float:
        norms = [asserted(match.marker, match.norm) for match in find_markers(evidence.answer.text)]
        if not norms:
            raise Missing("the answer contains no word of doubt or certainty")
        return math.fsum(norms) / len(norms)
