"""The sentence about the gap: its figures, its sign, its words and the type never contradict each other."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from estimators.alignment import alignment
from estimators.parsing.likert_scale import LIKERT
from estimators.percent import percent
from estimators.reading import stated_label
from estimators.types import Signal
from tests.estimators.evidence import probe, token
from ui.shown.explanation import gap

SEQUENCE, LABEL, EXPECTED = "sequence_probability", "likert_third_label", "likert_third_expected"
confidences = (
    st.floats(0, 1) | st.integers(0, 100).map(lambda n: n / 100) | st.sampled_from((0.5, 0.499999, 0.995))
)


def text(*signals: Signal, medians: dict[str, float] | None = None, reply: str = "6") -> str:
    """The sentences as the panel puts them together."""
    probes = {"likert_third": probe("likert_third", token(reply, 0.9))}
    aligned = alignment(signals, medians=medians)
    shown = gap(aligned, stated_label(aligned, probes))
    assert shown is not None
    return (
        f"Stated certainty: {shown.stated}; token probability: {percent(shown.tokens)}. "
        f"Gap: {shown.points}, {shown.comparison}. {shown.type}"
    )


def points_read(written: str) -> int:
    """A percentage as written, in the whole points that a reader counts in."""
    edges = {"< 1 %": 0, "> 99 %": 100}
    return edges[written] if written in edges else int(written.removesuffix(" %"))


def test_the_label_and_the_expectation_of_one_reply_are_not_mixed() -> None:
    shown = text(Signal(SEQUENCE, 0.92), Signal(LABEL, 1.0), Signal(EXPECTED, 0.67))
    assert "Stated certainty: 67 % on average; token probability: 92 %. Gap: −25 points" in shown
    assert "very certain" not in shown
    label = text(Signal(SEQUENCE, 0.92), Signal(LABEL, 1.0), Signal(EXPECTED, None, "no answer"))
    assert "Stated certainty: very certain (100 %); token probability: 92 %. Gap: +8 points" in label
    assert "the model states more certainty than its tokens show" in label


@pytest.mark.parametrize("mark", LIKERT)
def test_every_label_is_shown_with_its_value(mark: str) -> None:
    label, value = LIKERT[mark]
    assert f"Stated certainty: {label} ({percent(value)});" in text(
        Signal(SEQUENCE, 0.5), Signal(LABEL, value), reply=mark
    )


def test_medians_make_the_type_and_the_gap_makes_the_words() -> None:
    shown = text(Signal(SEQUENCE, 0.7), Signal(EXPECTED, 0.8), medians={SEQUENCE: 0.65, EXPECTED: 0.85})
    assert "Gap: +10 points, so the model states more certainty than its tokens show." in shown
    assert (
        "The stated certainty (80 %) is low, and the token probability (70 %) is high: internal overconfidence."
        in shown
    )
    assert (
        "“High” means at least 85 % for the stated certainty and 65 % for the token probability. These are the medians"
        in shown
    )


def test_a_missing_side_gives_no_gap() -> None:
    assert gap(alignment([Signal(SEQUENCE, 0.9)]), "") is None


SIDES = {
    ("high", "high"): "consistent alignment",
    ("low", "high"): "internal overconfidence",
    ("high", "low"): "external overconfidence",
    ("low", "low"): "consistent discordance",
}


@given(
    confidences,
    confidences,
    st.none() | st.tuples(confidences, confidences),
    st.sampled_from((EXPECTED, LABEL)),
)
@example(0.624, 0.816, None, EXPECTED)  # 62 and 82 are 20 apart, .816 − .624 is 19
@example(0.6249, 0.6251, None, EXPECTED)
@example(0.80, 0.70, (0.85, 0.65), EXPECTED)
@example(0.49999, 0.5, None, EXPECTED)
@example(0.648, 0.7, (0.652, 0.7), EXPECTED)
def test_sign_words_and_type_never_contradict(
    outside: float, inside: float, medians: tuple[float, float] | None, reading: str
) -> None:
    cuts = dict(zip((reading, SEQUENCE), medians, strict=True)) if medians else None
    shown = text(Signal(SEQUENCE, inside), Signal(reading, outside), medians=cuts)
    assert f"token probability: {percent(inside)}. Gap: " in shown and percent(outside) in shown
    points = int(re.search(r"Gap: (\S+) points?", shown)[1].replace("−", "-"))  # type: ignore[index]
    assert points == points_read(percent(outside)) - points_read(percent(inside))
    order = (outside > inside) - (outside < inside)
    assert points * order >= 0
    assert ("states more certainty" in shown, "states less certainty" in shown, "the two agree" in shown) == (
        points > 0,
        points < 0,
        points == 0,
    )
    stated_cut, token_cut = medians or (0.5, 0.5)
    sides = re.search(
        r"stated certainty \(([^)]+)\) is (high|low), and the token probability \(([^)]+)\) is (high|low): (.*?)\. “High”",
        shown,
    )
    assert sides
    stated, words, _, tokens, kind = sides.groups()
    assert (words == "high", tokens == "high") == (outside >= stated_cut, inside >= token_cut)
    assert kind == SIDES[words, tokens]
    assert ("the medians" in shown) == (medians is not None)
    if medians is None:
        assert not (kind == "internal overconfidence" and points > 0)
        assert not (kind == "external overconfidence" and points < 0)
        if abs(outside - 0.5) > 1e-9 and percent(outside) == "50 %" and words == "low":
            assert stated != "50 %"  # with enough digits to be below the cut next to it
