"""The key span of a free answer: the few words that answer what was asked."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from estimators.markers import find_markers
from estimators.sentences import sentence_spans
from estimators.types import Evidence, Signal

_WORD = re.compile(r"[^\W_]+(?:[.,:][0-9]+|['’\-–][^\W_]+)*%?")
_PLAIN = frozenset(
    _WORD.findall(
        "a an the this that these those it its he she they we i you his her their our my your who whom which what "
        "when where how why and or but nor so if as of in on at by for from to with into through over under about "
        "between among during after before since until near than then there here not no yes is are was were be been "
        "being am do does did has have had can will would should may might could must also very most more some any all "
        "both each such known called named considered said made used found located written wrote directed painted "
        "composed discovered invented born first answer one actually generally historically approximately certainly sure"
    )
)
_LINKS = frozenset(
    ("of", "van", "von", "de", "da", "di", "la", "le", "el", "al", "the", "del", "du", "and", "der")
)
_NUMBER_ASKED = re.compile(
    r"\b(?:year|when|how (?:many|much|long|old|far|tall|high)|century|temperature|number|date)\b", re.I
)
_LEADS = re.compile(r"(?:\b(?:is|are|was|were|by|called|named|be)\b|:)", re.I)


def key_span(question: str, answer: str) -> tuple[int, int] | None:
    """Characters of the answer's key words, or None where nothing new is said.

    In the first sentence that says something: the first run of words that are
    neither in the question, nor plain grammar, nor a marker. Names and numbers
    go first (numbers where one is asked for, else names), then what follows "is" or "by", then whatever comes first.

    >>> text = "The capital of Australia is probably Canberra."
    >>> text[slice(*key_span("What is the capital of Australia?", text))]
    'Canberra'
    """
    asked = {_stem(word.group()) for word in _WORD.finditer(question)}
    marked = [(match.start, match.end) for match in find_markers(answer)]
    for start, end in sentence_spans(answer):
        runs = _runs(answer, start, end, asked, marked)
        if not runs:
            continue
        wants_number = bool(_NUMBER_ASKED.search(question))
        named = [run for run in runs if _names(answer[slice(*run)])]
        named.sort(key=lambda run: any(c.isdigit() for c in answer[slice(*run)]) != wants_number)  # stable
        lead = _LEADS.search(answer, start, end)
        led = [run for run in runs if lead and run[0] >= lead.end()]
        return (named or led or runs)[0]
    return None


def _stem(word: str) -> str:
    folded = word.casefold().removesuffix("'s").removesuffix("’s")
    return re.sub(r"(?:es|s|ed|ing)$", "", folded) if len(folded) > 4 else folded


def _names(run: str) -> bool:
    return any(word.group()[0].isupper() or word.group()[0].isdigit() for word in _WORD.finditer(run))


def _runs(
    text: str, start: int, end: int, asked: set[str], marked: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Runs of new words; two of them that only a link such as "of" parts are one where both are names."""
    runs: list[tuple[int, int]] = []
    between: list[str] = []  # words since the last run
    for word in _WORD.finditer(text, start, end):
        folded = word.group().casefold()
        inside = any(first < word.end() and word.start() < last for first, last in marked)
        if inside or folded in _PLAIN or _stem(folded) in asked:
            between.append(word.group() if not inside else "")
            continue
        gap = text[runs[-1][1] : word.start()] if runs else ""
        close = bool(runs) and not re.search(r"[^\s&.'’\-]", _WORD.sub("", gap))
        linked = all(one.casefold() in _LINKS for one in between)
        if close and (not between or (linked and _names(word.group()) and _names(text[slice(*runs[-1])]))):
            runs[-1] = (runs[-1][0], word.end())
        else:
            runs.append((word.start(), word.end()))
        between = []
    return runs


@dataclass(frozen=True, slots=True)
class KeySpanProbability:
    """Probability of the answer's key span: exp(Σ log p) over the tokens that overlap it.

    The span is found by ``key_span``. Range 0 to 1; no further model call.
    Reference: none; judging the answer's own words apart is common practice.

    >>> from estimators.types import Answer, Question, Token
    >>> words = (("It", 0.5), (" is", 0.9), (" New", 0.8), (" Delhi", 0.5), (".", 0.4))
    >>> given = Answer("It is New Delhi.", tuple(Token(text, math.log(p)) for text, p in words))
    >>> round(KeySpanProbability()(Evidence(Question("What is the capital?"), given)).confidence, 4)  # .8 · .5
    0.4
    """

    name: ClassVar[str] = "key_span_probability"
    title: ClassVar[str] = "Key words"
    meaning: ClassVar[str] = (
        "The probability that the model gave to the few words that answer the question, which are underlined in the answer."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def __call__(self, evidence: Evidence) -> Signal:
        answer = evidence.answer
        if not answer.tokens:
            return Signal(self.name, None, answer.missing or "the answer has no tokens")
        span = key_span(evidence.question.text, answer.text)
        if span is None:
            return Signal(self.name, None, "the answer says nothing that was not in the question")
        chosen = [token.logprob for token in answer.tokens_in(*span)]
        return Signal(self.name, math.exp(math.fsum(chosen)))
