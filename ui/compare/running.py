"""Answers of several models to one question: at the same time where the machine allows it, else one after another."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chains.engines.processors import usable_processors
from chains.pipeline.live import PERIOD, LiveTurn
from chains.settings import Settings
from estimators.types import Question
from ui.chat.conversation import Entry
from ui.compare.columns import Column
from ui.compare.others import OtherModels
from ui.risk import decided_at

PER_MODEL = 4  # processors that a model on this machine needs to be worth asking beside another


@dataclass(slots=True, eq=False)
class Side:
    """One column while it is asked: its entry as the chat would keep it, and its turn once it has begun."""

    column: Column
    entry: Entry
    live: LiveTurn | None = None
    ended: bool = False

    def take(self, risk: float | None) -> None:
        """Take the latest snapshot of its turn into its entry, decided at the accepted risk."""
        if (live := self.live) is None:
            return
        entry = self.entry
        entry.error, entry.paused, entry.waiting = live.error, live.paused, live.waiting
        if (turn := live.turn) is not None:
            entry.turn = decided_at(turn, turn.fit, turn.settings, risk)


@dataclass(slots=True, eq=False)
class Race:
    """The columns of one comparison; ``lanes`` hold the places of columns that are asked one after another."""

    question: Question
    sides: list[Side]
    lanes: list[list[int]]
    settings: Settings
    risk: float | None = None  # the accepted share of wrong answers; None: not chosen
    stopped: bool = False
    pending: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.pending = [list(lane) for lane in self.lanes]

    @property
    def one_by_one(self) -> bool:
        """Whether some columns wait for others."""
        return any(len(lane) > 1 for lane in self.lanes)

    def stop(self) -> None:
        """Stop all that are being asked; the others are not asked."""
        self.stopped = True
        for side in self.sides:
            if side.live is not None:
                side.live.stop()

    def run(self, models: OtherModels) -> Iterator[None]:
        """Ask all columns; yields whenever there may be something new, until all have ended."""
        try:
            while not all(side.ended for side in self.sides):
                self._step(models)
                yield
                time.sleep(PERIOD)
        finally:  # also if the page was closed
            self.stop()
            for side in self.sides:
                self._finish(side)

    def _step(self, models: OtherModels) -> None:
        for lane in self.pending:
            while lane and self.sides[lane[0]].ended:
                lane.pop(0)
            if not lane:
                continue
            side = self.sides[lane[0]]
            if self.stopped and side.live is None:
                for place in lane:
                    self.sides[place].ended = True
            elif side.live is None:
                settings = side.column.settings(self.settings)
                side.live = LiveTurn(models.opened(side.column.spec), self.question, settings)
            elif side.live.ended:
                self._finish(side)
            side.take(self.risk)

    def _finish(self, side: Side) -> None:
        if side.live is not None and not side.ended:
            for _ in side.live.updates(period=0):
                pass
            side.take(self.risk)
        side.ended = True


def lanes(specs: Sequence[str], local: Sequence[bool]) -> list[list[int]]:
    """The places of the columns in lanes that run beside each other.

    One model is one lane, because it is one engine. Models on this machine share its processors, so only as many run at
    the same time as have four each; servers elsewhere have their own.

    >>> lanes(("tiny", "http://a/v1", "tiny"), (True, False, True))
    [[0, 2], [1]]
    """
    by_model: dict[str, list[int]] = {}
    for place, spec in enumerate(specs):
        by_model.setdefault(spec, []).append(place)
    here = [places for spec, places in by_model.items() if local[specs.index(spec)]]
    away = [places for spec, places in by_model.items() if not local[specs.index(spec)]]
    beside = max(1, usable_processors() // PER_MODEL)
    shared = [
        sorted(place for places in here[start::beside] for place in places)
        for start in range(min(beside, len(here)))
    ]
    return sorted([*shared, *away])
