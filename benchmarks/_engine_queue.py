"""An engine with a queue, simulated: questions come, share its speed, and leave."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """A question that came at a time and was assessed some seconds later."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineSpeed:
    """How an engine shares its speed: with k questions at once it works ``speed(k)`` times as fast as with one.

    Between one and ``many`` questions the speed rises linearly to ``gain`` and stays there.
    """

    many: int
    gain: float

    def speed(self, questions: int) -> float:
        """The work done in one second, in seconds that one question alone would take.

        >>> [EngineSpeed(8, 1.7).speed(k) for k in (1, 8, 20)]
        [1.0, 1.7, 1.7]
        """
        part = (min(questions, self.many) - 1) / (self.many - 1)
        return 1 + (self.gain - 1) * part


def simulated(times: Sequence[float], work: Sequence[float], engine: EngineSpeed) -> list[Arrival]:
    """Questions that come at ``times`` (seconds, rising), each with the seconds that it takes alone.

    All questions in progress get an equal share of the engine's speed (processor sharing), as calls of several turns do
    that take places in turn.

    >>> simulated([0.0, 0.0], [1.0, 2.0], EngineSpeed(8, 1.0))
    [Arrival(at=0.0, seconds=2.0), Arrival(at=0.0, seconds=3.0)]
    """
    left: dict[int, float] = {}
    ended = [0.0] * len(times)
    now, coming = 0.0, 0
    while coming < len(times) or left:
        if not left:
            now = max(now, times[coming])
        while coming < len(times) and times[coming] <= now:
            left[coming] = work[coming]
            coming += 1
        share = engine.speed(len(left)) / len(left)
        first = min(left, key=lambda place: left[place])
        end = now + left[first] / share
        until = min(end, times[coming]) if coming < len(times) else end
        left = {place: rest - (until - now) * share for place, rest in left.items()}
        now = until
        if now == end:
            del left[first]
            ended[first] = now
    return [Arrival(at, end - at) for at, end in zip(times, ended, strict=True)]
