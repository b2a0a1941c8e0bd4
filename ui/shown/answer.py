"""The words of an answer: its tokens and sentences as the page tints them, and the figures of each sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chains.pipeline.prefill import can_choose
from estimators.percent import percent
from estimators.sentences import sentence_spans
from estimators.signals.claims import ClaimReading, claim_readings
from estimators.signals.key_span import key_span
from estimators.types import Answer, Evidence
from ui.shown.markers import range_words

ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """The rows that the page draws of an answer, and where they come from; ``evidence`` None: not assessed yet."""

    answer: Answer
    evidence: Evidence | None
    tokens: list[list[Any]]
    phrases: list[list[Any]]
    readings: tuple[ClaimReading, ...]

    def is_of(self, answer: Answer, evidence: Evidence | None) -> bool:
        """Whether these are the rows of this answer; compares identities, which costs nothing in a long chat."""
        return self.answer is answer and self.evidence is evidence


def shown_answer(answer: Answer, question: str, evidence: Evidence | None) -> ShownAnswer:
    """The rows of an answer; a sentence that was checked as a claim shows its P(True)."""
    tokens, phrases = _tokens(answer, question), _phrases(answer)
    if evidence is None:
        return ShownAnswer(answer, None, tokens, phrases, ())
    readings = claim_readings(evidence)
    return ShownAnswer(
        answer, evidence, tokens, _with_claims(phrases, evidence.answer.text, readings), readings
    )


def _tokens(answer: Answer, question: str) -> list[list[Any]]:
    """[text, probability, alternatives, judged] per token; each alternative says whether it can be chosen.

    Judged is 0: no, 1: yes, 2: part of the answer words.
    """
    start, end = answer.span or (0, 0)
    whole = answer.judged_text == answer.text.strip()
    first, last = (key_span(question, answer.text) if whole else None) or (0, 0)
    rows, position = [], 0
    for token in answer.tokens:
        after = position + len(token.text)
        judged = 2 if position < last and after > first else int(position < end and after > start)
        position = after
        top = [
            [text, round(math.exp(logprob), 4), can_choose(text, token.text)]
            for text, logprob in token.top[:ALTERNATIVES]
        ]
        rows.append([token.text, round(math.exp(token.logprob), 4), top, judged])
    return rows


def _phrases(answer: Answer) -> list[list[Any]]:
    """[first token, last token + 1, geometric mean probability] per sentence."""
    starts, position = [], 0
    for token in answer.tokens:
        starts.append(position)
        position += len(token.text)
    rows: list[list[Any]] = []
    for _, end in sentence_spans(answer.text) if answer.tokens else ():
        first = rows[-1][1] if rows else 0
        stop = max(first + 1, sum(start < end for start in starts))
        logprobs = [token.logprob for token in answer.tokens[first:stop]]
        if logprobs:
            rows.append([first, stop, round(math.exp(math.fsum(logprobs) / len(logprobs)), 4)])
    return rows


def _with_claims(phrases: list[list[Any]], text: str, readings: Sequence[ClaimReading]) -> list[list[Any]]:
    """The phrases, each with "P(True)" and that figure of its claim if the claim was checked, else with ""."""
    p_true = {reading.span: reading.p_true for reading in readings if reading.p_true is not None}
    return [
        [first, last, round(p_true[span], 4), "P(True)"] if span in p_true else [first, last, p, ""]
        for (first, last, p), span in zip(phrases, sentence_spans(text), strict=False)
    ]


@dataclass(frozen=True, slots=True)
class WeakestSentence:
    """The least certain sentence; ``asked``: its confidence is P(True) rather than its token probability."""

    text: str
    confidence: float
    asked: bool


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """One sentence with its figures and markers in words."""

    text: str
    figures: str


def weakest_sentence(readings: Sequence[ClaimReading]) -> WeakestSentence | None:
    """The first sentence with the lowest confidence; None if the answer has only one or none has a confidence."""
    scored = [reading for reading in readings if reading.confidence is not None]
    if len(readings) < 2 or not scored:
        return None
    weakest = min(scored, key=lambda reading: reading.confidence or 0.0)
    return WeakestSentence(weakest.text, weakest.confidence or 0.0, weakest.p_true is not None)


def shown_claims(readings: Sequence[ClaimReading]) -> tuple[ShownClaim, ...]:
    """Every sentence with its token probability, its weakest token, P(True) and its markers."""
    return tuple(ShownClaim(reading.text, _figures(reading)) for reading in readings)


def _figures(reading: ClaimReading) -> str:
    figures = [
        f"{name} {percent(value) if value is not None else 'missing'}"
        for name, value in (
            ("P(True)", reading.p_true),
            ("tokens", reading.tokens),
            ("weakest token", reading.minimum),
        )
    ]
    markers = [f"“{marker.text}” {range_words(marker)}" for marker in reading.markers]
    return " · ".join([*figures, *markers])
