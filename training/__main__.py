"""``python -m training COMMAND …``: train a model to state calibrated confidence, measure it, take it along."""

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chains.command_line import exit_code
from training.errors import TrainingStopped
from training.settings import MODES, SCHEDULES, TrainingSettings

ABOUT = """Train a model to state calibrated confidence, and measure it.

  questions        make a file of sums, with a seed
  warm-up          teach the form “Answer: …, Confidence: n”, with no number preferred
  rewarding-doubt  train the stated confidence on a proper score; killed or stopped, the same command goes on
  plan             how long rewarding-doubt with the same options takes, and how much memory
  compare          several runs side by side: what was set differently, how their held-out answers fared
  evaluate         before and after: calibration, ranking, accuracy, histogram, reliability diagrams
  export           the model with the adapter merged, and as GGUF where llama.cpp's converter is there
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for what was given wrongly or could not go on."""
    args = _parser().parse_args(arguments)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    kept = "the same command goes on from the last checkpoint"
    return exit_code(args.command, lambda: int(args.run(args)), extra="train", kept=kept)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, run in (("rewarding-doubt", _train), ("warm-up", _train), ("plan", _plan)):
        one = commands.add_parser(name)
        one.set_defaults(run=run)
        _training_options(one, name)
    one = commands.add_parser("evaluate")
    one.set_defaults(run=_evaluate)
    one.add_argument("--model", default="builtin")
    one.add_argument("--before", help="adapter of the warmed-up model; default: the model alone")
    one.add_argument(
        "--after", action="append", required=True, metavar="ADAPTER", help="trained; several with several"
    )
    one.add_argument("--task", type=Path, required=True, help="questions of the training task")
    one.add_argument(
        "--unseen", type=Path, action="append", default=[], help="questions of another kind; repeat it"
    )
    one.add_argument("--out", type=Path, required=True, help="folder for replies, figures and report")
    one.add_argument("--n", type=_positive, default=300, help="questions of each file (300)")
    one.add_argument(
        "--fitting", type=int, default=100, help="further questions that fit the temperature (100)"
    )
    one.add_argument("--batch", type=_positive, default=16)
    one.add_argument("--seed", type=int, default=0, help="of the draw (0)")
    one.add_argument(
        "--intervals", type=int, default=1000, metavar="N", help="resamples, 0 = no intervals (1000)"
    )
    _machine_options(one)
    one = commands.add_parser("compare")
    one.set_defaults(run=_compare)
    one.add_argument("--minutes", type=float, help="leave out what came later than that in training")
    one.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="the --out of a run")
    one = commands.add_parser("export")
    one.set_defaults(run=_export)
    one.add_argument("--model", default="builtin")
    one.add_argument("--adapter", required=True)
    one.add_argument("--out", type=Path, required=True, help="folder of the merged model")
    one.add_argument("--gguf", type=Path, help="also write this GGUF file, for the fast engine")
    one.add_argument("--converter", help="llama.cpp's convert_hf_to_gguf.py, or the folder that holds it")
    one.add_argument("--outtype", default="f16", help="of the GGUF: f32, bf16, f16, q8_0 (f16)")
    one = commands.add_parser("questions")
    one.set_defaults(run=_questions)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--n", type=_positive, default=2000)
    one.add_argument("--digits", type=_positive, default=4, help="of a number, at most; fewer are easier (4)")
    one.add_argument("--seed", type=int, default=0)
    return parser


def _training_options(one: argparse.ArgumentParser, command: str) -> None:
    like = TrainingSettings("", "", "")
    warm = command == "warm-up"
    one.add_argument("--model", default="builtin", help="builtin, a .gguf file, a folder or a hub id")
    one.add_argument(
        "--questions",
        type=Path,
        required=True,
        help="question with answers, or with choices and answer; JSON lines, CSV, …, as `python -m evaluation run` reads",
    )
    one.add_argument(
        "--out", type=Path, required=command != "plan", help="folder of the adapter and its records"
    )
    one.add_argument("--adapter", help="go on from this adapter, such as that of warm-up")
    if warm:
        one.add_argument(
            "--teach-answers", action="store_true",
            help="learn the questions' right answers, too; default: the model's own answers stay as they are",
        )  # fmt: skip
    else:
        one.add_argument("--mode", choices=MODES, default="exact", help="exact, or sampled with TRL (exact)")
        one.add_argument("--reward", choices=("log", "brier", "linear"), default="log")
        one.add_argument(
            "--answer-kl", type=float,
            help=f"exact mode: weight of the divergence of the answer, so that it stays ({like.answer_kl})",
        )  # fmt: skip
        one.add_argument("--kl", type=float, default=like.kl, help=f"weight of the divergence ({like.kl})")
        one.add_argument(
            "--group",
            type=_positive,
            default=like.group,
            help=f"confidences sampled an answer ({like.group})",
        )
        one.add_argument(
            "--dry-run", action="store_true", help="only say how long it takes and how much memory"
        )
    one.add_argument("--steps", type=_positive, default=60 if warm else like.steps)
    one.add_argument("--max-minutes", type=float, help="of training; stops there with a checkpoint")
    one.add_argument("--batch", type=_positive, default=like.batch, help=f"questions at once ({like.batch})")
    one.add_argument("--accumulate", type=_positive, default=1, help="batches in one step (1)")
    one.add_argument(
        "--learning-rate", type=float, default=like.learning_rate, help=f"({like.learning_rate})"
    )
    one.add_argument(
        "--schedule",
        choices=SCHEDULES,
        default=like.schedule,
        help="linear: the rate falls to 0 over the steps",
    )
    one.add_argument("--rank", type=_positive, default=like.rank, help="of the LoRA adapter (8)")
    one.add_argument(
        "--most", type=_positive, help="questions to train on; default: all that are not held out"
    )
    one.add_argument(
        "--held-out", type=int, default=0 if warm else like.held_out, help="questions that only watch"
    )
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--save-every", type=_positive, default=like.save_every, help="steps (25)")
    one.add_argument("--evaluate-every", type=_positive, default=like.evaluate_every, help="steps (25)")
    _machine_options(one)


def _machine_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--device", help="cuda, mps or cpu; default: the best that is there")
    one.add_argument("--dtype", choices=("float32", "bfloat16", "float16"))


def _positive(text: str) -> int:
    if (found := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return found


def _settings(args: argparse.Namespace) -> TrainingSettings:
    try:
        digest = hashlib.sha256(args.questions.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise TrainingStopped(f"There is no file {args.questions}: check the path.") from None
    names = set(TrainingSettings.__slots__) - {"questions", "questions_sha256", "mode"}
    chosen = {name: value for name, value in vars(args).items() if name in names}
    mode = getattr(args, "mode", "warm-up")
    if mode != "exact":
        if chosen.get("answer_kl"):
            raise TrainingStopped(
                f"--answer-kl has no effect with --mode {mode}: leave it out, or take --mode exact."
            )
        chosen["answer_kl"] = 0.0
    elif chosen["answer_kl"] is None:
        del chosen["answer_kl"]
    return TrainingSettings(questions=str(args.questions), questions_sha256=digest, mode=mode, **chosen)


def _train(args: argparse.Namespace) -> int:
    if getattr(args, "dry_run", False):
        return _plan(args)
    from training.data.reader import read_training_questions
    from training.run import train

    _quiet()
    settings = _settings(args)
    done = train(settings, read_training_questions(args.questions), args.out)
    print(f"The adapter is in {args.out}" + ("." if done else " already."))
    print(f"Look at it: python app.py --model {args.model} --adapter {args.out}")
    return 0


def _plan(args: argparse.Namespace) -> int:
    from training.data.reader import read_training_questions
    from training.trainers.dry_run import plan

    _quiet()
    print(plan(_settings(args), read_training_questions(args.questions)).told())
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from training.results.evaluate import evaluate

    _quiet()
    several = len(args.after) > 1
    adapters = {"before": args.before} | {
        f"after-{place}" if several else "after": one for place, one in enumerate(args.after, 1)
    }
    files = {one.stem: one for one in (args.task, *args.unseen)}
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
    from training.results.export import SAID, find_converter, merge, to_gguf

    _quiet()
    converter = find_converter(args.converter) if args.gguf else None
    merged = merge(args.model, args.adapter, args.out)
    print(f"The merged model is in {merged}: MODEL={merged}")
    if args.gguf and converter is None:
        raise TrainingStopped(SAID.format(out=args.out))
    if args.gguf and converter:
        print(f"The GGUF file: MODEL={to_gguf(merged, args.gguf, converter, args.outtype)}")
    return 0


def _questions(args: argparse.Namespace) -> int:
    from training.data.arithmetic import arithmetic_questions
    from training.data.rows import write_rows

    try:
        write_rows(args.out, arithmetic_questions(args.n, args.seed, args.digits))
    except ValueError as error:
        raise TrainingStopped(f"{error}: ask for fewer, or allow more digits.") from None
    print(f"{args.n} questions are in {args.out}.")
    return 0


def _quiet() -> None:
    """Libraries' notes for programmers stay off the console."""
    import warnings

    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore")


if __name__ == "__main__":
    sys.exit(main())
