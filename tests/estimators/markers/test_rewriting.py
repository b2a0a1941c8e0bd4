"""A rewritten text has exactly the marker that the confidence asks for."""

import pytest

from estimators import find_markers, nearest_marker
from estimators.markers.rewriting import PLAIN, rewritten
from estimators.markers.stripping import strip_markers

TEXTS = (
    "It is definitely Canberra.",
    "Canberra",
    "Probably Canberra.",
    "B. It has wings.",
    "I'm not sure, but I think it is probably Rome.",
    "Paris lies on the Seine.",
    "The Rhine is shorter than the Danube.",
    "42",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_text_has_the_marker_with_the_nearest_norm_and_no_other(text: str) -> None:
    for percent in range(0, 97, 4):
        after = rewritten(text, percent / 100)
        entry = nearest_marker(percent / 100)
        assert (after.marker, after.norm) == (entry.phrase, entry.norm)
        assert [match.marker for match in find_markers(after.text)] == [entry.marker], after.text


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_all_but_certain_has_no_marker(text: str) -> None:
    after = rewritten(text, PLAIN)
    assert (after.text, after.marker, after.norm) == (strip_markers(text), "", None)


def test_only_sentences_that_had_a_marker_are_changed() -> None:
    text = "Rome is old. It is probably on the Tiber.\n\n- Perhaps a capital"
    assert rewritten(text, 0.9).text == (
        "Rome is old. It is highly likely that it is on the Tiber.\n\n- a capital (highly likely)"
    )


@pytest.mark.parametrize("text", ["", " ", "Maybe.", "…"])
def test_a_text_that_says_nothing_else_stays_as_it_is(text: str) -> None:
    assert rewritten(text, 0.5).text in (text, text.strip() or text)


def test_a_sentence_that_was_only_a_marker_goes() -> None:
    assert (
        rewritten("Maybe. It is Rome, I guess.", 0.6).text
        == "The chance is better than even that it is Rome."
    )
