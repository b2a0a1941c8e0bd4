"""The logarithmic score."""

import numpy as np

from evaluation.metrics.validation import Array, NotDefined, judged


def log_loss(confidence: Array, correct: Array, clip: float = 0.0) -> float:
    """Mean −ln of the probability given to what happened; nats, ≥ 0, lower is better.

    A wrong answer at confidence exactly 1, or a correct one at 0, makes it infinite: NotDefined, with their
    number. ``clip`` moves every confidence into [clip, 1 − clip] first; the figure then depends on it.

    >>> round(log_loss([0.5, 0.5], [0, 1]), 4)
    0.6931
    >>> log_loss([1.0, 0.5], [0, 1])
    Traceback (most recent call last):
    ...
    evaluation.metrics.validation.NotDefined: log loss is infinite: 1 answer was wrong at confidence 1 or correct at 0
    """
    if not 0 <= clip < 0.5:
        raise ValueError(f"clip {clip} is not in [0, 0.5)")
    c, y = judged(confidence, correct)
    probability = np.clip(np.where(y == 1, c, 1 - c), clip, 1.0 - clip)
    impossible = int((probability == 0).sum())
    if impossible:
        raise NotDefined(
            f"log loss is infinite: {impossible} answer{'s were' if impossible > 1 else ' was'} "
            "wrong at confidence 1 or correct at 0"
        )
    return float(-np.log(probability).mean()) + 0.0  # + 0.0: no −0 where all was certain and right
