"""One set of weights with its adapter off and on, and the form in which a confidence is stated."""

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

import torch
from langchain_core.messages import BaseMessage, HumanMessage

from chains import ModelUnavailable, open_chat_model
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.engines.transformers.adapters import open_before_after
from chains.engines.transformers.chat_model import TransformersChatModel, chat_model_of
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.load import trainable_adapter
from chains.pipeline.model_calls import Meter
from chains.pipeline.verbalized import ask_stated
from tests.chains.tiny_model import save_tiny_model, tiny_llama, tiny_tokenizer

ASK: list[BaseMessage] = [HumanMessage("Where?")]


@pytest.fixture(scope="module")
def model_and_adapter(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("pair")
    wrapped = trainable_adapter(tiny_llama(), "tiny", rank=4)
    with torch.no_grad():
        for name, weights in wrapped.named_parameters():
            if "lora_B" in name:
                weights.copy_(torch.randn_like(weights))
    wrapped.save_pretrained(folder / "adapter")
    return str(save_tiny_model(folder / "model")), str(folder / "adapter")


def opened(model: str, adapter: str | None = None) -> TransformersChatModel:
    chat_model = open_chat_model(model, device="cpu", adapter=adapter)
    assert isinstance(chat_model, TransformersChatModel)
    return chat_model


def test_each_side_is_the_model_it_says(model_and_adapter: tuple[str, str]) -> None:
    model, adapter = model_and_adapter
    before, after = open_before_after(model, adapter, device="cpu")
    alone = opened(model)
    merged = opened(model, adapter)
    text = "It is in Rome."
    # Asked in turns, so that each finds the switch as the other left it.
    for _ in range(2):
        for side, same in ((after, merged), (before, alone)):
            ours, theirs = (
                [entry["logprob"] for entry in m.score(ASK, text, 1).response_metadata["logprobs"]["content"]]
                for m in (side, same)
            )
            assert ours == pytest.approx(theirs, abs=1e-3)
    assert before.score(ASK, text, 1).response_metadata != after.score(ASK, text, 1).response_metadata
    assert after.metadata is not None and after.metadata["credence"]["model"] == "model + adapter"


def test_the_other_side_may_have_an_adapter_of_its_own(
    model_and_adapter: tuple[str, str], tmp_path: Path
) -> None:
    model, adapter = model_and_adapter
    other = trainable_adapter(tiny_llama(), "tiny", rank=2)
    with torch.no_grad():
        for name, weights in other.named_parameters():
            if "lora_B" in name:
                weights.copy_(-torch.ones_like(weights))
    other.save_pretrained(tmp_path / "warm")
    sides = open_before_after(model, adapter, before=str(tmp_path / "warm"), device="cpu")
    merged = [opened(model, folder) for folder in (str(tmp_path / "warm"), adapter)]
    for _ in range(2):
        for side, same in zip(sides, merged, strict=True):
            ours, theirs = (
                [
                    entry["logprob"]
                    for entry in m.score(ASK, "Rome.", 1).response_metadata["logprobs"]["content"]
                ]
                for m in (side, same)
            )
            assert ours == pytest.approx(theirs, abs=1e-3)
    assert sides[0].metadata is not None and sides[0].metadata["credence"]["model"] == "model + warm"


def test_a_model_with_an_adapter_has_a_checksum_of_its_own(tmp_path: Path) -> None:
    base, adapter, engine = (
        tmp_path / "base.gguf",
        tmp_path / "adapter",
        Engine(tiny_llama(), tiny_tokenizer()),
    )
    base.write_bytes(b"weights")
    adapter.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"trained")
    (adapter / "adapter_config.json").write_text('{"lora_alpha": 8}')

    def checksum(reference: Path, adapter: str | Path | None = None) -> str | None:
        metadata = chat_model_of(engine, str(reference), adapter=adapter).metadata
        assert metadata is not None
        checksum: str | None = metadata["credence"]["model_sha256"]
        return checksum

    alone, both = checksum(base), checksum(base, adapter)
    assert alone == hashlib.sha256(b"weights").hexdigest()
    assert both is not None and both != alone and both == checksum(base, str(adapter))
    (adapter / "adapter_model.safetensors").write_bytes(b"trained on")
    longer = checksum(base, adapter)
    (adapter / "adapter_config.json").write_text('{"lora_alpha": 16}')
    assert len({alone, both, longer, checksum(base, adapter)}) == 4
    # An unknown checksum is not guessed: an adapter on the hub, a base of many files.
    assert checksum(base, "someone/adapter") is None
    assert checksum(tmp_path, adapter) is None


@pytest.mark.parametrize("spec", ["scripted", "http://127.0.0.1:1/v1", "openai:gpt-4o"])
def test_a_model_elsewhere_takes_no_adapter(spec: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="only works with a model on this machine"):
        open_chat_model(spec, adapter=str(tmp_path))
    with pytest.raises(ModelUnavailable, match="only works with a model on this machine"):
        open_before_after(spec, str(tmp_path))


def test_a_stated_confidence_is_read_as_it_streams() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply.of("Answer: Rome\nConfidence: 10"),))
    replies = list(ask_stated(model, "Where?", Meter()))
    assert [(reply.answer, reply.tenths) for reply in replies][-1] == ("Rome", 10)
    assert replies[0].tenths is None and "Confidence" not in replies[0].reply.text
