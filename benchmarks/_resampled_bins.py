"""Metrics of equal-width bins over all resamples of a sample at once, for simulations that need millions of them.

A resample is a vector of how often each answer was drawn, so the bins of all resamples are two matrix products. A test
compares every formula with the one in ``evaluation.metrics``.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.metrics.calibration.bins import BINS, edges, places
from evaluation.metrics.validation import Floats


@dataclass(frozen=True, slots=True)
class Binned:
    """Answers, summed confidence and correct answers per bin, shapes (resamples, bins)."""

    count: Floats
    confidence: Floats
    right: Floats


def draw_counts(rng: np.random.Generator, n: int, resamples: int) -> Floats:
    """How often each of n answers was drawn, shape (resamples, n), after a first row for the original sample."""
    drawn = rng.multinomial(n, np.full(n, 1 / n), resamples)
    return np.concatenate([np.ones((1, n)), drawn])


def binned(counts: Floats, c: Floats, y: Floats) -> Binned:
    """The bins of every resample."""
    member = np.zeros((c.size, BINS))
    member[np.arange(c.size), places(c, edges(c))] = 1
    sums = counts @ np.hstack([member, member * c[:, None], member * y[:, None]])
    return Binned(*np.split(sums, 3, axis=1))


def ece(bins: Binned) -> Floats:
    """``evaluation.metrics.ece`` of every resample."""
    return np.asarray(np.abs(bins.right - bins.confidence).sum(1) / bins.count.sum(1))


def ipr(bins: Binned) -> Floats:
    """``evaluation.metrics.ipr`` of every resample."""
    full = bins.count > 0
    accuracy = np.where(full, bins.right / np.maximum(bins.count, 1), np.nan)
    more_confident = np.triu(np.ones((BINS, BINS), dtype=bool), k=1)
    inverse = ((accuracy[:, :, None] > accuracy[:, None, :]) & more_confident).sum((1, 2))
    pairs = full.sum(1) * (full.sum(1) - 1) / 2
    return np.asarray(inverse / np.maximum(pairs, 1))


def confidence_evenness(bins: Binned) -> Floats:
    """``evaluation.metrics.confidence_evenness`` of every resample."""
    share = bins.count / bins.count.sum(1, keepdims=True)
    return np.asarray(-(share * np.log(np.where(share > 0, share, 1))).sum(1) / np.log(BINS))


MEASURES = {"ece": ece, "ipr": ipr, "confidence_evenness": confidence_evenness}
