"""Rank correlation, which measures how well expressed and internal confidence align."""

from evaluation.metrics.validation import Array, NotDefined, numbers, same_length


def spearman(first: Array, second: Array) -> float:
    """Spearman's ρ, tie-corrected (Pearson's r of the mid-ranks); from −1 to 1.

    Between internal confidence P_IC and expressed confidence it is the alignment of Kumar et al.
    (2024), arXiv 2405.16282, whose own equation ignores ties. Shapes (n,), any scale.
    Raises NotDefined for fewer than two pairs or where a side is constant.

    >>> round(spearman([1, 2, 3, 4], [1, 1, 3, 2]), 4)
    0.7379
    """
    from scipy.stats import spearmanr

    a, b = numbers("the first side", first), numbers("the second side", second)
    same_length(a, b)
    if a.size < 2:
        raise NotDefined("Spearman's ρ needs at least two pairs")
    if a.min() == a.max() or b.min() == b.max():
        raise NotDefined("Spearman's ρ needs values that differ, but one side is constant")
    return float(spearmanr(a, b).statistic)
