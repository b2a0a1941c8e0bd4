"""How sure one can be of saved answers, from what the file holds or by asking a model about each."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from chains.assess import assess
from chains.errors import CredenceError
from chains.settings import Settings
from estimators import choose, decide, default_signals, find_markers
from estimators.missing import check_value_or_reason
from estimators.types import Assessment, Evidence, Provenance, Question
from evaluation.metrics import Estimate, ece, estimate_of
from evaluation.saved_answers.saved_answer import SavedAnswer


@dataclass(frozen=True, slots=True)
class Checked:
    """A saved answer with its confidence, or why it has none."""

    saved: SavedAnswer
    confidence: float | None
    missing: str = ""  # exactly when there is no confidence
    method: str = ""  # what the confidence is

    def __post_init__(self) -> None:
        check_value_or_reason(self.saved.id, self.confidence, self.missing)


def check_saved(saved: SavedAnswer) -> Checked:
    """The confidence from what the file holds: its own, that of its options, or that of its tokens."""
    if saved.confidence is not None:
        return Checked(saved, saved.confidence, method=saved.method)
    decision = assessment_of_saved(saved).decision
    missing = "" if decision.confidence is not None else decision.reason.removeprefix("no advice: ")
    return Checked(saved, decision.confidence, missing, decision.signal)


def assessment_of_saved(saved: SavedAnswer, threshold: float = 0.5) -> Assessment:
    """The record of a saved answer, with the signals that need no model."""
    evidence = Evidence(
        Question(saved.question), saved.answer, provenance=Provenance(saved.model or "unknown")
    )
    free = default_signals((), panel=())
    signals = tuple(estimator(evidence) for estimator in choose(free))
    return Assessment(evidence, signals, find_markers(saved.answer.text), decide(signals, threshold))


def check_with_model(
    model: BaseChatModel, answers: Iterable[SavedAnswer], settings: Settings | None = None
) -> Iterator[Checked]:
    """The confidence of each answer as a model judges it: its tokens are scored, and the model is asked about it.

    An answer without a question, or one that the model cannot judge, has no confidence, with the reason.
    """
    for saved in answers:
        if not saved.question.strip():
            yield Checked(saved, None, "the file does not have the question")
            continue
        try:
            decision = assess(
                model,
                saved.question,
                answer=saved.answer.text,
                choices=saved.choices or None,
                settings=settings,
            ).decision
        except (CredenceError, ValueError) as error:
            yield Checked(saved, None, str(error).rstrip("."))
            continue
        missing = "" if decision.confidence is not None else decision.reason.removeprefix("no advice: ")
        yield Checked(saved, decision.confidence, missing, decision.signal)


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of some checked answers; each is missing with a reason where it is not defined."""

    n: int
    with_confidence: int
    graded: int
    mean: Estimate
    accuracy: Estimate
    ece: Estimate


def summarize(checked: Sequence[Checked]) -> Summary:
    """The mean confidence, and the accuracy and the calibration error of the answers that are graded."""
    sure = [answer.confidence for answer in checked if answer.confidence is not None]
    pairs = [
        (answer.confidence, answer.saved.correct)
        for answer in checked
        if answer.confidence is not None and answer.saved.correct is not None
    ]
    grades = [float(answer.saved.correct) for answer in checked if answer.saved.correct is not None]
    confidence, correct = [pair[0] for pair in pairs], [float(pair[1]) for pair in pairs]
    return Summary(
        len(checked),
        len(sure),
        len(grades),
        _mean(sure, "no answer has a confidence"),
        _mean(grades, "no answer is graded"),
        estimate_of(lambda: ece(confidence, correct))
        if pairs
        else Estimate(None, "no answer is graded and has a confidence"),
    )


def _mean(values: Sequence[float], missing: str) -> Estimate:
    return Estimate(math.fsum(values) / len(values)) if values else Estimate(None, missing)
