"""Run the model once for every item, so that all participants see the same answers."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from chains import open_chat_model
from chains.progress import Progress
from files.atomic import write_text
from study.design.freezing import freeze, header_of, made_alike
from study.design.reader import read_design
from study.design.stimuli import Stimulus, answers, read_stimuli, unready, written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The design and the model."""
    parser.add_argument("design", type=Path, metavar="DESIGN.yaml", help="the design file")
    parser.add_argument("--model", help="model to run (default: the model in the design)")
    parser.add_argument(
        "--again", action="store_true", help="run all items again, even those that have an answer"
    )


def run(args: argparse.Namespace) -> int:
    """Freeze the answers of a design; returns the exit code, 1 if the study cannot be run with them yet."""
    file = read_design(args.design)
    path = file.stimuli_path
    spec = args.model or file.design.model
    before = read_stimuli(path)
    with ExitStack() as stack:
        model = stack.enter_context(_opened(spec))
        kept: tuple[Stimulus, ...] = ()
        if not args.again and made_alike(before, file, spec, model):
            kept = tuple(before.by_id.values())
        done: list[Stimulus] = []
        runs = 0
        header = header_of(file, model, spec)
        items = (*file.design.items, *file.design.practice)
        there = {stimulus.id: stimulus for stimulus in kept}
        ready = sum(item.id in there and answers(item, there[item.id]) for item in items)
        progress = stack.enter_context(Progress("freezing", "answers", len(items), done=ready))
        for stimulus, ran in freeze(file.design, model, kept):
            done.append(stimulus)
            runs += ran
            later = [old for old in kept if old.id not in {finished.id for finished in done}]
            if ran:  # if the process is killed, only the current item is lost
                write_text(path, written(header, (*done, *later)))
                progress.say(f"{stimulus.id}: {_told(stimulus)}")
                progress.advance()
        write_text(path, written(header, done))
    print(f"{path} has {len(done)} answers; the model was run for {runs} of them.")
    faults = unready(file.design, read_stimuli(path))
    for fault in faults:
        print(f"{args.design}: {fault}.", file=sys.stderr)
    return 1 if faults else 0


def _told(stimulus: Stimulus) -> str:
    right = {True: "right", False: "wrong", None: "not graded"}[stimulus.correct]
    return f"{' '.join(stimulus.answer.split())[:70]} ({right}: {stimulus.graded_by})"


@contextmanager
def _opened(spec: str) -> Iterator[BaseChatModel]:
    model = open_chat_model(spec)
    try:
        yield model
    finally:
        getattr(model, "close", lambda: None)()
