"""Markers: norms compared with the raw surveys, and traps for the matcher."""

import csv
import gzip
import random
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.markers.matcher import LexiconEntry, find_markers, lexicon, nearest_marker

HERE = Path(__file__).parent
NORMS = HERE.parents[3] / "shared" / "data" / "marker_norms"
SURVEYS = ("CAPphrase 2026", "zonination 2015")

# Published medians in per cent, as the methods page lists them.
MEDIANS = {
    "will happen": 100, "almost certain": 95, "highly likely": 90, "very good chance": 80, "likely": 75,
    "probable": 75, "probably": 75, "we believe": 70, "realistic possibility": 60, "better than even": 60,
    "about even": 50, "may": 40, "might": 40, "could": 40, "probably not": 26.5, "we doubt": 25,
    "unlikely": 20, "little chance": 10, "chances are slight": 10, "improbable": 10, "remote chance": 5,
    "highly unlikely": 5, "almost no chance": 2,
}  # fmt: skip


def phrases_of(text: str) -> list[str]:
    """The canonical markers of a text."""
    return [match.marker for match in find_markers(text)]


def entry_of(phrase: str) -> LexiconEntry:
    return next(entry for entry in lexicon() if entry.phrase == phrase)


SURVEYED = [entry for entry in lexicon() if entry.n is not None]
ASSUMED = [entry for entry in lexicon() if entry.n is None]

# ── the lexicon ────────────────────────────────────────────────────────────────────────────────


def is_well_formed(entry: LexiconEntry) -> bool:
    """Whether a row is tidy, and borrowed exactly where nobody was asked; the reader checks the range."""
    borrowed = entry.source.startswith("assumption: ")
    return (
        entry.phrase == " ".join(entry.phrase.split())
        and (borrowed or entry.source.startswith(SURVEYS))
        and (entry.n is None) == borrowed
        and not (entry.in_words and borrowed)
    )


def test_every_row_is_well_formed() -> None:
    assert [entry for entry in lexicon() if not is_well_formed(entry)] == []


def test_every_published_median_is_in_the_lexicon() -> None:
    assert {entry.marker: entry.norm for entry in SURVEYED} == pytest.approx(
        {marker: percent / 100 for marker, percent in MEDIANS.items()}
    )


def test_phrases_of_one_marker_share_its_values() -> None:
    values = defaultdict(set)
    for entry in lexicon():
        values[entry.marker].add((entry.norm, entry.low, entry.high, entry.source))
    assert {marker: v for marker, v in values.items() if len(v) > 1} == {}


def borrowed_values(source: str) -> tuple[float, float, float] | None:
    """The low, norm and high that a source without a survey stands for; None if it names no surveyed phrase."""
    borrowed = re.fullmatch(r"assumption: (nearest to|the complement of) '(.+)'", source)
    surveyed = next((entry for entry in SURVEYED if borrowed and entry.phrase == borrowed[2]), None)
    if borrowed is None or surveyed is None:
        return None
    if borrowed[1] == "the complement of":
        return 1 - surveyed.high, 1 - surveyed.norm, 1 - surveyed.low
    return surveyed.low, surveyed.norm, surveyed.high


def test_borrowed_norms_have_the_values_of_the_phrases_they_name() -> None:
    borrowing = [entry for entry in ASSUMED if entry.marker != "possible"]
    values = {entry.phrase: (entry.low, entry.norm, entry.high) for entry in borrowing}
    assert values == {entry.phrase: pytest.approx(borrowed_values(entry.source)) for entry in borrowing}


def test_possible_borrows_from_no_phrase_but_shows_the_range_of_the_surveys() -> None:
    entry = entry_of("possible")
    assert (entry.low, entry.norm, entry.high) == (0.45, 0.525, 0.6)
    assert "45 to 60" in entry.source


def test_the_lexicon_has_at_least_150_markers() -> None:
    assert len({entry.marker for entry in lexicon()}) >= 150


def survey_answers() -> dict[str, dict[str, list[float]]]:
    """Source → phrase (lower case) → the probabilities that people gave, in percent."""
    answers: dict[str, dict[str, list[float]]] = {source: defaultdict(list) for source in SURVEYS}
    with gzip.open(NORMS / "capphrase_absolute.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            answers["CAPphrase 2026"][row["term"].lower()].append(float(row["probability"]))
    with (NORMS / "perceptions_probly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for term, value in row.items():
                answers["zonination 2015"][term.lower()].append(float(value))
    return answers


@pytest.mark.skipif(not NORMS.is_dir(), reason="needs the raw surveys in ../shared/data/marker_norms")
def test_norms_and_quartiles_match_the_raw_surveys() -> None:
    answers = survey_answers()
    checked = set()
    for entry in SURVEYED:
        parts = re.fullmatch(r"(?P<survey>.+? \d{4})(?: as '(?P<term>.+)')?, n = (?P<n>[\d,]+)", entry.source)
        assert parts, entry.source
        given_values = answers[parts["survey"]][parts["term"] or entry.marker]
        assert len(given_values) == entry.n == int(parts["n"].replace(",", ""))
        quartiles = np.percentile(given_values, [25, 50, 75]) / 100
        assert (entry.low, entry.norm, entry.high) == pytest.approx(tuple(quartiles)), entry.phrase
        checked.add((parts["survey"], parts["term"] or entry.marker))
    # CAPphrase is used wherever it asked for the phrase; zonination only fills in.
    assert {term for survey, term in checked if survey == "CAPphrase 2026"} == set(answers["CAPphrase 2026"])
    assert {term for survey, term in checked if survey == "zonination 2015"} == (
        set(answers["zonination 2015"]) - set(answers["CAPphrase 2026"]) - {"almost certainly"}
    )


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
