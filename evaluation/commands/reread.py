"""Read the replies of a run again with this version, without a model: ``python -m evaluation reread RUN --out FILE``.

RUN was written by `python -m evaluation run` and holds every reply with its tokens. Every signal is computed again from
them; questions, answers and grades stay as they are. Calibrated confidences are left out, because they depend on the
old signals. The advice is based on the raw signals.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chains.progress import SLOW, tracked
from estimators import ESTIMATORS, choose
from estimators.abstention import decide
from estimators.serialization import BadRecord
from estimators.types import Assessment
from evaluation.commands.arguments import command_parser
from files.errors import BadFile
from files.json_lines import numbered_objects, write_objects

KNOWN = frozenset(estimator.name for estimator in ESTIMATORS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the run with its new signals and report which of them changed; returns the exit code."""
    args = _parser().parse_args(arguments)
    if args.out.exists():
        raise BadFile(f"{args.out} already exists: choose another --out.")
    differ: Counter[str] = Counter()
    rows = tracked(list(numbered_objects(args.run)), "reading", "records", after=SLOW)
    write_objects(args.out, (_row(args.run, number, row, differ) for number, row in rows))
    for name, count in differ.most_common():
        print(f"{name}: {count:,} answers changed")
    print(f"{'No signal changed; ' if not differ else ''}written to {args.out}")
    return 0


def reread(before: Assessment) -> Assessment:
    """The assessment with every signal computed again from its evidence."""
    asked = [signal.name for signal in before.signals if signal.name in KNOWN]
    signals = tuple(estimator(before.evidence) for estimator in choose(asked))
    advice = decide(signals, before.decision.threshold)
    return replace(before, signals=signals, decision=advice, distance=None)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("reread", __doc__)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    return parser


def _row(path: Path, number: int, row: Mapping[str, Any], differ: Counter[str]) -> Mapping[str, Any]:
    """A line of the run with its new signals; ``differ`` counts the signals that changed."""
    if isinstance(run := row.get("run"), dict):
        return {**row, "run": {**run, "reread": f"{datetime.now(UTC):%Y-%m-%d}"}}
    if row.get("assessment") is None:
        return row
    try:
        before = Assessment.from_dict(row["assessment"])
    except (BadRecord, AttributeError) as error:
        raise BadFile(f"{path}, line {number}: {error}") from None
    now = reread(before)
    differ.update(signal.name for signal in now.signals if before.signal(signal.name) != signal)
    return {**row, "assessment": now.to_dict()}
