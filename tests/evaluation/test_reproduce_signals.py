"""The benchmark of all signals: against scikit-learn, by hand, and as a command."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx
from sklearn.metrics import average_precision_score, roc_auc_score

from evaluation.__main__ import main
from evaluation.metrics import aurc, auroc
from evaluation.reproductions.run_files import read_sources
from evaluation.reproductions.signals.benchmark import (
    Cell,
    benchmark,
    cells,
    cross_fitted,
    error_auprc,
    measured,
)
from evaluation.scoring.costs import signal_cost
from tests.evaluation.run_files import HEADER, records, write_run

ROWS = records(120, seed=3, domains=("arc",), samples=0)


def cell(tmp_path: Path, rows: Any = ROWS) -> Cell:
    (found,) = cells(read_sources([write_run(tmp_path / "arc.jsonl", rows, HEADER)]))
    return found


def test_ranking_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        c, y = rng.integers(0, 6, 50) / 5, rng.integers(0, 2, 50).astype(float)  # with many ties
        assert auroc(c, y) == approx(roc_auc_score(y, c))
        assert error_auprc(c, y) == approx(average_precision_score(1 - y, 1 - c))


def test_aurc_by_hand() -> None:
    # shown from the top: right, wrong, right, wrong: errors 0/1, 1/2, 1/3, 2/4
    assert aurc([0.9, 0.7, 0.6, 0.2], [1, 0, 1, 0]) == approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_every_signal_is_measured_and_compared_on_shared_answers(tmp_path: Path) -> None:
    of = cell(tmp_path)
    by_name = {signal.name: signal for signal in benchmark(of, 100)}
    assert set(by_name) == set(of.signals)
    for name, signal in by_name.items():
        there = [
            (r.by_name[name].confidence, r.correct)
            for r in of.records
            if r.by_name[name].confidence is not None
        ]
        assert signal.n == len(there) and signal.n + signal.missing == len(of.records)
        if len({correct for _, correct in there}) < 2:
            continue
        c, y = np.array(there, np.float64).T
        assert signal.figures["auroc"].value == approx(auroc(c, y))
        assert signal.figures["error_auprc"].value == approx(error_auprc(c, y))
        assert signal.figures["aurc"].value == approx(aurc(c, y))
    assert by_name["msp"].difference is None
    change = by_name["numeric"].difference
    assert change is not None and change.value is not None and change.low is not None
    assert change.value == approx((change.first or 0) - (change.second or 0))
    assert change.second == approx(by_name["msp"].figures["auroc"].value)  # all answers have both
    calls = [signal.cost.calls for signal in benchmark(of, 0)]
    assert calls == sorted(calls)


def test_a_signal_that_no_answer_has_is_listed(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(ROWS))
    for row in rows:
        signal = next(s for s in row["assessment"]["signals"] if s["name"] == "linguistic")
        signal |= {"confidence": None, "missing": "the answer has no marker"}
    signal = measured(cell(tmp_path, rows), "linguistic", 0)
    assert (signal.n, signal.missing, signal.figures["ece"].value) == (0, 120, None)


def test_the_own_label_never_calibrates_an_answer() -> None:
    rng = np.random.default_rng(1)
    c = rng.random(60)
    y = (rng.random(60) < c).astype(float)
    before = cross_fitted(c, y, 0)
    for k in range(0, 60, 7):
        changed = y.copy()
        changed[k] = 1 - changed[k]
        assert cross_fitted(c, changed, 0)[k] == before[k]


def test_the_cost_is_measured_where_the_records_hold_it(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(ROWS))
    for place, row in enumerate(rows):
        cost = {
            "calls": 1,
            "prompt_tokens": 100 + place % 2,
            "cached_tokens": 80,
            "new_tokens": 3,
            "seconds": 0.5,
        }
        row["assessment"]["evidence"]["provenance"]["costs"]["numeric"] = cost
    counted = signal_cost(cell(tmp_path, rows).records, "numeric")
    assert counted.measured and counted.evaluated == approx(20.5) and counted.seconds == approx(0.5)
    free = signal_cost(cell(tmp_path, rows).records, "msp")
    assert (free.calls, free.evaluated, free.seconds) == (0, 0, 0)


def test_the_cost_of_older_records_is_estimated_from_the_texts(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(ROWS))
    for row in rows:
        del row["assessment"]["evidence"]["provenance"]["costs"]
    of = cell(tmp_path, rows)
    evidence = [record.assessment.evidence for record in of.records if record.assessment]
    width = sum(len(e.answer.text) for e in evidence) / sum(len(e.answer.tokens) for e in evidence)
    asked = [len(e.probes["numeric"].messages[-1].content) for e in evidence]  # the rest is in the cache
    whole = [sum(len(m.content) for m in e.probes["p_true_third"].messages) for e in evidence]
    own, third = (signal_cost(of.records, name) for name in ("numeric", "p_true_third"))
    assert not own.measured and own.seconds is None
    assert own.evaluated == approx(np.mean(asked) / width)
    assert third.evaluated == approx(np.mean(whole) / width)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, plot = write_run(tmp_path / "arc.jsonl", ROWS, HEADER), tmp_path / "plots" / "cost.svg"
    options = ["--intervals", "100", "--split", "half", "--markdown", "--plot", str(plot)]
    assert main(["reproduce", "signals", str(run), *options]) == 0
    printed = capsys.readouterr().out
    assert (
        "### simulated, arc, with options" in printed
        and "| Answer letter (MSP) (`msp`) | 120 | 0 |" in printed
    )
    assert "### Default panel: simulated, arc, with options" in printed and "| panel, together |" in printed
    assert plot.read_text(encoding="utf-8").startswith("<?xml") and "read and generated" in plot.read_text()


def test_what_the_command_cannot_do_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "arc.jsonl", ROWS[:30], HEADER)
    assert main(["reproduce", "signals", str(run), "--plot", "cost.bmp"]) == 2
    assert "name a .png, .svg or .pdf file" in capsys.readouterr().err
    assert main(["reproduce", "signals", str(run), "--intervals", "0", "--split", "half"]) == 0
    assert "fewer than 40 answers to choose on" in capsys.readouterr().out
    ungraded = [{**row, "correct": None, "ungraded": "no"} for row in ROWS[:3]]
    assert main(["reproduce", "signals", str(write_run(tmp_path / "u.jsonl", ungraded, HEADER))]) == 2
    assert "no graded answer" in capsys.readouterr().err
