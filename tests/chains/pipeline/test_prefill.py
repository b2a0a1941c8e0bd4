"""Continuing an answer that was begun."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from pytest import approx

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from chains.engines.scripted import ScriptedChatModel
from chains.errors import CredenceError
from chains.messages import NO_LOGPROBS
from chains.pipeline.model_calls import Meter, ask_whole
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.prefill import branch, can_choose, can_continue, go_on
from estimators.types import Answer, Assessment, Message, Token
from tests.chains.script import ANSWER, QUESTION, scripted

GREEDY = {"temperature": 0.0, "max_tokens": 24, "logprobs": True, "top_logprobs": 5}
ASKED = (Message("user", QUESTION),)


def rest(model: Any, begun: str, asked: tuple[Message, ...] = ASKED, **options: Any) -> Answer:
    """What a model adds to a beginning without tokens of its own."""
    scored = (Token(begun, 0.0),) if begun else ()
    *_, last = go_on(model, asked, Answer(begun, scored), GREEDY | options, Meter())
    return replace(last, text=last.text[len(begun) :], tokens=last.tokens[len(scored) :], span=None)


def test_a_script_continues_its_reply() -> None:
    model = scripted()
    assert rest(model, "It is").tokens == ANSWER[2:]
    assert [message.type for message in model.received[0]] == ["human", "ai"]
    assert rest(model, "It is prob").text == "ably Canberra."
    assert rest(model, "It is Sydney, or").text == "It is probably Canberra."  # no reply begins so
    assert rest(model, "").tokens == ANSWER
    assert rest(model, "It is probably Canberra.") == Answer("")


def test_it_streams_and_is_counted() -> None:
    meter = Meter()
    begun = Answer("It is", ANSWER[:2])
    parts = [part.text for part in go_on(scripted(), ASKED, begun, GREEDY, meter)]
    assert parts == ["It is probably", "It is probably Canberra", *["It is probably Canberra."] * 2]
    assert (meter.calls, meter.new_tokens) == (1, 3)


def test_a_foreign_server_says_at_once_that_it_cannot(foreign_server: Callable[..., str]) -> None:
    server = open_chat_model(foreign_server(lambda path, body: (200, {"data": [{"id": "m"}]})))
    for model in (server, FakeListChatModel(responses=["a"])):
        assert not can_continue(model)
        with pytest.raises(CredenceError, match=r"This server cannot continue a partial answer\. .* GGUF"):
            go_on(model, ASKED, Answer("It is"), GREEDY, Meter())


def test_transformers_continues_where_the_reply_was_cut(tmp_path: Any) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from chains.engines.transformers.chat_model import open_transformers
    from tests.chains.tiny_model import TEMPLATE, save_tiny_model

    trimming = TEMPLATE.replace("message['content']", "message['content'] | trim")
    for folder, template in (("plain", TEMPLATE), ("trimming", trimming)):
        model = open_transformers(save_tiny_model(tmp_path / folder, template), device="cpu")
        asked = [HumanMessage(QUESTION)]
        for begun in ("the he", " \nthe ", "é\n\n", "<|im_end|>"):
            tokens = model.prompt_tokens([*asked, AIMessage(begun)])
            prompt = model.prompt_tokens(asked)
            assert tokens[: len(prompt)] == prompt
            assert b"".join(map(model.token_bytes, tokens[len(prompt) :])) == begun.encode()
        assert can_continue(model) and rest(model, "the ").tokens
        model.close()


@pytest.mark.parametrize(
    "asked", [QUESTION, "Repeat: naïve “中文” 🦘", "Write three lines of a poem about rain."]
)
def test_llama_continues_as_it_would_have(tiny_model: ChatLlama, asked: str) -> None:
    messages = (Message("user", asked),)
    whole = ask_whole(tiny_model, messages, GREEDY, Meter())
    assert len(whole.tokens) > 5
    for cut in (1, 2, len(whole.tokens) // 2):
        begun = "".join(token.text for token in whole.tokens[:cut])
        reply = rest(tiny_model, begun, messages, max_tokens=24 - cut)
        expected = whole.tokens[cut:]
        assert [token.text for token in reply.tokens][:4] == [token.text for token in expected][:4]
        both = list(zip(reply.tokens, expected, strict=False))
        assert [mine.logprob for mine, _ in both] == approx([theirs.logprob for _, theirs in both], abs=0.05)


def test_llama_keeps_the_border_as_it_is(tiny_model: ChatLlama) -> None:
    for begun in ("The capital ", "\nThe", "Line one\n\n"):
        sent = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": begun}]
        prompt = tiny_model.engine.post("/apply-template", {"messages": sent})["prompt"]
        assert prompt.endswith(f"<|im_start|>assistant\n{begun}")


def test_llama_returns_only_the_rest_without_streaming_too(tiny_model: ChatLlama) -> None:
    begun = [HumanMessage(QUESTION), AIMessage("The capital")]
    bound = tiny_model.bind(**GREEDY)
    streamed = "".join(str(chunk.text) for chunk in bound.stream(begun))
    assert streamed.startswith(" of Australia")
    assert bound.invoke(begun).text == streamed


def test_a_branch_keeps_the_text_before_the_token_and_generates_the_rest_again() -> None:
    model = ScriptedChatModel()
    turn = confidence_pipeline(model).invoke(QUESTION)
    assert turn.answer is not None
    place = next(place for place, token in enumerate(turn.answer.tokens) if token.text == " Canberra")
    alternatives = turn.answer.tokens[place].top
    choice = next(i for i, (text, _) in enumerate(alternatives) if can_choose(text, " Canberra"))
    text, logprob = alternatives[choice]
    start = branch(turn, place, choice, turn.settings)
    assert start.probes == {} and start.answer is None
    other = confidence_pipeline(model, turn.settings).invoke(start)
    assert other.answer is not None and other.assessment is not None
    assert other.answer.tokens[:place] == turn.answer.tokens[:place]
    assert (other.answer.tokens[place].text, other.answer.tokens[place].logprob) == (text, logprob)
    assert other.answer.text.startswith("".join(token.text for token in start.begun))
    assert set(other.probes) == set(turn.probes)
    record = Assessment.from_dict(other.assessment.to_dict())
    assert record.evidence.provenance.begun == "".join(token.text for token in start.begun)
    assert turn.assessment is not None and turn.assessment.evidence.provenance.begun == ""
    for wrong in ((-1, 0), (place, len(alternatives)), (99, 0)):
        with pytest.raises(ValueError, match="no alternative"):
            branch(turn, *wrong, turn.settings)


def test_an_answer_without_token_probabilities_goes_on_without_them() -> None:
    *_, whole = go_on(scripted(), ASKED, Answer("It is", missing="none sent"), GREEDY, Meter())
    assert whole == Answer("It is probably Canberra.", missing="none sent")
    *_, lost = go_on(scripted(logprobs=False), ASKED, Answer("It is", ANSWER[:2]), GREEDY, Meter())
    assert lost == Answer("It is probably Canberra.", missing=NO_LOGPROBS)
