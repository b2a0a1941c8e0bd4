"""Which few signals count for an answer: those that its confidence rests on, and one of each side."""

from collections.abc import Mapping, Sequence

from estimators import ESTIMATORS

MOST = 6
# Without a calibration, the first available of each line
DEFAULTS: tuple[tuple[str, ...], ...] = (
    ("key_span_probability", "p_ic", "msp"),
    ("sequence_probability",),
    (
        "likert_third_oc_expected",
        "likert_third_expected",
        "likert_third_oc_label",
        "likert_third_label",
        "numeric",
    ),
    ("p_true_third", "p_true_own"),
    ("weakest_claim", "weakest_claim_third"),
    ("self_consistency",),
)
_SIDES = {estimator.name: estimator.side for estimator in ESTIMATORS}


def few_signals(
    names: Sequence[str], used: Sequence[str] = (), failed: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The names of the few signals among those of an answer.

    ``used``: the signals of the calibration's score. They come first, then one of each side that has none, so that what
    the model says stands beside its token probabilities. Without a calibration the few are a small default. Signals
    that fail the validity screen are left out.
    """
    passing = [name for name in names if name not in (failed or {})]
    used = [name for name in used if name in passing]
    defaults = [found for line in DEFAULTS if (found := next((name for name in line if name in passing), ""))]
    if not used:
        return tuple(defaults[:MOST])
    chosen = list(used[:MOST])
    for name in defaults:
        if all(_SIDES[name] != _SIDES[other] for other in chosen if other in _SIDES):
            chosen.append(name)
    return tuple(chosen)
