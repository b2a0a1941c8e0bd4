"""What replies with stated confidences are worth: the figures of one model on one question file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from evaluation.metrics import BY_NAME, Figure, Metric, confidence_evenness, ece, ipr, measure
from evaluation.metrics.bootstrap import DRAWS
from evaluation.metrics.validation import Floats
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
    graded: int  # with an answer that can be graded
    parsable: float  # share of all replies that state a confidence
    accuracy_all: Figure  # of all gradable answers, with or without a confidence
    figures: dict[str, Figure]  # of the graded answers with a confidence; empty where there are none
    histogram: tuple[int, ...]  # how often 0 to 10 were stated
    collapsed: bool
    temperature: float | None  # fitted on the other slice
    scaled: dict[str, Figure]  # ece after that temperature


def pairs(replies: Sequence[StatedReply]) -> tuple[Floats, Floats]:
    """Confidences and outcomes of the replies that have both."""
    kept = [
        (reply.tenths / STEPS, reply.correct)
        for reply in replies
        if reply.tenths is not None and reply.correct is not None
    ]
    confidence, correct = zip(*kept, strict=True) if kept else ((), ())
    return np.array(confidence, dtype=float), np.array(correct, dtype=float)


def judge(test: Sequence[StatedReply], fitting: Sequence[StatedReply] = (), draws: int = DRAWS) -> Judgement:
    """Judge the replies to the test questions; the temperature is fitted on the replies to the others."""
    confidence, correct = pairs(test)
    stated = [one.tenths for one in test if one.tenths is not None]
    graded = [int(one.correct) for one in test if one.correct is not None]
    fit_c, fit_y = pairs(fitting)
    temperature = fit_temperature(fit_c, fit_y) if len(fit_c) else None
    ece_alone = [one for one in METRICS if one.name == "ece"]
    accuracy_all = (
        measure([0.0] * len(graded), graded, draws=draws, metrics=[BY_NAME["accuracy"]])["accuracy"]
        if graded else Figure(None, "no answer can be graded")
    )  # fmt: skip
    return Judgement(
        n=len(test), graded=len(graded), parsable=len(stated) / len(test), accuracy_all=accuracy_all,
        figures=measure(confidence, correct, draws=draws, metrics=METRICS) if len(confidence) else {},
        histogram=tuple(stated.count(value) for value in range(BINS)),
        collapsed=collapsed([one / STEPS for one in stated]),
        temperature=temperature,
        scaled=measure(scaled(confidence, temperature), correct, draws=draws, metrics=ece_alone)
        if temperature is not None and len(confidence) else {},
    )  # fmt: skip


def differences(
    before: Sequence[StatedReply], after: Sequence[StatedReply], draws: int = DRAWS
) -> dict[str, object]:
    """After minus before on the questions that both have graded with a confidence; {} where there are none."""
    from evaluation.metrics import paired_differences

    first = {one.id: one for one in before}
    both = [
        (first[one.id], one) for one in after
        if one.id in first and all(x.tenths is not None and x.correct is not None for x in (first[one.id], one))
    ]  # fmt: skip
    if not both:
        return {}
    old, new = pairs([one for one, _ in both]), pairs([one for _, one in both])
    found = paired_differences(new, old, METRICS, draws=draws)
    return {"n": len(both), **{name: one.to_dict() for name, one in found.items()}}


def shown(value: Figure) -> str:
    """A figure with its interval, or why there is none.

    >>> shown(Figure(0.12345, "", 0.1, 0.2)), shown(Figure(0.5))
    ('0.123 [0.100, 0.200]', '0.500')
    """
    if value.value is None:
        return f"– ({value.missing})"
    return f"{value.value:.3f}" + ("" if value.low is None else f" [{value.low:.3f}, {value.high:.3f}]")
