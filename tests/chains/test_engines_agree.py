"""llama.cpp and transformers compute the same log-probabilities from the same GGUF file."""

from collections.abc import Iterator

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("gguf")
pytest.importorskip("benchmarks.engines_agree", reason="benchmarks are not in the wheel")

from benchmarks.engines_agree import CHARACTERS, HOT, QUESTIONS, TEXTS, compare, compare_scores, prompts
from chains.engines.llama.chat_model import ChatLlama
from chains.engines.transformers.chat_model import TransformersChatModel, open_transformers
from chains.model_files import tiny_gguf

# Reading a GGUF file takes transformers some 20 seconds, on a busy machine more.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def by_transformers(tiny_model: ChatLlama) -> Iterator[TransformersChatModel]:
    # After the other engine, which is skipped where the file cannot be had.
    model = open_transformers(tiny_gguf(), device="cpu")
    yield model
    model.close()


def test_log_probabilities_agree(tiny_model: ChatLlama, by_transformers: TransformersChatModel) -> None:
    comparison = compare(tiny_model, by_transformers)
    print(comparison)
    assert comparison.prompts == len(QUESTIONS) == 10
    assert comparison.same_prompts == 10
    assert len(comparison.differences) > 100
    # llama.cpp multiplies with activations rounded to 8 bits, transformers in full precision.
    assert comparison.mean < 0.1


def test_scores_of_given_texts_agree(tiny_model: ChatLlama, by_transformers: TransformersChatModel) -> None:
    comparison = compare_scores(tiny_model, by_transformers)
    print(comparison)
    assert comparison.prompts == comparison.same_prompts == len(TEXTS) >= 10
    assert len(comparison.differences) > 200
    # Unlikely tokens differ more than those that a model chose itself.
    assert comparison.mean < 0.2
    # At equal surprise they agree as on generated text.
    generated = compare(tiny_model, by_transformers, temperature=HOT).by_surprise()
    expected = sum(
        len(differences) * sizes.mean()
        for differences, sizes in zip(comparison.by_surprise(), generated, strict=True)
    )
    print(f"expected from sampled answers of equal surprise: {expected / len(comparison.differences):.4f}")
    assert comparison.mean < 1.5 * expected / len(comparison.differences)


@pytest.mark.parametrize("question", [CHARACTERS, "a  1  23", "Tab\there,\n\n  42 <|im_end|> x"])
def test_prompts_are_tokenized_alike(
    tiny_model: ChatLlama, by_transformers: TransformersChatModel, question: str
) -> None:
    theirs, ours = prompts(tiny_model, by_transformers, question)
    assert ours == theirs
