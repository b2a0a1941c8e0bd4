"""Removing markers leaves the bare, well-formed claim with its polarity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.markers.matcher import lexicon
from estimators.markers.stripping import NO_HEDGE, canonical, sentence_markers, strip_markers
from estimators.sentences import sentence_spans


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("I think Rome is the capital.", "Rome is the capital."),
        ("It is probably Rome", "It is Rome"),
        ("It is likely that Rome is the capital.", "Rome is the capital."),
        ("It's likely Rome.", "It is Rome."),
        ("Rome is likely to be the capital.", "Rome is the capital."),
        ("I'm not sure, but it is Rome", "It is Rome"),
        ("There is a good chance that it will rain.", "It will rain."),
        ("It is Rome, I think.", "It is Rome."),
        ("It may be Rome.", "It is Rome."),
        ("The ring seems to be gold.", "The ring is gold."),
        ("The most likely answer is Rome.", "The answer is Rome."),
        ("It is Rome (probably).", "It is Rome."),
        # polarity stays
        ("The team will probably not win.", "The team will not win."),
        ("It is unlikely that it froze.", "It is not so that it froze."),
        ("I don't think it is Rome.", "It is not so that it is Rome."),
        # only a marker, and no marker
        ("I don't know. It is Rome.", "It is Rome."),
        ("I am confident in my answer.", ""),
        ("It is Rome.", "It is Rome."),
        ("", ""),
    ],
)
def test_the_text_without_its_markers(text: str, bare: str) -> None:
    assert strip_markers(text) == bare


def test_only_the_listed_matches_are_removed() -> None:
    assert strip_markers("Perhaps it is probably Rome.", ()) == "Perhaps it is probably Rome."


@given(
    st.lists(st.sampled_from([entry.phrase for entry in lexicon()] + ["Rome", "is", "not", ".", ",", "\n"]))
)
def test_any_text_can_be_stripped(words: list[str]) -> None:
    text = " ".join(words)
    assert isinstance(strip_markers(text), str)
    assert [span for span, _ in sentence_markers(text)] == list(sentence_spans(text))


@pytest.mark.parametrize(
    "texts",
    [
        ("It is likely so.", "IT'S LIKELY so.", "It’s also likely, so.", "It is, likely, so."),
        ("It is probable that it rains.", "It's probably raining."),
        ("It is possible that it rains.", "It possibly rains."),
        ("I'm not sure.", "I am not sure."),
        ("There is a good chance of it.", "The good chances of it."),
    ],
)
def test_spellings_of_a_marker_count_together(texts: tuple[str, ...]) -> None:
    markers = {marker for text in texts for _, marker in sentence_markers(text)}
    assert len(markers) == 1 and NO_HEDGE not in markers


def test_the_first_marker_of_each_sentence() -> None:
    text = "Perhaps it is likely. It rains. I doubt it."
    assert [marker for _, marker in sentence_markers(text)] == ["perhaps", NO_HEDGE, "I doubt"]
    assert canonical("probably") == canonical("probable")
