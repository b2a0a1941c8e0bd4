"""The axes of the panel: their lanes, their threshold and the calibrated confidence that leads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from estimators import Estimator
from estimators.types import Signal


@dataclass(frozen=True, slots=True)
class Lane:
    """One signal on the axis: its confidence, or the reason why it is missing, or what it waits for.

    ``failed``: why the calibration's validity screen leaves it out; it is drawn in grey.
    """

    name: str
    title: str
    meaning: str
    confidence: float | None = None
    missing: str = ""
    waiting: str = ""
    calibrated: float | None = None  # on its own
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """The top lane: the calibrated confidence, None before it is computed."""

    confidence: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The lanes by side; ``threshold`` None: none is drawn. With a ``lead`` the raw signals are drawn more quietly.

    ``key`` tells the unfolded lanes of several axes apart.
    """

    token: tuple[Lane, ...] = ()
    verbal: tuple[Lane, ...] = ()
    sample: tuple[Lane, ...] = ()
    threshold: float | None = None
    lead: Lead | None = None
    key: str = "lane"

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes, from top to bottom."""
        return (*self.token, *self.verbal, *self.sample)


def axis(
    estimators: Sequence[Estimator],
    signals: Mapping[str, Signal],
    threshold: float | None,
    pending: Sequence[str] = (),
    lead: Lead | None = None,
    failed: Mapping[str, str] | None = None,
    plain: bool = False,
) -> Axis:
    """The lanes of these estimators with the signals so far.

    ``pending`` are the probes still to be made, ``failed`` the signals that fail the validity screen. ``plain``: the lanes
    have everyday names, and their meaning says the technical one.
    """
    sides: dict[str, list[Lane]] = {"token": [], "verbal": [], "sample": []}
    for estimator in estimators:
        lane = _lane(
            estimator, signals.get(estimator.name), pending, (failed or {}).get(estimator.name, ""), plain
        )
        sides[estimator.side].append(lane)
    low = None if threshold is None else max(0.0, threshold)
    token, verbal, sample = (tuple(sides[side]) for side in ("token", "verbal", "sample"))
    return Axis(token, verbal, sample, low, lead, "few" if plain else "lane")


def _lane(
    estimator: Estimator, signal: Signal | None, pending: Sequence[str], failed: str, plain: bool
) -> Lane:
    name, title, meaning = estimator.name, estimator.title, estimator.meaning
    if plain:
        title, meaning = estimator.plain, f"{meaning} Its technical name is “{title}”."
    if signal is None:
        return Lane(name, title, meaning, waiting=_waiting(estimator.needs, pending))
    return Lane(name, title, meaning, signal.confidence, signal.missing, "", signal.calibrated, failed)


def _waiting(needs: Sequence[str], pending: Sequence[str]) -> str:
    if pending and pending[0] in needs:
        return "asking …"
    return "measuring …" if "tokens" in needs else "waiting …"
