"""Manage calibrations.

Your own calibrations are in $CREDENCE_DATA/calibration. Those that came with Credence cannot be changed.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from chains.calibration import store
from chains.calibration.store import NONE, choose_calibration, chosen_calibration, list_calibrations, load
from estimators.calibration.record import KINDS, TITLES, Calibration
from evaluation.calibration.report import Rows, calibration_lines, guarantee_rows, metric_rows
from evaluation.calibration.run_check import run_check_lines
from evaluation.reports.tables import ABSENT, aligned

LATEST = "latest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions, each with the names it takes."""
    parser.set_defaults(run_command=show_list)
    actions = parser.add_subparsers(
        title="actions", description="Without an action, calibrations are listed.", metavar="ACTION"
    )

    def action(name: str, run: Callable[[argparse.Namespace], int], text: str, *names: str) -> None:
        added = actions.add_parser(name, help=text, description=text)
        added.set_defaults(run_command=run)
        for metavar in names:
            added.add_argument("run_file" if metavar == "RUN" else metavar.lower(), metavar=metavar)

    action("list", show_list, "list all calibrations with their models, and which one is in use")
    action("show", show, "show all measurements of a calibration", "NAME")
    action("compare", compare, "show the figures of two calibrations side by side", "NAME", "OTHER")
    action("check", check, "test whether a calibration holds for the questions of a run", "NAME", "RUN")
    action(
        "use", use, 'use this calibration; "none" uses no calibration, "latest" the latest one that fits the model', "NAME"
    )  # fmt: skip
    action("rename", rename, "rename one of your calibrations", "NAME", "NEW")
    action("delete", delete, "delete one of your calibrations", "NAME")


def show_list(args: argparse.Namespace) -> int:
    """Print a row for each calibration."""
    print("\n".join(aligned(listed())))
    return 0


def show(args: argparse.Namespace) -> int:
    """Print all measurements of one."""
    print("\n".join(calibration_lines(load(args.name))))
    return 0


def compare(args: argparse.Namespace) -> int:
    """Print two side by side."""
    print("\n".join(compared(load(args.name), load(args.other))))
    return 0


def check(args: argparse.Namespace) -> int:
    """Print whether a calibration holds for a run."""
    print("\n".join(run_check_lines(load(args.name), Path(args.run_file))))
    return 0


def use(args: argparse.Namespace) -> int:
    """Choose one; raises BadCalibration for an unknown name."""
    if args.name == LATEST:
        choose_calibration(None)
        print("Now using the latest calibration that fits the model.")
        return 0
    if args.name != NONE:
        load(args.name)
    choose_calibration(args.name)
    print(
        "Now using no calibration."
        if args.name == NONE
        else f"Now using {args.name} where it fits the model."
    )
    return 0


def rename(args: argparse.Namespace) -> int:
    """Give one of the person's own another name."""
    print(f"It is now in {store.rename(args.name, args.new)}.")
    return 0


def delete(args: argparse.Namespace) -> int:
    """Delete one of the person's own."""
    store.delete(args.name)
    print(f"Deleted {args.name}.")
    return 0


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
            for risk, threshold, shown, *_ in guarantee_rows(part)[1:]:
                risks.setdefault(risk, {})[name] = ABSENT if threshold == ABSENT else shown
        rows = [["shown at an accepted risk of", *(name for name, _ in parts)]]
        rows += [[risk, *(shares.get(name, ABSENT) for name, _ in parts)] for risk, shares in risks.items()]
        lines += ["", *aligned(rows)]
    return lines
