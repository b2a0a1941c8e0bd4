"""Credence: a language model's answer together with how sure the model is of it.

    from credence_chat import assess, open_chat_model

    model = open_chat_model("builtin")
    assessment = assess(model, "What is the capital of France?")
    print(assessment.decision.confidence)

Importing this is cheap: a name is loaded when it is first used. Everything else
stands in the packages ``credence_chat.chains``, ``.estimators``, ``.prompts`` and ``.ui``.
(In the repository the packages stand at the top level; the wheel moves them here.)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chains import assess, confidence_pipeline, open_chat_model, with_confidence
    from estimators import ESTIMATORS, find_markers
    from ui import ConfidenceChat, confidence_panel

__all__ = [
    "ESTIMATORS",
    "ConfidenceChat",
    "assess",
    "confidence_panel",
    "confidence_pipeline",
    "find_markers",
    "open_chat_model",
    "with_confidence",
]

_HOME = {
    "ESTIMATORS": "estimators",
    "ConfidenceChat": "ui",
    "assess": "chains",
    "confidence_panel": "ui",
    "confidence_pipeline": "chains",
    "find_markers": "estimators",
    "open_chat_model": "chains",
    "with_confidence": "chains",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # __package__ is "" for this file in the repository and "credence_chat" in the wheel.
    home = f"{__package__}.{_HOME[name]}" if __package__ else _HOME[name]
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
