"""Finding answer options in a question, and the chosen option in an answer."""

import re
from collections.abc import Sequence

LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINE = re.compile(r"^[ \t]*\(?([A-Za-z])[.):][ \t]+(\S.*?)[ \t]*$")
_INLINE = re.compile(
    r"(?<!\w)\(([A-Za-z])\)[ \t]*(\S.*?)(?=[ \t,;]*(?:\b(?:or|and)[ \t]+)?\([A-Za-z]\)|$)", re.S
)
_FIRST_LETTER = re.compile(r"\W*([A-Za-z])(?:[.):](?=\W|$)|\W*$)")
_LETTER_MARK = re.compile(r"(?<![\w'’])\(?([A-Z])[.):](?=\W|$)")
_NAMED_LETTER = re.compile(r"\b(?:answer|option|choice|letter)(?:\s+is)?:?\s*[\"'(*]*([A-Z])(?![\w'’])", re.I)
_BARE_LETTER = re.compile(r"(?<![\w'’])([A-Z])(?![\w'’])")


def find_options(text: str) -> tuple[str, tuple[str, ...]]:
    """A question's stem and its options, typed as "A. …" lines or "(a) …"; none gives ``(text, ())``.

    Labels must run A, B, C, … without a gap, at least two of them.

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
    """The option that an answer chooses: its index and the characters that say so, or None.

    First a letter that opens or is the whole answer, then an "A."-style letter or
    one named as the answer, whichever comes first, then the option's text or a
    letter that stands alone, whichever comes first.

    >>> find_choice("B. It has wings.", ["dog", "bee"])
    (1, (0, 1))
    """
    labels = LABELS[: len(options)]
    first = _FIRST_LETTER.match(text)
    if first and first.group(1).upper() in labels:
        return labels.index(first.group(1).upper()), first.span(1)
    marked = [match for pattern in (_LETTER_MARK, _NAMED_LETTER) for match in pattern.finditer(text)]
    if marked := [match for match in marked if match.group(1) in labels]:
        match = min(marked, key=lambda match: match.start(1))
        return labels.index(match.group(1)), match.span(1)
    found = []
    for match in _BARE_LETTER.finditer(text):
        alone = text.strip() == match.group(1)
        if match.group(1) in labels and (alone or match.group(1) not in "AI"):  # "A" and "I" are words, too
            found.append((match.start(1), 0, labels.index(match.group(1)), match.span(1)))
            break
    for index, option in enumerate(options):
        if option_match := re.search(rf"(?<!\w){re.escape(option.strip())}(?!\w)", text, re.I):
            found.append((option_match.start(), -len(option), index, option_match.span()))
    if not found:
        return None
    _, _, index, span = min(found)
    return index, span


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
