"""The trials of a study as its measures read them: one row a trial, what is not there is None."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One trial: what the AI said, what the person held before and after it; whether each was right."""

    participant: str
    condition: str
    ai_correct: bool | None = None  # the AI's answer is right
    ai_confidence: float | None = None  # the model's P(its answer is right), shown or not
    own_correct: bool | None = None  # the answer given before the AI's was seen
    own_confidence: float | None = None  # the person's P(the answer is right)
    own_agrees: bool | None = None  # it is the AI's
    final_correct: bool | None = (
        None  # the final answer; accept/reject: accepted a right or rejected a wrong one
    )
    final_confidence: float | None = None  # the person's P(the final answer, or the decision, is right)
    relied: bool | None = None  # the final answer is the AI's; accept/reject: accepted
    seconds: float | None = None  # from the trial's first screen to its last answer
    own_place: float | None = None  # of the slider, as a share of its length; not given: as own_confidence
    final_place: float | None = None
    no_probability: str = ""  # why the places stand for no P(right)

    def __post_init__(self) -> None:
        for name in ("ai_confidence", "own_confidence", "final_confidence", "own_place", "final_place"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} {value} of participant {self.participant} is not in [0, 1]")
        if self.seconds is not None and not self.seconds >= 0:
            raise ValueError(
                f"{self.seconds} seconds of participant {self.participant}: a trial cannot be that long"
            )


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials as columns, each of shape (n,); NaN stands for missing here, and never leaves this form."""

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
    no_probability: NDArray[np.object_]  # reasons, "" where there is none

    @classmethod
    def of(cls, rows: Iterable[Judged]) -> Self:
        """The columns of some trials.

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
        """The trials at some places, in that order and as often as they are named."""
        return Trials(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def with_all(self, *columns: str) -> "Trials":
        """The trials that have every one of these columns."""
        there = np.ones(len(self), dtype=bool)
        for name in columns:
            there &= ~np.isnan(getattr(self, name))
        return self.only(there)


def _column(values: Sequence[float | bool | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
