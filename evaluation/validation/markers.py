"""How well the marker matcher finds labelled markers.

A match is right if it covers the same words as a labelled marker; framing words at either end ("it is", "there is a",
"that" …) may be included or left out (``core``).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.markers.matcher import find_markers
from evaluation.validation.intervals import wilson_interval
from files.json_lines import numbered_objects

FOLDER = Path(__file__).with_name("labelled")
SETS = {"constructed": FOLDER / "markers_constructed.jsonl", "real": FOLDER / "markers_real.jsonl"}
_Z = 1.959964  # 95 % of a normal distribution lie within ± this many standard deviations
_LEADING = re.compile(
    r"(?:(?:that\s+)?(?:it|there|that|this)\s*(?:['’]s|\s(?:is|are|was|were))|that|is|are|was|it(?=\s+(?:is|was)n))\s+(?:also\s+)?(?:an?\s+)?",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"\s+that$", re.IGNORECASE)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sentence with the spans of its markers."""

    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class MatcherScore:
    """Precision and recall of the matcher on a set, with what they count."""

    sentences: int
    labelled: int
    found: int
    right_found: int
    right_labelled: int

    @property
    def precision(self) -> float:
        """Share of the matches that are labelled; 1 without matches."""
        return self.right_found / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the labelled markers that are found; 1 without labels."""
        return self.right_labelled / self.labelled if self.labelled else 1.0


def labelled_sentences(path: Path) -> tuple[Labelled, ...]:
    """The sentences of a labelled file; raises ValueError if a label is not at its place."""
    return tuple(_read(path))


def _read(path: Path) -> Iterator[Labelled]:
    for number, row in numbered_objects(path):
        spans = []
        for marker in row["markers"]:
            start, end = marker["start"], marker["start"] + len(marker["text"])
            if not marker["text"] or row["text"][start:end] != marker["text"]:
                raise ValueError(f"{path.name}:{number}: {marker['text']!r} is not at {start}")
            spans.append((start, end))
        yield Labelled(str(row.get("id", number)), row["text"], tuple(spans))


def core(text: str, span: Span) -> Span:
    """A span without the framing words "it is", "there is a", "that", "is" at its start and "that" at its end.

    >>> core("It is likely that it rains.", (0, 17))
    (6, 12)
    """
    start, end = span
    leading = _LEADING.match(text, start, end)
    start = leading.end() if leading and leading.end() < end else start
    trailing = _TRAILING.search(text[start:end])
    return start, start + trailing.start() if trailing else end


def same(text: str, first: Span, second: Span) -> bool:
    """Whether two spans mark the same words, apart from framing words."""
    return core(text, first) == core(text, second)


def overlap(text: str, first: Span, second: Span) -> bool:
    """Whether two spans share a character: the looser figure."""
    return first[0] < second[1] and second[0] < first[1]


def score(sentences: Sequence[Labelled], right: Callable[[str, Span, Span], bool] = same) -> MatcherScore:
    """Precision and recall of ``find_markers`` over labelled sentences."""
    labelled = found = right_found = right_labelled = 0
    for sentence in sentences:
        spans = [(match.start, match.end) for match in find_markers(sentence.text)]
        labelled += len(sentence.spans)
        found += len(spans)
        right_found += sum(any(right(sentence.text, span, gold) for gold in sentence.spans) for span in spans)
        right_labelled += sum(
            any(right(sentence.text, span, gold) for span in spans) for gold in sentence.spans
        )
    return MatcherScore(len(sentences), labelled, found, right_found, right_labelled)


def errors(sentences: Sequence[Labelled]) -> Iterator[tuple[Labelled, list[str], list[str]]]:
    """The sentences with errors: matches without a label, and labels without a match."""
    for sentence in sentences:
        text, spans = sentence.text, [(match.start, match.end) for match in find_markers(sentence.text)]
        surplus = [text[slice(*s)] for s in spans if not any(same(text, s, gold) for gold in sentence.spans)]
        missed = [
            text[slice(*gold)] for gold in sentence.spans if not any(same(text, s, gold) for s in spans)
        ]
        if surplus or missed:
            yield sentence, surplus, missed


def report(sentences: Sequence[Labelled]) -> dict[str, Any]:
    """The figures of one set, ready for JSON."""
    exact, loose = score(sentences), score(sentences, overlap)
    return {
        "sentences": exact.sentences,
        "markers": exact.labelled,
        "found": exact.found,
        "precision": exact.precision,
        "precision_interval": wilson_interval(exact.right_found, exact.found),
        "recall": exact.recall,
        "recall_interval": wilson_interval(exact.right_labelled, exact.labelled),
        "overlap_precision": loose.precision,
        "overlap_recall": loose.recall,
    }
