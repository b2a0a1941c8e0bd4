"""Headers of model files by strangers: each gives facts or a sentence, in little time."""

import os
import random
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chains.engines.llama.gguf_header import GgufHeader, read_gguf_header
from chains.errors import ModelUnavailable

UINT32, STRING, ARRAY, UINT64 = 4, 8, 9, 10
MOST_SECONDS = 2.0
HUGE = (2**64 - 1, 2**63, 2**40, 2**31, 10**9, 10**6, 0)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def field(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def array(kind: int, *values: bytes, count: int | None = None) -> bytes:
    return struct.pack("<IQ", kind, len(values) if count is None else count) + b"".join(values)


def header(*fields: bytes, count: int | None = None, version: int = 3) -> bytes:
    return (
        b"GGUF" + struct.pack("<IQQ", version, 1, len(fields) if count is None else count) + b"".join(fields)
    )


def number(name: str, value: int) -> bytes:
    return field(name, UINT32, struct.pack("<I", value))


WHOLE = header(
    field("general.architecture", STRING, text("llama")),
    field("general.name", STRING, text("A model")),
    number("llama.context_length", 2048),
    number("llama.embedding_length", 576),
    number("llama.block_count", 30),
    number("llama.attention.head_count", 9),
    field("llama.attention.head_count_kv", ARRAY, array(UINT32, *(struct.pack("<I", n) for n in (1, 3, 2)))),
    field("tokenizer.ggml.tokens", ARRAY, array(STRING, *(text(f"token{n}") for n in range(300)))),
    field("tokenizer.ggml.scores", ARRAY, array(UINT32, *(struct.pack("<I", n) for n in range(5000)))),
    field("tokenizer.chat_template", STRING, text("{{ messages }}" * 20)),
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A header with some damage: other bytes, a huge number, a part cut out, put in or repeated, or its end cut off."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(4, max(5, len(changed)))
        match chance.randrange(6):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[place : place + 8] = struct.pack("<Q", chance.choice(HUGE))
            case 2:
                del changed[place : place + chance.randrange(1, 40)]
            case 3:
                changed[place:place] = chance.randbytes(chance.randrange(1, 40))
            case 4:
                changed[place:place] = changed[max(4, place - 200) : place]
            case 5:
                del changed[place:]
    return bytes(changed)


def outcome(path: Path) -> GgufHeader | str:
    """What reading the file gives, or the sentence that says why it cannot be read."""
    began = time.process_time()
    try:
        result: GgufHeader | str = read_gguf_header(path)
    except ModelUnavailable as error:
        result = str(error)
    assert time.process_time() - began < MOST_SECONDS
    return result


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "model.gguf"


def test_a_whole_header_is_read(model: Path) -> None:
    model.write_bytes(WHOLE)
    assert outcome(model) == GgufHeader("A model", 2048, 2 * 30 * 3 * 128, len(WHOLE))


def test_two_thousand_damaged_headers_give_facts_or_a_sentence(model: Path) -> None:
    chance, read = random.Random(20261128), 0
    for _ in range(2000):
        data = mutated(WHOLE, chance)
        model.write_bytes(data)
        result = outcome(model)
        if isinstance(result, str):
            assert result == f"The model file {model} is truncated or damaged. Download it again."
        else:
            read += 1
            assert (
                min(result.context, result.kv_bytes, result.memory(2048)) >= 0 and result.name.isprintable()
            )
    assert 100 < read < 1900  # the damage is neither too small nor too large to test anything


NESTED = array(ARRAY, count=1)
HOSTILE = {
    "lists in lists": header(field("a", ARRAY, NESTED * 100_000)),
    "a list of empty texts without end": header(field("a", ARRAY, array(STRING, count=2**62))),
    "many lists of texts": header(*(field(str(n), ARRAY, array(STRING, count=10**6)) for n in range(1000))),
    "a million fields": header(count=10**6),
    "a text of all memory": header(field("a", STRING, struct.pack("<Q", 2**63))),
    "a list that is longer than any file": header(field("a", ARRAY, array(UINT64, count=2**61))),
    "an unknown kind": header(field("a", 99, b"")),
    "an older version": header(version=1),
    "nothing": b"GGUF",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_header_that_claims_too_much_is_damaged(model: Path, name: str) -> None:
    model.write_bytes(HOSTILE[name])
    os.truncate(model, len(HOSTILE[name]) + 3_000_000_000)  # zeros: as many empty texts as are asked for
    assert "is truncated or damaged. Download it again." in str(outcome(model))


def test_a_name_and_sizes_from_a_stranger_are_bounded(model: Path) -> None:
    name = "A\x1b[31m\u202e" + "x" * 1000
    fields = (field("general.architecture", STRING, text("llama")), field("general.name", STRING, text(name)))
    model.write_bytes(
        header(*fields, number("llama.context_length", 2**31), field("llama.block_count", 11, b"\xff" * 8))
    )
    result = outcome(model)
    assert isinstance(result, GgufHeader)
    assert result.name.startswith("A[31mxxx") and len(result.name) == 200
    assert (result.context, result.kv_bytes) == (2**31, 0)
