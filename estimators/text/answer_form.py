"""Tells short answers from long ones, and questions from requests for a text."""

import re

from estimators.passages import passages

COMPOSED = "you asked for a text, not for a fact"
SEVERAL = "the answer makes several statements"
READ = 2  # statements of a short answer; the first one mostly answers the question
_REQUEST = re.compile(
    r"\W*(?:(?:please|kindly|(?:can|could|would|will) you|help me(?: to)?|i (?:need|want) you to|now)\W+)*"
    r"(?:write|rewrite|draft|compose|translate|summari[sz]e|paraphrase|rephrase|proofread|shorten|edit|improve|invent"
    r"|make up|imagine|brainstorm|generate|suggest|recommend|tell (?:me|us) an? (?:\w+ )?(?:story|joke|tale|poem))\b",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^[ \t]*(?:[`~]{3}|\||#{1,6}\s|\$\$|\\\[|(?:[-*+•–]|\d{1,3}[.)])[ \t]+\S)", re.MULTILINE)


def asks_for_text(question: str) -> bool:
    """Whether a request asks for a text, such as a letter or a translation, that is not simply right or wrong.

    >>> asks_for_text("Could you please write a letter?"), asks_for_text("Who wrote Faust?")
    (True, False)
    """
    return _REQUEST.match(question) is not None


def not_short(question: str, text: str) -> str:
    """Why a text is no short answer to a question of fact, of which a few words answer it; empty if it may be one.

    >>> not_short("Translate into French: Good morning.", "Bonjour.")
    'you asked for a text, not for a fact'
    """
    if asks_for_text(question):
        return COMPOSED
    statements = sum(1 for passage in passages(text) if passage.claim)
    return SEVERAL if len(_BLOCK.findall(text)) > 1 or statements > READ else ""
