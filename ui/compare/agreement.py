"""Whether answers to one question agree, in one sentence, and which of their words differ. A fact, not a confidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import shorten

from chains.errors import CredenceError
from chains.meaning.embedding import open_embedder
from chains.meaning.semantic_clustering import group
from chains.pipeline.turn import Turn
from estimators.parsing.options import LABELS, find_choice
from estimators.text.content_words import content_words, stem, words

QUOTED = 60  # characters of an answer that the sentence quotes; a longer one is not quoted
NOTE = (
    "This is a fact about these answers, not a confidence: agreement says something only if the other model is often right, "
    "and what a weaker one says tells less than the words of the stronger one."
)
_COUNTS = {1: "one", 2: "two", 3: "three"}
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One sentence about the answers; ``differing``: for each answer, the characters that set it apart."""

    text: str
    differing: tuple[tuple[Span, ...], ...] = field(default=())


def agreement(turns: Sequence[Turn | None], embedding: str) -> Agreement | None:
    """Whether the answers agree; None if fewer than two are complete.

    Options are compared by their letter, other answers by their meaning.
    """
    answered = [place for place, turn in enumerate(turns) if turn is not None and _complete(turn)]
    if len(answered) < 2:
        return None
    shown: list[Turn] = [turn for turn in turns if turn is not None and _complete(turn)]
    try:
        groups = _groups(shown, embedding)
    except CredenceError as error:
        return Agreement(f"Whether the answers mean the same cannot be said: {error}")
    marked: list[tuple[Span, ...]] = [()] * len(turns)
    for place, spans in zip(answered, _differing(shown, groups), strict=True):
        marked[place] = spans
    return Agreement(
        sentence([tuple(said(shown[index]) for index in members) for members in groups]), tuple(marked)
    )


def _complete(turn: Turn) -> bool:
    answer = turn.answer
    return (
        answer is not None
        and bool(answer.text.strip())
        and turn.stage == "done"
        and answer.finish in ("stop", "length")
    )


def _groups(turns: Sequence[Turn], embedding: str) -> tuple[tuple[int, ...], ...]:
    options = turns[0].options
    if options:
        chosen = [find_choice(turn.answer.text, options) if turn.answer else None for turn in turns]
        letters = [str(choice[0]) if choice else f"none {place}" for place, choice in enumerate(chosen)]
        same = {letter: tuple(i for i, other in enumerate(letters) if other == letter) for letter in letters}
        return tuple(sorted(same.values(), key=lambda members: (-len(members), members)))
    texts = [turn.answer.judged_text if turn.answer else "" for turn in turns]
    return group(texts, question=turns[0].question.text, embedder=open_embedder(embedding))


def said(turn: Turn) -> str:
    """What an answer says, shortly: its letter, its answer words or its text; empty if that is too long to quote."""
    answer = turn.answer
    if answer is None:
        return ""
    choice = find_choice(answer.text, turn.options) if turn.options else None
    if choice:
        return LABELS[choice[0]]
    span = _answer_words(turn)
    text = " ".join((answer.text[slice(*span)] if span else answer.judged_text).split())
    return text if len(text) <= QUOTED else ""


def _answer_words(turn: Turn) -> Span | None:
    """The words that answer the question; None for a longer answer, which says more than that."""
    return None if len(turn.reading.claimed) > 1 else turn.reading.answer_words


def sentence(groups: Sequence[Sequence[str]]) -> str:
    """The sentence for answers in groups of the same meaning, the largest first; each is what it says, or empty.

    >>> sentence([("Rome", "Rome"), ("Paris",)])
    '2 of 3 agree: two say “Rome”, one says “Paris”.'
    >>> sentence([("Rome", "In Rome")]), sentence([("Rome",), ("Paris",)])
    ('Both agree: “Rome”.', 'They disagree: one says “Rome”, one says “Paris”.')
    """
    total, first = sum(map(len, groups)), len(groups[0])
    quoted = all(members[0] for members in groups)
    if len(groups) == 1:
        everybody = "Both agree" if total == 2 else f"All {_COUNTS[total]} agree"
        return f"{everybody}: {_quote(groups[0][0])}." if quoted else f"{everybody}."
    head = (
        f"{first} of {total} agree"
        if first > 1
        else "They disagree"
        if total == 2
        else f"All {_COUNTS[total]} disagree"
    )
    if not quoted:
        return f"{head}."
    parts = (
        f"{_COUNTS[len(members)]} {'say' if len(members) > 1 else 'says'} {_quote(members[0])}"
        for members in groups
    )
    return f"{head}: {', '.join(parts)}."


def _quote(text: str) -> str:
    return f"“{shorten(text, QUOTED, placeholder=' …')}”"


def _differing(turns: Sequence[Turn], groups: Sequence[Sequence[int]]) -> list[tuple[Span, ...]]:
    """The answer words of each answer that disagrees with another, or else the words that no answer of another group has."""
    if len(groups) == 1:
        return [()] * len(turns)
    belongs = {index: number for number, members in enumerate(groups) for index in members}
    stems = [{stem(word) for word in words(turn.answer.text)} if turn.answer else set() for turn in turns]
    marked: list[tuple[Span, ...]] = []
    for index, turn in enumerate(turns):
        answer = turn.answer
        choice = find_choice(answer.text, turn.options) if answer and turn.options else None
        span = choice[1] if choice else _answer_words(turn)
        if answer is None or span:
            marked.append((span,) if span else ())
            continue
        others = set().union(
            *(stems[other] for other in range(len(turns)) if belongs[other] != belongs[index])
        )
        new = [word for word in content_words(answer.text, turn.question.text) if stem(word) not in others]
        marked.append(tuple(_places(answer.text, new)))
    return marked


def _places(text: str, wanted: Sequence[str]) -> list[Span]:
    """Where these words, which occur in this order, stand in a text."""
    places, start = [], 0
    for word in wanted:
        at = text.find(word, start)
        if at >= 0:
            start = at + len(word)
            places.append((at, start))
    return places
