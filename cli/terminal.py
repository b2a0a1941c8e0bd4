"""How text is written to a terminal: tints for unlikely tokens, and no control characters from a model."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import TextIO

from estimators.types import Token

SURPRISING, DOUBTFUL = 0.8, 0.5  # below the first a token is tinted, below the second it is underlined too
_RESET = "\x1b[0m"
BOLD, FAINT, TINT, UNDERLINED_TINT = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[4;33m"


def has_colours(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether to write colours: to a terminal that is not dumb, unless NO_COLOR is set (https://no-color.org)."""
    values = os.environ if environment is None else environment
    return stream.isatty() and not values.get("NO_COLOR") and values.get("TERM") != "dumb"


def visible(text: str) -> str:
    """The text with its control characters as pictures, so that a model cannot move the cursor or hide text.

    >>> visible("a\\x1b[2Jb\\r")
    'a␛[2Jb␍'
    """
    return "".join(_picture(letter) for letter in text)


def _picture(letter: str) -> str:
    code = ord(letter)
    if letter in "\n\t":
        return letter
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F or 0x80 <= code < 0xA0 or letter in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068":
        return "␡"
    return letter


def styled(text: str, style: str, colours: bool) -> str:
    """A text in a style, where colours are wanted.

    >>> styled("Rome", BOLD, False)
    'Rome'
    """
    return f"{style}{text}{_RESET}" if colours and text else text


def tinted(tokens: Sequence[Token], colours: bool) -> str:
    """The text of some tokens: likely ones are plain, surprising ones tinted, those below 50 % underlined too.

    >>> tinted([Token("Rome", -0.1), Token(" is", -1.0)], True)
    'Rome \\x1b[4;33mis\\x1b[0m'
    """
    return "".join(_tinted(token, colours) for token in tokens)


def _tinted(token: Token, colours: bool) -> str:
    text, probability = visible(token.text), math.exp(token.logprob)
    if not colours or probability >= SURPRISING:
        return text
    bare = text.strip()
    before, _, after = text.partition(bare)
    style = UNDERLINED_TINT if probability < DOUBTFUL else TINT
    return f"{before}{styled(bare, style, colours)}{after}" if bare else text
