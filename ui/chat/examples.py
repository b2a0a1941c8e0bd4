"""The questions that an empty chat offers."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.identity import identity

_MEASURED = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True)
class Example:
    """A question to start with, and what to look at in its answer; empty where that was not measured."""

    text: str
    look: str = ""  # shown only with the model that it was measured with


def all_examples(texts: tuple[str, ...] | None = None) -> tuple[Example, ...]:
    """The given questions, or those chosen by measurement."""
    if texts is not None:
        return tuple(Example(text) for text in texts)
    return tuple(Example(example["text"], example["look"]) for example in _measured()["examples"])


def measured_with(model: BaseChatModel) -> bool:
    """Whether what is said about the examples was measured with this model."""
    return bool(identity(model)["model_sha256"] == _measured()["model_sha256"])


@cache
def _measured() -> dict[str, Any]:
    return json.loads(_MEASURED.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
