"""Below which confidence an answer is withheld: the published rule, a guarantee that was tested, and a stated cost.

**The guarantee.** Selective risk is the share of wrong answers among those shown. With probability 1 − δ over the
labelled questions every guarantee of a calibration holds at once: at its threshold the selective risk is ≤ its α.

How it is tested: the score is fitted on one half of the labelled questions, and so are all hypotheses "at this
threshold the risk is above this α" and the order in which they are tested: thresholds after every 5 % of the fitting
half's answers, each with every α of the ladder, the one most likely to pass first (a Beta–binomial forecast from the
fitting half). The other half then tests them one by one, each at the full δ with the exact binomial test, until one
fails (fixed-sequence testing). One sequence over both thresholds and α's needs no division of δ: a rejection is only
ever reached through rejections, so the first hypothesis that is true is rejected with probability ≤ δ, whatever the
dependence. In simulations with 100, 250 and 500 labels it gave a guarantee at least as often, and at a higher
coverage, than a δ divided by the eight α's with a sequence for each, and than nine thresholds with δ/9 each.

Why not MAPIE: its ``BinaryClassificationController`` (1.3) offers the same test for one target level at a time, and
with ``split_fixed_sequence`` an order learnt on other data; a ladder tested jointly would still be ours, it wants a
fitted classifier where we have scores, and it brings scikit-learn into the chat's requirements.

Reference: Geifman & El-Yaniv (2017); Angelopoulos et al. (2022), "Learn then test"; Clopper & Pearson (1934).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from estimators.calibration.logistic import Floats

LADDER = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.40, 0.50)  # α: the positions of the slider
DELTA = 0.1  # a guarantee may be broken with this probability
STEP = 0.05  # share of the answers between two thresholds
FEWEST_SHOWN = 20  # answers that a test needs at least

Scale = Literal["probability", "score"]
NEVER = -0.0001  # the published grid's threshold at which nothing is withheld
BALANCED, CONSERVATIVE = 1.0, 2.0  # points that a wrong answer costs
LABELLED = 20  # k, labelled answers of a data set


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What can be guaranteed at one accepted risk, as tested on the answers that fitted nothing."""

    risk: float  # α
    threshold: float | None  # lowest confidence that is shown; None where nothing can be guaranteed
    n: int = 0  # tested answers at or above it
    wrong: int = 0  # of those
    coverage: float | None = None  # n / all tested answers
    bound: float | None = None  # upper Clopper–Pearson bound of the risk there, by itself at 1 − δ
    missing: str = ""  # why there is no guarantee, exactly when threshold is None

    def __post_init__(self) -> None:
        if not 0 < self.risk < 1:
            raise ValueError(f"risk {self.risk} is not between 0 and 1")
        if (self.threshold is None) != bool(self.missing):
            raise ValueError(f"risk {self.risk}: give either a threshold or the reason why there is none")
        if not 0 <= self.wrong <= self.n:
            raise ValueError(f"risk {self.risk}: {self.wrong} wrong of {self.n}")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """That more than α of the answers at or above a threshold are wrong."""

    risk: float
    threshold: float  # of the score


def fewest_shown(risk: float, delta: float = DELTA) -> int:
    """The smallest number of shown answers that can pass at all, none of them wrong: ln δ / ln(1 − α), at least 20.

    >>> fewest_shown(0.05), fewest_shown(0.2)
    (45, 20)
    """
    return max(FEWEST_SHOWN, math.ceil(math.log(delta) / math.log1p(-risk)))


def upper_bound(wrong: int, n: int, delta: float = DELTA) -> float:
    """Clopper and Pearson's upper bound of a share at confidence 1 − δ: the largest q with P(≤ wrong | n, q) ≥ δ.

    >>> round(upper_bound(0, 22, 0.1), 3)  # 1 − 0.1^(1/22)
    0.099
    """
    from scipy.stats import beta

    return 1.0 if wrong >= n else float(beta.ppf(1 - delta, wrong + 1, n - wrong))


def sequence(
    score: Floats, correct: Floats, tested: int, ladder: Sequence[float] = LADDER, delta: float = DELTA
) -> tuple[Hypothesis, ...]:
    """The hypotheses in the order in which they are tested, declared from the fitting half alone.

    ``score``, ``correct``: of the fitting half, each score from a fit without that answer. ``tested``: how many answers
    the other half has. A hypothesis comes in if so many of them are expected above its threshold that it could pass.
    Forecast: how many standard deviations the errors that may pass lie above those expected, where errors among m
    answers are Beta–binomial with 1 + errors and 1 + right answers seen above the threshold. Of equal ones the lower
    threshold comes first.
    """
    from scipy.special import bdtrik

    numbers = np.ceil(np.arange(STEP, 1 + 1e-9, STEP) * score.size - 1e-9).astype(np.intp)
    values = np.unique(score)  # equal scores are shown or withheld together
    places = np.searchsorted(values, np.unique(np.sort(score)[::-1][numbers - 1]))
    # Half-way down to the next answer; at the end everything is shown.
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
    """For every α the lowest threshold that passed, tested on answers that fitted nothing; thresholds of the score.

    Each hypothesis is rejected when P(so few wrong ones | Binomial(n, α)) ≤ δ; the first that is not ends it.
    """
    from scipy.special import bdtr

    thresholds = np.array([hypothesis.threshold for hypothesis in hypotheses])
    shown, wrong = shown_and_wrong(score, correct, thresholds)
    risks = np.array([hypothesis.risk for hypothesis in hypotheses])
    passed = (shown > 0) & (bdtr(wrong, np.maximum(shown, 1).astype(np.intp), risks) <= delta)
    until = int(np.argmin(passed)) if not passed.all() else len(hypotheses)
    points = []
    for risk in ladder:
        holding = [k for k in range(until) if risks[k] <= risk]  # what holds at a smaller risk holds here
        if not holding:
            points.append(OperatingPoint(risk, None, missing=_why_none(risk, risks, score.size, delta)))
            continue
        best = min(holding, key=lambda k: thresholds[k])
        n, errors = int(shown[best]), int(wrong[best])
        bound = upper_bound(errors, n, delta)
        points.append(OperatingPoint(risk, float(thresholds[best]), n, errors, n / score.size, bound))
    return tuple(points)


def _why_none(risk: float, risks: Floats, tested: int, delta: float) -> str:
    if not (risks == risk).any():
        return (
            f"the test needs at least {fewest_shown(risk, delta)} shown answers, and the testing half has "
            f"only {tested} answers"
        )
    return f"too many of the {tested} tested answers were wrong, or too few were sure enough"


def utility_threshold(cost: float) -> float:
    """Lowest calibrated confidence at which showing an answer is worth it: c / (1 + c).

    A right answer is worth 1, none 0, a wrong one −c: p − (1 − p) c ≥ 0. Raises ValueError for a negative cost.

    >>> utility_threshold(1.0), utility_threshold(4.0)
    (0.5, 0.8)
    """
    if not (math.isfinite(cost) and cost >= 0):
        raise ValueError(f"cost {cost}: what a wrong answer costs must be a number from 0 up")
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
    """The threshold with the best mean score over the labelled data sets; the first of the grid where several are best.

    ``labelled``: (scores, correct) of each data set; a correct answer is worth 1, a withheld one 0, a wrong one
    −penalty. Reference: Plaut, Nguyen & Trinh (2024), arXiv 2402.13213.
    """
    grid = threshold_grid(max(0.0, *(float(score.max()) for score, _ in labelled)), scale)
    total = np.zeros(grid.size)
    for score, correct in labelled:
        shown = score[None, :] >= grid[:, None]
        total += (shown * np.where(correct == 1, 1.0, -penalty)).mean(axis=1)
    return float(grid[np.argmax(np.round(total, 12))])  # rounded, or equal means would differ in the last bit


def published_rules(confidence: Floats, correct: Floats, seed: int) -> dict[str, float]:
    """The published thresholds by name, on 20 random answers; ``confidence``: the one that answers are shown with.

    Chosen and applied on the same scale, a threshold withholds the answers that it was chosen to withhold.
    """
    rng = np.random.default_rng(seed)
    taken = rng.choice(correct.size, min(LABELLED, correct.size), replace=False)
    labelled = [(confidence[taken], correct[taken])]
    return {
        "balanced": published_threshold(labelled, BALANCED),
        "conservative": published_threshold(labelled, CONSERVATIVE),
    }
