"""Reading OpenAI-style log-probabilities back into the exact text."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from pytest import approx

from chains.messages import (
    INCOMPLETE_LOGPROBS,
    NO_LOGPROBS,
    NOT_JOINING,
    ReplyReader,
    from_langchain,
    to_langchain,
)
from estimators.types import Answer, Message


def entry(
    piece: str | bytes, logprob: float | None = -0.5, top: dict[str, float] | None = None
) -> dict[str, Any]:
    """One entry as the OpenAI API sends it; a piece of a character has no text of its own."""
    raw = piece.encode() if isinstance(piece, str) else piece
    token = piece if isinstance(piece, str) else raw.decode(errors="replace")
    alternatives = [{"token": t, "bytes": list(t.encode()), "logprob": p} for t, p in (top or {}).items()]
    return {"token": token, "bytes": list(raw), "logprob": logprob, "top_logprobs": alternatives}


def read(text: str, *entries: dict[str, Any], **metadata: Any) -> Answer:
    reader = ReplyReader()
    reader.add(
        AIMessageChunk(content=text, response_metadata={"logprobs": {"content": list(entries)}, **metadata})
    )
    return reader.answer()


def test_an_entry_becomes_a_token_with_its_alternatives_most_probable_first() -> None:
    reply = read(" bee", entry(" bee", -0.5, {" cow": -3.0, " bee": -0.5, " dog": -2.0}))
    (token,) = reply.tokens
    assert (token.text, token.logprob) == (" bee", -0.5)
    assert token.top == ((" bee", -0.5), (" dog", -2.0), (" cow", -3.0))
    assert (reply.text, reply.finish, reply.missing) == (" bee", "stop", "")


def test_without_bytes_the_text_of_the_token_counts() -> None:
    plain = {
        "token": "né",
        "logprob": -1.0,
        "bytes": None,
        "top_logprobs": [{"token": "né", "logprob": -1.0}],
    }
    assert read("né", plain).tokens[0].top == (("né", -1.0),)
    del plain["bytes"], plain["top_logprobs"]
    assert [(token.text, token.top) for token in read("né", plain).tokens] == [("né", ())]


def test_pieces_of_one_character_are_one_token_with_the_sum() -> None:
    # 🐝 is f0 9f 90 9d; its probability is the product over its pieces
    pieces = entry(b" \xf0\x9f", -0.25, {"x": -2.0}), entry(b"\x90", -1.0), entry(b"\x9d!", -0.5, {"y": -1.0})
    reply = read("a 🐝!.", entry("a", -0.125), *pieces, entry(".", -2.0))
    assert [(token.text, token.logprob) for token in reply.tokens] == [
        ("a", -0.125),
        (" 🐝!", -1.75),
        (".", -2.0),
    ]
    assert reply.tokens[1].top == ()  # the alternatives to a piece are none to the character


@given(st.data())
def test_any_text_split_at_any_bytes_reads_back(data: st.DataObject) -> None:
    text = data.draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
    raw = text.encode()
    cuts = [*sorted(data.draw(st.sets(st.integers(1, len(raw))))), len(raw)]
    pieces = [raw[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    nats = data.draw(st.lists(st.floats(-20, 0), min_size=len(pieces), max_size=len(pieces)))
    reader = ReplyReader()
    for piece, logprob in zip(pieces, nats, strict=True):  # each in a chunk of its own
        reader.add(
            AIMessageChunk(content="", response_metadata={"logprobs": {"content": [entry(piece, logprob)]}})
        )
    reader.add(AIMessageChunk(content=text))
    reply = reader.answer()
    assert "".join(token.text for token in reply.tokens) == reply.text == text
    # A last empty piece holds no text, so its probability belongs to no character.
    expected = math.fsum(p for piece, p in zip(pieces, nats, strict=True) if piece)
    assert math.fsum(token.logprob for token in reply.tokens) == approx(expected)


def test_what_ends_a_reply_is_left_out() -> None:
    for end in ({"token": "<|im_end|>", "bytes": [], "logprob": -0.1}, entry("<|im_end|>"), entry("\n\n")):
        assert [token.text for token in read("bee.", entry("bee"), entry("."), end).tokens] == ["bee", "."]


def test_a_character_cut_off_by_the_token_limit_is_left_out() -> None:
    reply = read("bee ", entry("bee "), entry(b"\xf0\x9f"), finish_reason="length")
    assert ([token.text for token in reply.tokens], reply.finish) == (["bee "], "length")


@pytest.mark.parametrize(
    ("text", "entries", "reason"),
    [
        ("bee", [], NO_LOGPROBS),
        ("bee", [entry("bee", None)], NO_LOGPROBS),
        ("a bee", [entry("a"), entry(" bee", None)], INCOMPLETE_LOGPROBS),
        ("a bee", [entry("a", None), entry(" bee")], INCOMPLETE_LOGPROBS),
        ("a bee", [entry("a", None), entry(" bee", None)], NO_LOGPROBS),
        ("bee", [entry("cow")], NOT_JOINING),
        ("bees", [entry("bee")], NOT_JOINING),  # text beyond the tokens
        ("bee", [entry("bees")], NOT_JOINING),
        ("a  bee", [entry("a"), entry(" bee")], NOT_JOINING),
        ("", [entry("bee")], "the reply is empty"),
    ],
)
def test_tokens_that_are_not_those_of_the_text_are_missing(
    text: str, entries: list[dict[str, Any]], reason: str
) -> None:
    reply = read(text, *entries)
    assert (reply.text, reply.tokens, reply.missing) == (text, (), reason)


@pytest.mark.parametrize(
    "metadata", [{}, {"logprobs": None}, {"logprobs": {"content": None}}, {"logprobs": {}}]
)
def test_no_log_probabilities_is_a_reason(metadata: dict[str, Any]) -> None:
    reader = ReplyReader()
    reader.add(AIMessage("bee", response_metadata=metadata))
    assert reader.answer() == Answer("bee", missing=NO_LOGPROBS)


@pytest.mark.parametrize(
    ("sent", "kept"), [(1e-7, 0.0), (0, 0.0), (-2, -2.0), (-104.5, -104.5), (-99.0, -99.0)]
)
def test_noise_above_zero_is_zero(sent: float, kept: float) -> None:
    (token,) = read("bee", entry("bee", sent, {"bee": sent})).tokens
    assert (token.logprob, token.top) == (kept, (("bee", kept),))


@pytest.mark.parametrize("sent", [-math.inf, math.nan, None, -9999, -9999.0, -1e9, -3.4e38, -100.0, "-0.5"])
def test_an_unreported_probability_is_unknown_and_never_0_percent(sent: Any) -> None:
    assert read("a bee", entry("a"), entry(" bee", sent)).missing == INCOMPLETE_LOGPROBS
    assert read("bee", entry("bee", sent)).missing == NO_LOGPROBS
    (token,) = read("bee", entry("bee", -0.5, {"bee": -0.5, "cow": sent, "dog": -2.0})).tokens
    assert token.top == (("bee", -0.5), ("dog", -2.0))


def test_chunks_add_up_and_every_snapshot_is_consistent() -> None:
    reader = ReplyReader()
    seen = []
    for word in ("a", " bee", "."):
        metadata = {"logprobs": {"content": [entry(word)]}}
        reader.add(AIMessageChunk(content=word, response_metadata=metadata))
        seen.append(len(reader.answer().tokens))
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    reader.add(AIMessageChunk(content="", usage_metadata=usage))
    reader.add(
        AIMessageChunk(content="", usage_metadata=usage, response_metadata={"finish_reason": "length"})
    )
    assert seen == [1, 2, 3]
    assert reader.usage is not None
    assert (reader.usage["input_tokens"], reader.usage["output_tokens"]) == (6, 4)
    assert reader.answer().finish == "length"
    assert reader.answer("cancelled").finish == "cancelled"


def test_messages_there_and_back() -> None:
    ours = (Message("system", "Be brief."), Message("user", "$x {y} `z`"), Message("assistant", "bee"))
    theirs = to_langchain(ours)
    assert [type(message) for message in theirs] == [SystemMessage, HumanMessage, AIMessage]
    assert from_langchain(theirs) == ours
    assert from_langchain([AIMessageChunk(content="bee")]) == (Message("assistant", "bee"),)
    assert from_langchain([HumanMessage([{"type": "text", "text": "bee"}])]) == (Message("user", "bee"),)


def test_a_tool_message_is_rejected() -> None:
    with pytest.raises(ValueError, match="type 'tool' cannot be judged"):
        from_langchain([HumanMessage("Hi"), ToolMessage("3", tool_call_id="1")])
