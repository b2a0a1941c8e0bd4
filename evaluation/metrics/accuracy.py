"""Accuracy and mean confidence."""

from evaluation.metrics.validation import Array, judged


def accuracy(confidence: Array, correct: Array) -> float:
    """Share of the answers that are correct, whatever their confidence; from 0 to 1.

    >>> accuracy([0.9, 0.2, 0.4, 1.0], [1, 0, 0, 1])
    0.5
    """
    return float(judged(confidence, correct)[1].mean())


def mean_confidence(confidence: Array, correct: Array) -> float:
    """Mean confidence, from 0 to 1; if it is above the accuracy, the answers are overconfident on average.

    >>> mean_confidence([1.0, 0.5], [1, 0])
    0.75
    """
    return float(judged(confidence, correct)[0].mean())
