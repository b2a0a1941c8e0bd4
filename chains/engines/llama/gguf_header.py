"""The header of a GGUF file, read before an engine is started."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from chains.errors import ModelUnavailable

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_LONG_LIST = 4096  # longer lists (vocabularies) are skipped; lists with one value per layer are kept
# What no model comes near: a file that claims more is damaged, or made to keep us busy.
_MOST_FIELDS, _MOST_TEXTS = 10_000, 2_000_000
_LONGEST_TEXT, _LONGEST_NAME = 1 << 24, 200  # bytes, characters
_LARGEST = 1 << 40  # of a number that counts something


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The facts about a model file that decide whether and how it can be opened."""

    name: str
    context: int  # context that the model was trained on, in tokens
    kv_bytes: int  # key-value cache per token, at 16 bits
    size: int  # file size in bytes

    def memory(self, n_ctx: int) -> int:
        """Bytes of memory that the model needs with this context: file, cache and working memory."""
        return self.size + n_ctx * self.kv_bytes + 200_000_000


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of a GGUF file.

    Raises ModelUnavailable if there is no such file, or if it is not a GGUF file or is truncated.
    Reference: the GGUF specification of ggml, versions 2 and 3.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelUnavailable(
                    f"{path} is not a GGUF file (it does not start with the letters GGUF). "
                    "Give the path of a .gguf model, or the folder of a transformers model."
                )
            fields = _fields(file)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ModelUnavailable(f"The model file {path} cannot be read ({reason}). Check the path.") from error
    except (struct.error, KeyError, ValueError, OverflowError, MemoryError) as error:
        raise ModelUnavailable(damaged(path)) from error
    return _header(path, fields)


def damaged(path: Path) -> str:
    """The sentence for a truncated or corrupt file."""
    return f"The model file {path} is truncated or damaged. Download it again."


def _fields(file: BinaryIO) -> dict[str, object]:
    version, _tensors, count = struct.unpack("<IQQ", file.read(20))
    if version not in (2, 3) or count > _MOST_FIELDS:
        raise ValueError(f"GGUF version {version} with {count} fields")
    fields, texts = {}, 0
    for _ in range(count):
        name, (kind,) = _string(file), struct.unpack("<I", file.read(4))
        fields[name] = value = _value(file, kind, _MOST_TEXTS - texts)
        texts += value if kind == _ARRAY and isinstance(value, int) else 0
    return fields


def _string(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _LONGEST_TEXT:
        raise ValueError(f"a text of {length} bytes")
    data = file.read(length)
    if len(data) < length:
        raise ValueError("the file ends in the middle of a text")
    return data.decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int, texts: int) -> object:
    """The value of a field; of a list of texts, which nothing here needs, their number, at most ``texts``."""
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        code = "<" + _SCALARS[kind]
        return struct.unpack(code, file.read(struct.calcsize(code)))[0]
    inner, count = struct.unpack("<IQ", file.read(12))
    if inner == _STRING:
        if count > texts:
            raise ValueError(f"a list of {count} texts")
        for _ in range(count):
            _skip(file, struct.unpack("<Q", file.read(8))[0])
        return count
    code = "<" + _SCALARS[inner]  # a list of lists is damage: no model has one
    if count > _LONG_LIST:
        _skip(file, count * struct.calcsize(code))
        return ()
    return tuple(struct.unpack(code, file.read(struct.calcsize(code)))[0] for _ in range(count))


def _skip(file: BinaryIO, length: int) -> None:
    if length > _LARGEST:
        raise ValueError(f"a value of {length} bytes")
    file.seek(length, 1)


def _header(path: Path, fields: Mapping[str, object]) -> GgufHeader:
    family = fields.get("general.architecture")

    def number(key: str, default: int) -> int:
        value = fields.get(f"{family}.{key}", default)
        if isinstance(value, tuple):  # one value per layer
            value = max((item for item in value if isinstance(item, int)), default=default)
        return value if isinstance(value, int) and 0 <= value <= _LARGEST else default

    heads = max(number("attention.head_count", 1), 1)
    width = number("embedding_length", 0) // heads
    per_head = number("attention.key_length", width) + number("attention.value_length", width)
    kv_bytes = 2 * number("block_count", 0) * number("attention.head_count_kv", heads) * per_head
    name = fields.get("general.name")
    shown = "".join(filter(str.isprintable, name))[:_LONGEST_NAME].strip() if isinstance(name, str) else ""
    return GgufHeader(
        name=shown or path.stem,
        context=number("context_length", 4096),
        kv_bytes=kv_bytes,
        size=path.stat().st_size,
    )
