"""Sentences and their places."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("It is", ["It is"]),
        ("It is. Is it? It is!", ["It is.", "Is it?", "It is!"]),
        ("It is 3.5 m.  Yes.", ["It is 3.5 m.", "Yes."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Wait... what?! Yes…", ["Wait...", "what?!", "Yes…"]),
        ("Dr. Who met J. Smith, e.g. in May. Then?", ["Dr. Who met J. Smith, e.g. in May.", "Then?"]),
        ("- a bee\n- a cow\n\nEnd", ["- a bee", "- a cow", "End"]),
        ("It is etc.", ["It is etc."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(st.sampled_from("aB .?!…\n\"')e.g"), max_size=30))
def test_the_sentences_hold_every_character_but_white_space_once_and_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
