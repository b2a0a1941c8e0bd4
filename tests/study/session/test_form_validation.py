"""What people send is made harmless, and checked against the form."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.design.parts import Field
from study.errors import BadAnswer
from study.session.form_validation import TEXT_LIMIT, cleaned, harmless

TEXT = Field(name="t", kind="text", label="Your text")
CHOICE = Field(name="c", kind="choice", label="Your choice", options=("a", "b"))
FIELDS = (
    TEXT,
    CHOICE,
    Field(name="m", kind="choices", label="Several", options=("a", "b", "c")),
    Field(name="l", kind="likert", label="Scale", points=5),
    Field(name="s", kind="slider", label="Slider", min=0, max=100),
    Field(name="n", kind="number", label="Number", min=-1, max=1),
    Field(name="y", kind="yes-no", label="Yes?"),
)
GOOD: dict[str, Any] = {"t": "x", "c": "b", "m": ["a", "c"], "l": 5, "s": 0, "n": -0.5, "y": False}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_good_values_are_kept_as_they_are() -> None:
    assert cleaned(FIELDS, GOOD) == (GOOD, {})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("t", 3, "needs text"),
        ("t", "", "has no answer yet"),
        ("c", "A", "needs one of its options"),
        ("c", ["a"], "needs one of its options"),
        ("m", ["a", "a"], "each at most once"),
        ("m", ["a", "z"], "a selection of its options"),
        ("m", "a", "a selection of its options"),
        ("m", [["a"]], "a selection of its options"),
        ("l", 0, "from 1 to 5"),
        ("l", 6, "from 1 to 5"),
        ("l", 2.5, "from 1 to 5"),
        ("l", True, "needs a number"),
        ("s", 100.5, "from 0 to 100"),
        ("s", math.nan, "needs a number"),
        ("s", "50", "needs a number"),
        ("n", 10**400, "from -1 to 1"),
        ("y", "true", "needs true or false"),
        ("y", 1, "needs true or false"),
        ("y", None, "has no answer yet"),
        ("z", 1, "The form has no field 'z'"),
    ],
)
def test_a_wrong_value_is_reported_by_its_field(name: str, value: Any, said: str) -> None:
    with pytest.raises(BadAnswer) as raised:
        cleaned(FIELDS, {**GOOD, name: value})
    assert list(raised.value.faults) == [name] and said in raised.value.faults[name]


def test_all_open_fields_are_reported_at_once() -> None:
    with pytest.raises(BadAnswer) as raised:
        cleaned(FIELDS, {})
    assert set(raised.value.faults) == {field.name for field in FIELDS}


def test_when_the_time_ran_out_valid_values_are_kept() -> None:
    assert cleaned(FIELDS, {"t": "half", "s": 900, "timed_out": True}) == ({"t": "half"}, {})


def test_an_optional_field_may_stay_open() -> None:
    assert cleaned((TEXT.model_copy(update={"required": False}),), {}) == ({}, {})


def test_a_long_text_is_cut_with_its_length_told() -> None:
    values, cut = cleaned((TEXT,), {"t": "ä" * 1_000_000})
    assert values == {"t": "ä" * TEXT_LIMIT} and cut == {"t": 1_000_000}


def test_many_long_texts_together_are_refused_with_a_sentence() -> None:
    fields = [TEXT.model_copy(update={"name": f"t{number}"}) for number in range(30)]
    with pytest.raises(BadAnswer, match="shorten them"):
        cleaned(fields, {field.name: "x" * TEXT_LIMIT for field in fields})


def test_nul_and_lone_surrogates_are_replaced_visibly() -> None:
    assert harmless("a\x00b") == "a␀b"
    assert harmless("x\ud83dy") == "x\ufffdy"
    assert harmless("\ud83d\ude00") == "😀"  # a pair that came in halves is whole
    assert harmless("\ufeffx") == "\ufeffx"


@given(anything)
def test_whatever_is_sent_becomes_json_that_comes_back(value: Any) -> None:
    once = harmless(value)
    text = json.dumps(once, allow_nan=False, ensure_ascii=False)
    assert json.loads(text) == once
    assert "\x00" not in text
    text.encode("utf-8")
    assert harmless(once) == once


@given(st.dictionaries(st.sampled_from(["t", "c", "m", "l", "s", "n", "y", "timed_out", "q"]), anything))
def test_whatever_is_sent_is_kept_within_the_form_or_refused(values: dict[str, Any]) -> None:
    try:
        kept, _ = cleaned(FIELDS, values)
    except BadAnswer as error:
        assert error.faults and all(error.faults.values())
        return
    assert set(kept) <= {field.name for field in FIELDS}
    again, _ = cleaned(FIELDS, {**kept, "timed_out": True})
    assert again == kept
