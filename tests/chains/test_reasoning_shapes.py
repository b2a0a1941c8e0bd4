"""How servers and packages send reasoning, recorded from their streams and documentation; and what becomes of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from chains.engines.open import open_chat_model
from chains.engines.scripted import ScriptedReply
from chains.messages import NO_LOGPROBS, ReplyReader
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.prefill import REASONING_ROOM
from estimators.parsing.reasoning import STILL_REASONING
from estimators.types import Answer, Reasoning, Token
from tests.chains.script import QUESTION, scripted
from tests.chains.servers import DONE, MODELS, entry

THOUGHT, ANSWER = "Is it Sydney? No.", "It is Canberra."
TOKENS = tuple(Token(text, -0.1) for text in ("It", " is", " Canberra", "."))
OWN = [entry(token.text) for token in TOKENS]


def delta(fields: dict[str, Any], logprobs: Any = None, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": fields, "logprobs": logprobs, "finish_reason": finish}
    return "data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}) + "\n\n"


def content(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"content": list(entries)}


WORDS = [delta({"content": item["token"]}, content(item)) for item in OWN]
END = delta({}, finish="stop") + DONE
STREAMS = {
    # api.deepseek.com: content is null while it reasons
    "DeepSeek": [delta({"content": None, "reasoning_content": part}) for part in ("Is it Sydney?", " No.")]
    + WORDS,
    # vLLM from 0.17 on, OpenRouter and Groq name the field “reasoning”
    "vLLM": [delta({"reasoning": part}, content(entry(part))) for part in ("Is it", " Sydney?", " No.")]
    + [delta({"content": ""}, content(entry("</think>"), entry("\n\n")))]
    + WORDS,
    "OpenRouter": [delta({"role": "assistant", "content": "", "reasoning": THOUGHT}), *WORDS],
    # SGLang leaves out the log-probabilities of the reasoning
    "SGLang": [delta({"reasoning_content": THOUGHT, "content": None}), *WORDS],
    # llama.cpp with --reasoning-format none, or without a parser: in the text
    "in tags": [
        delta({"content": part}, content(entry(part)))
        for part in ("<think>", "\n", "Is it", " Sydney?", " No.", "\n", "</think>", "\n\n")
    ]
    + WORDS,
    # the template ends with <think>: only the closing tag comes
    "opened by the prompt": [
        delta({"content": part}, content(entry(part)))
        for part in ("Is it", " Sydney?", " No.", "\n</think>", "\n\n")
    ]
    + WORDS,
    "end and beginning in one chunk": [
        delta(
            {"reasoning_content": "Is it Sydney? No.", "content": "It"},
            content(entry("Is it Sydney? No."), OWN[0]),
        ),
        *WORDS[1:],
    ],
}


@pytest.mark.parametrize("name", STREAMS)
def test_reasoning_of_a_server_is_kept_apart(name: str, foreign_server: Callable[..., str]) -> None:
    stream = "".join(STREAMS[name]) + END
    model = open_chat_model(
        foreign_server(lambda path, body: MODELS if path == "/v1/models" else (200, stream))
    )
    *_, turn = confidence_pipeline(model, signals=("sequence_probability",)).stream(QUESTION)
    answer = turn.answer
    assert answer is not None and answer.reasoning is not None
    assert (answer.text, answer.tokens, answer.missing) == (ANSWER, TOKENS, "")
    assert THOUGHT in answer.reasoning.text
    scored = name not in ("DeepSeek", "OpenRouter", "SGLang")
    assert bool(answer.reasoning.tokens) == scored
    assert answer.reasoning.missing == ("" if scored else NO_LOGPROBS)


@pytest.mark.parametrize(
    ("logprobs", "tokens"),
    [
        ((entry(THOUGHT), *OWN), (Token(THOUGHT, -0.1),)),
        (tuple(OWN), ()),  # SGLang leaves out those of the reasoning
    ],
)
def test_a_whole_reply_gives_its_reasoning(
    logprobs: tuple[dict[str, Any], ...], tokens: tuple[Token, ...], foreign_server: Callable[..., str]
) -> None:
    message = {"role": "assistant", "content": ANSWER, "reasoning_content": THOUGHT}
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": message,
        "logprobs": content(*logprobs),
    }
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "small", "choices": [choice]}
    model = open_chat_model(
        foreign_server(lambda path, body: MODELS if path == "/v1/models" else (200, whole))
    )
    reader = ReplyReader()
    reader.add(model.invoke("?"))
    answer = reader.answer()
    assert (answer.text, answer.tokens) == (ANSWER, TOKENS)
    assert answer.reasoning == Reasoning(THOUGHT, tokens, "" if tokens else NO_LOGPROBS)


@pytest.mark.parametrize(
    "message",
    [
        AIMessage(ANSWER, additional_kwargs={"reasoning_content": THOUGHT}),  # deepseek, groq, ollama, xai
        AIMessage(
            [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": ANSWER}]
        ),  # anthropic, google
        AIMessage(
            [{"type": "reasoning", "reasoning": THOUGHT}, {"type": "text", "text": ANSWER}]
        ),  # LangChain 1
        AIMessage(
            [{"type": "reasoning", "summary": [{"text": THOUGHT}]}, {"type": "text", "text": ANSWER}]
        ),  # OpenAI's Responses API
    ],
)
def test_packages_put_reasoning_into_fields_or_blocks(message: AIMessage) -> None:
    reader = ReplyReader()
    assert reader.add(message)
    answer = reader.answer()
    assert answer.text == ANSWER and answer.reasoning == Reasoning(THOUGHT, missing=NO_LOGPROBS)


def test_a_reply_that_is_all_reasoning_has_begun_but_has_no_answer() -> None:
    reader = ReplyReader(tells_end=True)
    assert (
        reader.add(AIMessageChunk(content="", additional_kwargs={"reasoning_content": THOUGHT}))
        and reader.begun
    )
    cut = reader.answer("length")
    assert (cut.text, cut.missing, cut.finish) == ("", STILL_REASONING, "length")
    opened = ReplyReader(opened=True)
    opened.add(AIMessageChunk(content=THOUGHT))
    assert opened.answer().text == ""  # it is still being written
    assert opened.answer("length").reasoning == Reasoning(THOUGHT, missing=NO_LOGPROBS, opened=True)
    assert opened.answer("stop") == Answer(
        THOUGHT, missing=NO_LOGPROBS
    )  # it never closed what it never opened


def test_going_on_finds_the_end_of_the_reasoning() -> None:
    for begun in (
        Answer("", reasoning=Reasoning("<think>Is it")),
        Answer("", reasoning=Reasoning("Is it", opened=True)),
    ):
        reader = ReplyReader(begun=begun)
        reader.add(AIMessageChunk(content=" Sydney?\n</think>\n\nCanberra."))
        answer = reader.answer("stop")
        assert answer.text == "Canberra." and answer.reasoning is not None
        assert answer.reasoning.text.endswith("Is it Sydney?\n</think>\n\n")


def test_nothing_that_is_asked_or_scored_holds_the_reasoning() -> None:
    marked = "<think>It is probably Sydney, perhaps not.</think>\n\n"
    reply = ScriptedReply.of(f"{marked}It is Canberra.", 0.8, match="capital of Australia?")
    model = scripted(ScriptedReply.of("True", 0.9, match="true or false"), reply)
    turn = confidence_pipeline(model, samples=2).invoke(QUESTION)
    assert turn.answer is not None and turn.assessment is not None and turn.answer.reasoning is not None
    assert turn.answer.judged_text == "It is Canberra."
    assert turn.assessment.markers == ()
    signal = turn.assessment.signal("sequence_probability")
    assert signal is not None and signal.confidence == pytest.approx(0.8)
    assert (
        turn.reading.answer_words is not None
        and turn.answer.text[slice(*turn.reading.answer_words)] == "Canberra"
    )
    assert [sample.judged_text for sample in turn.samples] == ["It is Canberra."] * 2
    assert turn.groups == ((0, 1),)
    quoted = [str(message.content) for messages in model.received[1:] for message in messages]
    assert quoted and not any("Sydney" in text for text in quoted)
    limits = [options["max_tokens"] for options in model.options[1:]]
    assert min(limits) > REASONING_ROOM  # a model that reasons first has room for it
