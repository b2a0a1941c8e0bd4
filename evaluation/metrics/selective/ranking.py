"""Whether correct answers score higher than wrong ones; depends only on the order of the scores."""

import numpy as np

from evaluation.metrics.selective.risk_coverage import by_score
from evaluation.metrics.validation import Array, NotDefined, need_both, ranked


def auroc(score: Array, correct: Array) -> float:
    """Probability that a correct answer scores higher than a wrong one, a tie counting half; 0.5 = chance.

    AUROC = (R − n₁(n₁ + 1)/2) / (n₁ n₀), R the sum of the mid-ranks of the n₁ correct answers.

    Parameters
    ----------
    score : shape (n,), any scale (a confidence, a logit), higher = surer
    correct : shape (n,), 0 or 1

    Raises NotDefined when all answers are correct or all are wrong. Reference: Hanley & McNeil (1982).

    >>> auroc([0.9, 0.6, 0.6, 0.1], [1, 1, 0, 0])  # 3.5 of 4 pairs
    0.875
    """
    from scipy.stats import rankdata

    s, y = ranked(score, correct)
    need_both("AUROC", y)
    right = int(y.sum())
    ranks = rankdata(s)
    return float((ranks[y == 1].sum() - right * (right + 1) / 2) / (right * (y.size - right)))


def auprc(score: Array, correct: Array) -> float:
    """Average precision of the scores as predictions of correctness; chance = accuracy, 1 is best.

    AP = Σ_k (recall_k − recall_{k−1}) · precision_k over the distinct scores from the highest down (no
    interpolation), as ``sklearn.metrics.average_precision_score``; implemented here because a bootstrap calls
    it thousands of times. Raises NotDefined when all answers are correct or all are wrong.

    >>> round(auprc([0.9, 0.8, 0.1], [1, 0, 1]), 4)  # ½ · 1/1 + ½ · 2/3
    0.8333
    """
    s, y = ranked(score, correct)
    need_both("AUPRC", y)
    _, count, errors = by_score(s, y)
    right = count - errors
    return float((right * np.cumsum(right) / np.cumsum(count)).sum() / right.sum())


def mann_whitney_p(score: Array, correct: Array) -> float:
    """Two-sided p of the Mann–Whitney U test that correct and wrong answers have the same scores.

    Exact for small samples without ties, else the normal approximation with tie and continuity correction.
    Raises NotDefined when all answers are correct or wrong, or all scores are equal. Reference: scipy,
    ``mannwhitneyu``.

    >>> round(mann_whitney_p([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1]), 2)  # 2 of the 20 orders
    0.1
    """
    from scipy.stats import mannwhitneyu

    s, y = ranked(score, correct)
    need_both("the Mann–Whitney test", y)
    if s.min() == s.max():
        raise NotDefined("the Mann–Whitney test needs scores that differ")
    return float(mannwhitneyu(s[y == 1], s[y == 0], alternative="two-sided").pvalue)
