"""Chooses the threshold for withholding an answer: a tested guarantee, the published rule, or a stated cost.

**The guarantee.** Selective risk is the share of wrong answers among those shown. With probability 1 − δ over the
labelled questions, all guarantees of a calibration hold at once: at each threshold the selective risk is ≤ its α.

How it is tested: one half of the labelled questions determines the score, the hypotheses "at this threshold the risk
is above this α", and their order. There is a threshold after every 5 % of that half's answers, combined with every α
of the ladder; the hypothesis most likely to pass comes first (a Beta–binomial forecast from the same half). The other
half then tests them one by one, each at the full δ with the exact binomial test, until one fails (fixed-sequence
testing). One sequence over thresholds and α's needs no division of δ: a hypothesis is only tested after all earlier
ones were rejected, so the first true one is rejected with probability ≤ δ, whatever the dependence. In simulations
with 100, 250 and 500 labels this gave a guarantee at least as often, and at a higher coverage, as one sequence per α
with δ divided by eight, or nine thresholds with δ/9 each.

Why not MAPIE: its ``BinaryClassificationController`` (1.3) offers the same test for one target level at a time, and
with ``split_fixed_sequence`` an order learnt on other data. But we would still have to test the ladder jointly ourselves,
it expects a fitted classifier instead of scores, and it would make scikit-learn a requirement of the chat.

Reference: Geifman & El-Yaniv (2017); Angelopoulos et al. (2022), "Learn then test"; Clopper & Pearson (1934).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from estimators.calibration.logistic import Floats
from estimators.missing import check_value_or_reason

LADDER = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)  # α: the positions of the slider
DELTA = 0.1  # probability that a guarantee fails
STEP = 0.05  # share of the answers between two thresholds
FEWEST_SHOWN = 20  # minimum number of answers for a test

Scale = Literal["probability", "score"]
NEVER = -0.0001  # threshold in the published grid that withholds nothing
BALANCED, CONSERVATIVE = 1.0, 2.0  # points that a wrong answer costs
LABELLED = 20  # k, labelled answers of a data set


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The guarantee at one accepted risk, tested on held-out answers."""

    risk: float  # α
    threshold: float | None  # lowest shown confidence; None without a guarantee
    n: int = 0  # tested answers at or above it
    wrong: int = 0  # of those
    coverage: float | None = None  # n / all tested answers
    bound: float | None = None  # upper Clopper–Pearson bound of its risk, at 1 − δ on its own
    missing: str = ""  # why there is no guarantee, exactly when threshold is None

    def __post_init__(self) -> None:
        if not 0 < self.risk < 1:
            raise ValueError(f"risk {self.risk} is not between 0 and 1")
        check_value_or_reason(f"the threshold at risk {self.risk}", self.threshold, self.missing)
        if not 0 <= self.wrong <= self.n:
            raise ValueError(f"risk {self.risk}: {self.wrong} wrong of {self.n}")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The hypothesis that more than α of the answers at or above a threshold are wrong."""

    risk: float
    threshold: float  # of the score


def fewest_shown(risk: float, delta: float = DELTA) -> int:
    """The smallest number of shown answers that can pass, if none is wrong: ln δ / ln(1 − α), at least 20.

    >>> fewest_shown(0.05), fewest_shown(0.2)
    (45, 20)
    """
    return max(FEWEST_SHOWN, math.ceil(math.log(delta) / math.log1p(-risk)))


def upper_bound(wrong: int, n: int, delta: float = DELTA) -> float:
    """The Clopper–Pearson upper bound on a share at confidence 1 − δ: the largest q with P(≤ wrong | n, q) ≥ δ.

    >>> round(upper_bound(0, 22, 0.1), 3)  # 1 − 0.1^(1/22)
    0.099
    """
    from scipy.stats import beta

    return 1.0 if wrong >= n else float(beta.ppf(1 - delta, wrong + 1, n - wrong))


def sequence(
    score: Floats, correct: Floats, tested: int, ladder: Sequence[float] = LADDER, delta: float = DELTA
) -> tuple[Hypothesis, ...]:
    """The hypotheses in their test order, declared from the fitting half alone.

    ``score``, ``correct``: of the fitting half, each score from a fit without that answer. ``tested``: the size of
    the other half. A hypothesis is included if enough test answers are expected above its threshold for it to pass.
    Forecast: by how many standard deviations the allowed errors exceed the expected ones, where errors among m
    answers are Beta–binomial with 1 + errors and 1 + right answers seen above the threshold. Ties go to the lower
    threshold.
    """
    from scipy.special import bdtrik

    numbers = np.ceil(np.arange(STEP, 1 + 1e-9, STEP) * score.size - 1e-9).astype(np.intp)
    values = np.unique(score)  # equal scores are shown or withheld together
    places = np.searchsorted(values, np.unique(np.sort(score)[::-1][numbers - 1]))
    # Halfway down to the next answer; the last threshold shows everything.
    thresholds = np.where(places > 0, (values[places] + values[places - 1]) / 2, -np.inf)
    shown, wrong = shown_and_wrong(score, correct, thresholds)
    expected = np.floor(tested * shown / score.size + 1e-9)
    a, b = wrong + 1, shown - wrong + 1
    mean = expected * a / (a + b)
    spread = np.sqrt(expected * a * b * (a + b + expected) / ((a + b) ** 2 * (a + b + 1)))
    ranked: list[tuple[float, float, Hypothesis]] = []
    for risk in ladder:
        allowed = np.floor(bdtrik(delta, expected, risk) + 1e-9)  # the most errors that pass
        margin = (allowed + 0.5 - mean) / spread
        ranked += [
            (-round(float(margin[k]), 9), float(thresholds[k]), Hypothesis(risk, float(thresholds[k])))
            for k in np.flatnonzero(expected >= fewest_shown(risk, delta))
        ]
    return tuple(hypothesis for *_, hypothesis in sorted(ranked, key=lambda entry: entry[:2]))


def shown_and_wrong(score: Floats, correct: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
    """How many answers lie at or above each threshold, and how many of those are wrong."""
    order = np.argsort(score)
    above = score.size - np.searchsorted(score[order], thresholds, side="left")
    errors = np.concatenate([[0.0], np.cumsum(1.0 - correct[order][::-1])])
    return np.asarray(above, np.float64), np.asarray(errors[above], np.float64)


def certify(
    hypotheses: Sequence[Hypothesis], score: Floats, correct: Floats,
    ladder: Sequence[float] = LADDER, delta: float = DELTA,
) -> tuple[OperatingPoint, ...]:  # fmt: skip
    """For every α the lowest score threshold that passed on held-out answers.

    A hypothesis is rejected when P(at most this many errors | Binomial(n, α)) ≤ δ. The first one that is not rejected
    ends the sequence.
    """
    from scipy.special import bdtr

    thresholds = np.array([hypothesis.threshold for hypothesis in hypotheses])
    shown, wrong = shown_and_wrong(score, correct, thresholds)
    risks = np.array([hypothesis.risk for hypothesis in hypotheses])
    passed = (shown > 0) & (bdtr(wrong, np.maximum(shown, 1).astype(np.intp), risks) <= delta)
    until = int(np.argmin(passed)) if not passed.all() else len(hypotheses)
    points = []
    for risk in ladder:
        holding = [
            k for k in range(until) if risks[k] <= risk
        ]  # a guarantee at a smaller risk also holds here
        if not holding:
            points.append(
                OperatingPoint(risk, None, missing=_why_no_guarantee(risk, risks, score.size, delta))
            )
            continue
        best = min(holding, key=lambda k: thresholds[k])
        n, errors = int(shown[best]), int(wrong[best])
        bound = upper_bound(errors, n, delta)
        points.append(OperatingPoint(risk, float(thresholds[best]), n, errors, n / score.size, bound))
    return tuple(points)


def _why_no_guarantee(risk: float, risks: Floats, tested: int, delta: float) -> str:
    if not (risks == risk).any():
        return (
            f"the test needs at least {fewest_shown(risk, delta)} shown answers, and the testing half has "
            f"only {tested} answers"
        )
    return f"too many of the {tested} tested answers were wrong, or too few were sure enough"


def utility_threshold(cost: float) -> float:
    """The lowest calibrated confidence at which showing an answer pays off: c / (1 + c).

    A right answer is worth 1, a withheld one 0, a wrong one −c: p − (1 − p) c ≥ 0. Raises ValueError for a negative cost.

    >>> utility_threshold(1.0), utility_threshold(4.0)
    (0.5, 0.8)
    """
    if not (math.isfinite(cost) and cost >= 0):
        raise ValueError(f"cost {cost}: the cost of a wrong answer must be a number, 0 or more")
    return cost / (1.0 + cost)


def threshold_grid(highest: float, scale: Scale = "probability") -> Floats:
    """The published thresholds to try: never abstain, 200 on [0, highest], for probabilities 100 more on [0.99, 1].

    >>> threshold_grid(1.0).size, threshold_grid(30.0, "score").size
    (301, 201)
    """
    parts = [np.array([NEVER]), np.linspace(0.0, highest, 200)]
    return np.concatenate([*parts, np.linspace(0.99, 1.0, 100)] if scale == "probability" else parts)


def published_threshold(
    labelled: Sequence[tuple[Floats, Floats]], penalty: float = BALANCED, scale: Scale = "probability"
) -> float:
    """The threshold with the best mean score over the labelled data sets; ties go to the first in the grid.

    ``labelled``: (scores, correct) of each data set; a correct answer is worth 1, a withheld one 0, a wrong one
    −penalty. Reference: Plaut, Nguyen & Trinh (2024), arXiv 2402.13213.
    """
    grid = threshold_grid(max(0.0, *(float(score.max()) for score, _ in labelled)), scale)
    total = np.zeros(grid.size)
    for score, correct in labelled:
        shown = score[None, :] >= grid[:, None]
        total += (shown * np.where(correct == 1, 1.0, -penalty)).mean(axis=1)
    return float(
        grid[np.argmax(np.round(total, 12))]
    )  # rounded, because equal means may differ in the last bit


def published_rules(confidence: Floats, correct: Floats, seed: int) -> dict[str, float]:
    """The published thresholds by rule, chosen on 20 random answers; ``confidence`` is the shown one.

    A threshold is chosen and applied on the same scale, so it withholds the answers it was chosen to withhold.
    """
    rng = np.random.default_rng(seed)
    taken = rng.choice(correct.size, min(LABELLED, correct.size), replace=False)
    labelled = [(confidence[taken], correct[taken])]
    return {
        "balanced": published_threshold(labelled, BALANCED),
        "conservative": published_threshold(labelled, CONSERVATIVE),
    }
