"""Markers that deny their claim: norm, measured confidence and stripped sentence refer to the same claim."""

import re

import pytest

from estimators.markers.lexicon import lexicon
from estimators.markers.matcher import find_markers
from estimators.markers.mic import MarkerConfidence
from estimators.markers.polarity import POLARITY_FILE, asserted, asserted_range, denies, polarity
from estimators.markers.stripping import strip_markers
from estimators.signals.linguistic import LinguisticConfidence
from estimators.types import Answer, Evidence, Question

DENYING = {
    "unlikely", "not likely", "rather unlikely", "highly unlikely", "very unlikely", "extremely unlikely", "improbable",
    "implausible", "somewhat doubtful", "questionable", "I doubt", "we doubt", "I don't think", "little chance",
    "small chance", "very small chance", "remote chance", "remotely possible", "chances are slight", "chances are slim",
    "almost no chance", "no chance", "probably not", "likely not", "very likely not", "almost certainly not",
    "certainly not", "might not",
}  # fmt: skip
DOUBTING = {
    "not sure", "not very sure", "not certain", "not confident", "cannot be sure", "cannot say for certain",
    "don't know for sure", "I don't know", "no way to know", "without certainty", "low confidence", "I could be wrong",
    "hard to say", "unclear", "debatable", "cannot rule out", "may or may not", "may", "might", "could", "maybe",
    "perhaps", "no doubt", "without a doubt", "undoubtedly", "more likely than not", "unless I'm mistaken",
}  # fmt: skip
NORMS = {entry.marker: entry.norm for entry in lexicon()}
_NOT = re.compile(r"\bnot\b|n't|^no\b", re.IGNORECASE)


def test_every_marker_of_the_lexicon_has_a_polarity() -> None:
    assert {marker for marker in NORMS if denies(marker)} == DENYING
    assert not any(denies(marker) for marker in DOUBTING) and set(NORMS) >= DOUBTING
    listed = {line.split(",")[0] for line in POLARITY_FILE.read_text(encoding="utf-8").splitlines()[1:]}
    assert listed <= set(NORMS)
    negative = re.compile(
        r"\b(?:not|no|never|don't|can't|cannot|doubt\w*|low|without|un\w+|improbable|implausible)\b"
    )
    positive = {"my understanding is"}
    in_need = {m for m, norm in NORMS.items() if norm < 0.5 or negative.search(m)} - positive
    assert in_need <= listed  # every negative-looking marker has its own line
    assert all(entry.polarity_reason and entry.denies == denies(entry.marker) for entry in lexicon())
    assert polarity("unlikely").reason != polarity("likely").reason


def test_the_gap_compares_the_same_claim() -> None:
    held = {marker: asserted(marker, norm) for marker, norm in NORMS.items()}
    assert held == pytest.approx({m: 1 - norm if m in DENYING else norm for m, norm in NORMS.items()})
    gaps = {
        marker: MarkerConfidence(marker, claimed, 20, claimed, claimed).gap(NORMS[marker])
        for marker, claimed in held.items()
    }
    assert gaps == pytest.approx(dict.fromkeys(NORMS, 0), abs=1e-9)


def _phrase_in(template: str, phrase: str, marker: str) -> str | None:
    """The template filled with the phrase, if the phrase is the only marker in it."""
    text = template.format(phrase)
    return text if [match.marker for match in find_markers(text)] == [marker] else None


@pytest.mark.parametrize(
    "template",
    ["It is {} Rome.", "Rome is {} the capital.", "{} that it rains.", "It is {} that it rains.", "{}.", "No, it is {}.",
     "There is {} that it rains."],
)  # fmt: skip
def test_a_denial_remains_only_if_the_marker_denies(template: str) -> None:
    wrong, read = [], set()
    for entry in lexicon():
        text = _phrase_in(template, entry.phrase, entry.marker)
        if text is not None:
            left = strip_markers(text).removeprefix("No, ")
            read.add(entry.denies)
            if bool(_NOT.search(left)) != entry.denies and not (left in ("No.", "") and template[:2] == "No"):
                wrong.append((text, left))
    assert wrong == [] and True in read


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("No, it is almost certainly not.", "No, it is not."),
        ("It is probably not the capital.", "It is not the capital."),
        ("It is most likely not the case that it froze.", "It is not the case that it froze."),
        ("Rome is probably not.", "Rome is not."),
        ("It is definitely not the longest river.", "It is not the longest river."),
        ("It is possibly not the original roof.", "It is not the original roof."),
        ("It is not necessarily Rome.", "It is not so that it is Rome."),
        ("It is unlikely.", "It is not so."),
        ("That's improbable.", "It is not so."),
        ("No, it is unlikely that it froze.", "No, it is not so that it froze."),
        ("Probably not.", "No."),
        ("No, probably not.", "No."),
        ("I doubt it.", "No."),
        ("Almost no chance!", "No!"),
        ("No, I don't think so.", "No."),
        ("Paris is unlikely to be the capital.", "It is not so that Paris is the capital."),
        ("Chances are slim that it rains.", "It is not so that it rains."),
        ("There is a small chance of rain.", "It is not so that there is rain."),
        ("There is a good chance of rain.", "There is rain."),
        # two markers that deny the same claim do not cancel out
        ("It is unlikely and improbable that it froze.", "It is not so that it froze."),
        # lower certainty is not a denial
        ("It may or may not be Rome.", "It is Rome."),
        ("I'm not certain that it is Rome.", "It is Rome."),
        ("It could not be determined with certainty whether it is Rome.", "It is Rome."),
    ],
)
def test_the_denial_that_is_scored(text: str, bare: str) -> None:
    assert strip_markers(text) == bare


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("No, it is almost certainly not.", 0.95),
        ("It is unlikely.", 0.8),
        ("Probably not.", 0.735),
        ("I doubt it.", 0.75),
        ("Paris is unlikely to be the capital.", 0.8),
        ("There is almost no chance.", 0.98),
        ("It might not be Rome.", 0.4),
        ("I don't think it is Rome.", 0.75),
        # lowered certainty of what is claimed
        ("I'm not sure, but it is Rome.", 0.4),
        ("I'm not very sure it is Rome.", 0.265),
        ("It is Rome, but I could be wrong.", 0.4),
        # both kinds, and a number
        ("It is Rome, almost certainly. Milan is unlikely.", (0.95 + 0.8) / 2),
        ("I am 20 % certain that it is Rome.", 0.2),
    ],
)  # fmt: skip
def test_the_signal_refers_to_the_shown_answer(answer: str, expected: float) -> None:
    signal = LinguisticConfidence()(Evidence(Question("Is it so?"), Answer(answer)))
    assert signal.confidence == pytest.approx(expected)


def test_the_range_of_a_denial_is_reversed_too() -> None:
    (match,) = find_markers("It is unlikely.")
    assert (match.norm, match.low, match.high) == (0.2, 0.1, 0.25)  # of the claim, as surveyed
    assert asserted_range(match) == (0.75, 0.9)
