"""When a consistency check may stop: the samples that are enough, and the fidelity chains that still matter."""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence

from estimators.types import FidelityChain

SURE = 0.95  # of the meaning that leads, as published
SMALL = 0.1  # of UF, at most as much as all chains that are not followed could change it
LONGEST = 4  # answers of a chain: further ones change the weight of the first by less than 4 points


def leading_chance(sizes: Collection[int]) -> float:
    """The probability that the larger of the two largest groups of samples is the more probable meaning.

    Beta(a + 1, b + 1) above ½ for group sizes a ≥ b, with a uniform prior: Σ_{k ≤ a} C(n, k) / 2ⁿ, n = a + b + 1.
    Reference: Aggarwal et al. (2023), adaptive consistency, arXiv 2305.11860.

    >>> [round(leading_chance(sizes), 3) for sizes in ((), (3,), (4,), (5, 1), (6, 1))]
    [0.5, 0.938, 0.969, 0.938, 0.965]
    """
    first, second = sorted((*sizes, 0, 0), reverse=True)[:2]
    n = first + second + 1
    return sum(math.comb(n, k) for k in range(first + 1)) / float(2**n)


def stops(sizes: Collection[int]) -> str:
    """Why no further sample is needed, in words; empty if one is."""
    chance = leading_chance(sizes)
    if chance <= SURE:
        return ""
    agree = f"{max(sizes)} of {sum(sizes)} mean the same"
    return f"{agree}, so that meaning stays ahead with a probability of {100 * chance:.0f} %"


def needed(sizes: Collection[int]) -> int:
    """How many further samples are surely drawn before it may stop: if all of them join the largest group.

    >>> [needed(sizes) for sizes in ((), (3,), (3, 1), (2, 2))]
    [4, 1, 3, 6]
    """
    first, *rest = sorted((*sizes, 0), reverse=True)
    return next(more for more in itertools.count(1) if stops((first + more, *rest)))


def unfollowed(shares: Mapping[str, float], size: int, shown: str | None = None) -> dict[str, FidelityChain]:
    """The chains that need not be followed, by the label of their candidate, for ``size`` options or samples.

    Chains are followed from the largest share to the smallest, the shown answer first among equals, until
    (1 − Uncertainty) · the share of the rest is at most ``SMALL``. The rest count as kept at once.

    >>> list(unfollowed({"A": 0.8, "B": 0.1, "C": 0.1}, 4)), list(unfollowed({"A": 0.25, "B": 0.25, "C": 0.5}, 4))
    (['C'], ['B'])
    """
    spread = -math.fsum(p * math.log(p) for p in shares.values()) / math.log(size) if size > 1 else 0.0
    order = sorted(shares, key=lambda label: (-shares[label], label != shown))
    kept: dict[str, FidelityChain] = {}
    rest = 0.0
    for label in reversed(order):
        rest += shares[label]
        if (1 - min(1.0, spread)) * rest > SMALL + 1e-9:
            break
        reason = f"not asked: it could change the result by at most {100 * SMALL:.0f} points"
        kept[label] = FidelityChain((label,), reason, "settled")
    return {label: kept[label] for label in order if label in kept}


def settled(labels: Sequence[str]) -> str:
    """Why a chain need not go on, in words; empty if it must."""
    return (
        ""
        if len(labels) < LONGEST
        else "not asked further: more could change the weights by less than 4 points"
    )
