"""One seed, one record: a whole turn with every signal, asked twice."""

from pathlib import Path

import pytest

from chains.assess import assess
from estimators import ESTIMATORS
from estimators.types import Assessment
from tests.chains.tiny_model import save_tiny_model

QUESTION = "Which one flies?\nA. dog\nB. bee"


def test_the_same_seed_gives_the_same_samples_and_signals(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from chains.engines.transformers.chat_model import open_transformers

    save_tiny_model(tmp_path)
    names = [estimator.name for estimator in ESTIMATORS]

    def asked(seed: int) -> Assessment:  # opened again, so nothing is cached
        model = open_transformers(str(tmp_path))
        return assess(model, QUESTION, signals=names, samples=3, seed=seed)

    first, again, other = asked(7), asked(7), asked(8)
    texts = [[sample.text for sample in assessment.evidence.samples] for assessment in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert [signal.name for signal in first.signals] == names
    for mine, theirs in zip(first.signals, again.signals, strict=True):
        assert mine.missing == theirs.missing
        assert mine.confidence == pytest.approx(theirs.confidence, abs=1e-6)
