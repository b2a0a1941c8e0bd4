"""Dry run: estimate the time and memory of a training run from a few steps."""

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chains.progress import duration
from training.data.answers import collect, gradable
from training.data.reader import TrainingQuestion
from training.policy import load_policy
from training.run import TRAINERS, shortened, split
from training.settings import TrainingSettings
from training.trainers.monitor import ProgressFile
from training.trainers.trainers import TrainingMonitor

STEPS = 2  # only the last one is timed


@dataclass(frozen=True, slots=True)
class Plan:
    """The measurements and the estimate."""

    loading: float  # seconds
    per_answer: float  # seconds per sampled answer
    per_step: float  # seconds per step
    answers: int
    steps: int
    memory: float  # peak, GiB

    @property
    def seconds(self) -> float:
        """The complete run, without checks of held-out answers."""
        return self.loading + self.answers * self.per_answer + self.steps * self.per_step

    def to_text(self) -> str:
        """The plan as readable lines."""
        return (
            f"loading        {self.loading:8.0f} s\n"
            f"answers        {self.answers:8,} × {self.per_answer:.2f} s = {duration(self.answers * self.per_answer)}\n"
            f"steps          {self.steps:8,} × {self.per_step:.2f} s = {duration(self.steps * self.per_step)}\n"
            f"total          about {duration(self.seconds)}\n"
            f"memory         {self.memory:.1f} GiB at most"
        )


def plan(settings: TrainingSettings, questions: Sequence[TrainingQuestion]) -> Plan:
    """Load the model, sample one batch of answers and take two steps in a temporary folder."""
    start = time.monotonic()
    policy = load_policy(
        settings.model, adapter=settings.adapter, rank=settings.rank, device=settings.device,
        dtype=settings.dtype, seed=settings.seed,
    )  # fmt: skip
    loaded = time.monotonic()
    held, rest = split(questions, settings)
    with tempfile.TemporaryDirectory(prefix="credence-plan-") as folder:
        out = Path(folder)
        sample = rest[: settings.batch]
        answers = collect(policy, sample, out / "answers.jsonl", batch=settings.batch, seed=settings.seed)
        sampled = time.monotonic()
        usable = (
            [answer for answer in answers if answer.answer]
            if settings.mode == "warm-up"
            else gradable(answers)
        )
        while len(usable) < settings.batch * settings.accumulate:
            usable = [*usable, *(usable or answers)]
        progress = ProgressFile(out / "progress.jsonl")
        training_start = time.monotonic()
        monitor = TrainingMonitor(progress, (), lambda: time.monotonic() - training_start)
        trainer = TRAINERS[settings.mode](policy, usable, shortened(settings, STEPS), out, monitor)
        times: list[float] = []
        trainer.add_callback(_timing(times))
        trainer.train()
        memory = _memory()
    return Plan(
        loading=loaded - start, per_answer=(sampled - loaded) / len(sample), per_step=times[-1] - times[-2],
        answers=len(held) + len(rest), steps=settings.steps, memory=memory,
    )  # fmt: skip


def _timing(times: list[float]) -> object:
    from transformers import TrainerCallback

    class Timing(TrainerCallback):
        def on_step_begin(self, *_: object, **__: object) -> None:
            times[:] = times[-1:] if times else [time.monotonic()]

        def on_step_end(self, *_: object, **__: object) -> None:
            times.append(time.monotonic())

    return Timing()


def _memory() -> float:
    """Peak memory in GiB: of the GPU if there is one, otherwise of the process."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated() / 2**30)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
