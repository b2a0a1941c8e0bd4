"""The trainers of transformers and TRL, set up for frozen answers; none is changed inside."""

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
from training.trainers.monitor import HELD_OUT, ProgressFile, held_out_figures, progress_row, told
from training.trainers.warm_up import collated_form, form_loss

Loss = Callable[[Any, dict[str, Any]], tuple[Any, dict[str, float]]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at while a model is trained, and where it is written."""

    progress: ProgressFile
    held_out: Sequence[FrozenAnswer]
    clock: Callable[[], float]


def arguments(settings: TrainingSettings, out: Path, **changes: Any) -> dict[str, Any]:
    """What transformers' and TRL's arguments have in common."""
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
    policy: Policy, answers: Sequence[FrozenAnswer], settings: TrainingSettings, out: Path, watched: Watched
) -> Any:
    """transformers' Trainer on the exact objective."""
    reward = REWARDS[settings.reward]

    def loss(model: Any, batch: dict[str, Any]) -> tuple[Any, dict[str, float]]:
        return exact_loss(model, batch, policy, settings.kl, settings.answer_kl)

    return _own_loss(policy, answers, settings, out, watched, loss, collated(policy, reward))


def warm_up_trainer(
    policy: Policy, answers: Sequence[FrozenAnswer], settings: TrainingSettings, out: Path, watched: Watched
) -> Any:
    """transformers' Trainer on the form of the reply."""

    def loss(model: Any, batch: dict[str, Any]) -> tuple[Any, dict[str, float]]:
        return form_loss(model, batch, policy)

    return _own_loss(
        policy, answers, settings, out, watched, loss, collated_form(policy, settings.teach_answers)
    )


def _own_loss(
    policy: Policy, answers: Sequence[FrozenAnswer], settings: TrainingSettings, out: Path, watched: Watched,
    loss: Loss, collate: Callable[[Sequence[FrozenAnswer]], dict[str, Any]],
) -> Any:  # fmt: skip
    from transformers import Trainer, TrainingArguments

    class OwnLoss(Trainer):
        """A trainer whose loss comes with figures to log."""

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            value, figures = loss(model, inputs)
            seen.append(figures)
            return (value, {}) if return_outputs else value

        def log(self, logs: dict[str, float], *rest: Any, **named: Any) -> None:
            if seen and "loss" in logs:
                means = {name: sum(one[name] for one in seen) / len(seen) for name in seen[0]}
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
    trainer.model_accepts_loss_kwargs = False  # the loss is a mean, to be divided by the accumulated batches
    return _watching(trainer, policy, settings, watched)


def sampled_trainer(
    policy: Policy, answers: Sequence[FrozenAnswer], settings: TrainingSettings, out: Path, watched: Watched
) -> Any:
    """TRL's GRPO or RLOO trainer; the frozen answer is part of the prompt, the completion is the confidence alone."""
    try:
        import trl
        from datasets import Dataset
    except ImportError as error:
        raise TrainingStopped(
            f'Sampled training needs TRL ({error}). Install it with: pip install "credence-chat[train]", '
            "or take --mode exact."
        ) from error
    kinds: Any = trl  # it names what it exports only while it runs
    # TRL ends a completion where its tokenizer ends a text.
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
        warnings.simplefilter("ignore")  # its notes on experimental parts; none of them is used
        trainer = make(
            model=policy.model, args=config, processing_class=policy.tokenizer,
            reward_funcs=stated_reward(policy, settings.reward), train_dataset=Dataset.from_list(rows),
        )  # fmt: skip
    return _watching(trainer, policy, settings, watched)


def prompt_text(policy: Policy, one: FrozenAnswer) -> str:
    """Prompt, answer and “Confidence:” as the text that the tokenizer reads as the very same tokens.

    Raises TrainingStopped where there is no such text.
    """
    prefix = policy.prefix(one.question, one.answer)
    text = str(policy.tokenizer.decode(prefix))
    for candidate in (text, text.removeprefix(policy.tokenizer.bos_token or "")):
        if policy.tokenizer(text=candidate)["input_ids"] == prefix:
            return candidate
    raise TrainingStopped("This model's tokenizer does not read its own text back. Take --mode exact.")


def stated_reward(policy: Policy, name: str) -> Callable[..., list[float]]:
    """The reward as TRL calls it: of completions that are nothing but a confidence, and ended."""
    from estimators.parsing.verbalized_values import read_tenths

    reward = REWARDS[name]

    def stated(
        completions: Sequence[str], completion_ids: Sequence[Sequence[int]], correct: Sequence[bool],
        log_metric: Callable[[str, float], None] | None = None, **_: Any,
    ) -> list[float]:  # fmt: skip
        found = []
        for text, ids in zip(completions, completion_ids, strict=True):
            tenths = read_tenths(f"Confidence: {text}")
            alone = tenths is not None and text.strip() == str(tenths) and policy.end in list(ids)
            found.append(tenths if alone else None)
        stated_ones = [one / 10 for one in found if one is not None]
        if log_metric is not None:
            log_metric("parsable", len(stated_ones) / len(found))
            if stated_ones:
                log_metric("confidence", sum(stated_ones) / len(stated_ones))
        return [reward(one, right) for one, right in zip(found, correct, strict=True)]

    return stated


def _watching(trainer: Any, policy: Policy, settings: TrainingSettings, watched: Watched) -> Any:
    """The trainer with the callbacks that log, look at the held-out answers, keep time and seal checkpoints."""
    from transformers import PrinterCallback, Trainer, TrainerCallback

    reward = REWARDS[settings.reward]

    class Watching(TrainerCallback):
        progress: Progress | None = None

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            found, step = logs or {}, state.global_step
            row = progress_row(step, watched.clock(), found)
            if state.is_world_process_zero and len(row) > 2:
                append_rows(watched.progress.path, [row])
            of_training = not row.keys().isdisjoint(("loss", "reward"))
            last = step == state.max_steps or control.should_training_stop
            if of_training and (last or step % settings.evaluate_every == 0):
                self.look(state)

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                self.progress = Progress("training", "steps", state.max_steps, done=state.global_step)
            if state.global_step == 0:
                self.look(state)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.progress is not None:
                self.progress.close()

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if self.progress is not None:
                self.progress.advance(state.global_step - self.progress.done)
            if settings.max_minutes is not None and watched.clock() > 60 * settings.max_minutes:
                control.should_training_stop = control.should_save = True

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                seal(Path(args.output_dir), state.global_step)

        def look(self, state: Any) -> None:
            if not watched.held_out:
                return
            figures = held_out_figures(policy, watched.held_out, reward, settings.batch)
            # The plain log: TRL's own adds the rewards of the step, and would call for another look without end.
            Trainer.log(trainer, {f"{HELD_OUT}{name}": value for name, value in figures.items()})
            if self.progress is not None:
                self.progress.say(told(state.global_step, state.max_steps, watched.clock(), figures))

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watching())
    return trainer
