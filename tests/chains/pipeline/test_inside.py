"""Signals from inside of the model, through the pipeline: read on transformers, missing with a reason elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from chains import assess
from chains.calibration.probe_store import load_probe, probe_folder, save_probe
from chains.calibration.store import BadCalibration
from chains.engines.internals import NO_INSIGHT
from chains.engines.transformers.chat_model import TransformersChatModel
from chains.engines.transformers.decoder import Engine
from chains.settings import Settings
from estimators.linear_probe import LinearProbe, StateProbe
from estimators.types import Assessment
from tests.chains.script import QUESTION, scripted
from tests.chains.tiny_model import tiny_llama, tiny_tokenizer

NAMES = ("rauq", "hidden_state_before", "hidden_state_after")
WIDTH = 32


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))


@pytest.fixture(scope="module")
def tiny() -> TransformersChatModel:
    engine = Engine(tiny_llama(), tiny_tokenizer())
    about = {"credence": {"model": "tiny", "engine": "transformers", "model_sha256": "aa"}}
    return TransformersChatModel(engine, model_name="tiny", context=512, metadata=about)


def state(layer: int = 1, width: int = WIDTH, bias: float = 0.5) -> StateProbe:
    weights = np.linspace(-0.1, 0.1, width)
    return StateProbe(layer, weights, np.zeros(width), np.ones(width), bias, 0.7, 0.6, 0.8)


def probe(name: str = "mine", created: str = "2026-11-28T09:00:00+00:00", **fields: Any) -> LinearProbe:
    about = {"model": "tiny", "model_sha256": "aa", "questions": "q.jsonl", "questions_sha256": "cc", "n": 160,
             "held_out": 80, "seed": 0, "states": {"before": state(), "after": state(2)}}  # fmt: skip
    return LinearProbe(name=name, created=created, **{**about, **fields})


def ask(model: Any) -> Assessment:
    return assess(model, "Where is it?", settings=Settings(signals=NAMES, max_tokens=8, seed=1))


def test_without_a_probe_only_the_attention_is_read(tiny: TransformersChatModel) -> None:
    assessment = ask(tiny)
    rauq, before, after = (assessment.signal(name) for name in NAMES)
    assert rauq and rauq.confidence is not None and 0 < rauq.confidence < 1
    for signal in (before, after):
        assert signal and "no linear probe was trained for this model" in signal.missing
    cost = assessment.evidence.provenance.costs["internals"]
    assert (cost.calls, cost.new_tokens) == (1, 0)
    assert cost.prompt_tokens and cost.cached_tokens and cost.cached_tokens < cost.prompt_tokens
    assert Assessment.from_dict(assessment.to_dict()) == assessment


def test_a_trained_probe_is_applied_and_named(tiny: TransformersChatModel) -> None:
    save_probe(probe())
    assessment = ask(tiny)
    read = assessment.evidence.internals
    assert read is not None and read.scores["before"].probe == "mine 2026-11-28T09:00:00+00:00"
    for position in ("before", "after"):
        signal = assessment.signal(f"hidden_state_{position}")
        assert signal and signal.confidence == pytest.approx(1 / (1 + np.exp(-read.scores[position].value)))


def test_a_probe_of_another_shape_is_not_applied(tiny: TransformersChatModel) -> None:
    save_probe(probe(states={"after": state(layer=9)}))
    signal = ask(tiny).signal("hidden_state_after")
    assert signal and signal.missing == "the linear probe mine was trained on a model of another shape"


def test_other_engines_say_what_to_open() -> None:
    assessment = assess(scripted(), QUESTION, signals=NAMES)
    for name in NAMES:
        signal = assessment.signal(name)
        assert signal and signal.missing == NO_INSIGHT
    assert "internals" not in assessment.evidence.provenance.costs


def test_nothing_is_read_unless_a_signal_needs_it(tiny: TransformersChatModel) -> None:
    assessment = assess(tiny, "Where is it?", settings=Settings(signals=("mean_entropy",), max_tokens=4))
    assert assessment.evidence.internals is None


def test_a_model_that_fails_inside_costs_no_answer(
    tiny: TransformersChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise IndexError("tuple index out of range")

    monkeypatch.setattr(TransformersChatModel, "inside", fails)
    signal = ask(tiny).signal("rauq")
    assert signal and signal.missing == "the model failed (IndexError)"


# ── the files ─────────────────────────────────────────────────────────────────────────────────


def test_a_probe_is_read_back_as_it_was_saved() -> None:
    made = probe()
    save_probe(made)
    again = load_probe("another name", "aa")  # the file's checksum counts
    assert again is not None and again.key == made.key and again.n == 160
    for position, fitted in made.states.items():
        other = again.states[position]
        assert (other.layer, other.bias, other.auroc, other.low, other.high) == (
            fitted.layer,
            0.5,
            0.7,
            0.6,
            0.8,
        )
        assert other.weights == pytest.approx(fitted.weights) and other.scale == pytest.approx(fitted.scale)
    assert load_probe("tiny", "bb") is None and load_probe("tiny") is not None and load_probe("other") is None


def test_the_latest_counts_and_none_is_overwritten() -> None:
    save_probe(probe())
    save_probe(probe("newer", "2026-11-28T10:00:00+00:00"))
    assert (load_probe("tiny", "aa") or probe()).name == "newer"
    with pytest.raises(BadCalibration, match="already a linear probe named mine"):
        save_probe(probe())
    save_probe(probe(n=170), replace=True)


@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "])
def test_a_broken_file_is_skipped(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    save_probe(probe())
    (probe_folder() / "broken.safetensors").write_bytes(content)
    assert (load_probe("tiny", "aa") or probe("no")).name == "mine"
    assert "broken.safetensors is skipped" in caplog.text
