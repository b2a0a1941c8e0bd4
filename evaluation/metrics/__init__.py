"""Metrics of confidence against correctness: pure functions over arrays, no I/O.

Each takes ``(confidence, correct)`` and returns a float. A metric that is undefined for the data raises NotDefined
with the reason; a value out of range or NaN raises ValueError.
"""

from evaluation.metrics.accuracy import accuracy, mean_confidence
from evaluation.metrics.bootstrap import (
    Interval,
    bootstrap,
    exact_interval,
    interval_without_spread,
    percentile_interval,
    resamples,
)
from evaluation.metrics.calibration.bins import Bin, bins
from evaluation.metrics.calibration.brier import BrierParts, brier, brier_decomposition
from evaluation.metrics.calibration.calibration_error import calibration_error, ece, ece_equal_mass
from evaluation.metrics.calibration.evenness import confidence_evenness
from evaluation.metrics.calibration.inverse_pairs import ipr
from evaluation.metrics.calibration.log_loss import log_loss
from evaluation.metrics.calibration.smooth_ece import smooth_ece
from evaluation.metrics.correlation import spearman
from evaluation.metrics.estimate import Estimate, estimate_of, resampled
from evaluation.metrics.markers.confidence import Item, marker_confidence
from evaluation.metrics.markers.faithfulness import cmfg, cmfg_published, faithfulness
from evaluation.metrics.markers.stability import fisher_mean, marker_stability, marker_table, split_items
from evaluation.metrics.paired import Difference, McNemar, mcnemar, paired_differences
from evaluation.metrics.selective.abstention import (
    abstention_score,
    choose_threshold,
    selective_score,
    selective_scores,
)
from evaluation.metrics.selective.ranking import auprc, auroc, mann_whitney_p
from evaluation.metrics.selective.risk_coverage import RiskCoverage, aurc, e_aurc, risk_coverage
from evaluation.metrics.table import BY_NAME, METRICS, Metric, measure
from evaluation.metrics.validation import NotDefined

__all__ = [
    "BY_NAME",
    "METRICS",
    "Bin",
    "BrierParts",
    "Difference",
    "Estimate",
    "Interval",
    "Item",
    "McNemar",
    "Metric",
    "NotDefined",
    "RiskCoverage",
    "abstention_score",
    "accuracy",
    "auprc",
    "aurc",
    "auroc",
    "bins",
    "bootstrap",
    "brier",
    "brier_decomposition",
    "calibration_error",
    "choose_threshold",
    "cmfg",
    "cmfg_published",
    "confidence_evenness",
    "e_aurc",
    "ece",
    "ece_equal_mass",
    "estimate_of",
    "exact_interval",
    "faithfulness",
    "fisher_mean",
    "interval_without_spread",
    "ipr",
    "log_loss",
    "mann_whitney_p",
    "marker_confidence",
    "marker_stability",
    "marker_table",
    "mcnemar",
    "mean_confidence",
    "measure",
    "paired_differences",
    "percentile_interval",
    "resampled",
    "resamples",
    "risk_coverage",
    "selective_score",
    "selective_scores",
    "smooth_ece",
    "spearman",
    "split_items",
]
