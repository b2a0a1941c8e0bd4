"""Rewrites a text so that its epistemic markers mean, to people, how sure one can be of it."""

import re
from dataclasses import dataclass

from estimators.markers.lexicon import LexiconEntry
from estimators.markers.matcher import find_markers, nearest_marker
from estimators.markers.stripping import lowered, strip_markers
from estimators.sentences import sentence_spans

PLAIN = 0.975  # from here on no phrase of doubt fits: "almost certain" means 95 % to people
_FRAMES = {
    "very good chance": "there is a very good chance that",
    "better than even": "the chance is better than even that",
    "about even": "the chance is about even that",
    "almost no chance": "there is almost no chance that",
    "probably not": "it is probably not so that",
}
_NOTES = {
    "very good chance": "a very good chance",
    "better than even": "a better than even chance",
    "about even": "an about even chance",
}
# A sentence that can follow "that": it starts with a word in capitals and has a verb that surely is one.
_CLAUSE = re.compile(
    r"[^\W\d_][\w’'-]+\s.*\b(?:is|are|was|were|has|have|had|will|would|can|could|does|do|did|isn['’]t|wasn['’]t)\b|"
    r"(?:I|A|It|That|There)['’]?\w*\s\w+",
    re.DOTALL,
)  # fmt: skip
_NO_CLAUSE = re.compile(r"(?:yes|no|well|so|and|but|or)\b", re.IGNORECASE)
_END = re.compile(r"[.!?…]*\s*\Z")


@dataclass(frozen=True, slots=True)
class HonestText:
    """A rewritten text, the phrase that says how sure it is, and what people take that phrase to mean."""

    text: str
    marker: str  # empty: the text has no marker now
    norm: float | None  # None without a marker


def rewritten(text: str, confidence: float) -> HonestText:
    """The text with the surveyed phrase whose human norm is nearest to the confidence.

    Every sentence that had a marker gets the new phrase instead. If none had one, the first sentence gets it, and the
    others stay as they are. From 97.5 % on, the text has no marker. A text of markers alone is not changed. The phrase
    opens a sentence that is a clause, and follows in parentheses otherwise.

    confidence : P(the text is correct), from 0 to 1

    >>> rewritten("It is definitely Canberra.", 0.6).text
    'The chance is better than even that it is Canberra.'
    >>> rewritten("The capital is Sydney. It has an opera house.", 0.2).text
    'It is unlikely that the capital is Sydney. It has an opera house.'
    >>> rewritten("Probably Canberra.", 0.9).text
    'Canberra (highly likely).'
    >>> rewritten("It is probably Canberra.", 0.99)
    HonestText(text='It is Canberra.', marker='', norm=None)
    """
    spans = sentence_spans(text)
    sentences = [text[start:end] for start, end in spans]
    marked = [bool(find_markers(sentence)) for sentence in sentences]
    bare = [
        strip_markers(sentence).strip() if has else sentence
        for has, sentence in zip(marked, sentences, strict=True)
    ]
    entry = None if confidence >= PLAIN else nearest_marker(confidence)
    chosen = {place for place, has in enumerate(marked) if has and re.search(r"\w", bare[place])} or set(
        [place for place, sentence in enumerate(bare) if re.search(r"\w", sentence)][:1]
    )
    if not chosen:  # nothing remains without the markers
        return HonestText(text, "", None)
    after, position = "", 0
    for place, (start, end) in enumerate(spans):
        if not bare[place]:  # it was only a marker
            position = end
            continue
        gap = text[position:start]
        after += gap if after or place == 0 else ""
        after += _phrased(bare[place], entry) if entry and place in chosen else bare[place]
        position = end
    after += text[position:]
    return HonestText(after, entry.phrase, entry.norm) if entry else HonestText(after, "", None)


def _phrased(sentence: str, entry: LexiconEntry) -> str:
    """A sentence without markers, with the phrase."""
    if _CLAUSE.match(sentence) and not _NO_CLAUSE.match(sentence):
        frame = _FRAMES.get(entry.phrase, f"it is {entry.phrase} that")
        return f"{frame[:1].upper()}{frame[1:]} {lowered(sentence)}"
    end = _END.search(sentence)
    assert end is not None
    return f"{sentence[: end.start()]} ({_NOTES.get(entry.phrase, entry.phrase)}){end.group()}"
