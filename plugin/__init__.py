"""Credence inside other people's apps: Gradio, FastAPI, LangChain agents, traces, any web page; no page of its own.

Importing this package is cheap: what a name needs, such as Gradio, is loaded when the name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugin.agents.middleware import ConfidenceMiddleware
    from plugin.gradio_chat.with_panel import with_panel
    from plugin.mounting import mount
    from plugin.tracing.langsmith_feedback import LangSmithFeedback
    from plugin.tracing.otel import OpenTelemetrySpans
    from plugin.web import answer_element, answer_script

__all__ = [
    "ConfidenceMiddleware",
    "LangSmithFeedback",
    "OpenTelemetrySpans",
    "answer_element",
    "answer_script",
    "mount",
    "with_panel",
]

_HOME = {
    "ConfidenceMiddleware": "agents.middleware",
    "LangSmithFeedback": "tracing.langsmith_feedback",
    "OpenTelemetrySpans": "tracing.otel",
    "answer_element": "web",
    "answer_script": "web",
    "mount": "mounting",
    "with_panel": "gradio_chat.with_panel",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
