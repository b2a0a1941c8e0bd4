"""Tokens as rows for the page, and the reasoning that came before an answer."""

import math
from typing import Any

from chains.pipeline.prefill import can_choose
from estimators.parsing.reasoning import cut_tokens, shown_part
from estimators.types import Answer, Token

ALTERNATIVES = 5
Row = list[Any]


def token_row(token: Token, judged: int = 0) -> Row:
    """[text, probability, alternatives, judged]; each alternative says whether the answer can go on from it."""
    top = [
        [text, round(math.exp(logprob), 4), can_choose(text, token.text)]
        for text, logprob in token.top[:ALTERNATIVES]
    ]
    return [token.text, round(math.exp(token.logprob), 4), top, judged]


def shown_reasoning(answer: Answer, growing: bool) -> dict[str, Any] | None:
    """The reasoning without its tags; None if there is none. Its tokens come once it is complete."""
    reasoning = answer.reasoning
    if reasoning is None:
        return None
    start, end = shown_part(reasoning.text)
    if start == end and not (growing and not answer.text):
        return None
    going = growing and not answer.text
    tokens = () if growing else cut_tokens(cut_tokens(reasoning.tokens, end)[0], start)[1]
    return {
        "text": reasoning.text[start:end],
        "tokens": [token_row(token) for token in tokens],
        "words": "Reasoning …" if going else f"Reasoning, {len(tokens)} tokens" if tokens else "Reasoning",
        "going": going,
    }
