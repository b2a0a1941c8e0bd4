"""The trials of a study, as input of the measures: one row per trial, missing values are None."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One trial: the AI answer and the person's answers before and after, with correctness and confidence."""

    participant: str
    condition: str
    ai_correct: bool | None = None  # the AI's answer is right
    ai_confidence: float | None = None  # the model's P(its answer is right), shown or not
    own_correct: bool | None = None  # the person's answer before seeing the AI answer
    own_confidence: float | None = None  # the person's P(the answer is right)
    own_agrees: bool | None = None  # own answer agrees with the AI
    final_correct: bool | None = None  # final answer; accept/reject: accepted a right or rejected a wrong one
    final_confidence: float | None = None  # the person's P(the final answer, or the decision, is right)
    relied: bool | None = None  # final answer agrees with the AI; accept/reject: accepted
    seconds: float | None = None  # from the trial's first screen to its last answer
    own_place: float | None = None  # slider position as a share of its length; defaults to own_confidence
    final_place: float | None = None
    no_probability: str = ""  # why the slider gives no P(right)

    def __post_init__(self) -> None:
        for name in ("ai_confidence", "own_confidence", "final_confidence", "own_place", "final_place"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} {value} of participant {self.participant} is not in [0, 1]")
        if self.seconds is not None and not self.seconds >= 0:
            raise ValueError(
                f"participant {self.participant} has a trial of {self.seconds} seconds, which is not a valid time"
            )


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials as columns, each of shape (n,); NaN means missing, and only inside this class."""

    ai_correct: Floats
    ai_confidence: Floats
    own_correct: Floats
    own_confidence: Floats
    own_agrees: Floats
    final_correct: Floats
    final_confidence: Floats
    relied: Floats
    seconds: Floats
    own_place: Floats
    final_place: Floats
    no_probability: NDArray[np.object_]  # reasons, "" if it is a probability

    @classmethod
    def of(cls, rows: Iterable[Judged]) -> Self:
        """Convert trials to columns.

        >>> Trials.of([Judged("p", "c", ai_correct=True), Judged("p", "c")]).ai_correct
        array([ 1., nan])
        """
        listed = list(rows)
        columns = {
            field.name: _column([getattr(row, field.name) for row in listed]) for field in fields(cls)[:-1]
        }
        for side in ("own", "final"):
            at, sure = columns[f"{side}_place"], columns[f"{side}_confidence"]
            columns[f"{side}_place"] = np.where(np.isnan(at), sure, at)
        return cls(**columns, no_probability=np.array([row.no_probability for row in listed], dtype=object))

    def __len__(self) -> int:
        return int(self.seconds.size)

    def only(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "Trials":
        """The trials at these positions, in this order and with repetitions."""
        return Trials(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def with_all(self, *columns: str) -> "Trials":
        """The trials that have values in all these columns."""
        there = np.ones(len(self), dtype=bool)
        for name in columns:
            there &= ~np.isnan(getattr(self, name))
        return self.only(there)


def _column(values: Sequence[float | bool | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
