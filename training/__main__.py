"""``python -m training COMMAND …``: train a model to state calibrated confidence, evaluate it, export it."""

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chains.command_line import exit_code
from chains.engines.embedded import embedded_sha256
from training.errors import TrainingStopped
from training.settings import MODES, SCHEDULES, TrainingSettings

ABOUT = """Train a model to state calibrated confidence, and evaluate it.

  questions        write a file of arithmetic questions from a seed
  warm-up          teach the format “Answer: …, Confidence: n” without preferring a number
  rewarding-doubt  train the stated confidence with a proper scoring rule; resumes if interrupted
  plan             estimate time and memory of rewarding-doubt with the same options
  compare          compare runs: settings that differ, figures on held-out answers
  evaluate         compare before and after: calibration, ranking, accuracy, histogram, reliability diagrams
  export           merge the adapter into the model; also writes GGUF with llama.cpp's converter
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong input or a run that cannot continue."""
    args = _parser().parse_args(arguments)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    kept = "the same command resumes from the last checkpoint"
    return exit_code(args.command, lambda: int(args.run(args)), extra="train", kept=kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, run in (("rewarding-doubt", _train), ("warm-up", _train), ("plan", _plan)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        _training_options(command, name)
    command = commands.add_parser("evaluate")
    command.set_defaults(run=_evaluate)
    command.add_argument("--model", default="tiny")
    command.add_argument(
        "--before", help="adapter of the warmed-up model; default: the model without adapter"
    )
    command.add_argument(
        "--after",
        action="append",
        required=True,
        metavar="ADAPTER",
        help="trained adapter; repeat for several",
    )
    command.add_argument("--task", type=Path, required=True, help="questions of the training task")
    command.add_argument(
        "--unseen",
        type=Path,
        action="append",
        default=[],
        help="questions of another kind; repeat for several",
    )
    command.add_argument("--out", type=Path, required=True, help="folder for replies, figures and report")
    command.add_argument("--n", type=_positive, default=300, help="questions per file (300)")
    command.add_argument(
        "--fitting", type=int, default=100, help="additional questions for fitting the temperature (100)"
    )
    command.add_argument("--batch", type=_positive, default=16)
    command.add_argument("--seed", type=int, default=0, help="seed for drawing questions (0)")
    command.add_argument(
        "--intervals", type=int, default=1000, metavar="N", help="resamples, 0 = no intervals (1000)"
    )
    _machine_options(command)
    command = commands.add_parser("compare")
    command.set_defaults(run=_compare)
    command.add_argument("--minutes", type=float, help="ignore everything after this training time")
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="the --out folder of a run")
    command = commands.add_parser("export")
    command.set_defaults(run=_export)
    command.add_argument("--model", default="tiny")
    command.add_argument("--adapter", required=True)
    command.add_argument("--out", type=Path, required=True, help="folder for the merged model")
    command.add_argument("--gguf", type=Path, help="also write this GGUF file, for the fast engine")
    command.add_argument("--converter", help="llama.cpp's convert_hf_to_gguf.py or its folder")
    command.add_argument(
        "--outtype", default="f16", help="number format of the GGUF: f32, bf16, f16, q8_0 (f16)"
    )
    command = commands.add_parser("questions")
    command.set_defaults(run=_questions)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--n", type=_positive, default=2000)
    command.add_argument(
        "--digits", type=_positive, default=4, help="maximum digits per number; fewer are easier (4)"
    )
    command.add_argument("--seed", type=int, default=0)
    return parser


def _training_options(parser: argparse.ArgumentParser, name: str) -> None:
    defaults = TrainingSettings("", "", "")
    warm_up = name == "warm-up"
    parser.add_argument(
        "--model", default="tiny", help="tiny, builtin, a .gguf file, a folder or a Hugging Face id (tiny)"
    )
    parser.add_argument(
        "--questions",
        type=Path,
        required=True,
        help="question with answers, or with choices and answer; any file that `python -m evaluation run` reads",
    )
    parser.add_argument(
        "--out", type=Path, required=name != "plan", help="folder for the adapter and its logs"
    )
    parser.add_argument("--adapter", help="start from this adapter, such as that of warm-up")
    if warm_up:
        parser.add_argument(
            "--teach-answers", action="store_true",
            help="also teach the right answers; default: keep the model's own answers",
        )  # fmt: skip
    else:
        parser.add_argument(
            "--mode", choices=MODES, default="exact", help="exact, or sampled with TRL: grpo, rloo (exact)"
        )
        parser.add_argument("--reward", choices=("log", "brier", "linear"), default="log")
        parser.add_argument(
            "--answer-kl", type=float,
            help=f"exact mode: weight of the answer KL penalty ({defaults.answer_kl})",
        )  # fmt: skip
        parser.add_argument(
            "--kl", type=float, default=defaults.kl, help=f"weight of the KL penalty ({defaults.kl})"
        )
        parser.add_argument(
            "--group",
            type=_positive,
            default=defaults.group,
            help=f"confidences sampled per answer ({defaults.group})",
        )
        parser.add_argument("--dry-run", action="store_true", help="only print the estimated time and memory")
    parser.add_argument("--steps", type=_positive, default=60 if warm_up else defaults.steps)
    parser.add_argument(
        "--max-minutes", type=float, help="training time after which to save a checkpoint and stop"
    )
    parser.add_argument(
        "--batch", type=_positive, default=defaults.batch, help=f"questions per batch ({defaults.batch})"
    )
    parser.add_argument("--accumulate", type=_positive, default=1, help="batches per step (1)")
    parser.add_argument(
        "--learning-rate", type=float, default=defaults.learning_rate, help=f"({defaults.learning_rate})"
    )
    parser.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default=defaults.schedule,
        help="linear: the learning rate falls to 0 over the steps",
    )
    parser.add_argument("--rank", type=_positive, default=defaults.rank, help="rank of the LoRA adapter (8)")
    parser.add_argument(
        "--most", type=_positive, help="maximum questions to train on; default: all that are not held out"
    )
    parser.add_argument(
        "--held-out",
        type=int,
        default=0 if warm_up else defaults.held_out,
        help="questions for monitoring only",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--save-every", type=_positive, default=defaults.save_every, help="steps between checkpoints (25)"
    )
    parser.add_argument(
        "--evaluate-every",
        type=_positive,
        default=defaults.evaluate_every,
        help="steps between held-out checks (25)",
    )
    _machine_options(parser)


def _machine_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", help="cuda, mps or cpu; default: the best available")
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "float16"))


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _settings(args: argparse.Namespace) -> TrainingSettings:
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


def _train(args: argparse.Namespace) -> int:
    if getattr(args, "dry_run", False):
        return _plan(args)
    from training.data.reader import read_training_questions
    from training.run import train

    _quiet()
    settings = _settings(args)
    policy = train(settings, read_training_questions(args.questions), args.out)
    print(f"The adapter is in {args.out}" + ("." if policy else " already."))
    print(f"Try it: python app.py --model {args.model} --adapter {args.out}")
    return 0


def _plan(args: argparse.Namespace) -> int:
    from training.data.reader import read_training_questions
    from training.trainers.dry_run import plan

    _quiet()
    print(plan(_settings(args), read_training_questions(args.questions)).to_text())
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from training.results.evaluate import evaluate

    _quiet()
    several = len(args.after) > 1
    adapters = {"before": args.before} | {
        f"after-{place}" if several else "after": adapter for place, adapter in enumerate(args.after, 1)
    }
    files = {path.stem: path for path in (args.task, *args.unseen)}
    if len(files) < 1 + len(args.unseen):
        raise TrainingStopped("Two question files have the same name: give them different ones.")
    print(
        evaluate(
            args.model, adapters, files, args.out, n=args.n, fitting=args.fitting, batch=args.batch,
            seed=args.seed, draws=args.intervals, device=args.device, dtype=args.dtype,
        )
    )  # fmt: skip
    return 0


def _compare(args: argparse.Namespace) -> int:
    from training.results.compare import compare

    print(compare(args.runs, args.minutes))
    return 0


def _export(args: argparse.Namespace) -> int:
    from training.results.export import NO_CONVERTER, find_converter, merge, to_gguf

    _quiet()
    converter = find_converter(args.converter) if args.gguf else None
    merged = merge(args.model, args.adapter, args.out)
    print(f"The merged model is in {merged}: MODEL={merged}")
    if args.gguf and converter is None:
        raise TrainingStopped(NO_CONVERTER.format(out=args.out))
    if args.gguf and converter:
        print(f"The GGUF file: MODEL={to_gguf(merged, args.gguf, converter, args.outtype)}")
    return 0


def _questions(args: argparse.Namespace) -> int:
    from training.data.arithmetic import arithmetic_questions
    from training.data.rows import write_rows

    try:
        write_rows(args.out, arithmetic_questions(args.n, args.seed, args.digits))
    except ValueError as error:
        raise TrainingStopped(f"{error}: ask for fewer, or raise --digits.") from None
    print(f"Wrote {args.n} questions to {args.out}.")
    return 0


def _quiet() -> None:
    """Keep the libraries' developer warnings off the console."""
    import warnings

    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore")


if __name__ == "__main__":
    sys.exit(main())
