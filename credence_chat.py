"""Credence: a language model's answer, and how sure the model is of it.

    from credence_chat import assess, open_chat_model

    model = open_chat_model("builtin")
    assessment = assess(model, "What is the capital of France?")
    print(assessment.decision.confidence)

Importing this module is cheap: each name is loaded when it is first used. Everything else
is in the packages ``credence_chat.chains``, ``.estimators``, ``.plugin``, ``.prompts``,
``.service`` and ``.ui``.
(In the repository these packages are at the top level; the wheel moves them here.)
"""

from importlib import import_module
from typing import TYPE_CHECKING

import files.environment  # noqa: F401 - before torch is imported

if TYPE_CHECKING:
    from chains import assess, assessment_of, confidence_pipeline, open_chat_model, with_confidence
    from estimators import ESTIMATORS, find_markers
    from plugin import (
        ConfidenceMiddleware,
        LangSmithFeedback,
        OpenTelemetrySpans,
        answer_element,
        answer_script,
        mount,
        with_panel,
    )
    from service import service_app
    from ui import ConfidenceChat, confidence_panel

__all__ = [
    "ESTIMATORS",
    "ConfidenceChat",
    "ConfidenceMiddleware",
    "LangSmithFeedback",
    "OpenTelemetrySpans",
    "answer_element",
    "answer_script",
    "assess",
    "assessment_of",
    "confidence_panel",
    "confidence_pipeline",
    "find_markers",
    "mount",
    "open_chat_model",
    "service_app",
    "with_confidence",
    "with_panel",
]

_PACKAGE_OF = {
    "ESTIMATORS": "estimators",
    "ConfidenceChat": "ui",
    "ConfidenceMiddleware": "plugin",
    "LangSmithFeedback": "plugin",
    "OpenTelemetrySpans": "plugin",
    "answer_element": "plugin",
    "answer_script": "plugin",
    "assess": "chains",
    "assessment_of": "chains",
    "confidence_panel": "ui",
    "confidence_pipeline": "chains",
    "find_markers": "estimators",
    "mount": "plugin",
    "open_chat_model": "chains",
    "service_app": "service",
    "with_confidence": "chains",
    "with_panel": "plugin",
}


def __getattr__(name: str) -> object:
    if name not in _PACKAGE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # __package__ is "" for this file in the repository and "credence_chat" in the wheel.
    package = f"{__package__}.{_PACKAGE_OF[name]}" if __package__ else _PACKAGE_OF[name]
    return getattr(import_module(package), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
