"""The names by which models can be opened, and the messages if they cannot."""

from pathlib import Path
from typing import Any

import pytest

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.server_program import wheel_description
from chains.engines.open import _choose, open_chat_model
from chains.errors import ModelUnavailable
from chains.model_files import TINY_SHA256, tiny_gguf


def test_the_embedded_model() -> None:
    model = open_chat_model("tiny", n_ctx=512)
    assert isinstance(model, ChatLlama)
    try:
        assert model.profile == {"max_input_tokens": 512}
        assert model.metadata is not None
        about = {"model": "SmolLM2-135M-Instruct", "engine": "llama.cpp", "model_sha256": TINY_SHA256}
        assert model.metadata["credence"] == about | {"engine_build": wheel_description()}
    finally:
        model.close()


def test_a_path_is_named_after_its_file() -> None:
    model = open_chat_model(str(tiny_gguf()), n_ctx=512, n_parallel=1)
    assert isinstance(model, ChatLlama)
    try:
        assert model.metadata is not None
        assert model.metadata["credence"]["model"] == "SmolLM2-135M-Instruct.Q4_1"
        assert model.metadata["credence"]["model_sha256"] == TINY_SHA256
    finally:
        model.close()


def test_a_gguf_can_be_forced_onto_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        "chains.engines.transformers.chat_model.open_transformers",
        lambda path, **options: asked.append((path, options)),
    )
    open_chat_model(str(tiny_gguf()), engine="transformers", dtype="float32")
    assert asked == [(str(tiny_gguf()), {"dtype": "float32"})]


def test_folders_and_hub_names_go_to_transformers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []
    monkeypatch.setattr("chains.engines.transformers.chat_model.open_transformers", asked.append)
    open_chat_model(str(tmp_path))
    open_chat_model("org/name")
    assert asked == [str(tmp_path), "org/name"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("/no/such.gguf", "no file /no/such.gguf. Check the path"),
        ("models/such.gguf", "no file models/such.gguf. Check the path"),
        ("./such", "no model at ./such. Check the path"),
        ("org/repo/file.gguf", "hub cannot be reached. Check the network"),
        ("org/repo:Q4_K_M", "hub cannot be reached. Check the network"),
        ("nonsense", "Known forms: builtin · tiny · "),
        ("", "Known forms: builtin · tiny · "),
        ("nobody:model", "there is no provider nobody. Known forms"),
        ("anthropic:claude", "pip install langchain-anthropic"),
        ("openai:gpt-4o", "key in the environment"),
    ],
)
def test_what_cannot_be_opened(spec: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelUnavailable) as caught:
        open_chat_model(spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a GGUF file"),
        (b"PK\x03\x04 something else", "is not a GGUF file"),
        (b"GGUF", "truncated or damaged"),
        (b"GGUF" + b"\x03\x00\x00\x00" + b"\xff" * 100, "truncated or damaged"),
    ],
)
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=words):
        open_chat_model(str(file))


def test_too_little_memory_is_noticed_before_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.engines.memory.available_memory", lambda: 50_000_000)
    with pytest.raises(ModelUnavailable, match=r"needs about 0\.7 GB of memory, but only 0\.1 GB is free"):
        open_chat_model("tiny")


def test_a_tag_chooses_one_file() -> None:
    files = ["m-Q4_K_M.gguf", "m-Q8_0.gguf", "m-Q4_0.gguf"]
    assert _choose("o/r:q4_k_m", "q4_k_m", files) == "m-Q4_K_M.gguf"
    with pytest.raises(ModelUnavailable, match="matches 2 GGUF files"):
        _choose("o/r:Q4", "Q4", files)
    with pytest.raises(ModelUnavailable, match="matches no GGUF files"):
        _choose("o/r:Q5", "Q5", files)
