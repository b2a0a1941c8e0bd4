"""What was read inside of a model while it read its own answer again: attention weights and hidden states."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Position = Literal[
    "before", "after"
]  # after the question's last token; at the last scored token of the answer


@dataclass(frozen=True, slots=True)
class ProbeScore:
    """The score of a trained linear probe on one hidden state."""

    value: float  # log odds that the answer is right
    probe: str  # which probe: its name and the date of its training

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.probe}: the score {self.value} is not a finite number")


@dataclass(frozen=True, slots=True)
class Internals:
    """Readings of one pass over the answer; each part is empty if its reason is given."""

    logprobs: tuple[float, ...] = ()  # nats, of the answer's N tokens
    # Layer (from 0) → attention of the tokens 2 to N to the one before, by the head with the highest mean
    attention: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    scores: Mapping[Position, ProbeScore] = field(default_factory=dict)
    no_attention: str = ""
    no_scores: str = ""

    def __post_init__(self) -> None:
        if bool(self.attention) == bool(self.no_attention) or bool(self.scores) == bool(self.no_scores):
            raise ValueError("internals: every part needs a value or a reason, and not both")
        if any(len(weights) != len(self.logprobs) - 1 for weights in self.attention.values()):
            raise ValueError("internals: there must be one attention weight for every token after the first")
        if not all(0.0 <= weight <= 1.0 for weights in self.attention.values() for weight in weights):
            raise ValueError("internals: an attention weight is not in [0, 1]")
        if not all(math.isfinite(value) and value <= 0.0 for value in self.logprobs):
            raise ValueError("internals: a log-probability is not a finite number ≤ 0")


def unreadable(reason: str) -> Internals:
    """Internals of which nothing could be read."""
    return Internals(no_attention=reason, no_scores=reason)
