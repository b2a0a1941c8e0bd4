"""Ownership bias: how much more the model trusts an answer as its own than as somebody else's."""

from collections.abc import Sequence
from dataclasses import dataclass

from estimators.types import Signal

# The signal asked in the model's own turn → the same one in third person, where the names do not differ by these words.
_PAIRS = {"weakest_claim": "weakest_claim_third"}


@dataclass(frozen=True, slots=True)
class OwnershipBias:
    """One confidence asked both ways; it is a comparison, not a confidence."""

    signal: str  # the name of the one asked in the model's own turn
    own: float
    third: float

    @property
    def difference(self) -> float:
        """own − third, from −1 to 1; above 0 the model trusts the answer more when it is its own."""
        return self.own - self.third


def ownership_biases(signals: Sequence[Signal]) -> tuple[OwnershipBias, ...]:
    """The ownership bias of every signal that was asked in the model's own turn and in the third person.

    A pair with a missing value is left out. Reference: arXiv 2606.03437.

    >>> asked = (Signal("p_true_own", 0.9), Signal("p_true_third", 0.75), Signal("numeric", 0.8))
    >>> [(bias.signal, round(bias.difference, 2)) for bias in ownership_biases(asked)]
    [('p_true_own', 0.15)]
    """
    values = {signal.name: signal.confidence for signal in signals}
    biases = []
    for name, own in values.items():
        other = _PAIRS.get(name, name.replace("_own", "_third"))
        third = values.get(other) if other != name else None
        if own is not None and third is not None:
            biases.append(OwnershipBias(name, own, third))
    return tuple(biases)
