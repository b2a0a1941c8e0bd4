"""A script of long answers: one with doubtful sentences, one that reasons first, and code."""

import math
import re

from chains.engines.scripted import ScriptedReply
from estimators.types import Token

DOUBTED = ("It was built in 1887.", "It is 312 metres high.")
TOWER = (
    "# The Eiffel Tower\n\nThe Eiffel Tower stands in Paris. It was built in 1887. Here is what to know:\n\n"
    "1. It is made of **wrought iron** throughout.\n2. It is 312 metres high.\n3. Three levels are open to visitors.\n\n"
    "It was meant to stand for twenty years. It is painted every seven years. Its lifts travel far every year. "
    "The second level has a restaurant. Its lights are switched on at dusk. Many people visit it every year.\n\n"
    "```python\nif height <= 0:\n    raise ValueError(height)\n```\n"
)
THOUGHT = "The person asks for the capital. Is it Sydney or Canberra? Surely Canberra."
ANSWER = "The capital of Australia is Canberra."
REASONED = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"
CODE = "```python\ndef f(n):\n    if n <= 0:\n        return 1\n    return n * f(n - 1)\n```"
IMPROBABLE = {" Canberra": 0.6, " 1887": 0.4}


def words(text: str) -> tuple[Token, ...]:
    """The words of a text as tokens, with an alternative each."""
    tokens = []
    for word in re.findall(r"\s*[^\s.,`]+|\s*[.,`]+|\s+", text):
        p = IMPROBABLE.get(word, 0.9)
        tokens.append(Token(word, math.log(p), ((word, math.log(p)), (" other", math.log(1 - p)))))
    return tuple(tokens)


def truth(p: float, match: str) -> ScriptedReply:
    """The reply to a question about a sentence: True with probability p."""
    top = (("True", math.log(p)), ("False", math.log(1 - p)))
    text, logprob = max(top, key=lambda pair: pair[1])
    return ScriptedReply((Token(text, logprob, top),), match)


REPLIES = (
    *(truth(0.2 + 0.1 * place, f'answer is: "{sentence}"') for place, sentence in enumerate(DOUBTED)),
    truth(0.9, "true or false"),
    ScriptedReply(words("4"), "choose one of these marks"),
    ScriptedReply(words("90"), "0 (certainly wrong)"),
    ScriptedReply(words(TOWER), "tower"),
    ScriptedReply(words(REASONED), "capital"),
    ScriptedReply(words(CODE), "code"),
)
