"""A measured run with numbers that are easy to calculate with."""

from benchmarks.engines import Speeds
from benchmarks.speed.measured import Machine, Row, Run
from benchmarks.speed.questions import AGREE, CHOICE, DISAGREE, LINE, PARAGRAPH
from benchmarks.speed.results import Arrival, Peer, Speed, Streaming, Turns
from benchmarks.speed.turns import ALONE, CHECK, EARLY_CHECK, PANEL, UNSHARED

NATIVE, WHEEL = "llama.cpp b1, llama-server from PATH", "llama.cpp, xllamacpp 1 wheel"


def row(
    question: str, way: str, *seconds: float, calls: int = 1, read: int = 20, wrote: int = 10,
    samples: int | None = None,
) -> Row:  # fmt: skip
    return Row(question, way, tuple(Run(taken, calls, read, 30, wrote, samples) for taken in seconds))


TURNS = Turns(
    f"Some-Model, {NATIVE}",
    (
        row(LINE, ALONE, 0.5, 0.4, 0.6),
        row(LINE, PANEL, 1.0, 2.0, 1.5, calls=5, read=120, wrote=20),
        row(LINE, UNSHARED, 3.0, calls=5, read=400, wrote=20),
        row(PARAGRAPH, ALONE, 2.0),
        row(PARAGRAPH, PANEL, 3.0, calls=7, read=300, wrote=70),
        row(PARAGRAPH, UNSHARED, 6.0, calls=7, read=500, wrote=70),
        row(AGREE, EARLY_CHECK, 4.0, calls=5, samples=4),
        row(DISAGREE, CHECK, 60.0, calls=60, read=2000, wrote=170, samples=10),
        row(DISAGREE, EARLY_CHECK, 30.0, calls=20, read=900, wrote=90, samples=10),
    ),
    {LINE: ("mean_entropy", "numeric"), CHOICE: ("p_ic",)},
)
STREAMING = Streaming(
    f"Some-Model, {NATIVE}",
    (Arrival(0.5, 2.0, 36), Arrival(0.6, 2.0, 38), Arrival(0.7, 2.0, 40)),  # 18, 19 and 20 tokens/s
    (Arrival(0.4, 2.0, 40), Arrival(0.5, 2.0, 40), Arrival(0.6, 2.0, 40)),
)
MACHINE = Machine("Some processor", 2, "Linux", "2026-11-28", (0.5, 1.5))
PEERS = (
    Peer("uqlm 1.0", "Some-Model", "P(True)", (3.0, 4.0, 5.0), (1.0, 2.0, 3.0), 1, MACHINE),
    Peer("lm-polygraph 2.0", "Some-Model", "MSP", (3.0,), (1.0,)),
)
SPEED = Speed(
    command="make bench",
    machine=MACHINE,
    repeats=3,
    seconds=600.0,
    engines=(
        Speeds("Some-Model", WHEEL, (50.0, 60.0, 40.0), (10.0, 11.0, 9.0)),
        Speeds("Some-Model", NATIVE, (100.0, 110.0, 90.0), (15.0, 16.0, 14.0)),
    ),
    turns=TURNS,
    streaming=STREAMING,
    peers=PEERS,
)
