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
    look: str = ""


def examples_for(model: BaseChatModel, texts: tuple[str, ...] | None = None) -> tuple[Example, ...]:
    """The given questions, or those chosen by measurement; what to look at is said for the model they were measured with."""
    if texts is not None:
        return tuple(Example(text) for text in texts)
    measured = _measured()
    same = identity(model)["model_sha256"] == measured["model_sha256"]
    return tuple(
        Example(example["text"], example["look"] if same else "") for example in measured["examples"]
    )


@cache
def _measured() -> dict[str, Any]:
    return json.loads(_MEASURED.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
