"""Credence: a language model's answer, and how sure the model is of it.

    from credence_chat import assess, open_chat_model

    model = open_chat_model("builtin")
    assessment = assess(model, "What is the capital of France?")
    print(assessment.decision.confidence)

Importing this module is cheap: each name is loaded when it is first used. Everything else
is in the packages ``credence_chat.chains``, ``.estimators``, ``.prompts``, ``.service`` and ``.ui``.
(In the repository these packages are at the top level; the wheel moves them here.)
"""

from importlib import import_module
from typing import TYPE_CHECKING

import files.environment  # noqa: F401 - before torch is imported

if TYPE_CHECKING:
    from chains import assess, confidence_pipeline, open_chat_model, with_confidence
    from estimators import ESTIMATORS, find_markers
    from service import service_app
    from ui import ConfidenceChat, confidence_panel

__all__ = [
    "ESTIMATORS",
    "ConfidenceChat",
    "assess",
    "confidence_panel",
    "confidence_pipeline",
    "find_markers",
    "open_chat_model",
    "service_app",
    "with_confidence",
]

_PACKAGE_OF = {
    "ESTIMATORS": "estimators",
    "ConfidenceChat": "ui",
    "assess": "chains",
    "confidence_panel": "ui",
    "confidence_pipeline": "chains",
    "find_markers": "estimators",
    "open_chat_model": "chains",
    "service_app": "service",
    "with_confidence": "chains",
}


def __getattr__(name: str) -> object:
    if name not in _PACKAGE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # __package__ is "" for this file in the repository and "credence_chat" in the wheel.
    package = f"{__package__}.{_PACKAGE_OF[name]}" if __package__ else _PACKAGE_OF[name]
    return getattr(import_module(package), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
