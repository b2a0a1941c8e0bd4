"""Expressed confidence by hand: labels, expectations, numbers, P(True)."""

import pytest
from pytest import approx

from estimators.parsing.verbalized_values import read_number, read_percentage
from estimators.signals.verbalized import FreeRating, Likert, NumericConfidence, PTrue
from estimators.types import Answer, Probe
from tests.estimators.evidence import PROBES, evidence, probe, token

BOTH = (True, False)
OPTIONS = ("dog", "bee")
LIKERTS = [
    Likert(third, weigh, reading) for third in BOTH for weigh in BOTH for reading in ("label", "expected")
]
RATINGS = [FreeRating(third, weigh) for third in BOTH for weigh in BOTH]
NUMERIC, P_TRUES = NumericConfidence(), [PTrue(False), PTrue(True)]
OWN_LABEL, OWN_EXPECTED = Likert(False, False, "label"), Likert(False, False, "expected")
Verbalized = Likert | FreeRating | NumericConfidence | PTrue
ALL: list[Verbalized] = [*LIKERTS, *RATINGS, NUMERIC, *P_TRUES]


def read(estimator: Verbalized, asked: Probe) -> tuple[float | None, str]:
    signal = estimator(evidence(None, asked))
    return signal.confidence, signal.missing


# ── the two readings of the scale ──────────────────────────────────────────────────────────────


def test_the_label_is_what_is_said_and_the_expectation_what_was_weighed() -> None:
    # p(5) = max(0.5, 0.2) = 0.5, p(6) = 0.3, p(1) = 0; "7" is no mark.
    # Σ v·p / Σ p = (0.8 · 0.5 + 1.0 · 0.3) / 0.8 = 0.875
    reply_token = token("5", 0.5, {"5": 0.5, " 6": 0.3, " 5": 0.2, "7": 0.001})
    asked = probe("likert_own", reply_token)
    assert read(OWN_LABEL, asked) == (0.8, "")
    assert read(OWN_EXPECTED, asked) == approx((0.875, ""))


def test_all_six_steps_by_their_values() -> None:
    # (1.0·1 + 0.8·2 + 0.6·3 + 0.4·4 + 0.2·5 + 0·6) / 21 = 7 / 21
    weights = {"6": 1, "5": 2, "4": 3, "3": 4, "2": 5, "1": 6}
    reply_token = token("1", 6 / 21, {mark: weight / 21 for mark, weight in weights.items()})
    assert read(OWN_EXPECTED, probe("likert_own", reply_token)) == approx((1 / 3, ""))


MARKS = {"5": 0.7, "6": 0.2}  # (.8 · .7 + 1 · .2) / .9 = .8444


@pytest.mark.parametrize(
    ("words", "label", "expected"),
    [
        (["5"], 0.8, 0.8444),
        (["5", "."], 0.8, 0.8444),
        (["5", ")"], 0.8, 0.8444),
        (["(", "5", ")"], 0.8, 0.8444),
        (["**", "5", "**"], 0.8, 0.8444),
        (["`", "5", "`"], 0.8, 0.8444),
        (["“", "5", "”"], 0.8, 0.8444),
        ([" \n", "5"], 0.8, 0.8444),
        (["5", " =", " fairly", " certain"], 0.8, 0.8444),
        (["5", "0", " %"], None, None),  # 50 %, digit by digit
        (["5", " %"], None, None),
        (["5", "/", "10"], None, None),
        (["5", " or", " 6"], None, None),
        (["5", " =", " very", " certain"], None, None),  # says two things
        (["85"], None, None),
        (["8", "5"], None, None),
        (["50", " %"], None, None),
        (["My", " 5", " legs"], None, None),
        (["The", " answer", " is", " 5", "."], 0.8, None),  # a label in words, and no first token to weigh
        (["fair", "ly", " certain"], 0.8, None),
    ],
)
def test_both_readings_agree_on_what_a_mark_is(
    words: list[str], label: float | None, expected: float | None
) -> None:
    asked = probe(
        "likert_own", *(token(w, 0.7, MARKS) if "5" in w and len(w) < 3 else token(w, 0.9) for w in words)
    )
    signals = [reading(evidence(None, asked)) for reading in (OWN_LABEL, OWN_EXPECTED)]
    assert [signal.confidence for signal in signals] == [
        None if value is None else approx(value, abs=1e-4) for value in (label, expected)
    ]
    assert all(signal.confidence is not None or signal.missing.startswith("no answer") for signal in signals)


def test_no_expectation_where_the_marks_hold_less_than_half() -> None:
    reply_token = token("5", 0.3, {"Sorry": 0.6, "5": 0.3, "6": 0.1})
    assert read(OWN_EXPECTED, probe("likert_own", reply_token)) == (
        None,
        "no answer (the digits of the scale hold 40 % of the probability)",
    )
    assert read(OWN_LABEL, probe("likert_own", reply_token)) == (0.8, "")


def test_the_label_is_read_without_tokens_and_the_expectation_says_why_not() -> None:
    asked = probe("likert_own", text="fairly certain", missing="the server returned none")
    assert read(OWN_LABEL, asked) == (0.8, "")
    assert read(OWN_EXPECTED, asked) == (None, "the server returned none")


# ── each signal reads its own probe ────────────────────────────────────────────────────────────


def test_there_are_eight_variants_of_the_scale_and_all_readings_have_names_of_their_own() -> None:
    asking = {estimator.probe for estimator in LIKERTS} | {estimator.probe for estimator in RATINGS}
    assert asking == set(PROBES[:8])
    assert len({estimator.name for estimator in ALL}) == len(ALL) == 15


@pytest.mark.parametrize("estimator", ALL, ids=lambda estimator: estimator.name)
def test_each_reads_its_own_probe(estimator: Verbalized) -> None:
    others = [probe(name, token("1", 0.9, {"1": 0.9})) for name in PROBES if name != estimator.probe]
    signal = estimator(evidence(None, *others, options=OPTIONS))
    assert (signal.confidence, signal.missing) == (None, "the model was not asked")

    reply = "True" if isinstance(estimator, PTrue) else "very certain" if "rating" in estimator.name else "6"
    own = probe(estimator.probe, token(reply, 0.9, {reply: 0.9}))
    value = 0.06 if estimator is NUMERIC else 1.0
    assert estimator(evidence(None, own, *others)).confidence == approx(value)


@pytest.mark.parametrize("estimator", [*LIKERTS, *RATINGS], ids=lambda estimator: estimator.name)
def test_without_options_there_is_nothing_to_weigh(estimator: Likert) -> None:
    reason = "the question lists no options to weigh" if estimator.weigh else "the model was not asked"
    assert estimator(evidence()).missing == reason


@pytest.mark.parametrize("estimator", ALL, ids=lambda estimator: estimator.name)
def test_an_empty_reply_is_missing_with_its_reason(estimator: Likert) -> None:
    for text in ("", " \n"):
        failed = Probe(estimator.probe, (), Answer(text, missing="the server is gone"))
        assert read(estimator, failed) == (None, "the server is gone")
        assert read(estimator, Probe(estimator.probe, (), Answer(text))) == (None, "no answer")


@pytest.mark.parametrize("estimator", ALL, ids=lambda estimator: estimator.name)
def test_a_reply_without_a_label_is_no_answer(estimator: Likert) -> None:
    confidence, missing = read(estimator, probe(estimator.probe, token("Maybe", 0.9, {"Maybe": 0.9})))
    assert confidence is None
    assert missing.startswith("no answer")


# ── numbers and free words ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("85", 0.85), ("85.", 0.85), (" **85**", 0.85), ("85%", 0.85), ("85 %", 0.85), ("85/100", 0.85),
        ("85 out of 100.", 0.85), ("I'd say 85, since bees fly", 0.85), ("72.5", 0.725), ("0", 0.0), ("100", 1.0),
        ("1", 0.01), ("0.5%", 0.005), ("0.0", 0.0),
        ("Out of 100, I'd say 85", 0.85), ("85. There are 4 options.", 0.85), ("85, that is 85 out of 100", 0.85),
        ("There are 4 options, so 85.", None), ("Of 3 answers I trust 2", None),
        ("", None), ("very", None), ("850", None), ("101", None), ("-5", None), ("0.85", None), ("0,85", None),
        ("1,000", None), ("85,5", None), ("0,25", None), ("x5", None), ("5th", None), ("1e2", None),
        # a part of a whole is its share
        ("1 in 4", 0.25), ("1/4", 0.25), ("one in four", 0.25), ("One out of four.", 0.25), ("1 chance in 4", 0.25),
        ("3 out of 5", 0.6), ("nine out of ten", 0.9), ("25 percent", 0.25), ("25 per cent", 0.25),
        ("1 in 4 (25 %)", 0.25),
        ("7/10", 0.7), ("7 / 10", 0.7), ("7 out of 10", 0.7), ("10/10", 1.0), ("0/10", 0.0), ("50/50", 0.5),
        ("1 in 1,000", 0.001),
        ("85,5 %", 0.855), ("0,5 %", 0.005), ("0.5 percent", 0.005),
        ("5 in 4", None), ("1/0", None), ("90 in 2024", None), ("3/4/2024", None), ("85 out of ten", None),
        ("85/x", None), ("On a scale of 1 to 10, 7", None), ("On a scale of 0 to 100, 85", 0.85),
    ],
)  # fmt: skip
def test_numbers(reply: str, value: float | None) -> None:
    assert read_number(reply) == (value if value is None else approx(value))
    confidence, missing = read(NUMERIC, probe("numeric", text=reply))
    assert confidence == (value if value is None else approx(value))
    assert (missing == "") == (value is not None)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("80 %", 0.8), ("about 80% certain", 0.8), ("80 percent", 0.8), ("99.5 per cent", 0.995), ("0%", 0.0),
        ("80 %, yes 80%", 0.8), ("85,5 %", 0.855), ("1 in 4 (25 %)", 0.25),
        ("80", None), ("80% or 90%", None), ("80-90%", None), ("80–90 %", None), ("-5%", None), ("101%", None),
        ("1,080%", None), ("", None),
    ],
)  # fmt: skip
def test_percentages(reply: str, value: float | None) -> None:
    assert read_percentage(reply) == (value if value is None else approx(value))


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Fairly certain.", 0.8),
        ("about 65 %", 0.65),
        ("High", 0.8),
        ("**Very high**", 0.9),
        ("Certainty: Low", 0.2),
        ("The certainty of the language model's answer is low.", 0.2),
        ("a moderate degree of confidence", None),
        ("Moderate degree of confidence", 0.5),
        ("High school is likely to have it", None),
        ("The certainty is not high.", None),
        ("Certainty: B", None),
        ("quite sure", None),
        ("not very certain", None),
        ("70", None),
        ("5", None),  # of no scale that was shown
    ],
)
def test_free_rating(reply: str, value: float | None) -> None:
    confidence, missing = read(FreeRating(True, False), probe("rating_third", text=reply))
    assert confidence == (value if value is None else approx(value))
    assert missing == ("no answer: the reply states no certainty" if value is None else "")


# ── P(True) ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("estimator", P_TRUES, ids=lambda estimator: estimator.name)
def test_p_true_sums_over_surface_forms(estimator: PTrue) -> None:
    # true 0.3 + 0.2 + 0.1 = 0.6; false 0.15 + 0.05 = 0.2; 0.6 / 0.8
    forms = {"True": 0.3, " true": 0.2, "**TRUE": 0.1, "False": 0.15, " false": 0.05, "Yes": 0.1}
    assert read(estimator, probe(estimator.probe, token("True", 0.3, forms))) == approx((0.75, ""))


@pytest.mark.parametrize("estimator", P_TRUES, ids=lambda estimator: estimator.name)
def test_p_true_is_the_probability_of_true_whatever_was_said(estimator: PTrue) -> None:
    words = [token("**", 0.9), token("False", 0.6, {"False": 0.6, "True": 0.2}), token("**", 0.9)]
    assert read(estimator, probe(estimator.probe, *words)) == approx((0.25, ""))


@pytest.mark.parametrize("estimator", P_TRUES, ids=lambda estimator: estimator.name)
@pytest.mark.parametrize(
    "words", [["Not", " true", "."], ["The", " answer", " is", " true"], ["It’s", " False"]]
)
def test_p_true_is_not_read_at_a_later_token(estimator: PTrue, words: list[str]) -> None:
    later = [token(word, 0.99, {word: 0.99}) for word in words[1:]]
    first = token(words[0], 0.8, {words[0]: 0.8, "True": 0.1, "False": 0.05})
    reason = "no answer (“True” and “False” hold 15 % of the probability)"
    assert read(estimator, probe(estimator.probe, first, *later)) == (None, reason)


@pytest.mark.parametrize("estimator", P_TRUES, ids=lambda estimator: estimator.name)
def test_p_true_missing(estimator: PTrue) -> None:
    elsewhere = token("True", 0.3, {"Yes": 0.6, "True": 0.3, "False": 0.1})
    reason = "no answer (“True” and “False” hold 40 % of the probability)"
    assert read(estimator, probe(estimator.probe, elsewhere)) == (None, reason)
    assert read(estimator, probe(estimator.probe, text="True", missing="no logprobs")) == (
        None,
        "no logprobs",
    )
