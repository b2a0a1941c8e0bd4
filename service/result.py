"""What programs get about one answer: the figure first, then what it is made of. Values only, no sentences for a page."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from estimators import ESTIMATORS
from estimators.parsing.candidates import candidates
from estimators.percent import frequency, percent
from estimators.types import Assessment, MarkerMatch, Signal, Token

_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}
NO_ADVICE = "no advice: "


class Value(BaseModel):
    """A part of a reply."""

    model_config = ConfigDict(frozen=True)


class SignalValue(Value):
    """One signal: a confidence, or the reason why it is missing."""

    name: str
    title: str
    side: Literal["token", "sample", "verbal"]
    confidence: float | None
    missing: str = Field(description="Why there is no confidence; empty if there is one.")
    calibrated: float | None = None


class Marker(Value):
    """One epistemic marker and the probability that people take it to mean."""

    text: str
    start: int
    end: int
    marker: str = Field(description="Canonical form.")
    norm: float = Field(description="Median of the human survey.")
    low: float
    high: float
    source: str


class Alternative(Value):
    """A token that the model could have written instead."""

    text: str
    logprob: float = Field(description="In nats.")


class TokenValue(Value):
    """One token of the answer."""

    text: str
    logprob: float = Field(description="In nats, of the raw distribution.")
    probability: float
    top: list[Alternative]


class SampledAnswer(Value):
    """Samples that mean the same."""

    text: str
    count: int
    share: float
    shown: bool = Field(description="Whether it agrees with the shown answer.")


class Samples(Value):
    """The samples of a consistency check, grouped by meaning."""

    drawn: int
    answers: list[SampledAnswer]
    missing: str = Field(description="Why they are not grouped; empty if they are.")


class Model(Value):
    """The model that answered or was asked about the answer."""

    name: str
    engine: str
    sha256: str | None = Field(description="Of the model's file; null for a server or a folder.")


class CostValue(Value):
    """What the answer and all questions about it cost; null where the engine does not say."""

    calls: int
    prompt_tokens: int | None
    new_tokens: int | None
    seconds: float


class Figure(Value):
    """How sure: P(the shown answer is correct), or the reason why it is unknown, and the advice."""

    confidence: float | None = Field(description="P(the shown answer is correct), from 0 to 1.")
    missing: str = Field(description="Why there is no confidence; empty if there is one.")
    calibrated: bool
    uncalibrated: str = Field(description="Why the confidence is not calibrated; empty if it is.")
    signals_used: list[str] = Field(description="The signals that the confidence is computed from.")
    abstain: bool = Field(description="Advice to withhold the answer.")
    threshold: float
    reason: str = Field(description="Why the answer should be shown or withheld.")
    guarantee: str = Field(description="What is guaranteed at the accepted risk; empty if nothing is.")
    no_guarantee: str
    out_of_distribution: str = Field(
        description="Why the question is unlike those of the calibration; empty if it is not, or if that is unknown."
    )
    signals: list[SignalValue]
    markers: list[Marker]
    samples: Samples | None = Field(None, description="Null if none were drawn.")
    model: Model
    cost: CostValue


class Result(Figure):
    """An answer and how sure it is."""

    answer: str
    finish: str = Field(description="Why the answer ended: stop, length, or why it is not complete.")
    tokens: list[TokenValue] | None = Field(
        None, description="Only if asked for; empty without log-probabilities."
    )
    no_tokens: str = Field(description="Why the answer has no token probabilities; empty if it has.")
    record: dict[str, Any] | None = Field(None, description="The complete record, only if asked for.")


def figure_of(assessment: Assessment) -> Figure:
    """The figure of an assessed answer, with its signals."""
    return Figure.model_validate(_figure(assessment))


def result_of(assessment: Assessment, *, tokens: bool = False, record: bool = False) -> Result:
    """The result of an assessed answer; ``tokens`` and ``record`` add what is long."""
    answer = assessment.evidence.answer
    return Result.model_validate(
        {
            **_figure(assessment),
            "answer": answer.text,
            "finish": answer.finish,
            "tokens": token_values(answer.tokens) if tokens else None,
            "no_tokens": answer.missing,
            "record": assessment.to_dict() if record else None,
        }
    )


def _figure(assessment: Assessment) -> Mapping[str, Any]:
    decision, evidence = assessment.decision, assessment.evidence
    who, cost = evidence.provenance, evidence.provenance.cost
    used = decision.used or ((decision.signal,) if decision.signal else ())
    return {
        "confidence": decision.confidence,
        "missing": "" if decision.confidence is not None else decision.reason.removeprefix(NO_ADVICE),
        "calibrated": decision.calibrated,
        "uncalibrated": decision.uncalibrated,
        "signals_used": list(used),
        "abstain": decision.abstain,
        "threshold": decision.threshold,
        "reason": decision.reason,
        "guarantee": decision.promise,
        "no_guarantee": decision.no_promise,
        "out_of_distribution": decision.outside,
        "signals": [
            _signal(signal) for signal in assessment.signals if signal.name in _ESTIMATORS
        ],  # not the figure
        "markers": [marker_value(match) for match in assessment.markers],
        "samples": _samples(assessment),
        "model": Model(name=who.model, engine=who.engine, sha256=who.model_sha256),
        "cost": CostValue(
            calls=cost.calls,
            prompt_tokens=cost.prompt_tokens,
            new_tokens=cost.new_tokens,
            seconds=cost.seconds,
        ),
    }


def _signal(signal: Signal) -> Mapping[str, Any]:
    estimator = _ESTIMATORS[signal.name]
    return {
        "name": signal.name,
        "title": estimator.title,
        "side": estimator.side,
        "confidence": signal.confidence,
        "missing": signal.missing,
        "calibrated": signal.calibrated,
    }


def marker_value(match: MarkerMatch) -> Marker:
    """A marker as it is sent."""
    return Marker(
        text=match.text, start=match.start, end=match.end, marker=match.marker, norm=match.norm, low=match.low,
        high=match.high, source=match.source,
    )  # fmt: skip


def token_values(tokens: tuple[Token, ...]) -> list[TokenValue]:
    """The tokens as they are sent."""
    return [
        TokenValue(
            text=token.text,
            logprob=token.logprob,
            probability=math.exp(token.logprob),
            top=[Alternative(text=text, logprob=logprob) for text, logprob in token.top],
        )
        for token in tokens
    ]


def _samples(assessment: Assessment) -> Samples | None:
    evidence = assessment.evidence
    if not evidence.samples:
        return None
    answers = [
        SampledAnswer(
            text=candidate.text, count=candidate.count, share=candidate.share, shown=candidate.shown
        )
        for candidate in candidates(evidence)
    ]
    return Samples(drawn=len(evidence.samples), answers=answers, missing=evidence.ungrouped)


def sentence(figure: Figure) -> str:
    """The figure in one sentence.

    A calibrated one says how often such answers are right; another one only what the model gave them.
    """
    if figure.confidence is None:
        return f"The confidence is unknown: {figure.missing}."
    advice = " Advice: do not rely on this answer." if figure.abstain else ""
    if figure.calibrated:
        return f"{percent(figure.confidence)}: such answers are right {frequency(figure.confidence)} times.{advice}"
    return f"{percent(figure.confidence)}, not calibrated ({figure.uncalibrated}).{advice}"
