"""Measure how well answers are compared by meaning, on pairs labelled by hand: ``python -m evaluation meaning [SET …]``."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from chains.errors import ModelUnavailable
from chains.meaning.embedding import open_embedder
from chains.meaning.semantic_clustering import Comparison
from evaluation.validation.equivalence import (
    LABELLED,
    SETS,
    Pair,
    PairScore,
    choose_threshold,
    compare_all,
    lines,
    read_pairs,
    score,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The sets, the embeddings, and what is printed."""
    parser.add_argument(
        "sets", nargs="*", default=SETS, help="names in evaluation/validation/labelled, or files"
    )
    parser.add_argument("--embedding", default="builtin", help="builtin, a folder, or a hub id")
    parser.add_argument("--errors", action="store_true", help="print the pairs with a wrong verdict")
    parser.add_argument("--threshold", action="store_true", help="print the best threshold on these pairs")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print the figures of every set; returns the exit code, 1 without embeddings or sets."""
    files = [LABELLED / f"{name}.jsonl" if not name.endswith(".jsonl") else Path(name) for name in args.sets]
    there = [file for file in files if file.is_file()]
    for file in files:
        if file not in there:
            print(f"There is no file {file}.", file=sys.stderr)
    try:
        embedder = open_embedder(args.embedding)
    except ModelUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    scores: list[PairScore] = []
    all_pairs: list[Pair] = []
    all_found: list[Comparison] = []
    all_cosines: list[float] = []
    for file in there:
        pairs = read_pairs(file)
        verdicts, cosines = compare_all(pairs, embedder)
        scores.append(score(file.stem, pairs, verdicts, cosines))
        all_pairs.extend(pairs)
        all_found.extend(verdicts)
        all_cosines.extend(cosines)
        if args.threshold:
            print(f"{file.stem}: {choose_threshold(pairs, verdicts)}", file=sys.stderr)
    if len(scores) > 1:
        scores.append(score("together", all_pairs, all_found, all_cosines))
    if args.json:
        print(json.dumps({score.name: asdict(score) for score in scores}, ensure_ascii=False, indent=1))
    else:
        print(
            "\n".join(
                line for score in scores for line in lines(score, args.errors and score.name != "together")
            )
        )
    return 0 if there else 1
