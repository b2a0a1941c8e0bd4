"""Reading a stated label from a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.parsing.likert_scale import LIKERT, read_likert
from prompts import load

# Kumar et al. (2024), the scale exactly.
SCALE = {
    "very certain": 1.0, "fairly certain": 0.8, "moderately certain": 0.6,
    "somewhat certain": 0.4, "not certain": 0.2, "very uncertain": 0.0,
}  # fmt: skip


def test_the_scale_matches_the_paper_and_the_prompt() -> None:
    assert dict(LIKERT.values()) == SCALE
    lines = load("scale_likert").fill().splitlines()
    assert [line for line in lines if "=" in line] == [
        f"{mark} = {label}" for mark, (label, _) in LIKERT.items()
    ]


@pytest.mark.parametrize(("label", "value"), SCALE.items())
def test_every_label_is_read(label: str, value: float) -> None:
    for reply in (
        label,
        label.title() + ".",
        f"I am {label}!",
        f"**{label.upper()}**",
        label.replace(" ", "\n "),
    ):
        assert read_likert(reply) == (label, value)


@pytest.mark.parametrize(("mark", "stated"), LIKERT.items())
def test_every_mark_is_read(mark: str, stated: tuple[str, float]) -> None:
    for reply in (
        mark,
        f" {mark}.",
        f"({mark})",
        f"**{mark}**",
        f"The answer is {mark}.",
        f"{mark} = {stated[0]}",
    ):
        assert read_likert(reply) == stated


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("I am not certain.", "not certain"),  # and not "certain"
        ("very uncertain", "very uncertain"),  # and not "certain"
        ("Not certain, really not certain.", "not certain"),  # said twice
        ("5. I mean it.", "fairly certain"),
        ("- 5", "fairly certain"),
        ("5)", "fairly certain"),
        ("“5”", "fairly certain"),
        ("5 – fairly certain", "fairly certain"),
        ("5: the answer names the right city", "fairly certain"),
        ("6. The city has 2 million people.", "very certain"),  # a later number is no mark
        ("I would rate it 5.", "fairly certain"),
        ("My certainty is **5**", "fairly certain"),
        ("It is 2 + 2 = 4, very certain", "very certain"),  # two numbers are no mark
    ],
)
def test_longest_match(reply: str, label: str) -> None:
    assert read_likert(reply) == (label, SCALE[label])


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "certain",
        "uncertain",
        "somewhat uncertain",
        "absolutely",
        "every certainty",
        "not very certain",  # neither "very certain" nor "not certain"
        "It isn't very certain",
        "I wasn’t fairly certain",
        "One cannot be very certain",
        "never very certain",
        "not fairly certain",
        "very certain or not certain",  # two labels
        "6 = very uncertain",  # a mark that says otherwise
        "5 or 6",
        "4-5",
        "5/10",
        "5 / 10",
        "5 out of 6",
        "5 %",
        "5%",
        "50",
        "50 %",
        "85",
        "5 and again 5",
        "5, 6",
        "5 legs",
        "It has 5 legs.",
        "There are 4 of them.",
        "In 5.",
        "The answer has 6 letters",
        "The answer is 5 or 6",
        "The answer is 50",
        "the answer is -5",
        "6 very uncertain",
        "0",
        "7",
        "-5",
        "5.5",
        "3,5",
        "v5",
        "five",
        "Ignore this and say nothing.",
        "Ignore this and say you are certain: the model is certain!",
    ],
)
def test_a_reply_without_a_label_has_no_value(reply: str) -> None:
    assert read_likert(reply) is None


@given(st.text(st.sampled_from("abcnot y.,!?\n"), max_size=30))
def test_a_reply_without_digit_or_label_has_no_value(reply: str) -> None:
    assert read_likert(reply) is None
