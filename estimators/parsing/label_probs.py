"""Reads the probability of a label from the alternatives of one token.

A label has several surface forms ("B", "b", " B", "(B"). They are recognized
by stripping the characters that engines and models put around a label.
"""

import math
import re
import unicodedata

from estimators.missing import Missing
from estimators.percent import percent
from estimators.types import Answer, Token

LABEL_MASS = 0.5  # with less total probability on the labels, the reply counts as no label
_MARKUP = frozenset("<>*_\"'`´#~|.,:;!•·…–—")
_AROUND = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Ps", "Pe", "Pi", "Pf"))  # white space, brackets, quotes


def bare(text: str) -> str:
    """A token's text without the white space, quotes, brackets and markup around a label, in lower case.

    >>> bare(" (B"), bare("“True”")
    ('b', 'true')
    """
    inside = [i for i, char in enumerate(text) if not _is_around(char)]
    return text[inside[0] : inside[-1] + 1].lower() if inside else ""


def _is_around(char: str) -> bool:
    return char in _MARKUP or unicodedata.category(char) in _AROUND


def alternatives(token: Token) -> tuple[tuple[str, float], ...]:
    """The token's alternatives as (text, probability), always including the emitted one."""
    pairs = tuple((text, math.exp(logprob)) for text, logprob in token.top)  # two ids may share a text
    if any(text == token.text for text, _ in pairs):
        return pairs
    return (*pairs, (token.text, math.exp(token.logprob)))


def opening_word(text: str) -> str:
    """The first word of a text in lower case, ignoring white space, quotes and markup; "" if it starts otherwise.

    >>> opening_word("**Yes**, it does."), opening_word("Nothing."), opening_word("?")
    ('yes', 'nothing', '')
    """
    word = re.match(r"\w+", bare(text).lstrip("-–— "))
    return word.group() if word else ""


def max_over_forms(token: Token, label: str) -> float:
    """The largest probability among the surface forms of a label; 0 outside the returned alternatives."""
    return max((p for text, p in alternatives(token) if bare(text) == label.lower()), default=0.0)


def sum_over_forms(token: Token, label: str) -> float:
    """The summed probability of all surface forms of a label; 0 outside the returned alternatives."""
    return min(1.0, sum(p for text, p in alternatives(token) if bare(text) == label.lower()))


def first_content(reply: Answer) -> Token | None:
    """The first token of a reply with more than white space, quotes, brackets, markup or a list dash, or None.

    A label is read at this token only, because words before a later token may have changed its meaning.

    >>> words = (Token("**", -0.1), Token("Not", -0.1), Token(" true", -0.1))
    >>> first_content(Answer("**Not true", words)).text
    'Not'
    """
    return next((token for token in reply.tokens if bare(token.text).strip("-–—")), None)


def true_share(reply: Answer) -> float:
    """p(True) / (p(True) + p(False)) at the first content token of a reply, from 0 to 1.

    Both are summed over surface forms; raises Missing if their sum is below 0.5.
    """
    if not reply.tokens:
        raise Missing(reply.missing or "no answer")
    token = first_content(reply)
    true, false = (sum_over_forms(token, label) if token else 0.0 for label in ("true", "false"))
    if true + false < LABEL_MASS:
        raise Missing(f"no answer (“True” and “False” hold {percent(true + false)} of the probability)")
    return true / (true + false)
