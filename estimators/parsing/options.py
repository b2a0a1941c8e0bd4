"""Finds the options in a question, and the chosen option in an answer."""

import re
from collections.abc import Sequence

from estimators.text.lone_words import GRAMMAR, meant_as_itself, stands_alone

LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINE = re.compile(r"^[ \t]*\(?([A-Za-z])[.):][ \t]+(\S.*?)[ \t]*$")
_INLINE = re.compile(
    r"(?<!\w)\(([A-Za-z])\)[ \t]*(\S.*?)(?=[ \t,;]*(?:\b(?:or|and)[ \t]+)?\([A-Za-z]\)|$)", re.S
)
_FIRST_LETTER = re.compile(r"[\W_]*([A-Za-z])(?![A-Za-z])")
_MARKED_LETTER = re.compile(r"(?<![\w'’])\(?([A-Z])[.):](?=[\W_]|$)")
_NAMED_LETTER = re.compile(
    r"\b(?i:answer|option|choice|letter)\b(?:\s+(?:is|was|would\s+be|must\s+be)\b)?[\s:*_`\"'“‘(\[]*([A-Za-z])(?![\w'’])"
)
_BARE_LETTER = re.compile(r"(?:(?<=[_\W])|^)(?<!['’])([A-Z])(?![^\W_]|['’+-]\w|[+-](?:\s|$))")
_NEXT_LETTER = r"[)\]*_`\"”]*\s*(?:/|,|&|\+|\band\b|\bor\b)\s*(?:\b(?:and|or|option)\b\s*)?[(\[*_`\"“]*"
_SEVERAL = re.compile(
    rf"(?<![\w'’])([A-Z])(?:{_NEXT_LETTER}([A-Z])(?![\w'’]))+|(?<![\w'’/])([a-z])(?:/[a-z])+(?!\w)"
)
_OPENING = r"[ \t]*[(\[\"'“‘*_`]+"
_BOXED = re.compile(r"\\boxed\{\s*(?:\\text\w*\{)?\s*\(?([A-Z])\b")
_BULLET = r"[ \t]*(?:\d+[.)][ \t]+|[-*•+][ \t]+|#+[ \t]+)?[*_]*"
_WALKED = re.compile(rf"^{_BULLET}(?:(?i:option|choice)[ \t]+)?\(?([A-Z])[.):]", re.M)
_ITEM = re.compile(r"\s*(?:\d+[.)]|[-*•+#]|\(?[A-Z][.):])\s")


def find_options(text: str) -> tuple[str, tuple[str, ...]]:
    """A question's stem and its options, typed as "A. …" lines or "(a) …"; ``(text, ())`` without options.

    There must be at least two labels, A, B, C, … without a gap.

    >>> find_options("Which one flies?\\nA. dog\\nB. bee")
    ('Which one flies?', ('dog', 'bee'))
    """
    return _options_as_lines(text) or _options_inline(text) or (text, ())


def render_options(options: Sequence[str]) -> str:
    """Options as lettered lines.

    >>> render_options(["dog", "bee"])
    'A. dog\\nB. bee'
    """
    return "\n".join(f"{label}. {option}" for label, option in zip(LABELS, options, strict=False))


def find_choice(text: str, options: Sequence[str]) -> tuple[int, tuple[int, int]] | None:
    """The option that an answer chooses, as its index and the span that names it, or None.

    In order of precedence: a letter that opens the answer; an "A."-style letter or a
    letter named as the answer, whichever comes first; the option's text or a lone
    letter, whichever comes first. "A" and "I" count as letters only if they stand
    alone (:mod:`estimators.text.lone_words`). Letters in a list ("A/B", "A or B") or
    within an option's text ("vitamin C") are not a choice. An answer of several lines
    may go through the options first: letters that open its lines are then not a choice,
    the last letter that is named or boxed counts, and of several option texts only the
    one in its last paragraph.

    >>> find_choice("B. It has wings.", ["dog", "bee"]), find_choice("A, because bees fly.", ["dog", "bee"])
    ((1, (0, 1)), (0, (0, 1)))
    >>> find_choice("A bee, of course.", ["dog", "bee"])
    (1, (2, 5))
    >>> find_choice("Let's see.\\nA. A dog barks.\\nB. A bee flies.\\nSo the answer is B.", ["dog", "bee"])
    (1, (60, 61))
    """
    labels = LABELS[: len(options)]
    mentions = [(index, span) for index, option in enumerate(options) if (span := _mention(text, option))]
    walked, worked = _walked(text, labels), "\n" in text.strip()
    barred = [span for _, span in mentions if span[1] - span[0] > 1] + _listed(text, labels) + walked

    def may_choose(letter: re.Match[str]) -> bool:
        start, end = letter.span(1)
        return letter.group(1).upper() in labels and not any(a <= start and end <= b for a, b in barred)

    def alone(letter: re.Match[str]) -> bool:
        option = re.escape(options[labels.index(letter.group(1).upper())].strip())
        return stands_alone(text, letter.end(1)) or bool(
            re.compile(_OPENING + option, re.I).match(text, letter.end(1))
        )

    first = _FIRST_LETTER.match(text)
    if first and may_choose(first) and alone(first):
        return labels.index(first.group(1).upper()), first.span(1)
    marked = [match for match in _MARKED_LETTER.finditer(text) if may_choose(match)]
    for match in filter(may_choose, _NAMED_LETTER.finditer(text)):
        if alone(match) or (match.group(1).isupper() and match.group(1) not in "AI"):
            marked.append(match)
    marked += filter(may_choose, _BOXED.finditer(text))
    if marked:
        match = (max if worked else min)(marked, key=lambda match: match.start(1))
        return labels.index(match.group(1).upper()), match.span(1)
    if walked or (worked and len(mentions) > 1):
        return _concluded(text, options)
    places = [(span[0], -len(options[index]), index, span) for index, span in mentions]
    for match in filter(may_choose, _BARE_LETTER.finditer(text)):
        if match.group(1) not in "AI" or alone(match):
            places.append((match.start(1), 0, labels.index(match.group(1)), match.span(1)))
            break
    if not places:
        return None
    _, _, index, span = min(places)
    return index, span


def _walked(text: str, labels: str) -> list[tuple[int, int]]:
    """The letters that open lines of a text which goes through several options, line by line."""
    found = [match for match in _WALKED.finditer(text) if match.group(1) in labels]
    return [match.span(1) for match in found] if len({match.group(1) for match in found}) > 1 else []


def _concluded(text: str, options: Sequence[str]) -> tuple[int, tuple[int, int]] | None:
    """The option whose text the last paragraph names; None if it names several or none, or is an item of a list."""
    last = text.rstrip().rpartition("\n\n")[2]
    if _ITEM.match(last):
        return None
    start = len(text.rstrip()) - len(last)
    named = [(index, span) for index, option in enumerate(options) if (span := _mention(last, option))]
    if len(named) != 1:
        return None
    index, span = named[0]
    return index, (start + span[0], start + span[1])


def _mention(text: str, option: str) -> tuple[int, int] | None:
    """Where a text names an option; one without letters and digits must be the entire text, "the" must mean itself."""
    option = option.strip()
    if not re.search(r"[^\W_]", option):
        start = text.find(option)
        return (start, start + len(option)) if option and text.strip() == option else None
    for match in re.finditer(rf"(?<!\w){re.escape(option)}(?!\w)", text, re.I):
        if option.lower() not in GRAMMAR or meant_as_itself(text, *match.span()):
            return match.span()
    return None


def _listed(text: str, labels: str) -> list[tuple[int, int]]:
    """Where a text lists several letters: "A/B", "both A and B", but not "A, I think" or "A, B cannot fly"."""
    spans = []
    for match in _SEVERAL.finditer(text):
        first, last = text[match.start()].upper(), text[match.end() - 1].upper()
        by_comma = match.group()[:-1].rstrip('([*_`"“ ').endswith(",")
        alone = stands_alone(text, match.end()) or not (by_comma or last in "AI")
        if first in labels and last in labels and alone:
            spans.append(match.span())
    return spans


def _in_order(labels: Sequence[str]) -> bool:
    return len(labels) >= 2 and "".join(labels).upper() == LABELS[: len(labels)]


def _options_as_lines(text: str) -> tuple[str, tuple[str, ...]] | None:
    lines = text.splitlines()
    matches = [(number, match) for number, line in enumerate(lines) if (match := _LINE.match(line))]
    if not matches or not _in_order([match.group(1) for _, match in matches]):
        return None
    numbers = {number for number, _ in matches}
    stem = "\n".join(line for number, line in enumerate(lines) if number not in numbers).strip()
    return (stem, tuple(match.group(2) for _, match in matches)) if stem else None


def _options_inline(text: str) -> tuple[str, tuple[str, ...]] | None:
    matches = list(_INLINE.finditer(text))
    if not _in_order([match.group(1) for match in matches]):
        return None
    stem = text[: matches[0].start()].strip()
    return (stem, tuple(match.group(2).strip(" \t\n,;") for match in matches)) if stem else None
