"""One training run in a folder: frozen answers, training that goes on after a kill, the adapter at the end."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.data.answers import FrozenAnswer, collect, gradable
from training.data.reader import TrainingQuestion, shuffled
from training.errors import TrainingStopped, explained
from training.policy import Policy, load_policy
from training.results.model_card import adapter_card
from training.settings import TrainingSettings, hold_to
from training.trainers.checkpoints import WEIGHTS, last_checkpoint, save_adapter
from training.trainers.monitor import ProgressFile
from training.trainers.trainers import Watched, exact_trainer, sampled_trainer, warm_up_trainer

Trainers = Callable[[Policy, Sequence[FrozenAnswer], TrainingSettings, Path, Watched], Any]
TRAINERS: dict[str, Trainers] = {
    "exact": exact_trainer, "grpo": sampled_trainer, "rloo": sampled_trainer, "warm-up": warm_up_trainer,
}  # fmt: skip
FEWEST = 2  # gradable answers


def split(
    questions: Sequence[TrainingQuestion], settings: TrainingSettings
) -> tuple[list[TrainingQuestion], list[TrainingQuestion]]:
    """The questions that are held out and those that are trained on, drawn with the seed. Raises TrainingStopped."""
    order = shuffled(questions, settings.seed)
    held, rest = order[: settings.held_out], order[settings.held_out :]
    rest = rest[: settings.most] if settings.most else rest
    if len(rest) < FEWEST:
        raise TrainingStopped(
            f"{len(questions)} questions less {settings.held_out} held out leave {len(rest)} to train on: "
            "give more questions, or a smaller --held-out."
        )
    return held, rest


def train(
    settings: TrainingSettings, questions: Sequence[TrainingQuestion], out: Path, policy: Policy | None = None
) -> Policy | None:
    """Train and leave the adapter in ``out``; None where it stood there already. Raises CredenceError."""
    out.mkdir(parents=True, exist_ok=True)
    with explained(out):
        if (out / WEIGHTS).exists() and finished(out, settings):
            return None
        hold_to(settings, out)
        policy = policy or load_policy(
            settings.model, adapter=settings.adapter, rank=settings.rank, device=settings.device,
            dtype=settings.dtype, seed=settings.seed,
        )  # fmt: skip
        trained, held = frozen(policy, settings, questions, out)
        progress = ProgressFile(out / "progress.jsonl")
        there = last_checkpoint(out / "checkpoints")
        progress.keep_to(there[1] if there else -1)
        before, start = progress.seconds, time.monotonic()
        watched = Watched(progress, held, lambda: before + time.monotonic() - start)
        trainer = TRAINERS[settings.mode](policy, trained, settings, out, watched)
        trainer.train(resume_from_checkpoint=str(there[0]) if there else None)
        if trainer.is_world_process_zero():
            done = {"step": trainer.state.global_step, "seconds": round(watched.clock(), 1)}
            save_adapter(policy.model, out, adapter_card(settings, out, done), settings.model)
            (out / "finished.json").write_text(json.dumps(done) + "\n", encoding="utf-8")
    return policy


def finished(out: Path, settings: TrainingSettings) -> bool:
    """Whether the run in a folder has come to the end that these settings give it."""
    path = out / "finished.json"
    if not path.exists():
        return False
    done = json.loads(path.read_text(encoding="utf-8"))
    over = settings.max_minutes is not None and done["seconds"] > 60 * settings.max_minutes
    return bool(done["step"] >= settings.steps or over)


def frozen(
    policy: Policy, settings: TrainingSettings, questions: Sequence[TrainingQuestion], out: Path
) -> tuple[list[FrozenAnswer], list[FrozenAnswer]]:
    """The answers to train on and those held out, sampled once by the model that training starts with."""
    from accelerate import PartialState

    held, rest = split(questions, settings)
    # Of several processes, the main one samples and the others read its file.
    with PartialState(cpu=settings.on_cpu).main_process_first():
        answers = collect(
            policy, [*held, *rest], out / "answers.jsonl", batch=settings.batch, seed=settings.seed,
            given={one.id: one.right for one in rest} if settings.teach_answers else None,
        )  # fmt: skip
    trained = gradable(answers[len(held) :])
    if settings.mode == "warm-up":
        trained = [answer for answer in answers[len(held) :] if answer.answer]
    if len(trained) < FEWEST:
        raise TrainingStopped(
            f"Of {len(rest)} answers {len(trained)} can be graded: the model gives no answers to these questions. "
            "Warm it up first (python -m training warm-up), or take easier questions."
        )
    return trained, gradable(answers[: len(held)])


def tried(settings: TrainingSettings, steps: int) -> TrainingSettings:
    """The same run, cut to a few steps with nothing saved on the way."""
    return replace(settings, steps=steps, save_every=steps + 1, evaluate_every=steps + 1, max_minutes=None)
