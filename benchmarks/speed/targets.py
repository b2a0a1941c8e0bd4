"""The targets of the benchmark: whether each is met, or what prevents it, by the same measurements. Pure functions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.engines import READING, WRITING, Speeds
from benchmarks.speed.measured import Row, ratio
from benchmarks.speed.questions import AGREE, DISAGREE, LINE, PARAGRAPH
from benchmarks.speed.results import Peer, Speed
from benchmarks.speed.turns import ALONE, EARLY_CHECK, PANEL, UNSHARED

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Target:
    """One target and its measurement.

    Parameters
    ----------
    limit : the largest value that meets it, or the smallest one if ``least``
    value : None if it was not measured
    obstacle : what prevents it, if it is missed
    """

    what: str
    limit: float
    value: float | None
    unit: str = ""
    least: bool = False
    obstacle: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the measurement meets it; None if there is none."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def goal(self) -> str:
        """The limit in words.

        >>> Target("", 5, None, " s").goal, Target("", 1.8, None, least=True).goal
        ('≤ 5 s', '≥ 1.8')
        """
        return f"{'≥' if self.least else '≤'} {self.limit:g}{self.unit}"

    @property
    def outcome(self) -> str:
        """Met, or what prevents it."""
        return {None: NOT_MEASURED, True: "met", False: f"missed. {self.obstacle}".rstrip()}[self.met]


def targets(speed: Speed) -> tuple[Target, ...]:
    """All targets with what the run measured."""
    return (*_panels(speed), *_checks(speed), *_peers(speed), *_engines(speed), *_streams(speed))


def _panels(speed: Speed) -> Iterator[Target]:
    for question, limit in ((PARAGRAPH, 1.6), (LINE, 2.5)):
        alone, panel = (speed.turns.row(question, way) for way in (ALONE, PANEL))
        value = ratio(panel, alone) if alone and panel else None
        obstacle = _added(speed, alone, panel) if alone and panel else ""
        yield Target(
            f"answer and panel, {question}: seconds ÷ those of the answer alone", limit, value,
            obstacle=obstacle,
        )  # fmt: skip
    for question in (PARAGRAPH, LINE):
        panel, unshared = (speed.turns.row(question, way) for way in (PANEL, UNSHARED))
        value = ratio(panel, unshared, "evaluated") if panel and unshared else None
        yield Target(
            f"prompt tokens read for answer and panel, {question} ÷ those without the prefix cache", 0.45, value,
            obstacle="What the follow-up questions ask is different in each and is read once in each way; only what "
            "comes before it can be shared.",
        )  # fmt: skip


def _added(speed: Speed, alone: Row, panel: Row) -> str:
    """Where the time goes that the panel adds, by the speeds of the same engine."""
    parts = [
        (after or 0.0) - (before or 0.0)
        for name in ("seconds", "calls", "evaluated", "decoded")
        for after, before in ((panel.median(name), alone.median(name)),)
    ]
    seconds, calls, read, wrote = parts
    text = (
        f"The panel adds {seconds:.1f} s: {calls:.0f} calls that read {read:.0f} tokens and write {wrote:.0f}"
    )
    own = next((engine for engine in speed.engines if engine.engine in speed.turns.engine), None)
    if own is None:
        return f"{text}."
    reading, writing = read / median(own.prompt), wrote / median(own.reply)
    return f"{text}, which takes {reading:.1f} s and {writing:.1f} s at the speeds below."


def _checks(speed: Speed) -> Iterator[Target]:
    for question, limit in ((AGREE, 5.0), (DISAGREE, 20.0)):
        row = speed.turns.row(question, EARLY_CHECK)
        obstacle = ""
        if row is not None:
            names = ("samples", "calls", "evaluated", "decoded")
            samples, calls, read, wrote = (row.median(name) or 0 for name in names)
            obstacle = (
                f"It draws {samples:.0f} samples and makes {calls:.0f} calls, which read {read:.0f} tokens and write "
                f"{wrote:.0f}."
            )
        yield Target(
            f"consistency check, {question}", limit, row.median("seconds") if row else None, " s",
            obstacle=obstacle,
        )  # fmt: skip


def _peers(speed: Speed) -> Iterator[Target]:
    for name, limit in (("uqlm", 2.0), ("lm-polygraph", 4.0)):
        peer = next((peer for peer in speed.peers if peer.name.startswith(name)), None)
        what = f"questions per second ÷ those of {peer.name if peer else name}"
        yield Target(what, limit, peer.ratio if peer else None, least=True, obstacle=_slower(peer))


def _slower(peer: Peer | None) -> str:
    if peer is None or peer.ratio is None:
        return ""
    return f"A question takes {median(peer.ours):.1f} s here and {median(peer.theirs):.1f} s there."


def _engines(speed: Speed) -> Iterator[Target]:
    both = speed.engines
    speeds: dict[str, Callable[[Speeds], float]] = {
        READING: lambda engine: median(engine.prompt),
        WRITING: lambda engine: median(engine.reply),
    }
    for part, of in speeds.items():
        value = of(both[1]) / of(both[0]) if len(both) == 2 else None
        yield Target(
            f"{part}: tokens per second of this machine's llama-server ÷ those of the wheel", 1.8, value, least=True,
            obstacle="It depends on the processor and on what else runs.",
        )  # fmt: skip


def _streams(speed: Speed) -> Iterator[Target]:
    page, alone = speed.streaming.page, speed.streaming.engine_alone
    yield Target(
        "tokens per second in the page ÷ those of the engine's own stream", 0.9, speed.streaming.speed_ratio,
        least=True, obstacle="The engine computes 20 alternatives of every token, and the page draws them.",
    )  # fmt: skip
    later = median([one.first for one in page]) - median([one.first for one in alone])
    yield Target(
        "seconds until the first token in the page ÷ those of the engine's own stream", 1.2,
        speed.streaming.first_ratio,
        obstacle=f"It comes {later * 1000:.0f} ms later; the page takes a snapshot every 100 ms.",
    )  # fmt: skip
