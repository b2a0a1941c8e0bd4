"""Finds epistemic markers ("probably", "I'm not sure") in a text and what they mean to people.

The phrases and their norms are in ``lexicon``; ``scope`` and ``homonyms`` exclude phrases that only look like markers.
"""

import re
import threading
from collections.abc import Mapping
from functools import cache

from estimators.markers.lexicon import (
    FOLD,
    LEXICON_FILE,
    LexiconEntry,
    lexicon,
    longest_of,
    phrase_table,
)
from estimators.markers.scope import is_not_a_marker, quoted
from estimators.types import MarkerMatch

__all__ = ["LEXICON_FILE", "LexiconEntry", "find_markers", "lexicon", "nearest_marker"]

# "98.5 % certain", "a 70% chance": the number itself is the norm
_PERCENT = (
    r"(?:(?:i\s+am|i'm)\s+)?(?:(?:about|around|over|roughly|approximately|nearly|almost|only|at\s+least)\s+)?"
    r"(?:with\s+)?(?P<percent>\d{1,3}(?:\.\d{1,4})?)\s?(?:%|percent|per\s+cent)\s+"
    r"(?:sure|certain|certainty|confident|confidence|positive|likely|probable|probability|chance|likelihood)"
    r"(?!\s+(?:interval|region|level|limit)s?)"
)
# A phrase must not touch letters or digits, nor - and _ inside a word; the _ of _maybe_ is fine.
_LEFT, _RIGHT = r"(?<![^\W_])(?<![^\W_][-_])", r"(?![-_]?[^\W_])"
# A following "not" is checked here, so that "it's likely not" falls back to "likely not".
_NOT_NEGATED = r"(?!\s+not(?!\w)(?!\s+(?:only|just)(?!\w)))(?!(?<=\bnot)\s+(?:only|just)(?!\w))"
_COMPILING = threading.Lock()


def find_markers(text: str) -> tuple[MarkerMatch, ...]:
    """All epistemic markers of a text, in order and without overlap, with their human norms.

    The longest phrase wins, and negation is part of the phrase: "not certain" is a
    marker, but a negated form that the lexicon lacks ("not possible") is not.
    Quotations, code and links are not the speaker's own words and are skipped, unless the
    whole text is one quotation. Reported speech ("he said it might rain"), questions and
    conditions are skipped too. Case, apostrophe style, contractions and line breaks do not
    matter. A percentage of certainty or chance is its own norm.

    A norm is always P(claim): that of "probably not" is 0.265.

    Known hard cases, missed or misread: "could" for an ability with an unlisted verb
    ("the kite could soar"); reported doubt that continues in the next sentence; a distant
    negation ("it is not that it is likely"; "probably isn't" counts as "probably"); "May"
    as a verb at the start of a sentence; an opening "Certainly!" counts as a courtesy.

    >>> [(m.text, m.start, m.norm) for m in find_markers("It's probably Rome, but I'm not sure.")]
    [('probably', 5, 0.75), ("I'm not sure", 24, 0.4)]
    >>> find_markers("That is not possible in May.")
    ()
    """
    with _COMPILING:  # threads that need the pattern first would all compile it
        phrases, pattern = _matcher()
    folded = text.translate(FOLD)
    others = quoted(text)
    skip_start, skip_end = next(others, (len(text), len(text)))
    markers = []
    for match in pattern.finditer(folded):
        start, end = match.span()
        while skip_end <= start:
            skip_start, skip_end = next(others, (len(text), len(text)))
        if end > skip_start:
            continue
        phrase = " ".join(match.group().split())
        if is_not_a_marker(phrase, text, folded, start, end):
            continue
        if match["percent"]:
            markers += _stated(text, start, end, float(match["percent"]) / 100)
            continue
        entry = phrases[phrase]
        markers.append(
            MarkerMatch(
                text[start:end], start, end, entry.marker, entry.norm, entry.low, entry.high, entry.source
            )
        )
    return tuple(markers)


def _stated(text: str, start: int, end: int, share: float) -> list[MarkerMatch]:
    """The marker for a stated percentage, which is its own norm; empty above 100 %."""
    if share > 1:
        return []
    marker = f"{100 * share:g} %"
    return [MarkerMatch(text[start:end], start, end, marker, share, share, share, "the stated number")]


def nearest_marker(confidence: float) -> LexiconEntry:
    """The surveyed phrase whose norm is nearest to a confidence.

    Ties go to the norm nearer to one half, then to the larger survey, then to file order.

    Raises ValueError if the confidence is not in [0, 1].

    >>> [nearest_marker(c).phrase for c in (0.97, 0.72, 0.52, 0.2)]
    ['almost certain', 'likely', 'about even', 'unlikely']
    """
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence {confidence} is not in [0, 1]")

    def rank(entry: LexiconEntry) -> tuple[float, float, int]:
        # rounded: 0.55 is as far from 0.5 as from 0.6, but not in binary
        return round(abs(entry.norm - confidence), 9), abs(entry.norm - 0.5), -(entry.n or 0)

    return min((entry for entry in lexicon() if entry.in_words), key=rank)


@cache
def _matcher() -> tuple[Mapping[str, LexiconEntry], re.Pattern[str]]:
    """The folded phrases with their entries, and one pattern for the longest of them."""
    phrases = phrase_table(lexicon())
    stop = _RIGHT + _NOT_NEGATED
    return phrases, re.compile(rf"{_LEFT}(?:{longest_of(phrases, stop)}|{_PERCENT}{stop})")
