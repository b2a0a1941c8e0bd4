"""Finding epistemic markers ("probably", "I'm not sure") in a text, with what people take them to mean.

The phrases and their norms: ``marker_lexicon``. What is no marker although it reads like one: ``marker_scope``.
"""

import re
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
from estimators.markers.scope import is_something_else, quoted
from estimators.types import MarkerMatch

__all__ = ["LEXICON_FILE", "LexiconEntry", "find_markers", "lexicon", "nearest_marker"]

# "98.5 % certain", "a 70% chance": the number is what is meant
_PERCENT = (
    r"(?:(?:i\s+am|i'm)\s+)?(?:(?:about|around|over|roughly|approximately|nearly|almost|only|at\s+least)\s+)?"
    r"(?:with\s+)?(?P<percent>\d{1,3}(?:\.\d{1,4})?)\s?(?:%|percent|per\s+cent)\s+"
    r"(?:sure|certain|certainty|confident|confidence|positive|likely|probable|probability|chance|likelihood)"
    r"(?!\s+(?:interval|region|level|limit)s?)"
)
# Letters and digits bound a phrase, and so do - and _ inside a word; the _ of _maybe_ does not.
_LEFT, _RIGHT = r"(?<![^\W_])(?<![^\W_][-_])", r"(?![-_]?[^\W_])"
# A following "not" is looked at here, so that "it's likely not" falls back to "likely not".
_NOT_NEGATED = r"(?!\s+not(?!\w)(?!\s+(?:only|just)(?!\w)))(?!(?<=\bnot)\s+(?:only|just)(?!\w))"


def find_markers(text: str) -> tuple[MarkerMatch, ...]:
    """Every epistemic marker of a text, in order, not overlapping, with its human norm.

    The longest phrase wins, and negation belongs to the phrase: "not certain" is a
    marker, a negated form that the lexicon lacks ("not possible") is no match.
    Quotations, code and links are not the speaker's words and are skipped, unless the
    whole text is one quotation; so is what is reported ("he said it might rain"), asked or
    a condition. Case, kind of apostrophe, contractions and line breaks do not matter.
    A percentage of certainty or chance is its own norm.

    A norm is about the phrase, so "probably not" has that of "it is probably so": 0.265.

    Known hard cases, read wrongly or not at all: "could" of an ability with an unlisted
    verb ("the kite could soar"); reported doubt that goes on in the next sentence;
    a negation further off ("it is not that it is likely", "probably isn't" counts as
    "probably"); "May" opening a sentence as a verb; an opening "Certainly!" is taken as a courtesy.

    >>> [(m.text, m.start, m.norm) for m in find_markers("It's probably Rome, but I'm not sure.")]
    [('probably', 5, 0.75), ("I'm not sure", 24, 0.4)]
    >>> find_markers("That is not possible in May.")
    ()
    """
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
        if is_something_else(phrase, text, folded, start, end):
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
    """The marker of a percentage, which is its own norm; none above 100 %."""
    if share > 1:
        return []
    marker = f"{100 * share:g} %"
    return [
        MarkerMatch(text[start:end], start, end, marker, share, share, share, "the number that is stated")
    ]


def nearest_marker(confidence: float) -> LexiconEntry:
    """The surveyed phrase that people read as the probability nearest to a confidence.

    On a tie the norm nearer to one half, then the larger survey, then the order of the file.

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
