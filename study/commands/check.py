"""Check that a design and its frozen answers can be run, without starting anything."""

import argparse
import sys
from pathlib import Path

from study.design.confidence_scale import scale_note
from study.design.reader import read_design
from study.design.stimuli import read_stimuli, unready
from study.plan.counterbalancing import cells


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The design."""
    parser.add_argument("design", type=Path, metavar="DESIGN.yaml", help="the design file")


def run(args: argparse.Namespace) -> int:
    """Check a design; returns the exit code, 1 if frozen answers are missing or out of date."""
    file = read_design(args.design)
    design = file.design
    faults = unready(design, read_stimuli(file.stimuli_path))
    for fault in faults:
        print(f"{args.design}: {fault}.", file=sys.stderr)
    if faults:
        return 1
    names = ", ".join(condition.name for condition in design.shown)
    print(
        f"{args.design} is ready to run: {design.flow}, {design.assignment}-subject, {len(design.items)} items, "
        f"{len(design.shown)} conditions ({names}), {len(cells(design))} cells. Design {file.sha256[:12]}."
    )
    if note := scale_note(design):
        print(note)
    return 0
