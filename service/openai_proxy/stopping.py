"""Ends an answer where one of a client's stop texts begins."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.types import Answer, Question, Token
from service.asking import turns_of


def turns_until(
    model: BaseChatModel, settings: Settings, question: Question, stops: Sequence[str]
) -> Generator[Turn, None, None]:
    """The snapshots of an answered question; at a stop text the model is stopped, and what is before it is assessed."""
    cut: Turn | None = None
    with closing(turns_of(model, settings, question)) as turns:
        for turn in turns:
            if turn.stage == "answering" and turn.answer is not None:
                end = stop_place(turn.answer.text, stops)
                if end is not None:
                    cut = answered(turn, cut_at(turn.answer, end))
                    break
            yield turn
    if cut is not None:
        snapshots = confidence_pipeline(model, settings).stream(cut)
        with closing(snapshots):  # type: ignore[type-var]  # LangChain returns a generator
            yield from snapshots


def stop_place(text: str, stops: Sequence[str]) -> int | None:
    """Where the first stop text begins; None if there is none."""
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    return min(places, default=None)


def sure_length(text: str, stops: Sequence[str]) -> int:
    """How many characters of an unfinished answer can be sent: its end may be the beginning of a stop text.

    >>> sure_length("one\\nEN", ["\\nEND"]), sure_length("one", ["\\nEND"])
    (3, 3)
    """
    held = [
        length
        for stop in stops
        for length in range(1, min(len(stop), len(text) + 1))
        if text.endswith(stop[:length])
    ]
    return len(text) - max(held, default=0)


def cut_at(answer: Answer, end: int) -> Answer:
    """The answer up to a character; a token across that point is cut and loses its alternatives.

    >>> cut_at(Answer("ab cd", (Token("ab", -1.0), Token(" cd", -2.0))), 3).tokens[-1]
    Token(text=' ', logprob=-2.0, top=())
    """
    kept: list[Token] = []
    left = end
    for token in answer.tokens:
        if left <= 0:
            break
        kept.append(token if len(token.text) <= left else Token(token.text[:left], token.logprob))
        left -= len(token.text)
    missing = answer.missing if end else "the reply is empty"
    return replace(
        answer, text=answer.text[:end], tokens=tuple(kept), span=None, finish="stop", missing=missing
    )
