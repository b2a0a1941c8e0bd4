"""The record as JSON: nothing is lost on the way, and nothing wrong is read."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from estimators.abstention import decide
from estimators.serialization import SCHEMA, BadRecord
from estimators.types import Assessment, ChainEnd, Claim, FidelityChain, Signal
from tests.estimators.evidence import answer, assessments, evidence, probe, token

EXAMPLE = Assessment(
    evidence(answer(token("bee", 0.5)), probe("numeric", token("85", 0.9))),
    signals := (Signal("sequence_probability", 0.5, per_option=(0.25,)),),
    (),
    decide(signals, 0.5),
)


def changed(path: Sequence[str | int], value: Any = None, *, drop: bool = False) -> dict[str, Any]:
    """The example's record with one field changed, added or dropped."""
    record: Any = json.loads(json.dumps(EXAMPLE.to_dict()))
    *parents, last = path
    place = record
    for part in parents:
        place = place[part]
    if drop:
        del place[last]
    else:
        place[last] = value
    return record  # type: ignore[no-any-return]


@settings(max_examples=60, deadline=None)
@given(assessments)
def test_a_record_is_lossless_through_json(assessment: Assessment) -> None:
    record = assessment.to_dict()
    assert record["schema"] == SCHEMA
    back = Assessment.from_dict(json.loads(json.dumps(record, allow_nan=False)))
    assert back == assessment
    # == equates True with 1 and 1 with 1.0; the options of a run keep their types
    assert repr(back.evidence.provenance.options) == repr(assessment.evidence.provenance.options)


def test_claims_keep_their_probes() -> None:
    claim = Claim((0, 3), {"numeric": EXAMPLE.evidence.probes["numeric"]})
    long = replace(EXAMPLE, evidence=replace(EXAMPLE.evidence, claims=(claim,)))
    assert Assessment.from_dict(json.loads(json.dumps(long.to_dict()))) == long != EXAMPLE


@pytest.mark.parametrize("schema", [None, "", "credence.assessment/0", "credence.assessment/2", 1])
def test_another_schema_is_not_read(schema: object) -> None:
    with pytest.raises(BadRecord, match=rf"{schema!r}.*{SCHEMA}"):
        Assessment.from_dict(changed(("schema",), schema))
    with pytest.raises(BadRecord, match="None"):
        Assessment.from_dict({})


@pytest.mark.parametrize(
    "path",
    [
        ("evidence",),
        ("signals",),
        ("decision",),
        ("evidence", "question"),
        ("evidence", "answer", "text"),
        ("evidence", "answer", "tokens", 0, "logprob"),
        ("evidence", "probes", "numeric", "reply"),
        ("signals", 0, "name"),
        ("decision", "threshold"),
    ],
)
def test_a_missing_field_is_named(path: tuple[str | int, ...]) -> None:
    with pytest.raises(BadRecord) as error:
        Assessment.from_dict(changed(path, drop=True))
    assert str(error.value) == f"{'.'.join(map(str, path))}: Field required"


@pytest.mark.parametrize(
    ("path", "value", "place", "named"),
    [
        (("signals", 0, "confidence"), 1.5, "signals.0", "1.5"),
        (("signals", 0, "confidence"), None, "signals.0", "sequence_probability"),
        (("signals", 0, "per_option"), [2.0], "signals.0", "2.0"),
        (("decision", "confidence"), 7, "decision", "7.0"),
        (("evidence", "answer", "tokens", 0, "logprob"), 0.5, "evidence.answer.tokens.0", "0.5"),
        (("evidence", "answer", "text"), "wasp", "evidence.answer", "'wasp'"),
        (("evidence", "answer", "span"), [0, 9], "evidence.answer", "(0, 9)"),
        (
            ("evidence", "probes", "numeric", "reply", "span"),
            [2, 1],
            "evidence.probes.numeric.reply",
            "(2, 1)",
        ),
        (("evidence", "probes", "numeric", "messages", 0, "role"), "tool", "messages.0.role", "'user'"),
    ],
)
def test_a_value_out_of_range_is_named(
    path: tuple[str | int, ...], value: object, place: str, named: str
) -> None:
    with pytest.raises(BadRecord) as error:
        Assessment.from_dict(changed(path, value))
    assert place in str(error.value).partition(": ")[0]
    assert named in str(error.value)


@pytest.mark.parametrize("path", [("later",), ("evidence", "later"), ("signals", 0, "later")])
def test_a_field_that_a_later_minor_change_adds_is_ignored(path: tuple[str | int, ...]) -> None:
    assert Assessment.from_dict(changed(path, 3)) == EXAMPLE


@pytest.mark.parametrize(
    ("ended", "end"),
    [
        ("", "kept"),
        ("cut: the cap of 4 calls was reached", "capped"),
        ("cut: the engine stopped", "failed"),
        ("the reply “who knows” names none of the remaining options", "unreadable"),
    ],
)
def test_an_older_record_says_in_words_how_a_chain_ended(ended: str, end: ChainEnd) -> None:
    record = changed(("evidence", "chains"), [{"labels": ["B"], "ended": ended}])
    assert Assessment.from_dict(record).evidence.chains == (FidelityChain(("B",), ended, end),)
