"""How every LangChain package names the options of a call, and which distribution a sample is drawn from."""

from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from chains.engines.scripted import ScriptedChatModel
from chains.engines.servers.openai_server import ChatServer
from chains.engines.servers.option_names import tells_end
from chains.pipeline.model_calls import sampling
from chains.pipeline.pipeline import confidence_pipeline
from chains.settings import Settings
from estimators.types import Question
from evaluation.mic.work import open_work, sample
from evaluation.questions.reader import AskedQuestion
from tests.chains.script import QUESTION
from tests.chains.servers import Picky


def of_package(module: str, **fields: Any) -> Any:
    """A model whose class comes from a package, with fields of its own."""
    body = {"__module__": module, "__annotations__": dict.fromkeys(fields, Any), **fields}
    return type("Chat", (FakeListChatModel,), body)(responses=["x"])


TOKENS = {"logprobs": True, "top_logprobs": 20}
OPENAI = {"temperature": 1.0, "max_tokens": 400, "seed": 3, "top_p": 1.0, **TOKENS}
CASES = {
    "langchain_openai.chat_models": OPENAI,
    "langchain_deepseek.chat_models": OPENAI,
    "langchain_xai.chat_models": OPENAI,
    "langchain_together.chat_models": OPENAI,
    "langchain_groq.chat_models": OPENAI,
    "langchain_huggingface.chat_models": OPENAI,
    "langchain_fireworks.chat_models": {**OPENAI, "top_k": 0, "min_p": 0.0},
    "langchain_mistralai.chat_models": {
        "temperature": 1.0,
        "max_tokens": 400,
        "random_seed": 3,
        "top_p": 1.0,
    },
    "langchain_google_genai.chat_models": {
        "temperature": 1.0,
        "max_output_tokens": 400,
        "seed": 3,
        "top_p": 1.0,
    },
    "langchain_ollama.chat_models": {
        **TOKENS,
        "options": {
            "temperature": 1.0,
            "num_predict": 400,
            "seed": 3,
            "top_p": 1.0,
            "top_k": 0,
            "min_p": 0.0,
        },
    },
}


@pytest.mark.parametrize("credence", [None, {"model": "m", "engine": "e", "model_sha256": None}])
@pytest.mark.parametrize("module", CASES)
def test_every_package_gets_its_own_names(module: str, credence: Any) -> None:
    model = of_package(module)
    model.metadata = {"credence": credence} if credence else None
    assert sampling(model, Settings(max_tokens=400, temperature=1.0, seed=3)) == CASES[module]
    greedy = sampling(model, Settings(max_tokens=400, temperature=0.0, seed=3))
    flat = {**greedy, **greedy.get("options", {})}
    assert flat["temperature"] == 0.0
    assert not {"top_p", "top_k", "min_p"} & set(flat)  # nothing is drawn


def test_ollama_keeps_the_options_that_its_owner_has_set() -> None:
    model = of_package(
        "langchain_ollama.chat_models", num_ctx=4096, repeat_penalty=1.1, top_k=40, temperature=None
    )
    options = sampling(model, Settings(max_tokens=400, temperature=0.7))["options"]
    assert (options["num_ctx"], options["repeat_penalty"], options["top_k"]) == (4096, 1.1, 0)
    assert options["temperature"] == 0.7


def test_a_model_of_another_package_gets_what_is_among_its_fields() -> None:
    limits = ("max_tokens", "num_predict", "max_output_tokens", "max_new_tokens", "max_completion_tokens")
    for limit in limits:
        model = of_package("somewhere.else", **{limit: None, "random_seed": None, "top_k": None})
        assert sampling(model, Settings(max_tokens=400, temperature=1.0, seed=3)) == {
            limit: 400,
            "random_seed": 3,
            "top_k": 0,
        }
    assert sampling(FakeListChatModel(responses=["x"]), Settings()) == {}


def test_which_models_always_say_why_a_reply_ended() -> None:
    assert tells_end(ScriptedChatModel())
    assert all(tells_end(of_package(module)) for module in CASES if "huggingface" not in module)
    assert not tells_end(of_package("langchain_huggingface.chat_models"))
    assert not tells_end(FakeListChatModel(responses=["x"]))


def test_a_sample_is_drawn_from_the_whole_distribution(foreign_server: Any, tmp_path: Any) -> None:
    """Samples, UF and marker runs send top_p 1, and top_k 0 and min_p 0 beside it; a greedy call sends none of them."""
    server = Picky()
    model = open_chat_model(foreign_server(server))
    list(
        confidence_pipeline(model, samples=2, signals=("uf", "self_consistency", "p_true_own")).stream(
            QUESTION
        )
    )
    work = open_work(tmp_path / "work.jsonl", {"model": "m"})
    questions = [AskedQuestion(id="1", question=QUESTION, answers=("Canberra",))]
    sample(work, model, questions, (1, 2), 1.0, 1)
    drawn = [body for body in server.seen if body["temperature"] == 1.0]
    greedy = [body for body in server.seen if body["temperature"] == 0.0]
    assert len(drawn) == 4 and greedy and len(drawn) + len(greedy) == len(server.seen)
    assert {(body["top_p"], body["top_k"], body["min_p"]) for body in drawn} == {(1.0, 0, 0.0)}
    assert len({body["seed"] for body in drawn}) >= 2
    assert not any({"top_p", "top_k", "min_p"} & set(body) for body in greedy)
    # a branch and the answer itself at a temperature above 0
    server.seen.clear()
    list(
        confidence_pipeline(model, temperature=0.7, signals=("sequence_probability",)).stream(
            Question(QUESTION)
        )
    )
    assert [(body["top_p"], body["top_k"], body["min_p"]) for body in server.seen] == [(1.0, 0, 0.0)]


def test_a_server_that_refuses_top_k_0_is_sent_minus_1(foreign_server: Any) -> None:
    def refusal(body: dict[str, Any]) -> Any:
        error = {
            "object": "error",
            "message": "top_k must be -1 (disable), or at least 1, got 0.",
            "code": 400,
        }
        return error if body.get("top_k") == 0 else None

    server = Picky(refusal)
    model = open_chat_model(foreign_server(server))
    list(confidence_pipeline(model, temperature=1.0, signals=("sequence_probability",)).stream(QUESTION))
    assert [body["top_k"] for body in server.seen] == [0, -1]


def test_openai_itself_is_sent_no_option_that_it_does_not_know() -> None:
    model = ChatServer(model="gpt-4o", api_key="x", base_url="https://api.openai.com/v1")
    options = sampling(model, Settings(max_tokens=400, temperature=1.0))
    payload = model._get_request_payload("Hi", **options)
    assert payload["top_p"] == 1.0 and payload["max_completion_tokens"] == 400
    assert not {"top_k", "min_p", "extra_body", "max_tokens"} & set(payload)
    other = ChatServer(model="m", api_key="x", base_url="http://127.0.0.1:1/v1")
    payload = other._get_request_payload("Hi", **options)
    assert payload["max_tokens"] == 400  # others do not know the newer name, and then a reply has no limit
    assert payload["extra_body"] == {"top_k": 0, "min_p": 0.0}
    mine = other._get_request_payload("Hi", extra_body={"top_k": 3}, **options)
    assert mine["extra_body"] == {"top_k": 3, "min_p": 0.0}


def test_our_own_engines_take_what_they_are_sent() -> None:
    assert sampling(ScriptedChatModel(), Settings(max_tokens=400, temperature=1.0, seed=3)) == OPENAI
    assert ChatLlama.more_options == ()  # its child samples from the whole distribution by itself
