"""Some versions of llama-server send the beginning again in their first text, others only what they add."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk

from chains.engines.llama.repeated_beginning import RepeatedBeginning, beginning

BEGUN = "The capital is Toronto"


def entries(*tokens: str) -> list[dict[str, Any]]:
    return [{"token": token, "bytes": list(token.encode()), "logprob": -0.1} for token in tokens]


def chunk(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


@pytest.mark.parametrize(
    ("begun", "sent", "joined"),
    [
        (BEGUN, [("", ()), (BEGUN + ".", (".",)), (" It", (" It",))], ". It"),  # sent again
        (BEGUN, [("", ()), (".", (".",)), (" It", (" It",))], ". It"),  # not sent again
        ("No", [("No", ("No",)), (".", (".",))], "No."),  # the model itself says the same once more
        ("No", [("NoNo", ("No",)), (".", (".",))], "No."),  # both
        (BEGUN, [(BEGUN, ()), (".", (".",))], "."),  # the first token is half a character
        (BEGUN, [(".", (".",)), (BEGUN, ())], "." + BEGUN),  # only at the start
        ("", [("Paris", ("Paris",))], "Paris"),
    ],
)
def test_only_what_was_sent_before_is_dropped(begun: str, sent: list[Any], joined: str) -> None:
    fresh = RepeatedBeginning(begun)
    assert "".join(fresh(chunk(text), entries(*tokens)).text for text, tokens in sent) == joined


def test_the_beginning_is_the_last_message_of_the_model() -> None:
    asked = HumanMessage("Which city?")
    assert beginning([asked, AIMessage(BEGUN)]) == BEGUN
    assert beginning([AIMessage(BEGUN), asked]) == beginning([]) == ""
