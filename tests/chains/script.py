"""A scripted model with numbers that are easy to calculate with, and one that records its calls."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from estimators.types import Token
from tests.estimators.evidence import token

ANSWER = (
    token("It", 0.9, {"It": 0.9}), token(" is", 0.8, {" is": 0.8}), token(" probably", 0.5, {" probably": 0.5}),
    token(" Canberra", 0.4, {" Canberra": 0.4}), token(".", 1.0, {".": 1.0}),
)  # fmt: skip
LETTER = (token("B", 0.6, {"B": 0.6, "A": 0.2}), token(".", 0.9), token(" It", 0.9), token(" flies.", 0.9))
P_TRUE_THIRD = token("True", 0.6, {"True": 0.6, "False": 0.2})
P_TRUE_OWN = token("True", 0.9, {"True": 0.9, "False": 0.1})
LIKERT_THIRD = token("5", 0.5, {"5": 0.5, "6": 0.3})
LIKERT_THIRD_OC = token("4", 0.6, {"4": 0.6, "2": 0.2})
LIKERT_OWN = token("6", 0.9, {"6": 0.9})
QUESTION, OPTIONS = "What is the capital of Australia?", "Which one flies?\nA. dog\nB. bee"

# What the script comes to, reckoned by hand.
OPEN_SIGNALS = {
    "sequence_probability": (0.9 * 0.8 * 0.5 * 0.4 * 1.0) ** (1 / 5),
    "minimum_probability": 0.4,
    "key_span_probability": 0.4,  # Canberra
    "likert_third_label": 0.8,
    "likert_third_expected": 0.875,  # (0.8 · 0.5 + 1.0 · 0.3) / 0.8
    "numeric": 0.85,
    "p_true_own": 0.9,
    "p_true_third": 0.75,  # 0.6 / 0.8
    "linguistic": 0.75,  # probably
}
OPTION_SIGNALS = {
    "p_ic": 0.75,  # 0.6 / 0.8
    "msp": 0.6,
    "letter_again": 0.75,  # 0.6 / 0.8
    "likert_third_oc_label": 0.6,
    "likert_third_oc_expected": 0.5,  # (0.6 · 0.6 + 0.2 · 0.2) / 0.8
    "numeric": 0.85,
    "p_true_own": 0.9,
    "p_true_third": 0.75,
    "linguistic": None,
}


def replies(*first: ScriptedReply, **more: Any) -> tuple[ScriptedReply, ...]:
    """The script, after some other replies; ``more`` is set on each of its own."""

    def reply(match: str, *tokens: Token) -> ScriptedReply:
        return ScriptedReply(tokens, match, **more)

    return (
        *first,
        reply("model's answer true or false", P_TRUE_THIRD),
        reply("just gave true or false", P_TRUE_OWN),
        reply("model's answer is correct?\n\nchoose", LIKERT_THIRD),
        reply("model's answer is correct?\n\nweigh", LIKERT_THIRD_OC),
        reply("just gave is correct?\n\nchoose", LIKERT_OWN),
        reply("0 (certainly wrong)", token("85", 0.9)),
        reply("\nB. ", *LETTER),
        reply("", *ANSWER),
    )


class NotingModel(ScriptedChatModel):
    """Records the options of every call, and how each of its streams ended."""

    _options: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _ends: list[str] = PrivateAttr(default_factory=list)

    @property
    def options(self) -> list[dict[str, Any]]:
        return self._options

    @property
    def ends(self) -> list[str]:
        """For every call: whole, closed, or the name of its error."""
        return self._ends

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> Iterator[ChatGenerationChunk]:
        self._options.append(options)
        try:
            yield from super()._stream(messages, stop, run_manager, **options)
        except GeneratorExit:
            self._ends.append("closed")
            raise
        except Exception as error:
            self._ends.append(type(error).__name__)
            raise
        self._ends.append("whole")


def scripted(*first: ScriptedReply, delay: float = 0.0, **more: Any) -> NotingModel:
    """A noting model that follows the script."""
    return NotingModel(replies=replies(*first, **more), delay=delay)
