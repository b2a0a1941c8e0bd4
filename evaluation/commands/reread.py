"""The replies of a run read again by this version, without any model: ``python -m evaluation reread RUN --out FILE``.

RUN is what `python -m evaluation run` wrote: it keeps every reply with its tokens. Every signal is computed again from
them and replaced; questions, answers and grades stay as they are. A calibrated confidence, made of the signals as they
were read before, is left out. The advice is that of the raw signals.
"""

import argparse
import json
import os
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
from evaluation.jsonl_file import BadFile, numbered_objects

KNOWN = frozenset(estimator.name for estimator in ESTIMATORS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the run as it is read now and say which signals differ; returns the exit code."""
    args = _parser().parse_args(arguments)
    if args.out.exists():
        raise BadFile(f"{args.out} is there already: choose another --out.")
    differ: Counter[str] = Counter()
    draft = args.out.with_name(f".{args.out.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            for number, row in tracked(list(numbered_objects(args.run)), "reading", "records", after=SLOW):
                updated = _row(args.run, number, row, differ)
                file.write(json.dumps(updated, ensure_ascii=False) + "\n")
        draft.replace(args.out)
    finally:
        draft.unlink(missing_ok=True)
    for name, count in differ.most_common():
        print(f"{name}: {count:,} answers are read differently")
    print(f"{'Every signal reads as before; ' if not differ else ''}written to {args.out}")
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
    """A line of the run as it is read now; ``differ`` counts the signals that changed."""
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
