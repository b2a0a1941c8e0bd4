"""A calibration from labelled answers: the fitted record with its figures on the answers that fitted nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from estimators.calibration import (
    ASKED,
    KINDS,
    Calibration,
    HeldOut,
    Kind,
    Metrics,
    Part,
    QuestionSet,
    SignalCalibration,
)
from estimators.calibrators import SEED, CannotCalibrate, choose_calibrator
from estimators.decision import DECIDING
from estimators.distance import Neighbourhood, neighbourhood
from estimators.halves import enough, fit_halves
from estimators.thresholds import (
    BALANCED,
    CONSERVATIVE,
    DELTA,
    LABELLED,
    LADDER,
    published_threshold,
    upper_bound,
)
from evaluation.labelled_answers import LabelledAnswer, LabelledAnswers
from evaluation.metrics import auroc, figure, measure, resampled
from evaluation.metrics.table import BY_NAME

ASKED_OF_ALL = 0.5  # a signal that fewer of the answers were asked for is left out
DRAWS = 300  # resamples of the intervals
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
_FIGURES = ("accuracy", "mean_confidence", "ece", "brier", "auroc")


def fit_calibration(
    labelled: LabelledAnswers, name: str, *, seed: int = SEED, ladder: Sequence[float] = LADDER,
    delta: float = DELTA, draws: int = DRAWS, embed: tuple[str, Embed] | str = "no sentence embeddings were made",
) -> Calibration:  # fmt: skip
    """The calibration of every kind of question that has enough labelled answers.

    ``embed``: the embedder's name and function, or why there is none. Raises CannotCalibrate with the reason of each
    kind where none can be fitted.
    """
    parts: list[Part] = []
    unmeasured: dict[str, str] = {}
    for kind in KINDS:
        answers = labelled.of(kind)
        try:
            parts.append(fit_part(kind, answers, seed, ladder, delta, draws, embed))
        except CannotCalibrate as error:
            unmeasured[kind] = (
                str(error) if answers else "no such question was among those it was measured on"
            )
    if not parts:
        told = [f"{_TITLES[kind]}: {why}" for kind, why in unmeasured.items() if labelled.of(kind)]
        raise CannotCalibrate("; ".join(told) or "no answer is labelled right or wrong")
    first = labelled.answers[0].provenance
    prompts: dict[str, str] = {}
    for one in labelled.answers:
        prompts |= one.provenance.prompts
    asked = {
        name: value for name in ASKED if isinstance(value := first.options.get(name), bool | float | int)
    }
    return Calibration(
        name, first.model, first.model_sha256, first.engine, dict(sorted(prompts.items())), asked,
        QuestionSet(labelled.name, labelled.sha256, sum(one.n for one in parts)),
        datetime.now(UTC).isoformat(timespec="seconds"), seed, tuple(parts), unmeasured, labelled.left_out,
    )  # fmt: skip


_TITLES = {"choice": "with options", "free": "without options"}


def fit_part(
    kind: Kind, answers: Sequence[LabelledAnswer], seed: int = SEED, ladder: Sequence[float] = LADDER,
    delta: float = DELTA, draws: int = DRAWS, embed: tuple[str, Embed] | str = "no sentence embeddings were made",
) -> Part:  # fmt: skip
    """What one kind of questions gives; raises CannotCalibrate where that is too little."""
    correct = np.array([one.correct for one in answers], np.float64)
    enough(correct)
    readings = common_readings(answers)
    halves = fit_halves(readings, correct, seed=seed, ladder=ladder, delta=delta)
    tested = correct[halves.testing]
    deciding = DECIDING[0] if kind == "choice" else DECIDING[1]
    before = [readings[int(k)].get(deciding) for k in halves.testing]
    wrong = int((tested == 0).sum())
    return Part(
        kind, halves.fitting.size, halves.testing.size, float(correct.mean()),
        tuple(_signal(name, readings, correct, halves.testing, seed, draws) for name in _names(readings)),
        halves.combined, halves.shown, halves.points, upper_bound(wrong, tested.size, delta),
        _published(halves.after, tested, seed), deciding,
        _metrics(before, tested), _metrics(list(halves.after), tested, halves.score),
        HeldOut(
            tuple(before), tuple(map(float, halves.after)), tuple(map(bool, tested)), tuple(map(float, halves.score))
        ),
        _neighbours(answers, embed), delta, halves.flattened,
    )  # fmt: skip


def common_readings(answers: Sequence[LabelledAnswer]) -> list[Mapping[str, float | None]]:
    """The readings of the signals that at least half of the answers were asked for; None where one was not."""
    names = dict.fromkeys(name for one in answers for name in one.readings)
    kept = [
        name for name in names if sum(name in one.readings for one in answers) >= ASKED_OF_ALL * len(answers)
    ]
    return [{name: one.readings.get(name) for name in kept} for one in answers]


def _names(readings: Sequence[Mapping[str, float | None]]) -> tuple[str, ...]:
    return tuple(readings[0]) if readings else ()


def _signal(
    name: str, readings: Sequence[Mapping[str, float | None]], correct: NDArray[np.float64],
    testing: NDArray[np.intp], seed: int, draws: int,
) -> SignalCalibration:  # fmt: skip
    there = [k for k, one in enumerate(readings) if one[name] is not None]
    values = np.array([readings[k][name] for k in there], np.float64)
    y = correct[there]
    if not there:
        return SignalCalibration(name, 0, 0.5, None, missing="no answer has it")
    median = float(np.median(values))
    try:
        enough(y)
        chosen = choose_calibrator(values, y, seed=seed)
    except CannotCalibrate as error:
        return SignalCalibration(name, len(there), median, None, missing=str(error))
    held = np.isin(there, testing)
    c, outcome = values[held], y[held]
    found = resampled(lambda i: auroc(c[i], outcome[i]), int(held.sum()), draws, seed)
    return SignalCalibration(
        name, len(there), median, chosen.calibrator, dict(chosen.scores), found.value, found.low, found.high,
        int(held.sum()), found.missing,
    )  # fmt: skip


def _metrics(
    confidence: Sequence[float | None], correct: NDArray[np.float64], score: NDArray[np.float64] | None = None
) -> Metrics:
    """The figures; AUROC is that of ``score`` where it is given: confidences fitted fold by fold lose its order."""
    there = [k for k, value in enumerate(confidence) if value is not None]
    if not there:
        return Metrics(0)
    values = np.array([confidence[k] for k in there], np.float64)
    found = measure(values, correct[there], metrics=[BY_NAME[name] for name in (*_FIGURES, "log_loss")])
    figures = {name: one.value for name, one in found.items()}
    if score is not None:
        figures["auroc"] = figure(lambda: auroc(score, correct)).value
    return Metrics(len(there), **figures)


def _published(confidence: NDArray[np.float64], correct: NDArray[np.float64], seed: int) -> dict[str, float]:
    """The thresholds of the published rule, on 20 random answers of the testing half."""
    rng = np.random.default_rng(seed)
    taken = rng.choice(correct.size, min(LABELLED, correct.size), replace=False)
    pair = [(confidence[taken], correct[taken])]
    return {
        "balanced": published_threshold(pair, BALANCED),
        "conservative": published_threshold(pair, CONSERVATIVE),
    }


def _neighbours(answers: Sequence[LabelledAnswer], embed: tuple[str, Embed] | str) -> Neighbourhood:
    if isinstance(embed, str):
        return Neighbourhood(missing=embed)
    name, function = embed
    return neighbourhood(function([one.question for one in answers]), name)
