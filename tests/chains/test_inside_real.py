"""Attention weights and hidden states of the embedded SmolLM2, opened with transformers."""

import pytest

from chains import assess, open_chat_model
from chains.settings import Settings


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_real_model_shows_its_attention_and_is_less_sure_of_nonsense() -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    model = open_chat_model("tiny", engine="transformers")
    settings = Settings(signals=("rauq", "sequence_probability"), max_tokens=24, calibration="none")

    def rauq(answer: str) -> float:
        assessment = assess(model, "What is the capital of France?", answer=answer, settings=settings)
        read = assessment.evidence.internals
        assert read is not None and list(read.attention) == list(
            range(10, 21)
        )  # the middle third of 30 layers
        signal = assessment.signal("rauq")
        assert signal and signal.confidence is not None
        return signal.confidence

    try:
        assert (
            0
            < rauq("The capital of France is a purple bicycle.")
            < rauq("The capital of France is Paris.")
            < 1
        )
    finally:
        model.close()  # type: ignore[attr-defined]
