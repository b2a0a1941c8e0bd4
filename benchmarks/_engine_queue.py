"""An engine with a line, simulated: questions come, wait, share its speed, and leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True, slots=True)
class Arrival:
    """A question that came at a time and was assessed some seconds later."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineSpeed:
    """An engine that works on the first ``beside`` questions of its line; with so many it is ``gain`` times as fast."""

    beside: int
    gain: float

    def speed(self, questions: int) -> float:
        """The work done in one second, in seconds that one question alone would take; linear in between.

        >>> [round(EngineSpeed(3, 1.5).speed(k), 2) for k in (1, 2, 3)]
        [1.0, 1.25, 1.5]
        """
        return 1 + (self.gain - 1) * (questions - 1) / (self.beside - 1) if questions > 1 else 1.0


def simulated(times: Sequence[float], work: Sequence[float], engine: EngineSpeed) -> list[Arrival]:
    """Questions that come at ``times`` (seconds, rising), each with the seconds that it takes alone.

    The first ones in the line get equal shares of the engine's speed, the others wait, as turns do in a model's line.

    >>> simulated([0.0, 0.0, 0.0], [1.0, 2.0, 1.0], EngineSpeed(2, 1.0))
    [Arrival(at=0.0, seconds=2.0), Arrival(at=0.0, seconds=4.0), Arrival(at=0.0, seconds=4.0)]
    """
    left: dict[int, float] = {}  # in the order in which they came
    ended = [0.0] * len(times)
    now, coming = 0.0, 0
    while coming < len(times) or left:
        if not left:
            now = max(now, times[coming])
        while coming < len(times) and times[coming] <= now:
            left[coming] = work[coming]
            coming += 1
        served = list(islice(left, engine.beside))
        share = engine.speed(len(served)) / len(served)
        shortest = min(left[place] for place in served)
        end = now + shortest / share
        until = min(end, times[coming]) if coming < len(times) else end
        for place in served:
            if until == end and left[place] == shortest:
                del left[place]
                ended[place] = until
            else:
                left[place] -= (until - now) * share
        now = until
    return [Arrival(at, end - at) for at, end in zip(times, ended, strict=True)]
