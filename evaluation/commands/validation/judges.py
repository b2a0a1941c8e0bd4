"""Measure the agreement judges against hand labels: ``python -m evaluation judges --model SPEC``."""

import argparse
from pathlib import Path

from chains import open_chat_model
from chains.progress import tracked
from evaluation.grading.agreement_judges import EmbeddingJudge, Judge, ModelJudge
from evaluation.validation.judges import LABELS, NAMES, Triple, lines, score
from files.json_lines import read_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The judges, the labels, and what is printed."""
    parser.add_argument("--model", default="builtin", help="the chat model that judges")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--judge", choices=("model", "embedding", "both"), default="both")
    parser.add_argument("--errors", action="store_true", help="list what each judge gets wrong")


def run(args: argparse.Namespace) -> int:
    """Print the figures of each judge; returns the exit code."""
    triples = read_rows(args.labels, Triple)
    judges: list[Judge] = []
    if args.judge != "model":
        from chains.meaning.embedding import open_embedder

        judges.append(EmbeddingJudge(open_embedder()))
    model = open_chat_model(args.model) if args.judge != "embedding" else None
    if model is not None:
        judges.append(ModelJudge(model))
    try:
        for judge in judges:
            values = [
                judge(triple.question, triple.sentence, triple.sample)
                for triple in tracked(triples, f"judging by {judge.name}", "sentences")
            ]
            print("\n".join(lines(score(judge.name, triples, values))))
            for triple, value in zip(triples, values, strict=True):
                if args.errors and value != triple.value:
                    print(
                        f"  {triple.label} → {NAMES[value]}: {triple.question} | {triple.sentence} | {triple.sample}"
                    )
    finally:
        getattr(model, "close", lambda: None)()
    return 0
