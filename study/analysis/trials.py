"""The trials of a study as columns, the input of the measures; and how sure people were in each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from study.design.confidence_scale import no_probability, place
from study.design.parts import Scale
from study.tables.trial_row import TRIALS, TrialRow

SIDES: tuple[Literal["own", "final"], ...] = ("own", "final")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sure:
    """How sure a person was of an answer."""

    confidence: float | None  # P(right)
    place: float | None  # the slider's position as a share of its length


def sure(row: TrialRow, side: Literal["own", "final"]) -> Sure:
    """How sure a person was of their own or the final answer; without a slider, the place is the confidence.

    Older files without a scale meaning store the position as confidence.
    """
    confidence: float | None = getattr(row, f"{side}_confidence")
    if row.confidence_scale is None:
        return Sure(None, confidence)
    value, low, high = getattr(row, f"{side}_slider"), row.scale_low, row.scale_high
    on_a_scale = value is not None and low is not None and high is not None
    return Sure(confidence, place(value, Scale(low=low, high=high)) if on_a_scale else confidence)


def why_no_probability(row: TrialRow) -> str:
    """Why the slider gives no P(right); "" if it does."""
    return no_probability(row.confidence_scale, row.chance)


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials as columns, each of shape (n,); NaN means missing, and only inside this class."""

    ai_correct: Floats
    ai_confidence: Floats
    own_correct: Floats
    own_confidence: Floats
    own_agrees: Floats
    outcome_correct: Floats
    final_confidence: Floats
    relied: Floats
    seconds: Floats
    own_place: Floats
    final_place: Floats
    no_probability: NDArray[np.object_]  # reasons, "" if it is a probability

    @classmethod
    def of(cls, rows: Iterable[TrialRow]) -> Self:
        """Convert trials to columns; raises ValueError for values that cannot be.

        >>> Trials.of([TrialRow(ai_correct=True), TrialRow()]).ai_correct
        array([ 1., nan])
        """
        listed = [_checked(row) for row in rows]
        columns = {name: _column([getattr(row, name) for row in listed]) for name in _TAKEN}
        for side in SIDES:
            stated = [sure(row, side) for row in listed]
            columns[f"{side}_confidence"] = _column([each.confidence for each in stated])
            columns[f"{side}_place"] = _column([each.place for each in stated])
        reasons = [why_no_probability(row) for row in listed]
        return cls(**columns, no_probability=np.array(reasons, dtype=object))

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


_TAKEN = tuple({field.name for field in fields(Trials)} & {field.name for field in fields(TrialRow)})


def _checked(row: TrialRow) -> TrialRow:
    for column in TRIALS:
        value = getattr(row, column.name)
        if column.kind == "share" and value is not None and not 0.0 <= value <= 1.0:
            raise ValueError(f"{column.name} {value} of participant {row.participant} is not in [0, 1]")
    if row.seconds is not None and not row.seconds >= 0:
        raise ValueError(
            f"participant {row.participant} has a trial of {row.seconds} seconds, which is not a valid time"
        )
    return row
