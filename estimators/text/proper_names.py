"""Proper names in a text, and whether two of them match despite accents, titles, initials or missing first names."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from estimators.text.content_words import (
    FUNCTION_WORDS,
    content_words,
    fold,
    listed,
    sentences,
    stem,
    without_doubt,
    words,
)

Name = tuple[str, ...]

_LINK = r"(?:of|the|de|la|le|du|da|di|del|della|den|der|van|von|zu|al|el|bin|ibn|y)"
_CAPITAL = r"(?:[A-Z](?:\w{0,2}\.|[\w'.-]*\w)|\d+(?:st|nd|rd|th)(?=\s+[A-Z]))"
_NAME = re.compile(rf"(?<![\w'.-]){_CAPITAL}(?:\s*(?:[\s]{_LINK}){{0,2}}\s+{_CAPITAL}|(?<=\.){_CAPITAL})*")
_LINKS = set(_LINK[3:-1].split("|"))
_TITLES = frozenset(
    listed(
        """
    sir dr doctor mr mrs ms miss madame madam lady lord king queen emperor empress prince princess saint st
    san president professor prof captain general pope chancellor minister prime tsar czar sultan count duke
    """
    )
)
_SORTS = frozenset(
    listed(
        """
    city town river sea ocean lake mount mt mountain island islands republic state states kingdom province
    region desert wall treaty band the university gallery museum company war battle cathedral palace
    """
    )
)
_TELLING = {"new", "north", "south", "east", "west", "northern", "southern", "eastern", "western", "great",
            "upper", "lower", "equatorial", "guinea-bissau"}  # fmt: skip
_ROMAN = re.compile(r"(?:x{0,3})(?:ix|iv|v?i{0,3})")
_NATIONALITIES = re.compile(
    r"(?:\w+(?:ian|ean|ish|ese)|german|french|dutch|greek|swiss|czech|american|roman|mexican|arab|turk|thai)s?"
)
_FORMULA = re.compile(r"[a-z]+\d\w*")  # CO2: the thing has another name, too
_CALENDAR = frozenset(
    listed(
        """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday bc bce ad ce celsius fahrenheit
    """
    )
)
# Places with different names in two languages.
_TWO_NAMES = {
    "wien": "vienna", "munchen": "munich", "koln": "cologne", "roma": "rome", "firenze": "florence",
    "venezia": "venice", "napoli": "naples", "milano": "milan", "torino": "turin", "praha": "prague",
    "warszawa": "warsaw", "moskva": "moscow", "kiev": "kyiv", "lisboa": "lisbon", "sevilla": "seville",
    "bruxelles": "brussels", "geneve": "geneva", "kobenhavn": "copenhagen", "peking": "beijing",
    "bombay": "mumbai", "burma": "myanmar", "persia": "iran", "constantinople": "istanbul", "holland": "netherlands",
    "usa": "america", "us": "america", "u.s": "america", "uk": "britain", "ussr": "soviet", "donau": "danube",
    "deutschland": "germany", "osterreich": "austria", "schweiz": "switzerland", "espana": "spain",
    "turkiye": "turkey", "czechia": "czech", "nur-sultan": "astana", "homeros": "homer",
}  # fmt: skip
NAMED_FOR = re.compile(r"\b(?:who|whom|whose|where|which|what (?:city|country|river|is the capital))\b", re.I)
_ASIDE = re.compile(r"\([^()]*\)")
_CONTRAST = re.compile(
    r"(?:,\s*|\b(?:is|was|and|but|it's)\s+)?(?:\bnot|n't|rather than|instead of|unlike|as opposed to)\s+"
    rf"(?:(?:in|by|to|from|the)\s+)*"
    rf"{_NAME.pattern}(?:(?:,\s*|\s+)but\b)?"
)


def names(text: str, question: str = "") -> tuple[Name, ...]:
    """The proper names of a text in order, as folded words without titles; "not X" is left out.

    A capital at the start of a sentence counts as a name only if the question asks
    for one or the sentence says little else.

    >>> names("The Night Watch is by Rembrandt van Rijn, not by Dr. Vermeer.")
    (('night', 'watch'), ('rembrandt', 'rijn'))
    """
    found_names = []
    for sentence in sentences(without_doubt(text)):
        plain = fold(sentence).strip()
        certain = bool(NAMED_FOR.search(question)) or len(content_words(sentence, question)) <= 2
        for match in _NAME.finditer(_without_contrast(plain)):
            parts = list(re.findall(r"[\w'-]+", re.sub(r"'s\b", "", match.group()).lower()))
            opening = not re.search(r"\w", plain[: match.start()])
            if opening:
                while parts and parts[0] in FUNCTION_WORDS and len(match.group()) > 1:
                    parts.pop(0)
                if len(parts) <= 1 and not certain:
                    continue
            name = _trimmed(parts)
            if name and name[0] not in _CALENDAR and name != ("i",) and not _FORMULA.fullmatch(name[0]):
                found_names.append(name)
    return tuple(dict.fromkeys(found_names))


def _without_contrast(text: str) -> str:
    """The text with "not Sydney" and "(CHF)" blanked out if it also names something else."""
    for unwanted in (_CONTRAST, _ASIDE):
        rest = unwanted.sub(lambda match: " " * len(match.group()), text)
        text = rest if _NAME.search(rest) else text
    return text


def _trimmed(parts: list[str]) -> Name:
    kept = [part for part in parts if part not in _LINKS]
    for unwanted in (_TITLES, _SORTS):
        kept = [part for part in kept if part not in unwanted] or kept
    return tuple(kept)


def same_name(a: Name, b: Name) -> bool:
    """Whether two names match: one contains the other, an initial fits a word, or the spellings are close.

    >>> same_name(("j", "k", "rowling"), ("rowling",)), same_name(("york",), ("new", "york"))
    (True, False)
    >>> same_name(("johann", "strauss"), ("richard", "strauss"))
    False
    """
    a, b = (tuple(_TWO_NAMES.get(part, part) for part in name) for name in (a, b))
    short, long = sorted((a, b), key=len)
    if _numeral(a) and _numeral(b) and _numeral(a) != _numeral(b):
        return False
    matched = [
        next((place for place, part in enumerate(long) if _same_part(short_part, part)), None)
        for short_part in short
    ]
    if None not in matched:
        left = [part for place, part in enumerate(long) if place not in matched]
        return not set(left) & _TELLING and any(len(part) > 1 or len(short) == len(long) for part in short)
    joined = "".join(a), "".join(b)
    if joined[0] == joined[1] or _close(*joined):
        return True
    # Joanne K. Rowling and Joanne Rowling Murray: two whole words in common
    return sum(place is not None and len(short[index]) > 1 for index, place in enumerate(matched)) >= 2


def _same_part(a: str, b: str) -> bool:
    if min(len(a), len(b)) == 1:
        return a[0] == b[0]
    return a == b or stem(a) == stem(b) or _close(a, b)


def _close(a: str, b: str) -> bool:
    return min(len(a), len(b)) >= 6 and SequenceMatcher(None, a, b).ratio() >= 0.9


def _numeral(name: Name) -> str:
    last = name[-1]
    return last if len(name) > 1 and _ROMAN.fullmatch(last) else ""


def without_nationalities(candidates: tuple[Name, ...]) -> tuple[Name, ...]:
    """The names without adjectives of nationality ("Dutch"), if others remain."""
    return (
        tuple(name for name in candidates if not (len(name) == 1 and _NATIONALITIES.fullmatch(name[0])))
        or candidates
    )


def not_in_question(candidates: tuple[Name, ...], question: str) -> tuple[Name, ...]:
    """The names that are not entirely in the question."""
    asked = {stem(word) for word in words(question)}
    return tuple(name for name in candidates if not all(stem(part) in asked for part in name))


def shared(a: tuple[Name, ...], b: tuple[Name, ...]) -> Iterator[Name]:
    """The names of the first text that match one of the second."""
    return (name for name in a if any(same_name(name, other) for other in b))
