"""Manage calibrations: ``python -m evaluation calibrations [list|show|compare|use|rename|delete] [NAME …]``.

  list                 all calibrations with their models, and which one is in use
  show NAME            all measurements
  compare NAME OTHER   the figures of two calibrations side by side
  use NAME             use this calibration; "none" for none, "latest" for the latest one that fits the model
  rename NAME NEW      rename one of your own
  delete NAME          delete one of your own

Your own calibrations are in $CREDENCE_DATA/calibration. Those that came with Credence cannot be changed.
"""

import argparse
from collections.abc import Sequence

from chains.calibration.store import (
    NONE,
    choose_calibration,
    chosen_calibration,
    delete,
    list_calibrations,
    load,
    rename,
)
from chains.errors import CredenceError
from estimators.calibration.record import KINDS, TITLES, Calibration
from evaluation.calibration.report import Rows, calibration_lines, metric_rows, promise_rows
from evaluation.commands.arguments import command_parser
from evaluation.reports.tables import ABSENT, aligned

LATEST = "latest"
NAMES = {
    "list": 0,
    "show": 1,
    "compare": 2,
    "use": 1,
    "rename": 2,
    "delete": 1,
}  # how many names each action takes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the action; returns the exit code."""
    args = _parser().parse_args(arguments)
    names = tuple(args.names)
    if len(names) != NAMES[args.action]:
        expected = {0: "no name", 1: "one name", 2: "two names"}[NAMES[args.action]]
        raise CredenceError(f"`{args.action}` takes {expected}, but {len(names)} were given.")
    if args.action == "list":
        print("\n".join(aligned(listed())))
    elif args.action == "show":
        print("\n".join(calibration_lines(load(names[0]))))
    elif args.action == "compare":
        print("\n".join(compared(load(names[0]), load(names[1]))))
    elif args.action == "use":
        use(names[0])
    elif args.action == "rename":
        print(f"It is now in {rename(*names)}.")
    else:
        delete(names[0])
        print(f"Deleted {names[0]}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("calibrations", __doc__)
    parser.add_argument("action", nargs="?", choices=NAMES, default="list", metavar="ACTION")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser


def listed() -> Rows:
    """A row per calibration: its name, its model, and whether it is in use."""
    chosen = chosen_calibration()
    rows = [["name", "model", "engine", "answers", "date", ""]]
    for calibration in list_calibrations():
        of = calibration.calibration
        notes = ["came with Credence"] * calibration.shipped + ["in use"] * (calibration.name == chosen)
        rows.append(
            [calibration.name, of.model, of.engine, f"{of.questions.n:,}", of.created[:10], ", ".join(notes)]
        )
    return rows


def use(name: str) -> None:
    """Choose a calibration; raises BadCalibration for an unknown name."""
    if name == LATEST:
        choose_calibration(None)
        print("Now using the latest calibration that fits the model.")
        return
    if name != NONE:
        load(name)
    choose_calibration(name)
    print("Now using no calibration." if name == NONE else f"Now using {name} where it fits the model.")


def compared(first: Calibration, second: Calibration) -> list[str]:
    """The figures and guarantees of two calibrations, kind by kind."""
    lines = [
        f"{calibration.name}: {calibration.model}, {calibration.engine}, {calibration.created[:10]}"
        for calibration in (first, second)
    ]
    for kind in KINDS:
        parts = [
            (calibration.name, part) for calibration in (first, second) if (part := calibration.part(kind))
        ]
        if not parts:
            continue
        figures = [(name, metric_rows(part)) for name, part in parts]
        rows = [[f"on the testing half, {TITLES[kind]}", *(name for name, _ in parts)]]
        rows += [
            [figures[0][1][place][0], *(table[place][-1] for _, table in figures)]
            for place in range(1, len(figures[0][1]))
        ]
        lines += ["", *aligned(rows)]
        risks: dict[str, dict[str, str]] = {}
        for name, part in parts:
            for risk, threshold, shown, *_ in promise_rows(part)[1:]:
                risks.setdefault(risk, {})[name] = ABSENT if threshold == ABSENT else shown
        rows = [["shown at an accepted risk of", *(name for name, _ in parts)]]
        rows += [[risk, *(shares.get(name, ABSENT) for name, _ in parts)] for risk, shares in risks.items()]
        lines += ["", *aligned(rows)]
    return lines
