"""Hedges that are not in the lexicon: matched to a marker of similar meaning, or left unmatched."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from chains.meaning.embedded_markers import NEAR_ENOUGH, find_hedges
from estimators.markers.matcher import find_markers, lexicon


class Plane:
    """Directions in a plane: a phrase in `angles` lies that far (cosine) from "my hunch is", all else across."""

    def __init__(self, cosines: dict[str, float], phrases: tuple[str, ...] = ("my hunch is",)) -> None:
        self.cosines, self.phrases = cosines, phrases

    def embed(self, texts: Sequence[str]) -> NDArray[np.floating]:
        rows = []
        for text in texts:
            cosine = 1.0 if text in self.phrases else self.cosines.get(text, -1.0)
            rows.append((cosine, np.sqrt(1 - cosine**2)))
        return np.array(rows)


HEDGE = "My strong hunch would be"
TEXT = f"{HEDGE} Rome."


def test_a_near_phrase_takes_the_norm_and_says_how_near() -> None:
    assert find_markers(TEXT) == ()
    (match,) = find_hedges(TEXT, Plane({HEDGE: 0.8}))
    assert (match.text, match.start, match.end) == (HEDGE, 0, len(HEDGE))
    assert (match.marker, match.norm, match.low, match.high) == ("my hunch is", 0.7, 0.6, 0.8)
    assert match.source == "nearest in meaning to “my hunch is”"
    assert match.similarity == pytest.approx(0.8)


def test_what_is_further_off_stays_unmatched() -> None:
    assert find_hedges(TEXT, Plane({HEDGE: NEAR_ENOUGH - 0.01})) == ()


def test_near_phrases_of_another_degree_say_nothing() -> None:
    assert find_hedges(TEXT, Plane({HEDGE: 0.8}, phrases=("my hunch is", "no chance"))) == ()


@pytest.mark.parametrize(
    "phrases", [("not so sure", "I don't think"), ("low confidence", "somewhat doubtful")]
)
def test_near_phrases_of_one_degree_say_nothing_where_one_denies_and_one_affirms(
    phrases: tuple[str, ...],
) -> None:
    norms = [entry.norm for entry in lexicon() if entry.phrase in phrases]
    assert len(norms) == 2 and max(norms) - min(norms) < 0.02
    assert find_hedges(TEXT, Plane({HEDGE: 0.8}, phrases)) == ()
    assert [len(find_hedges(TEXT, Plane({HEDGE: 0.8}, (phrase,)))) for phrase in phrases] == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It is Rome.",
        "It is probably Rome.",
        f"“{HEDGE} Rome,” she wrote there.",
        "I remember her face.",
        "I feel cold.",
    ],
)
def test_no_candidate_asks_nothing(text: str) -> None:
    class Silent:
        def embed(self, texts: Sequence[str]) -> NDArray[np.floating]:
            raise AssertionError("asked")

    assert find_hedges(text, Silent()) == ()
