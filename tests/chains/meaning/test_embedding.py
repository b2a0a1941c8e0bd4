"""The embedding model: unit vectors, loaded once, and explained if it cannot be loaded."""

import builtins
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from chains.errors import ModelUnavailable
from chains.meaning import embedding
from chains.meaning.embedding import Embedder, open_embedder
from chains.model_files import embedding_model_folder
from estimators.markers.matcher import lexicon


def test_unit_vectors_that_tell_topics_apart() -> None:
    vectors = open_embedder().embed(["a small dog", "a little puppy", "the tax office"])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.5 > far


def test_no_texts() -> None:
    assert open_embedder().embed([]).shape == (0, 384)


def test_two_threads_load_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    gate = threading.Barrier(4)
    monkeypatch.setattr(embedding, "_load", lambda model: loaded.append(model))
    embedding._opened.cache_clear()
    opened: list[Embedder] = []

    def run() -> None:
        gate.wait()
        opened.append(open_embedder("one"))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    embedding._opened.cache_clear()
    assert loaded == ["one"]
    assert len(set(map(id, opened))) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/no/such/folder", "There is no folder"),
        ("", "There is no folder"),
        ("nobody/has-this-model", "cannot be loaded"),  # tests run offline
    ],
)
def test_a_model_that_is_not_there(name: str, message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message) as caught:
        open_embedder(name)
    assert '"builtin"' in str(caught.value)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"has no modules\.json"):
        Embedder(str(tmp_path))


def test_a_folder_with_a_broken_model(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]nonsense")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Embedder(str(tmp_path))


def test_without_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *more: Any, **others: Any) -> Any:
        if name.startswith("sentence_transformers"):
            raise ImportError("No module named 'sentence_transformers'")
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModelUnavailable, match=r"pip install \"credence-chat\[embeddings\]\""):
        Embedder("sentence-transformers/another")
    assert Embedder().embed(["a small dog"]).shape == (1, 384)


def test_the_built_in_model_gives_the_vectors_of_sentence_transformers() -> None:
    texts = [
        *(entry.phrase for entry in lexicon()[::10]), "", " ", "naïve café – 北京 😀", "word " * 600, "x" * 3000,
        "The capital of Australia is Canberra.", "Is it, perhaps, the tallest mountain\n- of Asia?",
    ]  # fmt: skip
    model = SentenceTransformer(str(embedding_model_folder()), device="cpu", local_files_only=True)
    theirs = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    ours = open_embedder().embed(texts)
    assert (ours * theirs).sum(axis=1).min() > 1 - 1e-6
    one_by_one = np.concatenate([open_embedder().embed([text]) for text in texts])
    np.testing.assert_allclose(one_by_one, ours, atol=1e-6)


def test_a_damaged_built_in_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gpt2", "hidden_act": "gelu"}')
    monkeypatch.setattr(embedding, "embedding_model_folder", lambda: tmp_path)
    with pytest.raises(ModelUnavailable, match=r"not a BERT\). Delete .*; it is then fetched again"):
        Embedder()
