"""The default panel of a calibrated model: few signals, each of worth for that model, for at most two calls.

On the fitting half of the labelled answers, one rule chooses the rows:

1. a signal of the answer's own tokens: the one that decides without a calibration, or another that predicts the answers
   better by more than a standard error;
2. the best stated signal of worth: its AUROC interval lies above .5, or together with the first row it predicts the answers
   better by more than a standard error;
3. any further signal with which the rows together predict the answers better by more than a standard error.

Every row passes the validity screen, two rows never read the same probe, and all probes together cost at most two calls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators import ESTIMATORS
from estimators.calibration.calibrators import SEED
from estimators.calibration.combined import Readings
from estimators.calibration.logistic import Floats
from estimators.calibration.selection import (
    FEW,
    PROVEN,
    Candidate,
    Columns,
    best_single,
    clearly_better,
    columns_of,
    fit_singles,
    fit_together,
    repeated_folds,
)
from estimators.calibration.validity import Validity
from estimators.estimator import FREE

CALLS = 2  # beyond the answer
_NOT_ASKED = frozenset({"samples", "chains", "claims", "claims_third"})  # drawn or asked for other reasons
_OFFERED = {
    estimator.name: estimator
    for estimator in ESTIMATORS
    if not _NOT_ASKED & set(estimator.needs) and len(set(estimator.needs) - FREE) <= CALLS
}


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A signal of the default panel, and why it is there."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The default panel for one kind of question."""

    rows: tuple[PanelRow, ...]
    calls: int  # beyond the answer

    def __post_init__(self) -> None:
        if not self.rows or self.calls > CALLS:
            raise ValueError(f"panel: it needs a row and at most {CALLS} calls, not {self.calls}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its signals."""
        return tuple(row.name for row in self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """The signals that could be rows, with what the fits need."""

    columns: Columns
    singles: Mapping[str, Candidate]
    validity: Mapping[str, Validity]
    y: Floats
    place: NDArray[np.intp]

    def of_tokens(self, name: str) -> bool:
        """Whether a signal reads the answer's own tokens."""
        return _OFFERED[name].side == "token"

    def together(self, names: Sequence[str]) -> list[Candidate]:
        """The signals together under every penalty."""
        places = tuple(self.columns.names.index(name) for name in names)
        return fit_together(self.columns, places, self.y, self.place)

    def gain(self, before: Candidate, names: Sequence[str]) -> Candidate | None:
        """The signals together, if they predict the answers clearly better than ``before``."""
        after = clearly_better(before, self.together(names))
        return None if after is before else after


def choose_panel(
    readings: Sequence[Readings],
    correct: Floats,
    validity: Mapping[str, Validity],
    seed: int = SEED,
) -> Panel | None:
    """The default panel from labelled answers; None for fewer than 40, or if no signal varies.

    ``validity``: of every signal on these answers.
    """
    offered = {name: result for name, result in validity.items() if name in _OFFERED}
    columns = columns_of([{name: reading.get(name) for name in offered} for reading in readings], offered)
    if correct.size < FEW or not columns.names:
        return None
    place = repeated_folds(correct, seed)
    singles = {candidate.label: candidate for candidate in fit_singles(columns, correct, place)}
    field = _Field(columns, singles, offered, correct, place)
    rows = list(_rows(field))
    return Panel(tuple(rows), len(calls_of(row.name for row in rows))) if rows else None


def _rows(field: _Field) -> Iterator[PanelRow]:
    chosen: list[str] = []
    current: Candidate | None = None
    tokens = [single for name, single in field.singles.items() if field.of_tokens(name)]
    if tokens:
        default, current = best_single(tokens, field.validity)
        chosen.append(current.label)
        yield PanelRow(current.label, _why_first(default, current))
    if (stated := _stated(field, chosen, current)) is not None:
        row, current = stated
        chosen.append(row.name)
        yield row
    while current is not None and (best := _further(field, chosen, current)) is not None:
        row, current = best
        chosen.append(row.name)
        yield row


def _why_first(default: Candidate, chosen: Candidate) -> str:
    if chosen is default:
        return "no signal of the answer's own tokens predicts the answers clearly better"
    return f"it predicts the answers better than {default.label}, by more than a standard error"


def _stated(
    field: _Field, chosen: Sequence[str], current: Candidate | None
) -> tuple[PanelRow, Candidate] | None:
    """The best stated signal of worth, and the rows with it; None if there is none."""
    for name, single in sorted(field.singles.items(), key=lambda named: (_loss(named[1]), named[0])):
        result = field.validity[name]
        if field.of_tokens(name) or result.failure or not _affordable(name, chosen):
            continue
        gained = field.gain(current, [*chosen, name]) if current else None
        if (result.low or 0.0) > PROVEN:
            why = f"AUROC {result.auroc:.2f} [{result.low:.2f}, {result.high:.2f}] on {result.n} answers"
            return PanelRow(name, why), gained or current or single
        if current and gained:
            return PanelRow(name, _gained(current, gained)), gained
    return None


def _further(field: _Field, chosen: Sequence[str], current: Candidate) -> tuple[PanelRow, Candidate] | None:
    """The signal with which the rows predict the answers best, and the rows with it; None if it is not clearly better."""
    gains = [
        (name, after)
        for name in field.singles
        if name not in chosen
        and not field.validity[name].failure
        and _affordable(name, chosen)
        and (after := field.gain(current, [*chosen, name])) is not None
    ]
    if not gains:
        return None
    name, after = min(gains, key=lambda gain: _loss(gain[1]))
    return PanelRow(name, _gained(current, after)), after


def _loss(candidate: Candidate) -> float:
    return round(candidate.loss, 9)


def _gained(before: Candidate, after: Candidate) -> str:
    losses = f"{before.loss:.3f} to {after.loss:.3f}"
    return f"with it the log loss of held-out answers falls from {losses}, by more than a standard error"


def _affordable(name: str, chosen: Sequence[str]) -> bool:
    """Whether the signal fits into the calls, with no probe that a row reads already."""
    probes = calls_of([name])
    return not probes & calls_of(chosen) and len(calls_of([*chosen, name])) <= CALLS


def calls_of(names: Iterable[str]) -> frozenset[str]:
    """The probes that these signals are read from: one call each.

    >>> sorted(calls_of(["msp", "numeric", "likert_third_label", "likert_third_expected"]))
    ['likert_third', 'numeric']
    """
    needs = (_OFFERED[name].needs for name in names if name in _OFFERED)
    return frozenset(need for some in needs for need in some) - FREE
