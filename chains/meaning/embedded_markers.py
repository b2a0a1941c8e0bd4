"""Hedges that are not in the lexicon, matched to the marker nearest in meaning, or left unmatched."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chains.errors import CredenceError
from chains.meaning.embedding import Embeds
from estimators.markers.matcher import LexiconEntry, find_markers, lexicon
from estimators.markers.polarity import asserted
from estimators.markers.scope import quoted
from estimators.types import MarkerMatch

_log = logging.getLogger(__name__)

# Cosine to the nearest lexicon phrase; set by eye on some 25 phrases with the built-in embedder, not yet measured.
NEAR_ENOUGH = 0.6

AGREEING = (
    0.25  # largest spread of the norms of the near phrases; beyond it they say nothing about the degree
)
_AS_NEAR = 0.05  # difference in cosine within which another phrase counts as equally near
_PHRASES_EACH = 4  # phrases per marker, the shortest; more would cost time and add nothing

_VERB = (
    r"(?:wager|bet|reckon|fancy|figure|surmise|venture|hazard|speculate|imagine|expect|trust|understand|deem|sense|"
    r"conclude|infer|maintain|swear|doubt|feel|hope|think|believe|say|guess|recall|remember|gather)"
)
_NOUN = (
    r"(?:guess|hunch|bet|estimate|estimation|reckoning|sense|impression|feeling|understanding|recollection|assumption|"
    r"suspicion|confidence|certainty|view|instinct|conviction|opinion|judgement|judgment|conclusion)"
)
_STATE = r"(?:sure|certain|confident|positive|convinced|persuaded|inclined|unsure|uncertain|doubtful|hesitant|clueless)"
_CLAIM = r"(?=\s+(?:that\b|(?:it|this|there|he|she|they)(?:\s|['’])|the\s+\w+\s+(?:is|was|are|were)\b))"
_LEARNT = r"(?:gather|understand|know|recall|see|saw|tell|hear|learn|read|remember|understood|knew|judge)(?:ed|d|t)?"
# Phrases that look like a hedge: "I'd wager that", "my best guess would be", "in my estimation", "with fair confidence".
_LOOKS_LIKE_HEDGE = re.compile(
    rf"""(?<!\w)(?:
      (?:i|we)(?:['’](?:d|m|ve|ll|re)|\s+(?:would|am|are|can|could|have|do|might|should))?
        (?:\s+(?:not|\w+ly|only|rather|so|be))?\s+(?:{_VERB}{_CLAIM}|{_STATE})
    | (?:my|our)(?:\s+\w+){{0,2}}\s+{_NOUN}\s+(?:is|would\s+be|says|tells\s+me)
    | (?:in|to|from|by|according\s+to)\s+(?:my|our)(?:\s+\w+)?\s+{_NOUN}
    | (?:from|based\s+on|as\s+far\s+as|so\s+far\s+as)\s+(?:(?:what|all)\s+)?(?:i|we)(?:\s+(?:can|could|have))?\s+{_LEARNT}
    | if\s+(?:my\s+)?(?:memory|recollection)\s+\w+(?:\s+me)?(?:\s+\w+ly)?
    | with(?:\s+\w+){{0,3}}\s+(?:confidence|certainty|conviction|doubt|reservations?|hesitation)
    | there(?:\s+is|['’]s)(?:\s+\w+){{1,3}}\s+(?:chance|probability|likelihood|possibility|doubt|prospect|odds)
    )(?![-_]?[^\W_])""",
    re.VERBOSE | re.IGNORECASE,
)


def find_hedges(text: str, embedder: Embeds, near_enough: float = NEAR_ENOUGH) -> tuple[MarkerMatch, ...]:
    """The hedges of a text that are not in the lexicon, with the norm of the marker nearest in meaning.

    A phrase that looks like a hedge, overlaps no lexicon marker and has a cosine of at least
    ``near_enough`` to a lexicon phrase takes that phrase's norm and range; its ``similarity``
    is the cosine. Phrases further away stay unmatched, and so do phrases that are equally near
    to markers of a very different degree: embeddings put "a sizeable chance" next to
    "a small chance".
    """
    candidates = tuple(_candidates(text))
    if not candidates:
        return ()
    phrase_vectors, entries = _embedded_phrases(embedder)
    vectors = embedder.embed([text[start:end] for start, end in candidates])
    cosines = np.asarray(vectors, np.float64) @ phrase_vectors.T
    hedges = []
    for (start, end), row in zip(candidates, cosines, strict=True):
        best = int(row.argmax())
        similarity = float(min(1.0, row[best]))
        if similarity >= near_enough and _agree(row, entries, best):
            hedges.append(replace(_as_match(text, start, end, entries[best]), similarity=similarity))
    return tuple(hedges)


def all_markers(text: str, embedding: str = "builtin") -> tuple[MarkerMatch, ...]:
    """The lexicon markers of a text and its hedges matched by meaning, in order.

    The embedding model is opened only if a phrase looks like a hedge that is not in the
    lexicon; if it is not available, such a phrase stays unmatched.
    """
    markers = find_markers(text)
    if not any(_candidates(text)):
        return markers
    from chains.meaning.embedding import open_embedder

    try:
        hedges = find_hedges(text, open_embedder(embedding))
    except CredenceError as error:
        _log.warning("hedges stay unmatched: %s", error)
        return markers
    return tuple(sorted((*markers, *hedges), key=lambda match: match.start))


def _agree(cosines: NDArray[np.float64], entries: Sequence[LexiconEntry], best: int) -> bool:
    """Whether the nearest phrases mean about the same degree, and none denies what another affirms."""
    near = [entries[int(k)] for k in np.flatnonzero(cosines >= cosines[best] - _AS_NEAR)]
    norms = [asserted(entry.marker, entry.norm) for entry in near]
    return len({entry.denies for entry in near}) == 1 and max(norms) - min(norms) <= AGREEING


def _as_match(text: str, start: int, end: int, entry: LexiconEntry) -> MarkerMatch:
    source = f"nearest in meaning to “{entry.phrase}”"
    return MarkerMatch(text[start:end], start, end, entry.marker, entry.norm, entry.low, entry.high, source)


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    """Spans that look like a hedge and are neither lexicon markers nor quotations."""
    taken = [(match.start, match.end) for match in find_markers(text)] + list(quoted(text))
    for match in _LOOKS_LIKE_HEDGE.finditer(text):
        start, end = match.span()
        if not any(start < other_end and other_start < end for other_start, other_end in taken):
            yield start, end


_PHRASE_VECTORS: dict[int, tuple[Embeds, NDArray[np.float64]]] = {}


@cache
def _phrases() -> tuple[LexiconEntry, ...]:
    """The shortest phrases of two or more words of each marker; a single word says too little to compare with."""
    chosen: dict[str, list[LexiconEntry]] = {}
    for entry in sorted(lexicon(), key=lambda entry: len(entry.phrase)):
        if " " in entry.phrase and len(chosen.setdefault(entry.marker, [])) < _PHRASES_EACH:
            chosen[entry.marker].append(entry)
    return tuple(entry for entries in chosen.values() for entry in entries)


def _embedded_phrases(embedder: Embeds) -> tuple[NDArray[np.float64], tuple[LexiconEntry, ...]]:
    """The vectors of the lexicon phrases, computed once per embedder, and the phrases."""
    entries = _phrases()
    kept = _PHRASE_VECTORS.get(id(embedder))
    if kept is None or kept[0] is not embedder:
        vectors = np.asarray(embedder.embed([entry.phrase for entry in entries]), np.float64)
        kept = _PHRASE_VECTORS[id(embedder)] = (embedder, vectors)
    return kept[1], entries
