"""A calibration on held-out questions: splits that share nothing, and figures by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from estimators.calibration.logistic import logit
from evaluation.__main__ import main
from evaluation.metrics import abstention_score, auroc, ece
from evaluation.reproductions.calibration import (
    MEASURES,
    combined_auroc,
    guarantee_rows,
    main_rows,
    mean_figure,
    single,
)
from evaluation.reproductions.run_files import read_sources
from evaluation.reproductions.shift import shift_rows
from evaluation.reproductions.split_half import Pool, pooled, splits
from tests.evaluation.run_files import HEADER, records, write_run

FIRST, SECOND = (
    records(60, seed=1, domains=("arc",), samples=0),
    records(60, seed=2, domains=("csqa",), samples=0),
)


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    return [
        write_run(tmp_path / f"{name}.jsonl", rows, HEADER)
        for name, rows in (("arc", FIRST), ("csqa", SECOND))
    ]


@pytest.fixture
def pool(runs: list[Path]) -> Pool:
    return pooled(read_sources(runs))


def test_what_calibrates_is_never_tested(pool: Pool) -> None:
    all_splits = splits(pool, 60, 3)
    for split in all_splits:
        assert not set(split.calibrating) & set(split.rest)
        assert sorted([*split.calibrating, *split.rest]) == list(range(120))
        assert split.part.n == 60
    assert list(all_splits[0].calibrating) != list(all_splits[1].calibrating)
    assert {answer.id.split("/")[0] for answer in pool.at(all_splits[0].calibrating)} == {"arc", "csqa"}


def test_the_figures_by_hand(pool: Pool) -> None:
    (split,) = splits(pool, 60, 1)
    y = pool.correct[split.rest]
    combined = split.part.combined
    answers = pool.at(split.rest)
    rows = np.array([[answer.readings[name] for name in combined.names] for answer in answers], float)
    lacks = np.isnan(rows)
    low, high = np.array(combined.ranges).T
    logits = logit(np.where(lacks, 0.5, rows), 1e-9)
    gained = 0.1 * (1 - np.exp(-np.maximum(logits - high, 0) / 2))
    lost = 0.1 * (1 - np.exp(-np.maximum(low - logits, 0) / 2))
    standard = (np.clip(logits, low, high) + gained - lost - combined.means) / combined.spreads
    score = combined.score([answer.readings for answer in answers])
    whole = ~lacks.any(axis=1)
    assert score[whole] == pytest.approx(
        (combined.intercept + (standard * combined.weights).sum(axis=1))[whole]
    )
    assert (np.diff(split.shown[np.argsort(score)]) >= 0).all()
    everyone = np.arange(split.rest.size)
    figures = {row.title: row.measure(split, everyone) for row in MEASURES}
    assert figures["ECE, shown"] == pytest.approx(ece(split.shown, y))
    assert figures["AUROC, combined"] == pytest.approx(auroc(score, y))
    assert figures["balanced score, always answering"] == pytest.approx(100 * (2 * y.mean() - 1))
    assert figures["balanced score, cost 1 (from 50 %)"] == pytest.approx(
        abstention_score(split.shown, y, 0.5)
    )
    assert split.best in split.signals and single(split, "msp", everyone) == pytest.approx(
        auroc(pool.values("msp")[split.rest], y)
    )


def test_an_interval_holds_the_mean_and_the_same_seed_gives_it_again(pool: Pool) -> None:
    all_splits = splits(pool, 60, 2)
    figure = mean_figure(pool, all_splits, combined_auroc, 100)
    assert figure.low is not None and figure.high is not None and figure.value is not None
    assert figure.low < figure.value < figure.high
    assert figure == mean_figure(pool, all_splits, combined_auroc, 100)
    assert main_rows(pool, all_splits, 0)[0][0] == "on 60 held-out questions"
    assert len(guarantee_rows(all_splits)) == 9


def test_the_command(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*map(str, runs), "--n", "60", "--splits", "2", "--intervals", "0"]
    assert main(["reproduce", "calibration", *arguments, "--markdown"]) == 0
    printed = capsys.readouterr().out
    for title in (
        "ECE, shown",
        "combined − best single",
        "accepted risk",
        "weight in the combined score",
        "| msp |",
    ):
        assert title in printed
    assert main(["reproduce", "calibration", *arguments[:2], "--n", "110"]) == 2
    assert "120 answers are too few to calibrate on 110" in capsys.readouterr().err


def test_runs_of_two_models_are_refused(
    tmp_path: Path, runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(json.dumps(SECOND))
    other = write_run(tmp_path / "o.jsonl", rows, {"schema": 1, "run": {"model": "another"}})
    assert main(["reproduce", "calibration", str(runs[0]), str(other)]) == 2
    assert "several models: another, simulated" in capsys.readouterr().err
    assert main(["reproduce", "shift", str(runs[0])]) == 2
    assert "at least two runs" in capsys.readouterr().err


def test_a_shift_is_looked_at_in_both_directions(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)

    class Embedder:
        def embed(self, texts: list[str]) -> np.ndarray:
            return rng.normal([5, *[0] * 7], 1, (len(texts), 8))

    monkeypatch.setattr("evaluation.reproductions.shift.open_embedder", lambda: Embedder())
    figures, guarantees = shift_rows(read_sources(runs), 40, 0, 0)
    assert [row[:3] for row in figures[1:]] == [
        ["arc", "arc", "20"], ["arc", "csqa", "60"], ["csqa", "arc", "60"], ["csqa", "csqa", "20"]
    ]  # fmt: skip
    assert all(int(row[3].split()[0]) <= 40 for row in figures[1:])  # all are alike here
    assert {row[5] for row in guarantees[1:]} <= {"yes", "no, within chance", "no, beyond chance", "–"}
