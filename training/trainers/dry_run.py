"""A dry run: how long a training run will take and how much memory, measured on a few steps of it."""

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
from training.run import TRAINERS, split, tried
from training.settings import TrainingSettings
from training.trainers.monitor import ProgressFile
from training.trainers.trainers import Watched

STEPS = 2  # the first one is not counted where there is a second


@dataclass(frozen=True, slots=True)
class Plan:
    """What was measured, and what follows from it."""

    loading: float  # seconds
    an_answer: float  # seconds to sample one answer
    a_step: float  # seconds
    answers: int
    steps: int
    memory: float  # GiB, the most that was in use

    @property
    def seconds(self) -> float:
        """The whole run, without the looks at held-out answers."""
        return self.loading + self.answers * self.an_answer + self.steps * self.a_step

    def told(self) -> str:
        """The plan as lines for a person."""
        return (
            f"loading        {self.loading:8.0f} s\n"
            f"answers        {self.answers:8,} × {self.an_answer:.2f} s = {duration(self.answers * self.an_answer)}\n"
            f"steps          {self.steps:8,} × {self.a_step:.2f} s = {duration(self.steps * self.a_step)}\n"
            f"in all         about {duration(self.seconds)}\n"
            f"memory         {self.memory:.1f} GiB at most"
        )


def plan(settings: TrainingSettings, questions: Sequence[TrainingQuestion]) -> Plan:
    """Load the model, sample one batch of answers, take two steps in a folder that is thrown away."""
    start = time.monotonic()
    policy = load_policy(
        settings.model, adapter=settings.adapter, rank=settings.rank, device=settings.device,
        dtype=settings.dtype, seed=settings.seed,
    )  # fmt: skip
    loaded = time.monotonic()
    held, rest = split(questions, settings)
    with tempfile.TemporaryDirectory(prefix="credence-plan-") as folder:
        out = Path(folder)
        few = rest[: settings.batch]
        answers = collect(policy, few, out / "answers.jsonl", batch=settings.batch, seed=settings.seed)
        sampled = time.monotonic()
        usable = (
            [answer for answer in answers if answer.answer]
            if settings.mode == "warm-up"
            else gradable(answers)
        )
        while len(usable) < settings.batch * settings.accumulate:
            usable = [*usable, *(usable or answers)]
        progress = ProgressFile(out / "progress.jsonl")
        begun = time.monotonic()
        watched = Watched(progress, (), lambda: time.monotonic() - begun)
        trainer = TRAINERS[settings.mode](policy, usable, tried(settings, STEPS), out, watched)
        times: list[float] = []
        trainer.add_callback(_timing(times))
        trainer.train()
        memory = _memory()
    return Plan(
        loading=loaded - start, an_answer=(sampled - loaded) / len(few), a_step=times[-1] - times[-2],
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
    """GiB in use at most: of the GPU where there is one, else of the process."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated() / 2**30)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
