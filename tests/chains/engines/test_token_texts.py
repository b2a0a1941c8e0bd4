"""Tokens in whatever spelling a server sends them, fitted to the text of the reply."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from chains.engines.token_pieces import BYTE_ALPHABET
from chains.messages import NOT_JOINING, ReplyReader
from estimators.types import Answer

_LETTERS = {byte: letter for letter, byte in BYTE_ALPHABET.items()}


def byte_level(piece: bytes) -> str:
    return "".join(_LETTERS[byte] for byte in piece)


def escaped(piece: bytes) -> str:
    return "bytes:" + "".join(f"\\x{byte:02x}" for byte in piece)


def read(text: str, *tokens: str | dict[str, Any]) -> Answer:
    entries = [
        {"token": token, "logprob": -0.25, "bytes": None}
        if isinstance(token, str)
        else {"logprob": -0.25, **token}
        for token in tokens
    ]
    reader = ReplyReader()
    reader.add(AIMessageChunk(content=text, response_metadata={"logprobs": {"content": entries}}))
    return reader.answer()


def raw(token: str) -> dict[str, Any]:
    return {
        "token": token,
        "bytes": list(token.encode()),
    }  # the bytes of the spelling, as some servers send them


CASES: list[tuple[str, tuple[Any, ...], tuple[str, ...]]] = [
    # byte-level
    ("The capital", ("The", "Ġcapital"), ("The", " capital")),
    ("The capital", (raw("The"), raw("Ġcapital")), ("The", " capital")),
    ("a\nb", ("a", "Ċ", "b"), ("a", "\n", "b")),
    ("né", ("n", "Ã©"), ("n", "é")),
    (
        "a 🐝!",
        ("a", byte_level(b" " + "🐝".encode()[:2]), byte_level("🐝".encode()[2:]), "!"),
        ("a", " 🐝", "!"),
    ),
    # SentencePiece
    ("The capital", ("▁The", "▁capital"), ("The", " capital")),
    ("né🐝", ("▁n", "é", "<0xF0>", "<0x9F>", "<0x90>", "<0x9D>"), ("n", "é", "🐝")),
    ("a\nb", ("▁a", "<0x0A>", "b"), ("a", "\n", "b")),
    # escaped bytes
    ("a“b", ("a", r"bytes:\xe2\x80", r"bytes:\x9c", "b"), ("a", "“", "b")),
    ("a “b", ("a", r"bytes: \xe2\x80", r"bytes:\x9c", "b"), ("a", " “", "b")),
    ("a“b", ("a", "bytes:\xe2\x80", "bytes:\x9c", "b"), ("a", "“", "b")),
    # what the text really holds stays
    ("Ġcapital", ("Ġcapital",), ("Ġcapital",)),
    ("a ▁ b", ("a", " ▁", " b"), ("a", " ▁", " b")),
    ("▁The", ("▁The",), ("▁The",)),
    ("the byte <0xE2>", ("the", " byte", " ", "<0xE2>"), ("the", " byte", " ", "<0xE2>")),
    ("bytes:\\xe2", ("bytes", ":\\xe2"), ("bytes", ":\\xe2")),
    ("Ã©", ("Ã©",), ("Ã©",)),
    ("<s>gone</s>", ("<s>", "gone", "</s>"), ("<s>", "gone", "</s>")),
    # special tokens that are not in the text
    ("bee", ("<s>", "bee", "</s>"), ("bee",)),
    ("bee", ("<|im_start|>", "bee", "<|im_end|>"), ("bee",)),
    ("a bee", ("a", "<|channel|>", " bee", "<|eot_id|>"), ("a", " bee")),
    ("a bee", ("a", {"token": "<|x|>", "bytes": []}, " bee", {"token": "", "bytes": []}), ("a", " bee")),
    ("bee", ("[INST]", "bee", "[/INST]"), ("bee",)),
    # white space that the server removed before the first word
    ("The bee", (" The", " bee"), ("The", " bee")),
    ("The bee", ("\n\n", "The", " bee"), ("The", " bee")),
    ("bee", ("bee", "\n"), ("bee",)),
]


def test_tokens_in_every_spelling() -> None:
    for text, tokens, expected in CASES:
        reply = read(text, *tokens)
        assert tuple(token.text for token in reply.tokens) == expected, (text, tokens, reply.missing)
        assert reply.missing == ""


def test_the_log_probabilities_of_pieces_are_summed() -> None:
    assert [token.logprob for token in read("né🐝", "n", "é", "<0xF0>", "<0x9F>", "<0x90>", "<0x9D>").tokens] == [
        -0.25, -0.25, -1.0,
    ]  # fmt: skip
    assert [token.logprob for token in read("“", r"bytes:\xe2\x80", r"bytes:\x9c").tokens] == [-0.5]
    assert [token.logprob for token in read("bee", "<s>", "bee", "</s>").tokens] == [
        -0.25
    ]  # special ones add none


def test_what_cannot_be_fitted_is_missing_with_the_reason() -> None:
    for text, tokens in (
        ("The capital", ("token_id:791", "token_id:6864")),
        ("a bee", ("a", "Ġcow")),
        ("a bee", ("▁a", "▁bees")),
        ("a bee", ("a", "<0xE2>")),
        ("🐝", (r"bytes:\xf0\x9f",)),
        ("a bee", ("a", "cow", " bee")),
    ):
        reply = read(text, *tokens)
        assert (reply.text, reply.tokens, reply.missing) == (text, (), NOT_JOINING), tokens


def top(*tokens: str) -> list[dict[str, Any]]:
    return [{"token": token, "logprob": -1.0 - place, "bytes": None} for place, token in enumerate(tokens)]


def test_alternatives_are_spelled_as_the_tokens_are() -> None:
    def alternatives(text: str, token: str, *others: str, before: tuple[str, ...] = ()) -> tuple[str, ...]:
        reply = read(text, *before, {"token": token, "bytes": None, "top_logprobs": top(*others)})
        return tuple(other for other, _ in reply.tokens[-1].top)

    assert alternatives("a bee", "Ġbee", "Ġbee", "Ġcow", "Ċ", before=("a",)) == (" bee", " cow", "\n")
    assert alternatives("a bee", "▁bee", "▁bee", "▁cow", "<0x0A>", before=("a",)) == (" bee", " cow", "\n")
    assert alternatives("True", "True", "True", "ĠTrue", "False") == (
        "True",
        " True",
        "False",
    )  # no token shows it
    assert alternatives("True", "True", "True", "▁True", "False") == ("True", " True", "False")
    assert alternatives("a bee", " bee", " bee", "Ġ", "▁", before=("a",)) == (" bee", "Ġ", "▁")  # as text
    assert alternatives("né", "é", "é", "è", before=("n",)) == ("é", "è")


def test_a_text_that_comes_later_than_its_tokens() -> None:
    reader = ReplyReader()
    for token in ("The", "Ġbee"):
        entries = [{"token": token, "logprob": -0.25}]
        reader.add(AIMessageChunk(content="", response_metadata={"logprobs": {"content": entries}}))
    reader.add(AIMessageChunk(content="The b"))
    assert reader.answer().missing == NOT_JOINING
    reader.add(AIMessageChunk(content="ee"))
    assert [token.text for token in reader.answer().tokens] == ["The", " bee"]


# Letters of the alphabet that stand for bytes are as ambiguous in a text as they look, and are tried above.
_PLAIN = st.characters(
    exclude_categories=["Cs"], exclude_characters=[c for c in BYTE_ALPHABET if ord(c) > 127]
)


@pytest.mark.parametrize("spell", [byte_level, escaped], ids=["byte-level", "escaped"])
@given(data=st.data())
def test_any_text_in_pieces_reads_back(spell: Callable[[bytes], str], data: st.DataObject) -> None:
    text = data.draw(st.text(_PLAIN, min_size=1, max_size=12))
    whole = text.encode()
    cuts = [*sorted(data.draw(st.sets(st.integers(1, len(whole))))), len(whole)]
    pieces = [whole[start:end] for start, end in zip([0, *cuts], cuts, strict=False)]
    reply = read(text, *(spell(piece) for piece in pieces if piece))
    assert "".join(token.text for token in reply.tokens) == text
