"""Reading the probability of a label from the alternatives of one token.

A label has several surface forms ("B", "b", " B", "(B"); they are recognised
by stripping the marks that engines and models put around a label.
"""

import math
from collections.abc import Iterable

from estimators.percent import percent
from estimators.types import Answer, Token

_AROUND = " \t\r\n()[]{}<>*_\"'`.,:;!?|“”„‘’«»–—"
LABEL_MASS = 0.5  # below this share of probability the model did not reply with a label


def bare(text: str) -> str:
    """A token's text without the white space and marks around a label, in lower case.

    >>> bare(" (B")
    'b'
    """
    return text.strip(_AROUND).lower()


def alternatives(token: Token) -> tuple[tuple[str, float], ...]:
    """The token's alternatives as (text, probability), the emitted one always among them."""
    pairs = tuple((text, math.exp(logprob)) for text, logprob in token.top)  # two ids may have one text
    if any(text == token.text for text, _ in pairs):
        return pairs
    return (*pairs, (token.text, math.exp(token.logprob)))


def max_over_forms(token: Token, label: str) -> float:
    """The largest probability among the surface forms of a label; 0 outside the returned alternatives."""
    return max((p for text, p in alternatives(token) if bare(text) == label.lower()), default=0.0)


def sum_over_forms(token: Token, label: str) -> float:
    """The summed probability of all surface forms of a label; 0 outside the returned alternatives."""
    return min(1.0, sum(p for text, p in alternatives(token) if bare(text) == label.lower()))


def first_word(reply: Answer, labels: Iterable[str]) -> Token | None:
    """The first token of a reply that is one of the labels, else its first token that is not blank."""
    wanted = {label.lower() for label in labels}
    solid = [token for token in reply.tokens if bare(token.text)]
    return next((token for token in solid if bare(token.text) in wanted), solid[0] if solid else None)


def true_share(reply: Answer) -> float | str:
    """p(True) / (p(True) + p(False)) at the reply's first label token, or the reason why it cannot be read.

    Both are summed over surface forms; together they must hold at least half of the probability.
    """
    if not reply.tokens:
        return reply.missing or "no answer"
    token = first_word(reply, ("true", "false"))
    true, false = (sum_over_forms(token, label) if token else 0.0 for label in ("true", "false"))
    if true + false < LABEL_MASS:
        return f"no answer (“True” and “False” hold {percent(true + false)} of the probability)"
    return true / (true + false)
