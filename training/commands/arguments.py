"""Options that several training commands share. Only commands import it."""

import argparse
import hashlib
import warnings
from pathlib import Path

from chains.command_line import positive
from chains.engines.embedded import embedded_sha256
from training.errors import TrainingStopped
from training.settings import MODES, SCHEDULES, TrainingSettings


def training_options(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the options of a training command."""
    defaults = TrainingSettings("", "", "")
    warm_up = name == "warm-up"
    parser.add_argument(
        "--model",
        default="tiny",
        help="tiny, builtin, a .gguf file, a folder or a Hugging Face id (default: tiny)",
    )
    parser.add_argument(
        "--questions",
        type=Path,
        required=True,
        help="questions with their right answers, in any file that `python -m evaluation run` reads",
    )
    parser.add_argument(
        "--out", type=Path, required=name != "plan", help="folder for the adapter and its logs"
    )
    parser.add_argument("--adapter", help="start from this adapter, such as one from warm-up")
    if warm_up:
        parser.add_argument(
            "--teach-answers", action="store_true",
            help="also teach the right answers (default: keep the model's own answers)",
        )  # fmt: skip
    else:
        parser.add_argument(
            "--mode",
            choices=MODES,
            default="exact",
            help="exact, or sampled with TRL: grpo, rloo (default: exact)",
        )
        parser.add_argument(
            "--reward", choices=("log", "brier", "linear"), default="log", help="scoring rule (default: log)"
        )
        parser.add_argument(
            "--answer-kl", type=float,
            help=f"exact mode: weight of the answer KL penalty (default: {defaults.answer_kl})",
        )  # fmt: skip
        parser.add_argument(
            "--kl", type=float, default=defaults.kl, help=f"weight of the KL penalty (default: {defaults.kl})"
        )
        parser.add_argument(
            "--group",
            type=positive,
            default=defaults.group,
            help=f"confidences sampled per answer (default: {defaults.group})",
        )
        parser.add_argument("--dry-run", action="store_true", help="only print the estimated time and memory")
    parser.add_argument(
        "--steps",
        type=positive,
        default=60 if warm_up else defaults.steps,
        help="training steps (default: %(default)s)",
    )
    parser.add_argument(
        "--max-minutes", type=float, help="save a checkpoint and stop after this many minutes of training"
    )
    parser.add_argument(
        "--batch",
        type=positive,
        default=defaults.batch,
        help=f"questions per batch (default: {defaults.batch})",
    )
    parser.add_argument("--accumulate", type=positive, default=1, help="batches per step (default: 1)")
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=defaults.learning_rate,
        help=f"learning rate (default: {defaults.learning_rate})",
    )
    parser.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default=defaults.schedule,
        help="linear: the learning rate falls to 0 over the steps",
    )
    parser.add_argument(
        "--rank", type=positive, default=defaults.rank, help="rank of the LoRA adapter (default: 8)"
    )
    parser.add_argument(
        "--most",
        type=positive,
        help="maximum number of questions to train on (default: all that are not held out)",
    )
    parser.add_argument(
        "--held-out",
        type=int,
        default=0 if warm_up else defaults.held_out,
        help="questions for monitoring only",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--save-every",
        type=positive,
        default=defaults.save_every,
        help="steps between checkpoints (default: 25)",
    )
    parser.add_argument(
        "--evaluate-every",
        type=positive,
        default=defaults.evaluate_every,
        help="steps between held-out checks (default: 25)",
    )
    machine_options(parser)


def machine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the hardware."""
    parser.add_argument("--device", help="cuda, mps or cpu (default: the best available)")
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16", "float16"), help="precision of the weights"
    )


def settings_of(args: argparse.Namespace) -> TrainingSettings:
    """The settings that the arguments name; raises TrainingStopped."""
    try:
        digest = hashlib.sha256(args.questions.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise TrainingStopped(f"There is no file {args.questions}: check the path.") from None
    names = set(TrainingSettings.__slots__) - {"questions", "mode"}
    chosen = {name: value for name, value in vars(args).items() if name in names}
    mode = getattr(args, "mode", "warm-up")
    if mode != "exact":
        if chosen.get("answer_kl"):
            raise TrainingStopped(
                f"--answer-kl has no effect with --mode {mode}: remove it, or use --mode exact."
            )
        chosen["answer_kl"] = 0.0
    elif chosen["answer_kl"] is None:
        del chosen["answer_kl"]
    chosen |= {"questions_sha256": digest, "model_sha256": embedded_sha256(args.model)}
    return TrainingSettings(questions=str(args.questions), mode=mode, **chosen)


def quiet() -> None:
    """Keep the libraries' developer warnings off the console."""
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore")
