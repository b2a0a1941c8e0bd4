"""Attention weights and hidden states, against one full pass of a tiny random model."""

from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import numpy as np
import torch
from langchain_core.messages import HumanMessage

from chains.engines.internals import ShowsInside
from chains.engines.scoring import CannotScore
from chains.engines.transformers.chat_model import TransformersChatModel
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.internals import BLOCK, read_inside
from chains.errors import MessageTooLong
from tests.chains.tiny_model import tiny_llama, tiny_tokenizer

PROMPT = list(range(5, 45))
REPLY = [(7 * k) % 250 for k in range(BLOCK + 9)]  # more than one block
ASK = [HumanMessage("Where is the café?")]


def full_pass(model: Any, tokens: list[int]) -> Any:
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        return model(input_ids=torch.tensor([tokens]), output_attentions=True, output_hidden_states=True)


@pytest.mark.parametrize("decoded_before", [False, True])
def test_it_is_what_one_full_pass_holds(decoded_before: bool) -> None:
    engine, last = Engine(tiny_llama(layers=6), tiny_tokenizer()), BLOCK + 3
    if decoded_before:
        engine.score(PROMPT, REPLY, 0)  # fills the prefix cache
    inside = read_inside(engine, PROMPT, REPLY, last)
    whole = full_pass(tiny_llama(layers=6), [*PROMPT, *REPLY])
    start = len(PROMPT)
    assert inside.cached_tokens == (start - 1 if decoded_before else 0)
    assert inside.prompt_tokens == len(PROMPT) + len(REPLY)
    logprobs = whole.logits[0, start - 1 : -1].log_softmax(-1)
    expected = [float(row[token]) for row, token in zip(logprobs, REPLY, strict=True)]
    assert inside.logprobs == pytest.approx(expected, abs=1e-4)
    assert list(inside.attention) == [2, 3, 4]  # the middle third of six
    for layer, weights in inside.attention.items():
        heads = whole.attentions[layer][0].numpy()
        previous = np.array([heads[:, start + i, start + i - 1] for i in range(1, len(REPLY))])
        best = int(previous.mean(axis=0).argmax())
        assert weights == pytest.approx(previous[:, best], abs=1e-4)
    for states, place in ((inside.before, start - 1), (inside.after, start + last)):
        assert states == pytest.approx(
            np.stack([layer[0, place].numpy() for layer in whole.hidden_states]), abs=1e-3
        )


def test_attention_is_computed_as_before_afterwards() -> None:
    engine = Engine(tiny_llama(), tiny_tokenizer())
    usual = engine.model.config._attn_implementation
    read_inside(engine, PROMPT, REPLY[:3], 2)
    assert engine.model.config._attn_implementation == usual == "sdpa"


def test_one_token_has_no_attention_weight() -> None:
    inside = read_inside(Engine(tiny_llama(), tiny_tokenizer()), PROMPT, REPLY[:1], 0)
    assert len(inside.logprobs) == 1 and set(inside.attention.values()) == {()}


def test_the_chat_model_reads_its_text_up_to_the_end_of_the_scored_part() -> None:
    model = TransformersChatModel(Engine(tiny_llama(), tiny_tokenizer()), model_name="tiny", context=512)
    assert isinstance(model, ShowsInside)
    text = "the café is here"
    whole, part = model.inside(ASK, text, len(text)), model.inside(ASK, text, len("the café"))
    prompt = model.prompt_tokens(ASK)
    reply = model.get_token_ids(text)
    states = full_pass(tiny_llama(), [*prompt, *reply]).hidden_states[-1][0]
    places = [len(model.get_token_ids("the café")), len(reply)]
    for inside, place in zip((part, whole), places, strict=True):
        assert inside.after[-1] == pytest.approx(states[len(prompt) + place - 1].numpy(), abs=1e-3)
        assert inside.before[-1] == pytest.approx(states[len(prompt) - 1].numpy(), abs=1e-3)
    with pytest.raises(MessageTooLong):
        model.inside(ASK, "x" * 600, 600)
    with pytest.raises(CannotScore):
        model.inside(ASK, "", 0)
