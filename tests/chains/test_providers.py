"""The replies of ten providers, as they document them: what we read of each, streamed and whole."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx2
import pytest

from chains.engines.open import open_chat_model
from chains.engines.servers.openai_server import ChatServer
from chains.errors import CredenceError, ModelUnavailable
from chains.finish import explain_finish
from chains.messages import NO_LOGPROBS, ReplyReader
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from estimators.types import Answer
from tests.chains.providers import (
    anthropic,
    azure,
    gemini,
    llama_cpp,
    lm_studio,
    mistral,
    ollama,
    openai,
    openrouter,
    vllm,
)
from tests.chains.providers.shape import ANSWER, WORDS, Provider
from tests.chains.script import QUESTION

# Mistral sends lists where OpenAI's client expects a text
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
Start = Callable[[Callable[[str, dict[str, Any]], tuple[int, Any]]], str]
MODULES: tuple[ModuleType, ...] = (
    ollama, lm_studio, vllm, llama_cpp, openai, azure, openrouter, gemini, anthropic, mistral,
)  # fmt: skip
PROVIDERS: dict[str, Provider] = {
    **{module.__name__.rpartition(".")[2]: module.PROVIDER for module in MODULES},
    "ollama before 0.12.11": ollama.WITHOUT,
    "mistral, where log-probabilities are refused": mistral.WITHOUT,
    "openrouter, a model without log-probabilities": openrouter.WITHOUT,
}
TOP = tuple(((word, logprob), (" Sydney", -3.0)) for word, logprob in WORDS)


def served(provider: Provider, start: Start, reply: Any = None) -> str:
    """The address of a server that answers like the provider, after it has rejected what the provider rejects."""

    def answer(path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/v1/models":
            return 200, provider.models
        for name, status, error in provider.refusals:
            if name in body:
                return status, error
        return (200, provider.stream) if body.get("stream") else (200, provider.whole)

    return start(answer if reply is None else lambda path, body: _listed(provider, path) or reply)


def _listed(provider: Provider, path: str) -> tuple[int, Any] | None:
    return (200, provider.models) if path == "/v1/models" else None


def check(answer: Answer, provider: Provider) -> None:
    """The answer's text, tokens, alternatives, reasoning and end are those that the provider sent."""
    assert (answer.text, answer.finish) == (ANSWER, "stop")
    if provider.alternatives:
        assert [(token.text, token.logprob, token.top) for token in answer.tokens] == [
            (*word, top) for word, top in zip(WORDS, TOP, strict=True)
        ]
    else:
        assert (answer.tokens, answer.missing) == ((), NO_LOGPROBS)
    assert (answer.reasoning is not None) == bool(provider.reasoning)
    if answer.reasoning is not None:
        assert provider.reasoning in answer.reasoning.text


def asked(address: str, **changes: Any) -> Turn:
    """A question through the pipeline, with the signals of tokens only."""
    *_, turn = confidence_pipeline(
        open_chat_model(address), signals=("sequence_probability", "key_span_probability"), **changes
    ).stream(QUESTION)
    return turn


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_streamed_reply(name: str, foreign_server: Start) -> None:
    provider = PROVIDERS[name]
    turn = asked(served(provider, foreign_server), temperature=0.5)  # sends top_p, top_k and min_p, too
    assert turn.answer is not None and turn.assessment is not None
    check(turn.answer, provider)
    cost = turn.assessment.evidence.provenance.cost
    assert (cost.prompt_tokens, cost.new_tokens) == provider.usage
    signal = turn.assessment.signal("sequence_probability")
    assert signal is not None
    assert (signal.confidence is not None) == bool(provider.alternatives)
    assert signal.missing == ("" if provider.alternatives else NO_LOGPROBS)
    if provider.refusals:
        left_out = str(turn.assessment.evidence.provenance.options["server"])
        assert all(f"{name} left out" in left_out for name, *_ in provider.refusals)


@pytest.mark.parametrize("name", [name for name, provider in PROVIDERS.items() if provider.whole])
def test_a_whole_reply(name: str, foreign_server: Start) -> None:
    provider = PROVIDERS[name]
    reader = ReplyReader(tells_end=True)
    reader.add(open_chat_model(served(provider, foreign_server)).invoke(QUESTION))
    check(reader.answer(), provider)
    assert reader.usage is not None
    assert (reader.usage["input_tokens"], reader.usage["output_tokens"]) == provider.usage


@pytest.mark.parametrize("module", [gemini, anthropic, mistral], ids=lambda module: module.__name__)
def test_the_messages_of_its_own_package(module: ModuleType) -> None:
    reader = ReplyReader(tells_end=True)
    for message in module.MESSAGES:
        reader.add(message)
    alternatives = 2 if module is gemini else 0
    provider = Provider({}, "", alternatives=alternatives, reasoning="Is it Sydney? No.")
    check(reader.answer(reader.finish), provider)
    assert reader.usage is not None
    assert (reader.usage["input_tokens"], reader.usage["output_tokens"]) == module.PROVIDER.usage


def test_azure_stops_an_answer_in_the_middle(foreign_server: Start) -> None:
    address = served(azure.PROVIDER, foreign_server, (200, azure.FILTERED))
    snapshots: list[Turn] = []
    with pytest.raises(CredenceError) as caught:
        snapshots.extend(confidence_pipeline(open_chat_model(address)).stream(QUESTION))
    assert str(caught.value) == explain_finish("content_filter")


@pytest.mark.parametrize(
    ("provider", "error", "says"),
    [
        (azure.PROVIDER, (400, azure.REFUSED), "content filter rejected the question"),
        (openrouter.PROVIDER, (403, openrouter.FLAGGED), "content filter rejected the question"),
        (openrouter.PROVIDER, (402, openrouter.NO_CREDIT), "no credit left"),
    ],
)
def test_why_a_question_is_not_answered(
    provider: Provider, error: tuple[int, Any], says: str, foreign_server: Start
) -> None:
    with pytest.raises(ModelUnavailable, match=says):
        asked(served(provider, foreign_server, error))


def test_openrouter_breaks_off(foreign_server: Start) -> None:
    with pytest.raises(CredenceError, match="stopped in the middle"):
        asked(served(openrouter.PROVIDER, foreign_server, (200, openrouter.BROKEN)))


def test_anthropic_lists_its_models_for_its_own_header(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, str]] = []

    def get(url: str, headers: dict[str, str], **_: Any) -> httpx2.Response:
        asked.append(headers)
        return httpx2.Response(200, json=anthropic.PROVIDER.models)

    monkeypatch.setenv("CREDENCE_API_KEY", "secret")
    monkeypatch.setattr("chains.engines.servers.openai_server.httpx2.get", get)
    model = open_chat_model("https://api.anthropic.com/v1")
    assert isinstance(model, ChatServer) and model.model_name == "claude-sonnet-4-5"
    assert asked == [{"x-api-key": "secret", "anthropic-version": "2023-06-01"}]


def test_every_shape_names_its_source() -> None:
    for module in MODULES:
        text = inspect.getdoc(module) or ""
        assert "https://" in text and "2026-11-28" in text, module.__name__
