"""Reproductions from runs: alignment by prompt variant, UF against baselines."""

import copy
from pathlib import Path

import numpy as np
import pytest
from pytest import approx
from scipy.stats import spearmanr

from estimators import ESTIMATORS
from evaluation.__main__ import main
from evaluation.reproductions.alignment import VARIANTS, alignment, alignment_rows
from evaluation.reproductions.run_files import read_sources
from evaluation.reproductions.uncertainty_fidelity import shared_ids, signal_rows
from tests.evaluation.run_files import HEADER, records, write_run


def test_every_variant_is_a_signal() -> None:
    assert set(VARIANTS) <= {one.name for one in ESTIMATORS}
    assert sum(likert for _, _, likert, _ in VARIANTS.values()) == 8  # 2 × 2 variants, each read twice


def test_alignment_is_the_tie_corrected_rank_correlation_of_answers_that_have_both(tmp_path: Path) -> None:
    rows = records(40, domains=("arc",))
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    by_name = [{one["name"]: one["confidence"] for one in row["assessment"]["signals"]} for row in rows]
    both = [(one["p_ic"], one["p_true_third"]) for one in by_name]
    both = [pair for pair in both if None not in pair]
    found, n = alignment(source, "p_true_third", 200)
    assert n == len(both) > 30
    assert found.value == approx(spearmanr(*np.array(both).T).statistic)
    assert found.low is not None and found.high is not None and found.low < found.value < found.high
    assert alignment(source, "rating_own", 0)[1] == 0  # the run does not have it
    told = alignment_rows([source], 0)
    assert [row[3] for row in told[1:]] == ["label", "expected", "1–100", "p(True)"]


def test_a_constant_side_and_an_unread_variant_are_told(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(records(12, domains=("arc",))))
    for row in rows:
        signals = row["assessment"]["signals"]
        next(one for one in signals if one["name"] == "numeric").update(confidence=1.0, missing="")
        signals.append({"name": "rating_own", "confidence": None, "missing": "no answer"})
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    cells = {row[3]: row[4] for row in alignment_rows([source], 0)[1:]}
    assert cells["1–100"] == "constant (12)"
    assert cells["rating"] == "– (0)"


def test_the_order_of_the_records_changes_nothing(tmp_path: Path) -> None:
    rows = records(30, domains=("arc",))
    one, other = read_sources([
        write_run(tmp_path / "a.jsonl", rows, HEADER), write_run(tmp_path / "b.jsonl", rows[::-1], HEADER)
    ])  # fmt: skip
    assert alignment(one, "numeric", 200) == alignment(other, "numeric", 200)
    assert one.sha256 != other.sha256


def test_signals_are_compared_on_the_answers_that_have_them_all(tmp_path: Path) -> None:
    rows = records(40, domains=("arc",))
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    ids = shared_ids(source)
    lacking = [
        row["id"] for row in rows
        if row["correct"] is None or any(one["confidence"] is None for one in row["assessment"]["signals"])
    ]  # fmt: skip
    assert sorted([*ids, *lacking]) == sorted(row["id"] for row in rows)
    told = {row[0]: row[1:] for row in signal_rows(source, ids, 0)}
    if ids:
        p_ic = {row["id"]: row["assessment"]["signals"][0]["confidence"] for row in rows}
        assert float(told["p_ic"][0]) == approx(np.mean([p_ic[one] for one in ids]), abs=5e-4)


@pytest.mark.parametrize("study", ["alignment", "uf"])
def test_the_commands_print_their_tables(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "run.jsonl", records(40, domains=("arc",)), HEADER)
    assert main(["reproduce", study, str(run), "--intervals", "100", "--markdown"]) == 0
    told = capsys.readouterr().out
    assert "| arc |" in told and "nan" not in told
    assert main(["reproduce", study, str(tmp_path / "none.jsonl")]) == 2
    assert "There is no file" in capsys.readouterr().err
