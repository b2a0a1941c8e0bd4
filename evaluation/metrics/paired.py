"""Two signals, or two runs, on the same questions: the difference of a metric, and whether chance explains it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.bootstrap import (
    DRAWS,
    FEWEST,
    SAME,
    SEED,
    Interval,
    bootstrap,
    percentile_interval,
)
from evaluation.metrics.table import Metric, existing
from evaluation.metrics.validation import Array, Floats, NotDefined, judged, outcomes, same_length


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of the first minus that of the second; None with the reason if one of them does not exist."""

    first: float | None
    second: float | None
    value: float | None
    low: float | None  # 95 % bootstrap interval over questions
    high: float | None
    p: float | None  # two-sided, from the same resamples
    missing: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; None with a reason if there is no difference."""
        return {
            "first": self.first,
            "second": self.second,
            "difference": self.value,
            "interval": None if self.low is None else [self.low, self.high],
            "p": self.p,
            **({"missing": self.missing} if self.missing else {}),
        }


def paired_differences(
    first: tuple[Array, Array],
    second: tuple[Array, Array],
    metrics: Sequence[Metric],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, Difference]:
    """The difference of every metric between two signals on the same questions, by name.

    ``first`` and ``second`` are (confidence, correct), shapes (n,), question by question; the outcomes may
    differ, as those of two models do. Whole questions are resampled, so both sides see the same ones.
    p is ``two_sided_p`` of the differences, and intervals are percentile ones, even for
    calibration errors, IPR and evenness: the bias of resampling cancels in the difference, and mirroring rejects too often
    (``python -m benchmarks.paired_error_rates``). A difference that is the same in every resample has no interval, and
    no p unless it is 0, which has p = 1. Fewer than 10 questions have a difference without interval and p.
    Raises NotDefined without questions, ValueError where the lengths differ or a value is out of range.
    Reference: Efron & Tibshirani (1993), chapters 13 and 15.
    """
    (c1, y1), (c2, y2) = judged(*first), judged(*second)
    same_length(c1, c2)

    def differences(chosen: NDArray[np.intp]) -> dict[str, float]:
        ours, theirs = existing(metrics, c1[chosen], y1[chosen]), existing(metrics, c2[chosen], y2[chosen])
        return {name: ours[name] - theirs[name] for name in ours if name in theirs}

    drawn = bootstrap(differences, c1.size, draws, seed) if c1.size >= FEWEST else {}
    return {
        metric.name: _difference(metric, (c1, y1), (c2, y2), drawn.get(metric.name, np.array([])), draws)
        for metric in metrics
    }


def _difference(
    metric: Metric,
    first: tuple[Floats, Floats],
    second: tuple[Floats, Floats],
    drawn: Floats,
    draws: int,
) -> Difference:
    sides: list[float | None] = []
    missing = ""
    for c, y in (first, second):
        try:
            sides.append(metric.measure(c, y))
        except NotDefined as reason:
            sides.append(None)
            missing = missing or str(reason)
    first_value, second_value = sides
    if first_value is None or second_value is None:
        return Difference(first_value, second_value, None, None, None, None, missing)
    value = first_value - second_value if abs(first_value - second_value) > SAME else 0.0
    if first[0].size < FEWEST:
        few = f"no interval: {FEWEST} answers are needed, but there are {first[0].size}"
        return Difference(first_value, second_value, value, None, None, None, few)
    try:
        interval = percentile_interval(drawn, draws)
    except NotDefined as reason:
        p = 1.0 if value == 0 and drawn.size and not drawn.any() else None
        return Difference(first_value, second_value, value, None, None, p, str(reason))
    interval = Interval(min(interval.low, value), max(interval.high, value))
    return Difference(first_value, second_value, value, interval.low, interval.high, two_sided_p(drawn))


def two_sided_p(drawn: Floats) -> float:
    """Two-sided p that a difference is 0: 2 · min(share of its resamples ≤ 0, share ≥ 0), one draw added, at most 1.

    >>> two_sided_p(np.array([0.1, 0.2, -0.1, 0.3]))  # 2 · (1 + 1) / (4 + 1)
    0.8
    """
    smaller = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (smaller + 1) / (drawn.size + 1))


@dataclass(frozen=True, slots=True)
class McNemar:
    """Answers that only one of two runs has right."""

    only_first: int
    only_second: int
    p: float  # two-sided, exact


def mcnemar(first_correct: Array, second_correct: Array) -> McNemar:
    """McNemar's exact test that two runs are right equally often on the same questions.

    Under the null hypothesis, questions that only one of them has right fall to either side like a fair coin:
    p = P(as uneven or more | Binomial(b + c, ½)); 1 if there are none. Reference: McNemar (1947).

    >>> mcnemar([1, 1, 1, 0, 1], [0, 0, 0, 0, 1])  # 3 to 0: 2 · (½)³
    McNemar(only_first=3, only_second=0, p=0.25)
    """
    from scipy.stats import binomtest

    first, second = outcomes(first_correct), outcomes(second_correct)
    same_length(first, second)
    b, c = int(((first == 1) & (second == 0)).sum()), int(((first == 0) & (second == 1)).sum())
    return McNemar(b, c, float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0)
