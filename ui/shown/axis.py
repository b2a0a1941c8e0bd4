"""The axis of the panel: its lanes, its threshold and the calibrated confidence that leads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from estimators import Estimator
from estimators.types import Signal


@dataclass(frozen=True, slots=True)
class Lane:
    """One signal on the axis: its confidence, or the reason why it is missing, or what it waits for."""

    name: str
    title: str
    meaning: str
    confidence: float | None = None
    missing: str = ""
    waiting: str = ""
    calibrated: float | None = None  # on its own


@dataclass(frozen=True, slots=True)
class Lead:
    """The top lane: the calibrated confidence, None before it is computed."""

    confidence: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The lanes by side; ``threshold`` None: none is drawn. With a ``lead`` the raw signals are drawn more quietly."""

    token: tuple[Lane, ...] = ()
    verbal: tuple[Lane, ...] = ()
    sample: tuple[Lane, ...] = ()
    threshold: float | None = None
    lead: Lead | None = None


def axis(
    estimators: Sequence[Estimator],
    signals: Mapping[str, Signal],
    threshold: float | None,
    pending: Sequence[str] = (),
    lead: Lead | None = None,
) -> Axis:
    """The lanes of these estimators with the signals so far; ``pending`` are the probes still to be made."""
    sides: dict[str, list[Lane]] = {"token": [], "verbal": [], "sample": []}
    for estimator in estimators:
        sides[estimator.side].append(_lane(estimator, signals.get(estimator.name), pending))
    low = None if threshold is None else max(0.0, threshold)
    return Axis(tuple(sides["token"]), tuple(sides["verbal"]), tuple(sides["sample"]), low, lead)


def _lane(estimator: Estimator, signal: Signal | None, pending: Sequence[str]) -> Lane:
    name, title, meaning = estimator.name, estimator.title, estimator.meaning
    if signal is None:
        return Lane(name, title, meaning, waiting=_waiting(estimator.needs, pending))
    return Lane(name, title, meaning, signal.confidence, signal.missing, calibrated=signal.calibrated)


def _waiting(needs: Sequence[str], pending: Sequence[str]) -> str:
    if pending and pending[0] in needs:
        return "asking …"
    return "measuring …" if "tokens" in needs else "waiting …"
