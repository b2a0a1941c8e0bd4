"""Whether words of doubt match the model's own consistency: faithfulness of a response, and its mean (cMFG)."""

import numpy as np

from evaluation.metrics.calibration.bins import BINS, By, edges, places
from evaluation.metrics.validation import Array, NotDefined, same_length, shares


def faithfulness(decisiveness: Array, confidence: Array) -> float:
    """1 − mean |decisiveness − confidence| over the assertions of one response; from 0 to 1, higher is better.

    Decisiveness is the human norm of the assertion's marker (0 to 1), 1 without a marker; where the marker denies its
    claim ("unlikely") it is 1 − norm, because the denial is what is asserted. Confidence is conf(s), the share of other
    samples that support the assertion. Reference: Yona, Aharoni & Geva (2024).

    >>> round(faithfulness([1.0, 0.4], [0.9, 0.5]), 2)
    0.9
    """
    d, c = shares("decisiveness", decisiveness), shares("confidence", confidence)
    same_length(d, c)
    return float(1 - np.abs(d - c).mean())


def cmfg(confidence: Array, faithful: Array, bins: int = BINS, by: By = "width") -> float:
    """Conditional mean faithful generation: faithfulness averaged evenly over the scale of confidence.

    ``width``: the mean of the means of equal-width bins, with equal weight for every bin that is not empty.
    ``mass``: the means of quantile bins weighted by the bins' widths on the axis of confidence.

    Parameters
    ----------
    confidence : shape (n,), in [0, 1]; the mean conf(s) of each response
    faithful : shape (n,), in [0, 1]; the ``faithfulness`` of each response

    An empty bin is left out. With confidence spread evenly, full decisiveness always gives 0.5, and a constant
    decisiveness of 0.5 gives 0.75. Raises NotDefined by ``mass`` where all confidences are equal (every width is 0).
    Reference: Yona, Aharoni & Geva (2024), arXiv 2405.16908.

    >>> cmfg([0.1, 0.9, 0.9], [0.2, 1.0, 0.8])  # (0.2 + 0.9) / 2
    0.55
    """
    c, f = shares("confidence", confidence), shares("faithful", faithful)
    same_length(c, f)
    ends = edges(c, bins, by)
    place = places(c, ends, by)
    count = np.bincount(place, minlength=bins)
    full = count > 0
    means = np.bincount(place, f, bins)[full] / count[full]
    if by == "width":
        return float(means.mean())
    widths = np.diff(ends)[full]
    if not widths.sum() > 0:
        raise NotDefined("cMFG over quantile bins needs confidences that differ")
    return float((widths * means).sum() / widths.sum())


def cmfg_published(confidence: Array, faithful: Array, bins: int = BINS) -> float:
    """cMFG as the released code of Liu & Cohan (2026, arXiv 2605.28778) computes it, to compare with their figures.

    Responses of confidence 0 are left out, because the bins are (k/10, (k+1)/10]; all ten bins are averaged, an empty
    one as 0. So it is low if confidences are close together, whatever the faithfulness: see ``cmfg``.
    Parameters as for ``cmfg``. Raises NotDefined where every confidence is 0.

    >>> cmfg_published([0.0, 0.05, 0.95, 0.95], [1.0, 0.2, 1.0, 0.8])  # (0.2 + 0.9) / 10
    0.11
    """
    c, f = shares("confidence", confidence), shares("faithful", faithful)
    same_length(c, f)
    counted = c > 0
    if not counted.any():
        raise NotDefined("every confidence is 0, and this variant leaves those responses out")
    place = np.searchsorted(np.arange(1, bins) / bins, c[counted], side="left")
    count = np.bincount(place, minlength=bins)
    means = np.bincount(place, f[counted], bins)[count > 0] / count[count > 0]
    return round(float(means.sum() / bins), 12)
