"""Fits a calibration to labelled answers and measures it on the answers held out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from estimators.abstention import deciding as deciding_signals
from estimators.calibration.calibrators import (
    SEED,
    CannotCalibrate,
    Platt,
    Temperature,
    choose_calibrator,
    varies,
)
from estimators.calibration.fit import Halves, fit_halves, require_enough, resample_weights, shown_refitted
from estimators.calibration.guarantee import without_guarantee
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.record import (
    ASKED,
    KINDS,
    Calibration,
    HeldOut,
    Kind,
    KindCalibration,
    Metrics,
    QuestionSet,
    SignalCalibration,
    shown_confidence,
)
from estimators.calibration.risk_control import DELTA, LADDER, published_rules, upper_bound
from evaluation.metrics import auroc, ece, estimate_of, measure, resampled
from evaluation.metrics.table import BY_NAME
from evaluation.runs.labelled_answers import LabelledAnswer, LabelledAnswers

ASKED_OF_ALL = 0.5  # share of the answers that need the signal, or it is left out
DRAWS = 300  # resamples of the intervals
REFITS = 200  # resamples to which the last calibrator is refitted for the calibration error
Neighbours = Callable[[Sequence[str]], Neighbourhood]
_FIGURES = ("accuracy", "mean_confidence", "ece", "brier", "auroc")


def not_embedded(questions: Sequence[str]) -> Neighbourhood:
    """No neighbourhood of these questions, with the reason."""
    return Neighbourhood(missing="no sentence embeddings were made")


def fit_calibration(
    labelled: LabelledAnswers, name: str, *, seed: int = SEED, ladder: Sequence[float] = LADDER,
    delta: float = DELTA, draws: int = DRAWS, neighbours: Neighbours = not_embedded, choose_rows: bool = True,
) -> Calibration:  # fmt: skip
    """A calibration of every kind of question with enough labelled answers.

    ``neighbours`` embeds the questions of a kind. ``choose_rows``: choose a default panel and use its signals only.
    Raises CannotCalibrate with a reason per kind if nothing can be fitted.
    """
    parts: list[KindCalibration] = []
    unmeasured: dict[str, str] = {}
    for kind in KINDS:
        answers = labelled.of(kind)
        try:
            parts.append(fit_part(kind, answers, seed, ladder, delta, draws, neighbours, choose_rows))
        except CannotCalibrate as error:
            unmeasured[kind] = str(error) if answers else "no question of this kind was measured"
    if not parts:
        reasons = [f"{_TITLES[kind]}: {why}" for kind, why in unmeasured.items() if labelled.of(kind)]
        raise CannotCalibrate("; ".join(reasons) or "no answer is labelled right or wrong")
    first = labelled.answers[0].provenance
    prompts: dict[str, str] = {}
    for answer in labelled.answers:
        prompts |= answer.provenance.prompts
    calibration = Calibration(
        name, first.model, first.model_sha256, first.engine, dict(sorted(prompts.items())), _asked(labelled.answers),
        QuestionSet(labelled.name, labelled.sha256, sum(part.n for part in parts)),
        datetime.now(UTC).isoformat(timespec="seconds"), seed, tuple(parts), unmeasured, labelled.left_out,
    )  # fmt: skip
    return without_guarantee(calibration, labelled.no_guarantee) if labelled.no_guarantee else calibration


def _asked(answers: Sequence[LabelledAnswer]) -> dict[str, bool | int | float | str]:
    """The settings that all answers share, and the highest token limit of any of them."""
    first = answers[0].provenance.options
    asked = {name: value for name in ASKED if isinstance(value := first.get(name), bool | float | int | str)}
    limits = [answer.provenance.options.get("max_tokens") for answer in answers]
    lengths = [value for value in limits if isinstance(value, int)]
    return {**asked, "max_tokens": max(lengths)} if len(lengths) == len(limits) else asked


_TITLES = {"choice": "with options", "free": "without options"}


def fit_part(
    kind: Kind, answers: Sequence[LabelledAnswer], seed: int = SEED, ladder: Sequence[float] = LADDER,
    delta: float = DELTA, draws: int = DRAWS, neighbours: Neighbours = not_embedded, choose_rows: bool = False,
) -> KindCalibration:  # fmt: skip
    """Calibrate one kind of question; raises CannotCalibrate if there are too few answers."""
    correct = np.array([answer.correct for answer in answers], np.float64)
    require_enough(correct)
    readings = common_readings(answers)
    halves = fit_halves(readings, correct, seed=seed, ladder=ladder, delta=delta, choose_rows=choose_rows)
    tested = correct[halves.testing]
    deciding = deciding_signals(kind == "choice")[0]
    before = [readings[int(k)].get(deciding) for k in halves.testing]
    wrong = int((tested == 0).sum())
    return KindCalibration(
        kind, halves.fitting.size, halves.testing.size, float(correct.mean()),
        tuple(
            replace(
                _signal(name, readings, correct, halves.testing, seed, draws),
                validity=halves.validity[name], sample=_sample(name, readings),
            )
            for name in _names(readings)
        ),
        halves.combined, halves.shown, halves.points, upper_bound(wrong, tested.size, delta),
        published_rules(shown_confidence(halves.shown, halves.score), tested, seed), deciding,
        _metrics(before, tested), _shown_metrics(halves, tested, seed),
        HeldOut(
            tuple(before), tuple(map(float, halves.after)), tuple(map(bool, tested)), tuple(map(float, halves.score))
        ),
        neighbours([answer.question for answer in answers]), delta, halves.flattened, halves.panel,
    )  # fmt: skip


def common_readings(answers: Sequence[LabelledAnswer]) -> list[Mapping[str, float | None]]:
    """The readings of signals that at least half of the answers have; None where an answer lacks one."""
    names = dict.fromkeys(name for answer in answers for name in answer.readings)
    kept = [
        name
        for name in names
        if sum(name in answer.readings for answer in answers) >= ASKED_OF_ALL * len(answers)
    ]
    return [{name: answer.readings.get(name) for name in kept} for answer in answers]


def _names(readings: Sequence[Mapping[str, float | None]]) -> tuple[str, ...]:
    return tuple(readings[0]) if readings else ()


def _sample(name: str, readings: Sequence[Mapping[str, float | None]]) -> tuple[float, ...]:
    """The readings of a signal in ascending order, rounded to four digits."""
    return tuple(sorted(round(value, 4) for reading in readings if (value := reading[name]) is not None))


def _signal(
    name: str, readings: Sequence[Mapping[str, float | None]], correct: NDArray[np.float64],
    testing: NDArray[np.intp], seed: int, draws: int,
) -> SignalCalibration:  # fmt: skip
    there = [k for k, reading in enumerate(readings) if reading[name] is not None]
    values = np.array([readings[k][name] for k in there], np.float64)
    y = correct[there]
    if not there:
        return SignalCalibration(name, 0, 0.5, None, missing="no answer has it")
    median = float(np.median(values))
    if not varies(values):
        return SignalCalibration(
            name, len(there), median, None, missing="it is the same for all but a few answers"
        )
    try:
        require_enough(y)
        chosen = choose_calibrator(values, y, seed=seed)
    except CannotCalibrate as error:
        return SignalCalibration(name, len(there), median, None, missing=str(error))
    held = np.isin(there, testing)
    c, outcome = values[held], y[held]
    area = resampled(lambda i: auroc(c[i], outcome[i]), int(held.sum()), draws, seed)
    return SignalCalibration(
        name, len(there), median, chosen.calibrator, dict(chosen.scores), area.value, area.low, area.high,
        int(held.sum()), area.missing, (float(values.min()), float(values.max())),
    )  # fmt: skip


def _metrics(confidence: Sequence[float | None], correct: NDArray[np.float64]) -> Metrics:
    """The metrics of the answers that have a confidence."""
    there = [k for k, value in enumerate(confidence) if value is not None]
    if not there:
        return Metrics(0)
    values = np.array([confidence[k] for k in there], np.float64)
    figures = measure(values, correct[there], metrics=[BY_NAME[name] for name in (*_FIGURES, "log_loss")])
    values_by_name = {name: one.value for name, one in figures.items()}
    return Metrics(len(there), **values_by_name)


def _shown_metrics(halves: Halves, correct: NDArray[np.float64], seed: int) -> Metrics:
    """Out-of-fold metrics; AUROC is that of the score, because fits of separate folds do not keep its order."""
    metrics = _metrics(list(halves.after), correct)
    error = refitted_ece(halves.score, correct, halves.shown, halves.flattened, seed)
    return replace(metrics, ece=error, auroc=estimate_of(lambda: auroc(halves.score, correct)).value)


def refitted_ece(
    score: NDArray[np.float64], correct: NDArray[np.float64], shown: Platt | Temperature, flattened: bool, seed: int,
    refits: int = REFITS,
) -> float:  # fmt: skip
    """Mean ECE on the testing half when the last calibrator is refitted to bootstrap resamples.

    Out of fold, a constant confidence has an ECE of 0 by construction: the folds' training means average to the
    overall mean. On new questions it is off by its sampling error, about √(2 p (1 − p) / (π n)), and so it is here.
    Reference: Efron & Tibshirani (1993), chapter 17.
    """
    weights = resample_weights(correct.size, refits, seed)
    return float(
        np.mean([ece(row, correct) for row in shown_refitted(score, correct, shown, flattened, weights)])
    )


def expected_metrics(part: KindCalibration) -> Metrics:
    """Metrics of the shown confidence as they are expected on new questions.

    Files from older versions hold the out-of-fold ECE, which is near 0 for a constant confidence; they get that of refits,
    or none if they lack the scores.
    """
    if part.combined.ranges:
        return part.after
    score, correct = np.array(part.held_out.score), np.array(part.held_out.correct, np.float64)
    error = refitted_ece(score, correct, part.shown, part.flattened, seed=0) if score.size else None
    return replace(part.after, ece=error)
