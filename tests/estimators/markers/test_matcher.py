"""The matcher: traps, properties, and the words for a confidence."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.markers.matcher import find_markers, lexicon, nearest_marker


def phrases_of(text: str) -> list[str]:
    """The canonical markers of a text."""
    return [match.marker for match in find_markers(text)]


# ── the traps ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "markers"),
    [
        # the longest phrase, never a part of it
        ("It is highly unlikely.", ["highly unlikely"]),
        ("It is highly likely.", ["highly likely"]),
        ("Almost no chance.", ["almost no chance"]),
        ("The chances are slight.", ["chances are slight"]),
        ("It is likely", ["likely"]),
        ("It's likely; it is unlikely.", ["likely", "unlikely"]),
        ("unlikelyhood, dislikely, couldn't, mightn't, maybes", []),
        ("unlike the likelihood", []),
        # negation
        ("Probably not.", ["probably not"]),
        ("It's likely not Rome.", ["likely not"]),
        ("Very likely not.", ["very likely not"]),
        ("It is not possible.", []),
        ("That's not possibly true.", []),
        ("It isn’t possible.", []),
        ("It is not likely.", ["not likely"]),
        ("It is not very likely.", ["not likely"]),
        ("It isn't all that likely.", []),
        ("It is never certainly so.", []),
        ("It is not unlikely.", []),
        ("I am not certain.", ["not certain"]),
        ("It will not happen.", []),
        ("It might not be so.", ["might not"]),
        ("It is definitely not so.", ["certainly not"]),
        ("It is definitely not only wet but cold.", ["definitely"]),
        ("There is no realistic possibility.", []),
        ("There is not a very good chance.", []),
        ("I don’t believe that it’s likely.", ["I don't think"]),
        ("We doubt it is likely.", ["we doubt"]),
        ("There is no doubt it is likely.", ["without a doubt", "likely"]),
        # apostrophes, case, spacing, emphasis
        ("IT’S LIKELY", ["likely"]),
        ("i do not know", ["I don't know"]),
        ("highly\n  likely", ["highly likely"]),
        ("highly\u00a0likely", ["highly likely"]),
        ("It is **probably** or _maybe_ so; x_maybe, may-be, de-likely.", ["probably", "maybe"]),
        ("so—likely—yes (probably)", ["likely", "probably"]),
        # the month, the noun, questions, advice
        ("May 5", []),
        ("Maybe so. MAY BE so.", ["maybe", "may"]),
        ("It opens in May.", []),
        ("In May it may open.", ["may"]),
        ("in may, then, or on 5 may, or on may 5", []),
        ("The top 10 may change.", ["may"]),
        ("The sheer might of it.", []),
        ("May I ask? Could you say? Might it be?", []),
        ("You may want to rest.", []),
        # not about the claim
        ("A likely story.", []),
        ("The most likely known cause is dust.", []),
        ("Its possible uses are many.", []),
        ("It's a more likely reading.", []),
        ("A bus is as likely as a tram.", []),
        ("All possible worlds.", []),
        ("If possible, wait. Where possible, walk.", []),
        ("It is possible to walk.", []),
        ("It is possible that they walk.", ["possible"]),
        ("It's possible he walked.", ["possible"]),
        ("I think about rain.", []),
        ("I think about 40 people came.", ["I think"]),
        ("I believe in luck.", []),
        ("I believe in 1990 it closed.", ["I believe"]),
        ("Better than even the experts hoped.", []),
        ("Certainly! Rome it is.", []),
        ("Certainly, it is Rome.", ["certainly"]),
        ("Definitely.", ["definitely"]),
        # words of someone else
        ('They wrote "maybe" there.', []),
        ("They wrote “maybe” and ‘perhaps’ and «possibly» and „probably“ there.", []),
        ("They wrote 'it's likely' there.", []),
        ("It's Anna's, it's likely Ben's.", ["likely"]),
        ('A 5" pipe is likely, a 6" one is unlikely.', ["likely", "unlikely"]),
        ('An open " quote is likely harmless.', ["likely"]),
        ("An open “ quote is likely harmless.", ["likely"]),
        ("An open ‘ or ' or ` is likely harmless.", ["likely"]),
        ("Set `maybe` as in\n```\nmaybe = 1\n```\nand read https://example.org/maybe/likely.", []),
        ("> perhaps\n\nMaybe.", ["maybe"]),
        ('"It is probably Rome."', ["probably"]),  # a full quotation is still the speaker's answer
        # nothing, and other scripts
        ("", []),
        (" \n\t", []),
        ("🤔 maybe 🎲🎲 probably 👩‍🚀", ["maybe", "probably"]),
        ("אולי maybe כן, ربما perhaps", ["maybe", "perhaps"]),
        ("liſely, maγbe, ﻿likely", ["likely"]),
        ("élikely, likelyé", []),
    ],
)
def test_traps(text: str, markers: list[str]) -> None:
    assert phrases_of(text) == markers


def test_a_match_has_the_norm_and_its_source() -> None:
    (match,) = find_markers("Well, it’s  LIKELY.")
    assert (match.text, match.start, match.end, match.marker) == ("it’s  LIKELY", 6, 18, "likely")
    assert (match.norm, match.low, match.high) == (0.75, 0.67, 0.8)
    assert match.source == "CAPphrase 2026, n = 5,174"
    assert find_markers("probably")[0].source == "zonination 2015, n = 46"
    assert find_markers("I think so")[0].source == "assumption: nearest to 'we believe'"


@pytest.mark.parametrize(
    ("hostile", "marker"),
    [("may ", "may"), ("not ", ""), ('"', ""), ("'a ", ""), ("“", ""), ("`", ""), ("\n> ", ""), ("very  ", ""),
     ("it's likely ", "likely")],
)  # fmt: skip
def test_hostile_text_of_100k_characters_is_read(hostile: str, marker: str) -> None:
    repeats = 100_000 // len(hostile)
    assert phrases_of(hostile * repeats) == ([marker] * repeats if marker else [])


# ── properties ─────────────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [entry.phrase for entry in lexicon()]
    + ["not", "the", "May", "5", '"', "“", "”", "'", "’", "`", "\n", ".", ",", "🎲", "ש", "İ", "ſ", "K"]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


@given(TEXTS)
def test_spans_are_inside_sorted_disjoint_and_quote_the_text(text: str) -> None:
    position = 0
    for match in find_markers(text):
        assert position <= match.start < match.end <= len(text)
        assert text[match.start : match.end] == match.text
        position = match.end


@given(
    entry=st.sampled_from(lexicon()),
    before=st.sampled_from(["Verdict:", "The gauge reads 7;", "🎲 —", "שלום,"]),
    after=st.sampled_from([".", ", so says the gauge.", " — 🎲", "; שלום"]),
    change=st.sampled_from(
        [str, str.upper, str.lower, lambda s: s.replace(" ", "\n"), lambda s: s.replace("'", "’")]
    ),
)
def test_every_phrase_is_found_in_a_neutral_sentence(entry, before, after, change) -> None:  # type: ignore[no-untyped-def]
    phrase = change(entry.phrase)
    (match,) = find_markers(f"{before} {phrase}{after}")
    assert (match.text, match.marker, match.norm) == (phrase, entry.marker, entry.norm)


@given(st.floats(0, 1))
def test_the_words_for_a_confidence_are_surveyed_and_nearest(confidence: float) -> None:
    words = nearest_marker(confidence)
    assert words.in_words and words.n is not None
    gaps = [abs(entry.norm - confidence) for entry in lexicon() if entry.in_words]
    assert abs(words.norm - confidence) == pytest.approx(min(gaps), abs=1e-8)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0, "almost no chance"),
        (0.1, "improbable"),
        (0.15, "unlikely"),  # as near to "improbable": the one nearer to one half
        (0.3, "probably not"),
        (0.5, "about even"),
        (0.55, "about even"),  # a tie that binary fractions would break the other way
        (0.56, "better than even"),
        (0.72, "likely"),
        (0.85, "very good chance"),
        (0.9, "highly likely"),
        (1, "almost certain"),
    ],
)
def test_words(confidence: float, words: str) -> None:
    assert nearest_marker(confidence).phrase == words


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_words_for_an_invalid_confidence_raise(confidence: float) -> None:
    with pytest.raises(ValueError, match=re.escape(str(confidence))):
        nearest_marker(confidence)


def test_order_of_the_lexicon_lines_does_not_matter_for_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    from estimators.markers import matcher as markers

    text = ". ".join(entry.phrase for entry in lexicon())
    expected = find_markers(text)
    shuffled = list(lexicon())
    random.Random(0).shuffle(shuffled)
    monkeypatch.setattr(markers, "lexicon", lambda: tuple(shuffled))
    markers._matcher.cache_clear()
    try:
        assert find_markers(text) == expected
    finally:
        markers._matcher.cache_clear()
