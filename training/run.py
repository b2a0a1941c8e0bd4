"""One training run in a folder: frozen answers, training that resumes after a kill, the final adapter."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from files.atomic import write_text
from training.data.answers import FrozenAnswer, collect, gradable
from training.data.reader import TrainingQuestion, shuffled
from training.errors import TrainingStopped, explained
from training.policy import Policy, load_policy
from training.results.model_card import adapter_card
from training.settings import TrainingSettings, check_same_settings
from training.trainers.checkpoints import WEIGHTS, last_checkpoint, save_adapter
from training.trainers.monitor import ProgressFile
from training.trainers.trainers import TrainingMonitor, exact_trainer, sampled_trainer, warm_up_trainer

Trainers = Callable[[Policy, Sequence[FrozenAnswer], TrainingSettings, Path, TrainingMonitor], Any]
TRAINERS: dict[str, Trainers] = {
    "exact": exact_trainer, "grpo": sampled_trainer, "rloo": sampled_trainer, "warm-up": warm_up_trainer,
}  # fmt: skip
FEWEST = 2  # gradable answers


def split(
    questions: Sequence[TrainingQuestion], settings: TrainingSettings
) -> tuple[list[TrainingQuestion], list[TrainingQuestion]]:
    """The held-out questions and the training questions, drawn with the seed. Raises TrainingStopped."""
    order = shuffled(questions, settings.seed)
    held, rest = order[: settings.held_out], order[settings.held_out :]
    rest = rest[: settings.most] if settings.most else rest
    if len(rest) < FEWEST:
        raise TrainingStopped(
            f"{len(questions)} questions minus {settings.held_out} held out leave {len(rest)} to train on: "
            "use more questions or a smaller --held-out."
        )
    return held, rest


def train(
    settings: TrainingSettings, questions: Sequence[TrainingQuestion], out: Path, policy: Policy | None = None
) -> Policy | None:
    """Train and save the adapter in ``out``; None if the run was already finished. Raises CredenceError."""
    out.mkdir(parents=True, exist_ok=True)
    with explained(out):
        if (out / WEIGHTS).exists() and is_finished(out, settings):
            return None
        check_same_settings(settings, out)
        policy = policy or load_policy(
            settings.model, adapter=settings.adapter, rank=settings.rank, device=settings.device,
            dtype=settings.dtype, seed=settings.seed,
        )  # fmt: skip
        trained, held = frozen_answers(policy, settings, questions, out)
        progress = ProgressFile(out / "progress.jsonl")
        checkpoint = last_checkpoint(out / "checkpoints")
        progress.keep_to(checkpoint[1] if checkpoint else -1)
        before, start = progress.seconds, time.monotonic()
        monitor = TrainingMonitor(progress, held, lambda: before + time.monotonic() - start)
        trainer = TRAINERS[settings.mode](policy, trained, settings, out, monitor)
        trainer.train(resume_from_checkpoint=str(checkpoint[0]) if checkpoint else None)
        if trainer.is_world_process_zero():
            outcome = {"step": trainer.state.global_step, "seconds": round(monitor.clock(), 1)}
            save_adapter(policy.model, out, adapter_card(settings, out, outcome), settings.model)
            write_text(out / "finished.json", json.dumps(outcome) + "\n")
        leave_group()
    return policy


def leave_group() -> None:
    """End the connection to the other processes of the run: a process that ends within it may be aborted."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()  # the main process may still be saving
        distributed.destroy_process_group()


def is_finished(out: Path, settings: TrainingSettings) -> bool:
    """Whether the run in a folder has reached the end that these settings define."""
    path = out / "finished.json"
    if not path.exists():
        return False
    outcome = json.loads(path.read_text(encoding="utf-8"))
    timed_out = settings.max_minutes is not None and outcome["seconds"] > 60 * settings.max_minutes
    return bool(outcome["step"] >= settings.steps or timed_out)


def frozen_answers(
    policy: Policy, settings: TrainingSettings, questions: Sequence[TrainingQuestion], out: Path
) -> tuple[list[FrozenAnswer], list[FrozenAnswer]]:
    """The training answers and held-out answers, sampled once by the model that training starts from."""
    from accelerate import PartialState

    held, rest = split(questions, settings)
    # Of several processes, the main one samples and the others read its file.
    with PartialState(cpu=settings.on_cpu).main_process_first():
        answers = collect(
            policy, [*held, *rest], out / "answers.jsonl", batch=settings.batch, seed=settings.seed,
            given_answers={question.id: question.right for question in rest} if settings.teach_answers else None,
        )  # fmt: skip
    trained = gradable(answers[len(held) :])
    if settings.mode == "warm-up":
        trained = [answer for answer in answers[len(held) :] if answer.answer]
    if len(trained) < FEWEST:
        raise TrainingStopped(
            f"Only {len(trained)} of {len(rest)} answers can be graded: the model does not answer these questions. "
            "Warm it up first (python -m training warm-up), or use easier questions."
        )
    return trained, gradable(answers[: len(held)])


def shortened(settings: TrainingSettings, steps: int) -> TrainingSettings:
    """The same run, cut to a few steps without checkpoints."""
    return replace(settings, steps=steps, save_every=steps + 1, evaluate_every=steps + 1, max_minutes=None)
