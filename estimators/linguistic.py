"""Linguistic confidence: what the markers in the answer's words imply to people."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.markers import find_markers
from estimators.types import Evidence, Signal


@dataclass(frozen=True, slots=True)
class LinguisticConfidence:
    """Mean human norm of the epistemic markers in the answer; missing where it carries none.

    Range 0 to 1; no further model call. Reference: the surveys named in
    ``estimators/marker_lexicon.csv``.

    >>> from estimators.types import Answer, Question
    >>> LinguisticConfidence()(Evidence(Question("?"), Answer("It is almost certain."))).confidence
    0.95
    """

    name: ClassVar[str] = "linguistic"
    title: ClassVar[str] = "Words in the answer"
    meaning: ClassVar[str] = (
        "What people take the answer's own words of doubt, such as “probably”, to mean in percent."
    )
    side: ClassVar[str] = "verbal"
    needs: ClassVar[tuple[str, ...]] = ()

    def __call__(self, evidence: Evidence) -> Signal:
        norms = [match.norm for match in find_markers(evidence.answer.text)]
        if not norms:
            return Signal(self.name, None, "the answer carries no word of doubt or certainty")
        return Signal(self.name, math.fsum(norms) / len(norms))
