"""Cuts an answer into sentences and blocks of code, and says which of them claim something."""

import re
from dataclasses import dataclass

from estimators.sentences import sentence_spans

CLAIM_WORDS = 3  # a shorter sentence claims nothing that could be judged
_CODE = re.compile(r"^[ \t>]*(`{3,}|~{3,}).*?(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]", re.DOTALL)
_MARKS = re.compile(r"(?:(?:[-*+•–]|\d{1,3}[.)]|>|\[[ xX]\])[ \t]+)+")  # of lists and quotations
_LIST_NUMBER = re.compile(r"(?:>[ \t]*)*\d{1,3}[.)]")
_NO_CLAIM = re.compile(
    r"#{1,6}\s.*"  # a heading
    r"|\|.*|.*\s\|\s.*\s\|\s.*"  # the row of a table
    r"|(?:\*\*|__)[^*_]+(?:\*\*|__)"  # a title in bold type
    r"|.*[:?][\"'”’)\]*_]*"  # what introduces a list, or asks
    r"|.*[;{}]"  # a line of code outside a block of code
    r"|(?:def|class|import|from|return|elif|else|for|while|try|except|with|if|print|var|let|const|function)\b.*[()=\[\]{}<>].*"
    r"|[\w.\[\]]+(?:\s*[-+*/]?=|\().*",
    re.DOTALL,
)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or a block of code, and the characters of its claim; None if it claims nothing."""

    span: Span
    claim: Span | None = None


def passages(text: str) -> tuple[Passage, ...]:
    r"""All of a text but the white space between sentences; headings, questions, tables and code claim nothing.

    >>> text = "# Roots\n1. Four has two roots.\n```\nif n <= 0:\n    x = 1. Done\n```"
    >>> [text[slice(*passage.span)] for passage in passages(text)]
    ['# Roots', '1. Four has two roots.', '```\nif n <= 0:\n    x = 1. Done\n```']
    >>> [text[slice(*passage.claim)] for passage in passages(text) if passage.claim]
    ['Four has two roots.']
    """
    found: list[Passage] = []
    position = 0
    for block in sorted((*_CODE.finditer(text), *_FORMULA.finditer(text)), key=lambda match: match.start()):
        if block.start() >= position:
            found += _sentences(text, position, block.start())
            start = block.start() + len(block.group()) - len(block.group().lstrip())
            found.append(Passage((start, block.end())))
            position = block.end()
    return (*found, *_sentences(text, position, len(text)))


def _sentences(text: str, start: int, end: int) -> list[Passage]:
    spans: list[Span] = []
    for first, last in sentence_spans(text[start:end]):
        if (
            spans
            and _LIST_NUMBER.fullmatch(text, *spans[-1])
            and "\n" not in text[spans[-1][1] : start + first]
        ):
            spans[-1] = (spans[-1][0], start + last)  # “1.” ends no sentence
        else:
            spans.append((start + first, start + last))
    return [Passage(span, _claim(text, span)) for span in spans]


def _claim(text: str, span: Span) -> Span | None:
    marks = _MARKS.match(text, *span)
    start = marks.end() if marks else span[0]
    sentence = text[start : span[1]]
    if _NO_CLAIM.fullmatch(sentence) or len(re.findall(r"[^\W_]+", sentence)) < CLAIM_WORDS:
        return None
    return start, span[1]
