"""The calibrations that are there: ``python -m evaluation calibrations [list|show|compare|use|rename|delete] [NAME …]``.

  list                 every one, with the model it is of, and which one is in use
  show NAME            all that was measured
  compare NAME OTHER   the figures of two, side by side
  use NAME             decide by this one from now on; "none" for none, "latest" for the latest one that fits
  rename NAME NEW      give an own one another name
  delete NAME          remove an own one

Your own lie in $CREDENCE_DATA/calibration; those that came with Credence stay.
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
NAMES = {"list": 0, "show": 1, "compare": 2, "use": 1, "rename": 2, "delete": 1}  # what each is given


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one of them; returns the exit code."""
    args = _parser().parse_args(arguments)
    names = tuple(args.names)
    if len(names) != NAMES[args.action]:
        expected = {0: "no name", 1: "one name", 2: "two names"}[NAMES[args.action]]
        raise CredenceError(f"`{args.action}` takes {expected}, and {len(names)} were given.")
    if args.action == "list":
        print("\n".join(aligned(listed())))
    elif args.action == "show":
        print("\n".join(calibration_lines(load(names[0]))))
    elif args.action == "compare":
        print("\n".join(compared(load(names[0]), load(names[1]))))
    elif args.action == "use":
        use(names[0])
    elif args.action == "rename":
        print(f"It lies in {rename(*names)} now.")
    else:
        delete(names[0])
        print(f"{names[0]} is deleted.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("calibrations", __doc__)
    parser.add_argument("action", nargs="?", choices=NAMES, default="list", metavar="ACTION")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser


def listed() -> Rows:
    """A row for every calibration: its name, what it is of, and which one was chosen."""
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
    """Choose a calibration; raises BadCalibration for a name that none has."""
    if name == LATEST:
        choose_calibration(None)
        print("The latest calibration that fits the model is in use.")
        return
    if name != NONE:
        load(name)
    choose_calibration(name)
    print("No calibration is in use." if name == NONE else f"{name} is in use where it fits the model.")


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
