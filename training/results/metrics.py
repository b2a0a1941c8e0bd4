"""The figures of one model on one question file, from replies with stated confidences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from evaluation.metrics import BY_NAME, Estimate, Metric, confidence_evenness, ece, ipr, measure
from evaluation.metrics.bootstrap import DRAWS
from evaluation.metrics.validation import Floats
from evaluation.reports.tables import cell
from training.data.replies import StatedReply
from training.results.temperature import fit_temperature, scaled
from training.rewards import STEPS
from training.trainers.monitor import BINS, collapsed

METRICS = (
    BY_NAME["accuracy"],
    Metric("ece", "ECE, 11 bins", partial(ece, bins=BINS), "lower", basic=True),
    BY_NAME["auroc"],
    BY_NAME["brier"],
    BY_NAME["mean_confidence"],
    Metric("ipr", "Inverse pair ratio, 11 bins", partial(ipr, bins=BINS), "lower", basic=True),
    Metric(
        "evenness",
        "Confidence evenness, 11 bins",
        partial(confidence_evenness, bins=BINS),
        "higher",
        basic=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The figures of the replies to one question file."""

    n: int  # questions
    graded: int  # questions with a gradable answer
    parsable: float  # share of all replies that state a confidence
    accuracy_all: Estimate  # of all gradable answers, with or without a confidence
    figures: dict[str, Estimate]  # of graded answers with a confidence; empty if there are none
    histogram: tuple[int, ...]  # how often each of 0 to 10 was stated
    collapsed: bool
    temperature: float | None  # fitted on other questions
    scaled: dict[str, Estimate]  # ECE with that temperature


def pairs(replies: Sequence[StatedReply]) -> tuple[Floats, Floats]:
    """Confidence and correctness of the replies that have both."""
    kept = [
        (reply.tenths / STEPS, reply.correct)
        for reply in replies
        if reply.tenths is not None and reply.correct is not None
    ]
    confidence, correct = zip(*kept, strict=True) if kept else ((), ())
    return np.array(confidence, dtype=float), np.array(correct, dtype=float)


def judge(test: Sequence[StatedReply], fitting: Sequence[StatedReply] = (), draws: int = DRAWS) -> Judgement:
    """Score the replies to the test questions; the temperature is fitted on ``fitting``."""
    confidence, correct = pairs(test)
    stated = [reply.tenths for reply in test if reply.tenths is not None]
    graded = [int(reply.correct) for reply in test if reply.correct is not None]
    fit_c, fit_y = pairs(fitting)
    temperature = fit_temperature(fit_c, fit_y) if len(fit_c) else None
    ece_alone = [metric for metric in METRICS if metric.name == "ece"]
    accuracy_all = (
        measure([0.0] * len(graded), graded, draws=draws, metrics=[BY_NAME["accuracy"]])["accuracy"]
        if graded else Estimate(None, "no gradable answer")
    )  # fmt: skip
    return Judgement(
        n=len(test), graded=len(graded), parsable=len(stated) / len(test), accuracy_all=accuracy_all,
        figures=measure(confidence, correct, draws=draws, metrics=METRICS) if len(confidence) else {},
        histogram=tuple(stated.count(value) for value in range(BINS)),
        collapsed=collapsed([tenths / STEPS for tenths in stated]),
        temperature=temperature,
        scaled=measure(scaled(confidence, temperature), correct, draws=draws, metrics=ece_alone)
        if temperature is not None and len(confidence) else {},
    )  # fmt: skip


def differences(
    before: Sequence[StatedReply], after: Sequence[StatedReply], draws: int = DRAWS
) -> dict[str, object]:
    """After minus before, on questions where both have a graded answer with a confidence; {} if there are none."""
    from evaluation.metrics import paired_differences

    before_by_id = {reply.id: reply for reply in before}
    both = [
        (before_by_id[reply.id], reply)
        for reply in after
        if reply.id in before_by_id and _is_scored(before_by_id[reply.id]) and _is_scored(reply)
    ]
    if not both:
        return {}
    old, new = pairs([reply for reply, _ in both]), pairs([reply for _, reply in both])
    changes = paired_differences(new, old, METRICS, draws=draws)
    return {"n": len(both), **{name: change.to_dict() for name, change in changes.items()}}


def _is_scored(reply: StatedReply) -> bool:
    return reply.tenths is not None and reply.correct is not None


def shown(value: Estimate) -> str:
    """A figure with its interval, or why it is missing.

    >>> shown(Estimate(0.12345, "", 0.1, 0.2)), shown(Estimate(None, "no answer"))
    ('0.123 [0.100, 0.200]', '– (no answer)')
    """
    return cell(value, absent=f"– ({value.missing})")
