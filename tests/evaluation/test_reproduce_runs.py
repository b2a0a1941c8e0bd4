"""Reproductions from runs: alignment by prompt variant, UF against baselines."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx
from scipy.stats import spearmanr

from estimators import ESTIMATORS
from estimators.signals.uncertainty_fidelity import UFConfidence
from evaluation.__main__ import main
from evaluation.metrics import ece
from evaluation.reproductions.alignment import VARIANTS, alignment, alignment_rows
from evaluation.reproductions.early_stopping import cost_rows, early_rows, stopped_early
from evaluation.reproductions.ownership import PAIRS, ownership, ownership_rows
from evaluation.reproductions.run_files import read_sources
from evaluation.reproductions.uncertainty_fidelity import signal_rows, with_all_readings
from files.errors import BadFile
from tests.estimators.signals.test_uncertainty_fidelity import sampled as evidence_with_chains
from tests.evaluation.run_files import HEADER, records, write_run


def test_every_variant_is_a_signal() -> None:
    assert set(VARIANTS) <= {estimator.name for estimator in ESTIMATORS}
    assert sum(likert for _, _, likert, _ in VARIANTS.values()) == 8  # 2 × 2 variants, each read twice


def test_alignment_is_the_tie_corrected_rank_correlation_of_answers_that_have_both(tmp_path: Path) -> None:
    rows = records(40, domains=("arc",))
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    by_name = [
        {signal["name"]: signal["confidence"] for signal in row["assessment"]["signals"]} for row in rows
    ]
    both = [(signal["p_ic"], signal["p_true_third"]) for signal in by_name]
    both = [pair for pair in both if None not in pair]
    rho, n = alignment(source, "p_true_third", 200)
    assert n == len(both) > 30
    assert rho.value == approx(spearmanr(*np.array(both).T).statistic)
    assert rho.value is not None and rho.low is not None and rho.high is not None
    assert rho.low < rho.value < rho.high
    assert alignment(source, "rating_own", 0)[1] == 0  # the run does not have it
    rows_ = alignment_rows([source], 0)
    assert [row[3] for row in rows_[1:]] == ["label", "expected", "0–100", "p(True)"]


@pytest.mark.repository
def test_the_page_names_the_variants_as_the_command_does() -> None:
    page = (Path(__file__).parents[2] / "docs/results/reproductions/alignment.md").read_text(encoding="utf-8")
    shown = [
        [cell.strip() for cell in line.split("|")[1:5]] for line in page.splitlines() if line.startswith("| ")
    ]
    assert ["no", "no", "no", "0–100"] in shown


def test_a_constant_side_and_an_unread_variant_are_reported(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(records(12, domains=("arc",))))
    for row in rows:
        signals = row["assessment"]["signals"]
        next(signal for signal in signals if signal["name"] == "numeric").update(confidence=1.0, missing="")
        signals.append({"name": "rating_own", "confidence": None, "missing": "no answer"})
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    cells = {row[3]: row[4] for row in alignment_rows([source], 0)[1:]}
    assert cells["0–100"] == "constant (12)"
    assert cells["rating"] == "– (0)"


def test_runs_of_one_model_and_data_set_share_a_column(tmp_path: Path) -> None:
    rows = copy.deepcopy(list(records(20, domains=("arc",))))
    ratings = copy.deepcopy(rows)
    for place, row in enumerate(ratings):
        signals = [signal for signal in row["assessment"]["signals"] if signal["name"] in ("p_ic", "msp")]
        rating = {"name": "rating_own", "confidence": place / 20, "missing": ""}
        row["assessment"]["signals"] = [*signals, rating]
    first, second = read_sources([
        write_run(tmp_path / "a.jsonl", rows, HEADER), write_run(tmp_path / "b.jsonl", ratings, HEADER)
    ])  # fmt: skip
    table = alignment_rows([first, second], 0)
    assert table[0][4:] == [first.title]
    cells = {row[3]: row[4] for row in table[1:]}
    assert cells["rating"] == alignment_rows([second], 0)[1][4]
    assert cells["p(True)"] == alignment_rows([first], 0)[-1][4]


def test_the_order_of_the_replayingchanges_nothing(tmp_path: Path) -> None:
    rows = records(30, domains=("arc",))
    first, other = read_sources([
        write_run(tmp_path / "a.jsonl", rows, HEADER), write_run(tmp_path / "b.jsonl", rows[::-1], HEADER)
    ])  # fmt: skip
    assert alignment(first, "numeric", 200) == alignment(other, "numeric", 200)
    assert first.sha256 != other.sha256


def with_uf(n: int) -> list[dict[str, Any]]:
    """Records with the signal uf, which every third answer lacks."""
    rows = copy.deepcopy([dict(row) for row in records(n, domains=("arc",))])
    for place, row in enumerate(rows):
        value = None if place % 3 == 0 else round(0.1 + 0.8 * (place / n), 3)
        missing = "it was not sampled" if value is None else ""
        row["assessment"]["signals"].append({"name": "uf", "confidence": value, "missing": missing})
    return rows


def test_every_signal_is_compared_with_uf_on_the_same_answers(tmp_path: Path) -> None:
    rows = with_uf(40)
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    cells = {row[0]: row[1:] for row in signal_rows(source, 0)}
    both = []
    for row in rows:
        confidences = {signal["name"]: signal["confidence"] for signal in row["assessment"]["signals"]}
        if row["correct"] is not None and None not in (confidences["numeric"], confidences["uf"]):
            both.append((confidences["numeric"], confidences["uf"], float(row["correct"])))
    numeric, uf, right = np.array(both).T
    assert cells["numeric"][0] == str(len(both)) and 20 < len(both) < 28
    assert float(cells["numeric"][1]) == approx(numeric.mean(), abs=5e-4)
    assert float(cells["numeric"][2]) == approx(ece(numeric, right), abs=5e-4)
    assert float(cells["numeric"][-1]) == approx(ece(uf, right), abs=5e-4)
    assert cells["uf"][2] == cells["uf"][-1]


def test_all_readings_of_the_saved_chains_are_compared(tmp_path: Path) -> None:
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", with_uf(12), HEADER)])
    sampled = evidence_with_chains("AAAAAABBBC", "A", "BA", "CAB")
    first, *rest = source.run.records
    assert first.assessment is not None
    signals = tuple(signal for signal in first.assessment.signals if signal.name != "uf")
    known = UFConfidence("leftmost")(sampled)
    with_chains = replace(
        first, assessment=replace(first.assessment, evidence=sampled, signals=(*signals, known))
    )
    again = with_all_readings(replace(source, run=replace(source.run, records=(with_chains, *rest))))
    read = again.run.records[0].by_name
    assert read["uf"] == known
    # (1 − .6477) · .82857 and · .85714
    assert read["uf_rightmost"].confidence == approx(0.2919, abs=1e-4)
    assert read["uf_last"].confidence == approx(0.3020, abs=1e-4)
    assert again.run.records[1:] == tuple(rest)  # no chains, nothing to read


def test_a_run_without_uf_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run.jsonl", records(12, domains=("arc",)), HEADER)
    assert main(["reproduce", "uf", str(run), "--intervals", "0"]) == 2
    assert "no graded answer with the signal uf" in capsys.readouterr().err


@pytest.mark.parametrize("study", ["alignment", "uf"])
def test_the_commands_print_their_tables(
    study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_run(tmp_path / "run.jsonl", with_uf(40), HEADER)
    assert main(["reproduce", study, str(run), "--intervals", "100", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert "| arc |" in printed and "nan" not in printed
    assert main(["reproduce", study, str(tmp_path / "none.jsonl")]) == 2
    assert "There is no file" in capsys.readouterr().err


def in_both_perspectives(n: int) -> list[dict[str, Any]]:
    """Records whose own-turn P(True) is .2 above that of the third person; every fourth answer lacks the latter."""
    rows = copy.deepcopy([dict(row) for row in records(n, domains=("arc",))])
    for place, row in enumerate(rows):
        third = None if place % 4 == 0 else 0.1 + 0.6 * place / n
        own = {"name": "p_true_own", "confidence": 0.3 + 0.6 * place / n, "missing": ""}
        other = {"name": "p_true_third", "confidence": third, "missing": "" if third else "not asked"}
        signals = [signal for signal in row["assessment"]["signals"] if signal["name"] != "p_true_third"]
        row["assessment"]["signals"] = [*signals, own, other]
    return rows


def test_ownership_pairs_are_signals() -> None:
    assert {name for pair in PAIRS.values() for name in pair} <= {estimator.name for estimator in ESTIMATORS}


def test_ownership_compares_both_perspectives_on_the_same_answers(tmp_path: Path) -> None:
    rows = in_both_perspectives(60)
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", rows, HEADER)])
    n, differences = ownership(source, "p_true_own", "p_true_third", 200)
    both = []
    for row in rows:
        signals = {signal["name"]: signal["confidence"] for signal in row["assessment"]["signals"]}
        if row["correct"] is not None and signals["p_true_third"] is not None:
            both.append((signals["p_true_own"], signals["p_true_third"], float(row["correct"])))
    own, third, right = np.array(both).T
    assert n == len(both) < 60
    assert differences["ece"].value == approx(ece(own, right) - ece(third, right))
    brier = differences["brier"]
    assert brier.value == approx(((own - right) ** 2).mean() - ((third - right) ** 2).mean())
    assert brier.value is not None and brier.low is not None and brier.high is not None
    assert brier.low < brier.value < brier.high
    head, row_ = ownership_rows([source], 200)
    cells = dict(zip(head, row_, strict=True))
    assert (cells["asked for"], cells["answers"], cells["published ΔECE"]) == ("P(True)", str(n), "0.098")


def test_ownership_needs_both_perspectives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run.jsonl", records(12, domains=("arc",)), HEADER)
    assert main(["reproduce", "ownership", str(run), "--intervals", "0"]) == 2
    assert "no run has a signal in both perspectives" in capsys.readouterr().err
    both = write_run(tmp_path / "both.jsonl", in_both_perspectives(20), HEADER)
    assert main(["reproduce", "ownership", str(both), "--intervals", "100", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert "0.179 for percentages" in printed and "nan" not in printed


def test_early_stopping_is_replayed_on_the_first_samples(tmp_path: Path) -> None:
    agree, differ = (
        evidence_with_chains("AAAAABBBCD", "A", "BA", "CAB", "DA"),
        evidence_with_chains("ABABABABAB", "A", "BACD"),
    )
    early = stopped_early(agree)
    assert len(early.samples) == 4 and early.groups == ((0, 1, 2, 3),)
    assert [chain.labels for chain in early.chains] == [("A",)]
    assert len(stopped_early(differ).samples) == 10 and stopped_early(differ).chains == differ.chains
    (source,) = read_sources([write_run(tmp_path / "run.jsonl", with_uf(12), HEADER)])
    with pytest.raises(BadFile, match="--samples 10"):
        early_rows([replace(source, run=replace(source.run, records=()))], 0)
    replaying = tuple(
        replace(record, correct=place % 2 == 0, assessment=replace(record.assessment, evidence=evidence))
        for place, (record, evidence) in enumerate(zip(source.run.records, [agree, differ] * 6, strict=True))
        if record.assessment is not None
    )
    replayed = replace(source, run=replace(source.run, records=replaying))
    cells = {row[1]: row[2:] for row in early_rows([replayed], 0)[1:]}
    assert cells["self_consistency"][0] == "12" and cells["self_consistency"][1] == "1.000"
    # 4 and 10 samples; chains A: 1 call, and BACD: 3
    assert cost_rows([replayed])[1][1:] == ["with options", "12", "7.0", "10.0", "9.5", "16.0"]
