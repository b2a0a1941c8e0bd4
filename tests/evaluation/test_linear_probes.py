"""Training linear probes: against scikit-learn, on simulated states, and as a command with a tiny random model."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from sklearn.linear_model import LogisticRegression

from chains import assess
from chains.calibration.probe_store import load_probe
from chains.engines.open import open_chat_model
from chains.engines.transformers.chat_model import TransformersChatModel
from chains.settings import Settings
from evaluation.__main__ import main
from evaluation.linear_probes import training
from evaluation.linear_probes.training import fit_probe, train_and_hold_out
from tests.chains.tiny_model import save_tiny_model
from tests.evaluation.run_files import write_run


def simulated(n: int, strength: float, informative: int, layers: int = 4, width: int = 60) -> Any:
    """States of which one layer holds the outcome in one direction."""
    rng = np.random.default_rng(0)
    y = np.asarray(rng.random(n) < 0.6, np.float64)
    states = rng.normal(size=(n, layers, width)).astype(np.float32)
    states[:, informative, :5] += strength * (2 * y[:, None] - 1)
    return states, y


def test_a_fit_in_the_spanned_space_is_the_ridge_regression_of_scikit_learn() -> None:
    states, y = simulated(50, 0.5, 1)  # fewer answers than dimensions
    (ours,) = training._fit(states[:, 1], y, (0.3,))
    standard = (states[:, 1] - ours.mean) / ours.scale / np.sqrt(60)
    theirs = LogisticRegression(C=1 / 0.3, tol=1e-10, max_iter=10_000).fit(standard, y)
    assert ours.score(states[:, 1]) == pytest.approx(theirs.decision_function(standard), abs=1e-3)


def test_the_layer_that_knows_is_found_and_measured_on_held_out_answers() -> None:
    states, y = simulated(240, 0.6, 2)
    train, held = train_and_hold_out(y, 0)
    assert set(train).isdisjoint(held) and len(train) + len(held) == 240 and len(held) == 80
    fitted = fit_probe("after", states, y, train, held, 0)
    assert fitted.probe.layer == 2 and fitted.probe.low is not None and fitted.probe.low > 0.7
    changed = states.copy()
    changed[held] = 0.0  # the held-out states play no role in the fit
    again = fit_probe("after", changed, y, train, held, 0)
    assert again.probe.layer == 2 and again.probe.weights == pytest.approx(fitted.probe.weights)


def test_states_without_information_predict_nothing() -> None:
    states, y = simulated(240, 0.0, 2)
    probe = fit_probe("before", states, y, *train_and_hold_out(y, 0), 0).probe
    assert probe.low is not None and probe.high is not None and probe.low < 0.5 < probe.high


@pytest.fixture
def run_and_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A run of a tiny random model, with every third answer wrong."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    folder = save_tiny_model(tmp_path / "tiny")
    model = open_chat_model(str(folder))
    assert isinstance(model, TransformersChatModel)
    rows = []
    for k in range(60):
        question = f"Where is number {k}?"
        record = assess(model, question, settings=Settings(signals=(), max_tokens=6)).to_dict()
        record["evidence"]["answer"]["finish"] = "stop"  # type: ignore[index]
        record["evidence"]["answer"]["text"] or pytest.fail("the tiny model said nothing")  # type: ignore[index]
        rows.append({
            "schema": 1, "id": f"q-{k}", "domain": "d", "question": question, "choices": None, "answers": ["x"],
            "correct": k % 3 > 0, "graded_by": "text", "ungraded": "", "error": "", "assessment": record,
        })  # fmt: skip
    model.close()
    header = {"schema": 1, "run": {"model": "tiny", "engine": "transformers", "questions": "q.jsonl"}}
    return write_run(tmp_path / "run.jsonl", rows, header), folder


def test_the_command_trains_saves_and_is_used(
    run_and_model: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, folder = run_and_model
    assert main(["probe-train", str(run), "--model", str(folder), "--name", "mine"]) == 0
    printed = capsys.readouterr().out
    assert "hidden state before answering" in printed
    assert re.search(r"^sequence_probability \(\d+ answers\) +0\.\d+ \[", printed, re.MULTILINE)
    counted = re.search(r"^(\d+) answers to fit, (\d+) to test; (\d+) left out\.$", printed, re.MULTILINE)
    assert counted is not None
    fitted, held, left_out = map(
        int, counted.groups()
    )  # some random bytes cannot be encoded again, or are several lines
    assert fitted + held + left_out == 60 and held >= 8
    probe = load_probe("tiny")
    assert probe is not None and (probe.n, probe.held_out, probe.questions) == (fitted, held, "q.jsonl")
    model = open_chat_model(str(folder))
    signal = assess(
        model, "Where?", settings=Settings(signals=("hidden_state_before",), max_tokens=4)
    ).signal("hidden_state_before")
    assert signal and signal.confidence is not None
    assert main(["probe-train", str(run), "--model", str(folder), "--name", "mine"]) == 2
    assert "already a linear probe named mine" in capsys.readouterr().err


def test_a_run_of_another_model_and_too_few_answers_are_refused(
    run_and_model: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run, folder = run_and_model
    lines = run.read_text(encoding="utf-8").splitlines()
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(lines[:8]) + "\n", encoding="utf-8")
    assert main(["probe-train", str(few), "--model", str(folder)]) == 2
    assert "at least 24 are needed" in capsys.readouterr().err
    other = json.loads(lines[0])
    other["run"]["model"] = "somebody else"
    few.write_text("\n".join([json.dumps(other), *lines[1:]]) + "\n", encoding="utf-8")
    assert main(["probe-train", str(few), "--model", str(folder)]) == 2
    assert "is a run of somebody else, but --model opens tiny" in capsys.readouterr().err
