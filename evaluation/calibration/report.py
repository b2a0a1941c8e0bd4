"""Formats a calibration as text for a terminal or as Markdown."""

from collections.abc import Callable, Sequence

import numpy as np

from estimators.calibration.apply import guarantee_sentence, notice
from estimators.calibration.record import TITLES, Calibration, KindCalibration, Metrics
from estimators.percent import at_most
from evaluation.calibration.fit import expected_metrics
from evaluation.metrics import Estimate
from evaluation.metrics.calibration.bins import bins
from evaluation.reports.tables import ABSENT, aligned, cell, number

Rows = list[list[str]]
LayOut = Callable[[Sequence[Sequence[str]]], list[str]]
_FIGURES = (("accuracy", "accuracy"), ("mean_confidence", "mean confidence"), ("ece", "ECE, 10 bins"),
            ("brier", "Brier score"), ("log_loss", "log loss, nats"), ("auroc", "AUROC"))  # fmt: skip


def calibration_lines(calibration: Calibration, lay_out: LayOut = aligned) -> list[str]:
    """All measurements of a calibration, one kind of question after the other."""
    lines = [f"{calibration.name}: {calibration.model}, {calibration.engine}, {calibration.created[:10]}"]
    for part in calibration.parts:
        lines += [
            "",
            f"{TITLES[part.kind].capitalize()}: {part.fitted} answers to fit the score, {part.tested} to test it.",
        ]
        for rows in (
            metric_rows(part),
            reliability_rows(part),
            signal_rows(part),
            guarantee_rows(part),
            weight_rows(part),
            panel_rows(part),
            validity_rows(part),
        ):
            lines += ["", *lay_out(rows)]
        if part.flattened:
            lines += [
                "",
                "On the testing half, higher scores did not go with more correct answers, so the score is not used.",
            ]
        for signal in part.signals:
            if signal.backwards:
                lines += [
                    "",
                    f"{signal.name} points the wrong way here: higher confidence went with more errors.",
                ]
        warning = notice(calibration, part.kind)
        best = part.best
        lines += ["", warning or (guarantee_sentence(part, best).capitalize() + "." if best else "")]
    for kind, why in calibration.unmeasured.items():
        lines += ["", f"{TITLES[kind].capitalize()}: not calibrated: {why}."]
    for why, n in calibration.left_out.items():
        lines.append(f"left out: {n} ({why})")
    return lines


def metric_rows(part: KindCalibration) -> Rows:
    """Metrics on the testing half, before and after calibration."""
    sides: tuple[Metrics, Metrics] = (part.before, expected_metrics(part))
    rows = [["on the testing half", f"{part.deciding}, raw", "shown, expected on new questions"]]
    rows.append(["answers", *(str(side.n) for side in sides)])
    for name, title in _FIGURES:
        values = [getattr(side, name) for side in sides]
        rows.append([title, *(ABSENT if value is None else number(value) for value in values)])
    return rows


def reliability_rows(part: KindCalibration) -> Rows:
    """The bins of a reliability diagram, before and after calibration."""
    rows = [["confidence", "before: n", "mean", "correct", "after: n", "mean", "correct"]]
    there = [k for k, value in enumerate(part.held_out.before) if value is not None]
    correct = np.array(part.held_out.correct, np.float64)
    sides = []
    for values, places in (
        ([part.held_out.before[k] for k in there], there),
        (list(part.held_out.after), list(range(correct.size))),
    ):
        filled = bins(np.array(values, np.float64), correct[places]) if values else ()
        sides.append({round(filled_bin.low, 6): filled_bin for filled_bin in filled})
    for low in sorted({*sides[0], *sides[1]}):
        row = [f"{low * 100:.0f}–{low * 100 + 10:.0f} %"]
        for side in sides:
            filled_bin = side.get(low)
            row += (
                [str(filled_bin.n), number(filled_bin.confidence, 2), number(filled_bin.accuracy, 2)]
                if filled_bin
                else ["0", ABSENT, ABSENT]
            )
        rows.append(row)
    return rows


def signal_rows(part: KindCalibration) -> Rows:
    """Each signal on its own: AUROC on the testing half, the calibrator, and cross-validated log losses."""
    rows = [["signal", "answers", "AUROC on the testing half", "n", "calibrator", "log losses, nats"]]
    for signal in sorted(part.signals, key=lambda signal: -(signal.auroc or 0)):
        figure = Estimate(
            signal.auroc, signal.missing if signal.auroc is None else "", signal.low, signal.high
        )
        losses = ", ".join(f"{kind} {value:.3f}" for kind, value in signal.scores.items())
        kind = signal.calibrator.kind if signal.calibrator else ABSENT
        rows.append(
            [signal.name, str(signal.n), cell(figure), str(signal.auroc_n), kind, losses or signal.missing]
        )
    return rows


def guarantee_rows(part: KindCalibration) -> Rows:
    """What can be guaranteed at each accepted risk."""
    sure = f"{(1 - part.delta) * 100:.0f} %"
    rows = [["accepted risk", "shown from", "shown", "error rate", f"bound at {sure}", ""]]
    for point in part.points:
        risk = f"{point.risk * 100:.0f} %"
        if point.threshold is None or point.coverage is None or point.bound is None:
            rows.append([risk, ABSENT, ABSENT, ABSENT, ABSENT, f"no guarantee: {point.missing}"])
        else:
            shown = f"{point.n} of {part.tested} ({point.coverage * 100:.0f} %)"
            rows.append(
                [
                    risk,
                    number(point.threshold),
                    shown,
                    str(point.wrong),
                    at_most(point.bound, 1),
                    "guaranteed",
                ]
            )
    return rows


def weight_rows(part: KindCalibration) -> Rows:
    """The weights of the combined score, the largest first."""
    rows = [["weight", f"penalty {part.combined.penalty:g}"]]
    rows += [[weight.label, number(weight.value)] for weight in part.combined.ranked_weights]
    return rows + ([["chosen because", part.combined.why]] if part.combined.why else [])


def panel_rows(part: KindCalibration) -> Rows:
    """The signals that the chat shows by default, and why."""
    if part.panel is None:
        return [["default panel", "the usual signals: there were too few answers to choose others"]]
    calls = f"{part.panel.calls} further {'call' if part.panel.calls == 1 else 'calls'}"
    return [["default panel", calls], *([row.name, row.why] for row in part.panel.rows)]


def validity_rows(part: KindCalibration) -> Rows:
    """How each signal behaves on the fitting half, and why it has no say where it fails; only a header in older files."""
    rows = [["on the fitting half", "could be read", "distinct", "at 99 % or above", "AUROC", ""]]
    for signal in part.signals:
        if (screened := signal.validity) is None:
            continue
        area = Estimate(
            screened.auroc, "" if screened.auroc is not None else "undefined", screened.low, screened.high
        )
        shares = [f"{share * 100:.0f} %" for share in (screened.read, screened.ceiling)]
        verdict = f"no say: {screened.reason}" if screened.failure else "passes"
        rows.append([signal.name, shares[0], str(screened.distinct), shares[1], cell(area), verdict])
    return rows
