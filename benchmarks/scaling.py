"""How many engines do a thousand, a hundred thousand and ten million assessed answers a day need?

    python -m benchmarks.scaling FILE [--peak 3] [--load 0.6]

FILE was written by `python -m benchmarks.many_users --json FILE`. An engine of that machine and model gives as many assessed
answers as were measured with all chats at once. The busiest hour has ``peak`` times the mean rate of the day, and an engine
works at most at ``load`` of what it can then. How long an answer takes at that load comes from a simulated line, in which
the first questions share the engine's speed; the first table compares that simulation with the questions that
came to the real engine at random times. Rows of graphics cards use published figures of vLLM, not measurements of ours.
"""

import argparse
import json
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks._engine_queue import Arrival, EngineSpeed, simulated
from benchmarks.many_users import SCHEMA, SEED, random_times
from chains.errors import CredenceError
from chains.models.line import MOST
from evaluation.reports.tables import markdown
from files.errors import BadFile

A_DAY = (1_000, 100_000, 10_000_000)  # assessed answers
DAY = 86_400  # seconds
SIMULATED = 4_000  # questions of a simulation


@dataclass(frozen=True, slots=True)
class Published:
    """A throughput that others measured: requests a second of ``read`` and ``written`` tokens each."""

    name: str
    a_second: float
    read: int
    written: int

    def answers_a_second(self, read: float, written: float) -> float:
        """Assessed answers a second that need so many tokens, at the least: each counts as requests that need no less."""
        return self.a_second / max(read / self.read, written / self.written)


# Musgrave (2026), https://johnmusgrave.com/p/vllm-throughput-latency-sweep-on: vLLM 0.23.0, Llama-3.1-8B-Instruct in BF16,
# requests of 1,024 + 128 tokens; 75 tokens/s alone, 6.6 times as many with 8 at once.
VLLM = Published("A100 40 GB, vLLM, 8B model (published)", 75 * 6.6 / 128, 1024, 128)


@dataclass(frozen=True, slots=True)
class Measured:
    """What `benchmarks.many_users` measured of one engine."""

    model: str
    machine: str
    chats: int
    places: int  # calls at the same time
    work: tuple[float, ...]  # seconds of each question alone, median over the repeats
    together: float  # seconds of all of them at once, median
    read: float  # tokens that an assessed answer reads, mean
    written: float
    arrivals: tuple[Arrival, ...]

    @property
    def capacity(self) -> float:
        """Assessed answers a second with all chats at once."""
        return self.chats / self.together

    @property
    def speed(self) -> EngineSpeed:
        """The engine for the simulation."""
        return EngineSpeed(max(1, self.places // 2), math.fsum(self.work) / self.together)


def read_measured(path: Path) -> Measured:
    """The measurement in a file; raises BadFile for another kind of file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != SCHEMA:
            raise ValueError(record["schema"])
        single, many = record["one_by_one"], record["all_at_once"]
        chats = int(record["chats"])
        asked = [one for batch in many for one in batch["asked"]]
        return Measured(
            str(record["model"]),
            str(record["machine"]),
            chats,
            int(record["places"]),
            tuple(median(batch["asked"][place]["seconds"] for batch in single) for place in range(chats)),
            median(batch["seconds"] for batch in many),
            fmean(one["read_tokens"] for one in asked),
            fmean(one["new_tokens"] for one in asked),
            tuple(Arrival(one["at"], one["seconds"]) for one in record["arrivals"]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BadFile(
            f"{path} is no measurement of many users ({type(error).__name__}: {error}). "
            "Make one with: python -m benchmarks.many_users --json FILE"
        ) from None


def check_rows(measured: Measured) -> list[list[str]]:
    """The seconds of the questions that came at random times: as measured, and as the simulation says."""
    times = [arrival.at for arrival in measured.arrivals]
    work = [measured.work[place % measured.chats] for place in range(len(times))]
    ours = simulated(times, work, measured.speed)
    rows = [["questions at random times", "mean seconds", "median", "longest"]]
    for name, arrivals in (("measured", measured.arrivals), ("simulated", ours)):
        seconds = [arrival.seconds for arrival in arrivals]
        rows.append([f"{name}, n = {len(seconds)}", *(f"{f(seconds):.1f}" for f in (fmean, median, max))])
    return rows


def seconds_at(measured: Measured, load: float) -> tuple[float, float]:
    """Mean and 95 % quantile of the seconds of an assessed answer at this share of the capacity, simulated."""
    times = random_times(SIMULATED, load * measured.capacity)
    work = random.Random(SEED).choices(measured.work, k=SIMULATED)
    seconds = sorted(arrival.seconds for arrival in simulated(times, work, measured.speed))
    return fmean(seconds), seconds[math.ceil(0.95 * len(seconds)) - 1]


def cost_rows(measured: Measured, peak: float, load: float) -> list[list[str]]:
    """Engines and app processes for each number of assessed answers a day."""
    mean, _ = seconds_at(measured, load)
    graphics = VLLM.answers_a_second(measured.read, measured.written)
    rows = [[
        "assessed answers a day", "a second in the busiest hour", f"engines ({measured.model})",
        "app processes", VLLM.name,
    ]]  # fmt: skip
    for number in A_DAY:
        busiest = peak * number / DAY
        engines = math.ceil(busiest / (load * measured.capacity))
        processes = math.ceil(busiest * mean / MOST)
        cards = math.ceil(busiest / (load * graphics))
        rows.append([f"{number:,}", f"{busiest:.2f}", f"{engines:,}", f"{processes:,}", f"{cards:,}"])
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--peak", type=float, default=3.0, help="rate of the busiest hour, times the mean")
    parser.add_argument(
        "--load", type=float, default=0.6, help="share of an engine's capacity that is used then"
    )
    args = parser.parse_args(arguments)
    if not (0 < args.load < 1 and args.peak >= 1):
        parser.error("--load must be between 0 and 1, and --peak at least 1")
    try:
        measured = read_measured(args.file)
    except CredenceError as error:
        print(error, file=sys.stderr)
        return 2
    mean, late = seconds_at(measured, args.load)
    if measured.arrivals:
        print("\n".join(markdown(check_rows(measured))))
    print(
        f"\nOne engine ({measured.model}; {measured.machine}) gives {60 * measured.capacity:.1f} assessed answers a minute "
        f"with {measured.chats} at once, {measured.speed.gain:.2f} times as many as one after another. An assessed "
        f"answer reads {measured.read:.0f} tokens and writes {measured.written:.0f}. At {args.load:.0%} of that an "
        f"answer takes {mean:.0f} s on average, and 95 % take at most {late:.0f} s (simulated).\n"
    )
    print("\n".join(markdown(cost_rows(measured, args.peak, args.load))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
