"""Tells short answers from long ones, and questions from requests for a text."""

import re

from estimators.passages import passages

COMPOSED = "the request asks for a text, not for a fact"
SEVERAL = "the answer makes several statements"
READ = 3  # statements among which the words that answer the question can be found
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


def several_statements(text: str) -> bool:
    r"""Whether a text is more than one statement on one line.

    >>> several_statements("It is Canberra."), several_statements("- Oslo\n- Bergen")
    (False, True)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 or _statements(text) > 1


def no_answer_words(question: str, text: str) -> str:
    """Why no few words of an answer answer the question; empty if some may.

    >>> no_answer_words("Translate into French: Good morning.", "Bonjour.")
    'the request asks for a text, not for a fact'
    """
    if asks_for_text(question):
        return COMPOSED
    return SEVERAL if len(_BLOCK.findall(text)) > 1 or _statements(text) > READ else ""


def _statements(text: str) -> int:
    return sum(1 for passage in passages(text) if passage.claim)
