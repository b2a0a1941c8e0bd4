"""Measure how well the marker matcher finds labelled markers: ``python -m evaluation markers [--json] [--errors]``.

Constructed sentences and real replies are reported separately. A match is right if it covers the same words as a
labelled marker; framing words at either end ("it is", "there is a", "that" …) may be included or left out (``core``).
"""

import argparse
import json
import sys

from evaluation.validation.markers import SETS, errors, labelled_sentences, report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is printed."""
    parser.add_argument("--json", action="store_true", help="print one JSON object, one key per set")
    parser.add_argument("--errors", action="store_true", help="also print every sentence with errors")


def run(args: argparse.Namespace) -> int:
    """Print the figures of each labelled set, and on request every error."""
    sets = {name: labelled_sentences(path) for name, path in SETS.items() if path.exists()}
    reports = {name: report(sentences) for name, sentences in sets.items()}
    if args.json:
        print(json.dumps(reports, indent=2))
    for name, figures in {} if args.json else reports.items():
        print(
            f"{name}: {figures['sentences']} sentences, {figures['markers']} markers, {figures['found']} found"
        )
        for share in ("precision", "recall"):
            low, high = figures[f"{share}_interval"]
            print(
                f"  {share:9} {figures[share]:.3f} (95 %: {low:.3f} to {high:.3f}), "
                f"by overlap {figures[f'overlap_{share}']:.3f}"
            )
    for name, sentences in sets.items() if args.errors else ():
        for sentence, surplus, missed in errors(sentences):
            print(f"{name} {sentence.id}: found {surplus}, missed {missed}: {sentence.text}", file=sys.stderr)
    return 0
