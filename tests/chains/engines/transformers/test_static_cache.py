"""Decoding on a cache of fixed size gives the same replies and probabilities."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from langchain_core.messages import HumanMessage

from chains.engines.transformers.chat_model import TransformersChatModel, open_transformers
from chains.errors import ModelUnavailable
from tests.chains.tiny_model import save_tiny_model

ASK = "the bee and the sea"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model"))


def reply(model: TransformersChatModel, asked: str, tokens: int = 12) -> tuple[str, list[float], int]:
    """Text, log-probabilities and cached prompt tokens of a greedy reply."""
    message: Any = model.bind(temperature=0, max_tokens=tokens).invoke([HumanMessage(asked)])
    logprobs = [entry["logprob"] for entry in message.response_metadata["logprobs"]["content"]]
    return message.text, logprobs, message.usage_metadata["input_token_details"]["cache_read"]


def test_replies_and_prefix_cache_are_the_same(folder: Path) -> None:
    plain, static = (open_transformers(folder, device="cpu", static_cache=size) for size in (None, 128))
    for asked in (ASK, ASK, f"{ASK} again", "x"):  # the second one starts from the prefix cache
        (text, logprobs, cached), (same, others, reused) = reply(plain, asked), reply(static, asked)
        assert (same, reused) == (text, cached)
        assert others == pytest.approx(logprobs, abs=1e-4)
    assert static.engine._static is not None and len(static.engine._static._free) == 1


def test_a_reply_under_way_keeps_its_cache(folder: Path) -> None:
    static = open_transformers(folder, device="cpu", static_cache=128)
    text, _, _ = reply(static, ASK)
    parts = static.bind(temperature=0, max_tokens=12).stream([HumanMessage(ASK)])
    started = next(parts).text
    reply(static, "x")
    assert started + "".join(str(part.text) for part in parts) == text


def test_what_does_not_fit_is_decoded_without_it(folder: Path) -> None:
    plain, static = (open_transformers(folder, device="cpu", static_cache=size) for size in (None, 16))
    assert reply(static, ASK)[0] == reply(plain, ASK)[0]
    assert static.engine._static is not None and not static.engine._static._free


def test_compiling_needs_a_static_cache(folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Add static_cache=4096"):
        open_transformers(folder, device="cpu", compiled=True)


def test_the_compiled_step_takes_single_tokens_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    shapes: list[int] = []

    def compile(model: Any, **_: Any) -> Any:
        def step(input_ids: Any, **options: Any) -> Any:
            shapes.append(input_ids.shape[1])
            return model(input_ids=input_ids, **options)

        return step

    monkeypatch.setattr(torch, "compile", compile)
    model = open_transformers(folder, device="cpu", static_cache=128, compiled=True)
    reply(model, ASK, tokens=5)
    assert shapes == [1] * 4
