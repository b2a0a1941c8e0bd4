"""A GPU that is lent: the decorated function runs elsewhere, which a fake of the package ``spaces`` does in threads."""

import pickle
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from chains.engines.open import open_chat_model
from chains.engines.transformers import zero_gpu

Calls = list[tuple[int, str]]


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """What ran on the GPU: the seconds that it asked for, and the function."""
    calls: Calls = []

    def gpu(duration: Callable[..., int]) -> Callable[..., Any]:
        def decorate(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
            def elsewhere(*asked: Any) -> Iterator[Any]:
                sent = pickle.loads(pickle.dumps(asked))  # nosec B301 # our own
                calls.append((duration(*sent), sent[1].__name__))
                for made in function(*sent):
                    yield pickle.loads(pickle.dumps(made))  # nosec B301

            return elsewhere

        return decorate

    fake = ModuleType("spaces")
    fake.__spec__ = ModuleSpec("spaces", None)
    fake.GPU = gpu  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spaces", fake)
    zero_gpu._lent.cache_clear()
    yield calls
    zero_gpu._lent.cache_clear()


def test_all_that_needs_the_model_runs_where_the_gpu_is(lent: Calls) -> None:
    model: Any = open_chat_model("tiny", engine="transformers")
    try:
        said = model.bind(temperature=0, max_tokens=4).invoke("What is the capital of Australia?")
        assert len(said.response_metadata["logprobs"]["content"]) == 4
        scored = model.score(model_messages(), "Canberra.", 3)
        assert scored.content == "Canberra."
        assert model.inside(model_messages(), "Canberra.", 9).logprobs
        options = [{"max_tokens": 2, "seed": seed} for seed in (1, 2)]
        rows = model.together([(model_messages(), option) for option in options])
        assert all(
            row.bind(**own).invoke(model_messages()).text for row, own in zip(rows, options, strict=True)
        )
    finally:
        model.close()
    assert lent == [(20, "decode"), (20, "score"), (20, "inside"), (20, "decode_together")]


def model_messages() -> list[Any]:
    from langchain_core.messages import HumanMessage

    return [HumanMessage("What is the capital of Australia?")]


def test_without_the_package_the_engine_is_asked_as_it_is() -> None:
    assert zero_gpu._lent() is None
    assert list(zero_gpu.on_gpu(lambda engine, n: [engine] * n, "engine", 2)) == ["engine", "engine"]  # type: ignore[arg-type]
