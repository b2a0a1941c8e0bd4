"""Train linear probes on hidden states: ``python -m evaluation probe-train RUN --model SPEC --name NAME``.

RUN was written by `python -m evaluation run` with the same model, on whichever engine. The model is opened with
transformers, reads every graded answer once more, and two probes are fitted: on the state before it answers (P(I know))
and on the state at the end of its answer. Two thirds of the answers choose the layer and the ridge penalty by
cross-validation; the command prints the AUROC on the others, next to that of the signal that decides without a
calibration. The probes are saved in $CREDENCE_DATA/linear-probes and are used for this model from then on.
"""

import argparse
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from chains.calibration.probe_store import save_probe
from chains.calibration.store import checked_name
from chains.engines.open import open_chat_model
from chains.errors import CredenceError
from chains.identity import identity
from estimators.abstention import DECIDING
from estimators.calibration.calibrators import CannotCalibrate
from estimators.calibration.validity import auroc_interval
from estimators.linear_probe import LinearProbe
from evaluation.linear_probes.states import LabelledStates, read_states
from evaluation.linear_probes.training import Fitted, fit_probe, train_and_hold_out
from evaluation.reports.tables import ABSENT, aligned, number
from evaluation.runs.reader import read_run
from files.errors import BadFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the model, and the name of the probe."""
    parser.add_argument("run_file", type=Path, metavar="RUN")
    parser.add_argument(
        "--model", default="builtin", help="model to open with transformers (default: builtin)"
    )
    parser.add_argument("--name", help="name of the probe (default: the run's name)")
    parser.add_argument("--replace", action="store_true", help="overwrite a probe of the same name")
    parser.add_argument("--seed", type=int, default=0, help="seed of the split (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Train the probes, print how they do on held-out answers, and save them; returns the exit code."""
    read = read_run(args.run_file)
    name = checked_name(args.name or read.name)
    model = open_chat_model(args.model, engine="transformers")
    try:
        who = identity(model)
        _check_same(
            read.header.get("model_sha256"), read.model, who["model_sha256"], who["model"], args.run_file
        )
        labelled = read_states(model, read.graded)
    finally:
        getattr(model, "close", lambda: None)()
    try:
        train, held = train_and_hold_out(labelled.correct, args.seed)
    except CannotCalibrate as error:
        raise CredenceError(f"{args.run_file} cannot train a probe: {error}.") from None
    fitted = [
        fit_probe(position, states, labelled.correct, train, held, args.seed)
        for position, states in labelled.states.items()
    ]
    texts = "\n".join(f"{record.id} {record.question} {record.correct}" for record in labelled.records)
    probe = LinearProbe(
        name, who["model"], who["model_sha256"], datetime.now(UTC).isoformat(timespec="seconds"),
        str(read.header.get("questions", args.run_file.name)), hashlib.sha256(texts.encode()).hexdigest(),
        train.size, held.size, args.seed, {one.position: one.probe for one in fitted},
    )  # fmt: skip
    print("\n".join(aligned(_rows(labelled, fitted, held))))
    print(f"\n{train.size} answers to fit, {held.size} to test; {labelled.left_out} left out.")
    print(f"Saved as {save_probe(probe, replace=args.replace)}.")
    return 0


def _check_same(sha256: str | None, name: str, opened: str | None, opened_name: str, file: Path) -> None:
    """Raise BadFile if the run is of another model."""
    same = sha256 == opened if sha256 and opened else name == opened_name
    if not same:
        raise BadFile(f"{file} is a run of {name}, but --model opens {opened_name}: name the same model.")


def _rows(labelled: LabelledStates, fitted: list[Fitted], held: np.ndarray) -> list[list[str]]:
    rows = [["on the held-out answers", "AUROC", "layer", "penalty", "log loss, cross-validated"]]
    for one in fitted:
        area = (one.probe.auroc, one.probe.low, one.probe.high)
        row = [_shown(area), str(one.probe.layer), f"{one.penalty:g}", number(one.loss)]
        rows.append([f"hidden state {one.position} answering", *row])
    for name in DECIDING:
        confidences = [
            (signal.confidence, labelled.correct[k])
            for k in held
            if (signal := labelled.records[int(k)].by_name.get(name)) and signal.confidence is not None
        ]
        if confidences:
            c, y = np.array(confidences, np.float64).T
            rows.append([f"{name} ({len(y)} answers)", _shown(auroc_interval(c, y)), *[ABSENT] * 3])
    return rows


def _shown(area: tuple[float | None, float | None, float | None] | None) -> str:
    auroc, low, high = area or (None, None, None)
    if auroc is None or low is None or high is None:
        return ABSENT
    return f"{number(auroc)} [{number(low)}, {number(high)}]"
