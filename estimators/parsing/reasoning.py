"""Where a reply's reasoning ends and its answer begins."""

import re
from collections.abc import Sequence
from dataclasses import replace

from estimators.types import Answer, Reasoning, Token

TAGS = {f"<{name}>": f"</{name}>" for name in ("think", "thinking", "thought", "reasoning", "seed:think")} | {
    "[THINK]": "[/THINK]"
}  # how a reply opens its reasoning → how it closes it
STILL_REASONING = "the reply ended while the model was still reasoning, so there is no answer"
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_SPACE = re.compile(r"\s*")


def answer_start(text: str, *, opened: bool = False, growing: bool = False) -> int:
    r"""Where the answer begins: after the reasoning and the white space behind it; 0 without reasoning.

    A reply that is still reasoning has its whole length. Some prompts open the reasoning, so that only its closing tag
    comes: with ``opened`` that is known, otherwise the tag must end a line outside code. A reply that opens it in the
    middle and ends with it has answered before. ``growing``: more text follows.

    >>> answer_start("<think>\nHm.\n</think>\n\nRome."), answer_start("Hm.\n</think>\n\nRome."), answer_start("<think>Hm")
    (22, 14, 9)
    >>> answer_start("Write `</think>` to close it."), answer_start("<thi", growing=True), answer_start("<thi")
    (0, 4, 0)
    """
    begins = len(text) - len(text.lstrip())
    for opening, closing in TAGS.items():
        if text.startswith(opening, begins):
            end = text.find(closing, begins)
            return len(text) if end < 0 else _after_space(text, end + len(closing))
        if growing and text[begins:] and opening.startswith(text[begins:]):
            return len(text)
    for opening, closing in TAGS.items():
        end = text.find(closing)
        if end >= 0 and (opened or _ends_line(text, end, end + len(closing))):
            start = _after_space(text, end + len(closing))
            if opened or opening not in text[:end] or start < len(text):
                return start
    return len(text) if opened and growing else 0


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _ends_line(text: str, start: int, end: int) -> bool:
    """Whether a closing tag is the last of its line, outside code."""
    after = text[end : end + 1]
    return (
        after in ("", "\n", "\r")
        and len(_FENCE.findall(text, 0, start)) % 2 == 0
        and text[start - 1 : start] != "`"
    )


def opens_reasoning(prompt: str) -> bool:
    """Whether a prompt ends with the tag that opens the reasoning, so that the reply begins within it.

    >>> opens_reasoning("<|im_start|>assistant\\n<think>\\n"), opens_reasoning("<think>\\n\\n</think>\\n\\n")
    (True, False)
    """
    return prompt.rstrip().endswith(tuple(TAGS))


def shown_part(text: str) -> tuple[int, int]:
    """The characters of reasoning without its tags and the white space around it.

    >>> shown_part("<think>\\nHm.\\n</think>\\n\\n")
    (8, 11)
    """
    start, end = 0, len(text.rstrip())
    for opening, closing in TAGS.items():
        if text[:end].endswith(closing):
            end -= len(closing)
        if text.lstrip().startswith(opening):
            start = text.index(opening) + len(opening)
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return start, max(start, start + len(inner.strip()))


def cut_tokens(tokens: Sequence[Token], place: int) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    """The tokens before and after a character; one across it is cut, and its second part loses its alternatives."""
    before: list[Token] = []
    for index, token in enumerate(tokens):
        if place <= 0:
            return tuple(before), tuple(tokens[index:])
        if place < len(token.text):
            first = Token(token.text[:place], token.logprob, token.top)
            rest = Token(token.text[place:], token.logprob)
            return (*before, first), (rest, *tokens[index + 1 :])
        before.append(token)
        place -= len(token.text)
    return tuple(before), ()


def split_reply(reply: Answer, start: int, *, opened: bool = False) -> Answer:
    """The answer from that character on, with what comes before it as its reasoning."""
    if not start:
        return reply
    before, after = cut_tokens(reply.tokens, start)
    reasoning = Reasoning(reply.text[:start], before, reply.missing, opened)
    text = reply.text[start:]
    missing = reply.missing if text else STILL_REASONING
    return Answer(text, after, finish=reply.finish, missing=missing, reasoning=reasoning)


def written_with_reasoning(answer: Answer) -> Answer:
    """The reply as the model wrote it: reasoning that was part of its text stands before the answer again.

    Reasoning that a server sent apart is left out, since it is not part of the text.
    """
    reasoning = answer.reasoning
    if reasoning is None or not (reasoning.opened or answer_start(reasoning.text)):
        return answer if reasoning is None else replace(answer, reasoning=None)
    text = reasoning.text + answer.text
    scored = bool(reasoning.tokens) and bool(answer.tokens or not answer.text)
    tokens = (*reasoning.tokens, *answer.tokens) if scored else ()
    missing = "" if scored else reasoning.missing or answer.missing
    return Answer(text, tokens, finish=answer.finish, missing=missing)
