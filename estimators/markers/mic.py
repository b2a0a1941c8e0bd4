"""Marker internal confidence (MIC): what a model's own markers mean, measured in advance.

Reference: Liu & Cohan 2026 (arXiv 2605.28778); with correctness as target: Liu et al. 2025 (arXiv 2505.24778).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from estimators.markers.polarity import asserted
from estimators.markers.stripping import canonical
from estimators.missing import check_value_or_reason

ALL = "all"  # the domain that includes all others


@dataclass(frozen=True, slots=True)
class MarkerConfidence:
    """How consistent a model is when it uses a marker: the mean of the target over its sentences, in [0, 1].

    MIC(m, d) = mean of conf(s) over the sentences s of domain d with marker m;
    higher means that its other answers support the sentence more often. For "It is unlikely
    that X" the scored sentence is "not X".
    """

    marker: str  # canonical form, or <no_hedge>
    mic: float | None
    n: int  # sentences
    low: float | None = None  # 95 % interval over questions
    high: float | None = None
    missing: str = ""  # the reason, exactly when mic is None

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"{self.marker}: n = {self.n} is negative")
        check_value_or_reason(self.marker, self.mic, self.missing)
        if self.mic is None:
            if self.low is not None or self.high is not None:
                raise ValueError(f"{self.marker}: an interval without a figure")
        elif self.low is None or self.high is None or not 0 <= self.low <= self.mic <= self.high <= 1:
            raise ValueError(f"{self.marker}: not 0 ≤ {self.low} ≤ {self.mic} ≤ {self.high} ≤ 1")

    def gap(self, norm: float) -> float | None:
        """MIC minus what people take the sentence to mean, in [−1, 1]; positive: it sounds less sure than the model is.

        norm : the marker's human norm, 0 to 1; 1 − norm is used for a marker that denies its claim

        >>> round(MarkerConfidence("probably", 0.6, 12, 0.5, 0.7).gap(0.75), 2)
        -0.15
        >>> MarkerConfidence("unlikely", 0.8, 12, 0.7, 0.9).gap(0.2)
        0.0
        """
        return None if self.mic is None else self.mic - asserted(self.marker, norm)


@dataclass(frozen=True, slots=True)
class OwnMarkers:
    """The measured markers of one model in one domain."""

    model: str
    domain: str
    entries: Mapping[str, MarkerConfidence] = field(default_factory=dict)  # by canonical marker
    source: str = ""  # how they were measured, as a readable note

    def lookup(self, marker: str) -> MarkerConfidence:
        """The entry of a marker (``MarkerMatch.marker`` or NO_HEDGE); without a figure if it was never seen.

        >>> OwnMarkers("m", ALL).lookup("perhaps").missing
        'never seen'
        """
        marker = canonical(marker)  # "probably" and "probable" are measured together
        return self.entries.get(marker) or MarkerConfidence(marker, None, 0, missing="never seen")
