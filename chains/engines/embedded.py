"""The chat models that Credence fetches by itself: ``builtin``, and ``tiny`` for small machines and quick tests."""

import sys
from dataclasses import dataclass
from pathlib import Path

from chains.engines.memory import available_memory
from chains.errors import DiskFull
from chains.model_files import (
    BUILTIN_NAME,
    BUILTIN_SHA256,
    TINY_NAME,
    TINY_SHA256,
    builtin_gguf,
    tiny_gguf,
)

NEEDED = {"llama.cpp": 3_000_000_000, "transformers": 8_000_000_000}  # free memory for the larger one, bytes
_SHA256 = {"builtin": BUILTIN_SHA256, "tiny": TINY_SHA256}


@dataclass(frozen=True, slots=True)
class Embedded:
    """An embedded model that is on this machine."""

    name: str
    sha256: str
    path: Path
    note: str = ""  # why it is not the model that was asked for, in a sentence


def is_embedded(spec: str) -> bool:
    """Whether a spec names an embedded model."""
    return spec in _SHA256


def embedded_model(spec: str, engine: str = "llama.cpp") -> Embedded:
    """The embedded model of a spec, downloaded if necessary.

    ``tiny`` replaces ``builtin`` where memory or disk is too small for it; a line on stderr says so. Raises
    ModelUnavailable.
    """
    if spec == "tiny":
        return _tiny()
    free = available_memory()
    if free is not None and free < NEEDED[engine]:
        return _replaced(
            f"it needs {NEEDED[engine] / 1e9:.1f} GB of free memory, but only {free / 1e9:.1f} GB is free"
        )
    try:
        return Embedded(BUILTIN_NAME, BUILTIN_SHA256, builtin_gguf())
    except DiskFull as full:
        return _replaced(f"the disk is full: {full.reason}")


def embedded_path(spec: str) -> str:
    """The path of an embedded model, never of its replacement; any other spec as it is. Raises ModelUnavailable."""
    if not is_embedded(spec):
        return spec
    return str(tiny_gguf() if spec == "tiny" else builtin_gguf())


def embedded_sha256(spec: str) -> str | None:
    """The checksum of an embedded model's file; None for any other spec."""
    return _SHA256.get(spec)


def spec_of(sha256: str | None) -> str | None:
    """The spec that opens the embedded model with this checksum; None if there is none."""
    return next((spec for spec, known in _SHA256.items() if known == sha256), None)


def _tiny(note: str = "") -> Embedded:
    return Embedded(TINY_NAME, TINY_SHA256, tiny_gguf(), note)


def _replaced(reason: str) -> Embedded:
    note = f"{TINY_NAME} answers instead of {BUILTIN_NAME} ({reason})"
    print(f"{note}.", file=sys.stderr, flush=True)
    return _tiny(note)
