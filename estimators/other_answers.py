"""What else the answer could have been: the tokens and samples that would have given another one."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from estimators.parsing.candidates import candidate_labels, candidates
from estimators.parsing.label_probs import bare
from estimators.parsing.options import LABELS, find_choice
from estimators.text.content_words import FUNCTION_WORDS
from estimators.types import Answer, Assessment, Evidence, Token

LEAST = 0.02  # less probable alternatives are left out
_WORD = re.compile(r"[^\W_]")
_SPECIAL = re.compile(r"<[^\s<>]+>")


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """Another answer with its probability, and where it comes from.

    ``token``: at that place of the answer, alternative ``choice`` begins it. ``sample``: the first sample with it.
    ``open``: the text is only its beginning.
    """

    text: str
    probability: float  # of a sample: the share of all readable samples
    source: Literal["token", "sample"]
    token: int = 0
    choice: int = 0
    sample: int = 0
    count: int = 0  # samples that say it
    open: bool = False


def other_answers(assessment: Assessment, words: tuple[int, int] | None) -> tuple[OtherAnswer, ...]:
    """The other answers that samples or tokens hold, samples first, the most probable first.

    ``words``: the answer words. With options, the alternatives are those at the letter of the shown one.
    """
    evidence = assessment.evidence
    sampled = sorted(_sampled(evidence), key=lambda other: -other.probability)
    said = [other.text.casefold() for other in sampled]
    written = [
        other
        for other in sorted(_written(assessment, words), key=lambda other: -other.probability)
        if not any(other.text.casefold() in text for text in said)
    ]
    return (*sampled, *_distinct(written))


def _distinct(others: list[OtherAnswer]) -> Iterator[OtherAnswer]:
    """The most probable of those that read the same, or of which one is the beginning of another."""
    read: list[str] = []
    for other in others:
        text = other.text.casefold()
        if not any(text.startswith(known) or known.startswith(text) for known in read):
            read.append(text)
            yield other


def _sampled(evidence: Evidence) -> Iterator[OtherAnswer]:
    first = {
        label: group[0] for label, group in zip(candidate_labels(evidence), evidence.groups, strict=True)
    }
    for candidate in candidates(evidence):
        if not candidate.shown and candidate.text.strip():
            index = next(
                (k for k, sample in enumerate(evidence.samples) if sample.judged_text == candidate.text),
                first[candidate.label],
            )
            text = f"{candidate.label}. {candidate.text}" if evidence.options else candidate.text
            yield OtherAnswer(text.strip(), candidate.share, "sample", sample=index, count=candidate.count)


def _written(assessment: Assessment, words: tuple[int, int] | None) -> Iterator[OtherAnswer]:
    evidence = assessment.evidence
    answer = evidence.answer
    choice = find_choice(answer.text, evidence.options) if evidence.options else None
    span = choice[1] if choice else words
    if span is None:
        return
    if choice and bare(answer.text[slice(*span)]).upper() == LABELS[choice[0]]:
        yield from _letters(assessment, span)
        return
    yield from _beginnings(answer, span)


def _letters(assessment: Assessment, span: tuple[int, int]) -> Iterator[OtherAnswer]:
    """The other options, at the letter of the shown one."""
    evidence = assessment.evidence
    named = next(_tokens(evidence.answer, span), None)
    if named is None:  # the answer has no tokens
        return
    place, _, letter = named
    signal = assessment.signal("p_ic")
    shares = signal.per_option if signal else ()
    seen = {bare(letter.text).upper()}
    for choice, (text, logprob) in enumerate(letter.top):
        label = bare(text).upper()
        if label and label in LABELS[: len(evidence.options)] and label not in seen:
            seen.add(label)
            index = LABELS.index(label)
            probability = shares[index] if shares else math.exp(logprob)
            if probability >= LEAST:
                option = f"{label}. {evidence.options[index]}"
                yield OtherAnswer(option, probability, "token", place, choice)


def _beginnings(answer: Answer, span: tuple[int, int]) -> Iterator[OtherAnswer]:
    """Other beginnings of the answer words: the probability of the shown ones up to a token, times its alternative's."""
    before = 1.0
    for place, start, token in _tokens(answer, span):
        rest = answer.text[start:].lstrip().casefold()
        for choice, (text, logprob) in enumerate(token.top):
            probability = before * math.exp(logprob)
            if probability >= LEAST and _is_another(text, token.text, rest):
                begun = answer.text[span[0] : start] + text if start > span[0] else text
                yield OtherAnswer(
                    " ".join(begun.split()), min(1.0, probability), "token", place, choice, open=True
                )
        before *= math.exp(token.logprob)


def _tokens(answer: Answer, span: tuple[int, int]) -> Iterator[tuple[int, int, Token]]:
    """The tokens that overlap a span, with their place and their first character."""
    position = 0
    for place, token in enumerate(answer.tokens):
        start, position = position, position + len(token.text)
        if max(start, span[0]) < min(position, span[1]):
            yield place, start, token


def _is_another(text: str, shown: str, rest: str) -> bool:
    """Whether a token begins another answer: not the shown one in other pieces, a function word or a special token."""
    word = bare(text).casefold()
    if text == shown or "\ufffd" in text or not _WORD.search(word) or _SPECIAL.fullmatch(text.strip()):
        return False
    return not rest.startswith(word) and word not in FUNCTION_WORDS
