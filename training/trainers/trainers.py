"""The trainers of transformers and TRL, configured for frozen answers; their code is not patched."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chains.progress import Progress
from training.data.answers import FrozenAnswer
from training.data.rows import append_rows
from training.errors import TrainingStopped
from training.objective.exact_objective import collated, exact_loss
from training.policy import Policy
from training.rewards import REWARDS
from training.settings import TrainingSettings
from training.trainers.checkpoints import seal
from training.trainers.monitor import HELD_OUT, ProgressFile, held_out_figures, held_out_line, progress_row
from training.trainers.warm_up import collated_form, form_loss

Loss = Callable[[Any, dict[str, Any]], tuple[Any, dict[str, float]]]


@dataclass(frozen=True, slots=True)
class TrainingMonitor:
    """What is monitored during training, and where it is logged."""

    progress: ProgressFile
    held_out: Sequence[FrozenAnswer]
    clock: Callable[[], float]


def arguments(settings: TrainingSettings, out: Path, **changes: Any) -> dict[str, Any]:
    """The arguments that transformers and TRL share."""
    return {
        "output_dir": str(out / "checkpoints"),
        "max_steps": settings.steps,
        "per_device_train_batch_size": settings.batch,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule,
        "seed": settings.seed,
        "use_cpu": settings.on_cpu,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_steps": settings.save_every,
        "save_total_limit": 2,
        "remove_unused_columns": False,
        "dataloader_pin_memory": False,
        "disable_tqdm": True,
        "report_to": ["tensorboard"] if find_spec("tensorboard") else [],
        **changes,
    }


def exact_trainer(
    policy: Policy,
    answers: Sequence[FrozenAnswer],
    settings: TrainingSettings,
    out: Path,
    monitor: TrainingMonitor,
) -> Any:
    """transformers' Trainer on the exact objective."""
    reward = REWARDS[settings.reward]

    def loss(model: Any, batch: dict[str, Any]) -> tuple[Any, dict[str, float]]:
        return exact_loss(model, batch, policy, settings.kl, settings.answer_kl)

    return _own_loss(policy, answers, settings, out, monitor, loss, collated(policy, reward))


def warm_up_trainer(
    policy: Policy,
    answers: Sequence[FrozenAnswer],
    settings: TrainingSettings,
    out: Path,
    monitor: TrainingMonitor,
) -> Any:
    """transformers' Trainer on the format of the reply."""

    def loss(model: Any, batch: dict[str, Any]) -> tuple[Any, dict[str, float]]:
        return form_loss(model, batch, policy)

    return _own_loss(
        policy, answers, settings, out, monitor, loss, collated_form(policy, settings.teach_answers)
    )


def _own_loss(
    policy: Policy, answers: Sequence[FrozenAnswer], settings: TrainingSettings, out: Path, monitor: TrainingMonitor,
    loss: Loss, collate: Callable[[Sequence[FrozenAnswer]], dict[str, Any]],
) -> Any:  # fmt: skip
    from transformers import Trainer, TrainingArguments

    class OwnLoss(Trainer):
        """A trainer whose loss returns figures to log."""

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            value, figures = loss(model, inputs)
            seen.append(figures)
            return (value, {}) if return_outputs else value

        def log(self, logs: dict[str, float], *rest: Any, **named: Any) -> None:
            if seen and "loss" in logs:
                means = {name: sum(figures[name] for figures in seen) / len(seen) for name in seen[0]}
                logs = {**logs, **means}
                seen.clear()
            super().log(logs, *rest, **named)

    seen: list[dict[str, float]] = []
    trainer: Any = OwnLoss(
        model=policy.model,
        args=TrainingArguments(**arguments(settings, out)),
        train_dataset=list(answers),
        data_collator=collate,
    )
    trainer.model_accepts_loss_kwargs = False  # the loss is a mean; divide it by the accumulated batches
    return _with_callbacks(trainer, policy, settings, monitor)


def sampled_trainer(
    policy: Policy,
    answers: Sequence[FrozenAnswer],
    settings: TrainingSettings,
    out: Path,
    monitor: TrainingMonitor,
) -> Any:
    """TRL's GRPO or RLOO trainer; the frozen answer is part of the prompt, and the completion is only the confidence."""
    try:
        import trl
        from datasets import Dataset
    except ImportError as error:
        raise TrainingStopped(
            f'Sampled training needs TRL ({error}). Install it with: pip install "credence-chat[train]", '
            "or use --mode exact."
        ) from error
    kinds: Any = trl  # it exports its names lazily
    # TRL ends a completion at the tokenizer's end-of-text token.
    policy.tokenizer.eos_token = policy.tokenizer.convert_ids_to_tokens(policy.end)
    rows = [
        {"prompt": prompt_text(policy, answer), "correct": bool(answer.correct), "id": answer.id}
        for answer in answers
    ]
    shared = arguments(
        settings, out, per_device_train_batch_size=settings.batch * settings.group,
        num_generations=settings.group, max_completion_length=max(map(len, policy.actions)) + 1,
        beta=settings.kl, temperature=1.0, bf16=False,
    )  # fmt: skip
    if settings.mode == "rloo":
        config = kinds.RLOOConfig(**shared, normalize_advantages=False)
        make = kinds.RLOOTrainer
    else:
        config, make = kinds.GRPOConfig(**shared, scale_rewards="none"), kinds.GRPOTrainer
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings about experimental features that are not used here
        trainer = make(
            model=policy.model, args=config, processing_class=policy.tokenizer,
            reward_funcs=stated_reward(policy, settings.reward), train_dataset=Dataset.from_list(rows),
        )  # fmt: skip
    return _with_callbacks(trainer, policy, settings, monitor)


def prompt_text(policy: Policy, answer: FrozenAnswer) -> str:
    """Prompt, answer and “Confidence:” as text that encodes to exactly the same tokens.

    Raises TrainingStopped if there is no such text.
    """
    prefix = policy.prefix(answer.question, answer.answer)
    text = str(policy.tokenizer.decode(prefix))
    for candidate in (text, text.removeprefix(policy.tokenizer.bos_token or "")):
        if policy.tokenizer(text=candidate)["input_ids"] == prefix:
            return candidate
    raise TrainingStopped(
        "This model's tokenizer does not encode its own text to the same tokens. Use --mode exact."
    )


def stated_reward(policy: Policy, name: str) -> Callable[..., list[float]]:
    """The reward function for TRL; only completions that are just a confidence, with an end, are parsable."""
    from estimators.parsing.verbalized_values import read_tenths

    reward = REWARDS[name]

    def stated(
        completions: Sequence[str], completion_ids: Sequence[Sequence[int]], correct: Sequence[bool],
        log_metric: Callable[[str, float], None] | None = None, **_: Any,
    ) -> list[float]:  # fmt: skip
        confidences = []
        for text, ids in zip(completions, completion_ids, strict=True):
            tenths = read_tenths(f"Confidence: {text}")
            alone = tenths is not None and text.strip() == str(tenths) and policy.end in list(ids)
            confidences.append(tenths if alone else None)
        parsable = [tenths / 10 for tenths in confidences if tenths is not None]
        if log_metric is not None:
            log_metric("parsable", len(parsable) / len(confidences))
            if parsable:
                log_metric("confidence", sum(parsable) / len(parsable))
        return [reward(tenths, right) for tenths, right in zip(confidences, correct, strict=True)]

    return stated


def _with_callbacks(
    trainer: Any, policy: Policy, settings: TrainingSettings, monitor: TrainingMonitor
) -> Any:
    """Add callbacks that log, check held-out answers, stop after the time limit and seal checkpoints."""
    from transformers import PrinterCallback, Trainer, TrainerCallback

    reward = REWARDS[settings.reward]

    class Monitoring(TrainerCallback):
        progress: Progress | None = None

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            logged, step = logs or {}, state.global_step
            row = progress_row(step, monitor.clock(), logged)
            if state.is_world_process_zero and len(row) > 2:
                append_rows(monitor.progress.path, [row])
            of_training = not row.keys().isdisjoint(("loss", "reward"))
            last = step == state.max_steps or control.should_training_stop
            if of_training and (last or step % settings.evaluate_every == 0):
                self.check_held_out(state)

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                self.progress = Progress("training", "steps", state.max_steps, done=state.global_step)
            if state.global_step == 0:
                self.check_held_out(state)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.progress is not None:
                self.progress.close()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.progress is not None:
                self.progress.advance(state.global_step - self.progress.done)
            if settings.max_minutes is not None and monitor.clock() > 60 * settings.max_minutes:
                control.should_training_stop = control.should_save = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                seal(Path(args.output_dir), state.global_step)

        def check_held_out(self, state: Any) -> None:
            if not monitor.held_out:
                return
            figures = held_out_figures(policy, monitor.held_out, reward, settings.batch)
            # Trainer.log, not TRL's own: that adds the step's rewards and would trigger this check again, endlessly.
            Trainer.log(trainer, {f"{HELD_OUT}{name}": value for name, value in figures.items()})
            if self.progress is not None:
                self.progress.say(held_out_line(state.global_step, state.max_steps, monitor.clock(), figures))

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Monitoring())
    return trainer
