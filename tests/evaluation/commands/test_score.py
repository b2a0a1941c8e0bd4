"""``python -m evaluation score``: from a file to figures, without a model."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx

import evaluation
from estimators.markers.stripping import NO_HEDGE
from evaluation import metrics
from evaluation.__main__ import main
from evaluation.metrics import METRICS
from evaluation.runs.reader import read_run
from evaluation.scoring.marker_scores import (
    NO_SAMPLES,
    human_norms,
    marker_items,
    marker_rows,
    run_cmfg,
    run_stability,
)
from evaluation.scoring.signal_scores import alignments, score_run
from tests.evaluation.run_files import HEADER, records, write_run

ROWS = records(40)
C, Y = [0.9, 0.8, 0.6, 0.3], [1, 1, 0, 0]


def json_output(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["score", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    file = tmp_path / "answers.csv"
    file.write_text("id,confidence,correct,other\n" + "".join(
        f"{k},{c},{y},{1 - c:.1f}\n" for k, (c, y) in enumerate(zip(C, Y, strict=True))
    ))  # fmt: skip
    return file


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run.jsonl", ROWS, HEADER)


def test_a_csv_as_json(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, csv, "--intervals", "0")
    assert result["n"] == 4
    for metric in METRICS:
        if "selective" not in metric.name:
            assert result[metric.name] == approx(metric.measure(C, Y))
    assert result["auroc"] == 1.0
    assert result["selective_balanced"] is None
    assert "only 4" in result["missing"]["selective_balanced"]
    assert result["intervals"] == {} and result["intervals_by"] is None


def test_what_is_left_out_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gaps.csv"
    file.write_text("confidence,correct\n0.9,1\n,1\n0.4,\n0.2,0\n")
    result = json_output(capsys, file)
    assert (result["n"], result["accuracy"]) == (2, 0.5)
    assert result["left_out"] == {"without_confidence": 1, "ungraded": 1}
    assert main(["score", str(file)]) == 0
    assert "left out: 1 not graded; 1 without confidence" in capsys.readouterr().out
    file.write_text("confidence,correct\n,1\n")
    assert main(["score", str(file)]) == 2
    assert "confidence is empty in every graded row" in capsys.readouterr().err


def test_intervals_are_the_same_for_the_same_seed(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json_output(capsys, csv, "--intervals", "100")["intervals"] == {}  # of four answers there is none
    head, *rows = csv.read_text().splitlines()
    csv.write_text("\n".join([head, *rows * 5]))
    first, again = (json_output(capsys, csv, "--intervals", "100", "--seed", "5") for _ in range(2))
    assert first == again
    assert first["intervals"]["brier"][0] <= first["brier"] <= first["intervals"]["brier"][1]
    assert first["intervals_by"]["resamples"] == 100
    with pytest.raises(SystemExit):
        main(["score", str(csv), "--intervals", "7"])
    assert "7 is too few" in capsys.readouterr().err


def test_a_csv_for_people(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(csv), "--intervals", "0"]) == 0
    printed = capsys.readouterr().out
    assert "4 answers, 2 correct" in printed
    assert all(metric.title in printed for metric in METRICS)
    assert "it needs 21 answers, 20 to choose the threshold" in printed
    lines = [line for line in printed.splitlines() if "AUROC" in line or "Brier score" in line]
    assert len({len(line) for line in lines}) == 1  # aligned


def test_two_columns_of_a_csv_paired(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, csv, "--paired", "confidence", "other", "--intervals", "100")
    assert result["paired"] == ["confidence", "other"]
    auroc = result["metrics"]["auroc"]
    assert (auroc["first"], auroc["second"], auroc["difference"]) == (1.0, 0.0, 1.0)
    assert "accuracy" not in result["metrics"]  # the answers are the same


def test_the_flag_that_a_message_names_reads_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "excel.csv"
    file.write_text("Confidence;Correct\n85,5 %;yes\n20,0 %;no\n")
    flags: list[str] = []
    for flag in ("--percent", "--decimal-comma"):
        assert main(["score", str(file), *flags]) == 2
        printed = capsys.readouterr().err
        assert f"use {flag}." in printed and len(printed.splitlines()) == 1
        flags.append(flag)
    assert json_output(capsys, file, *flags)["mean_confidence"] == approx(0.5275)


def test_the_flags_are_not_for_records(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(run_file), "--percent"]) == 2
    assert "only apply to a CSV" in capsys.readouterr().err


def test_a_header_without_the_names_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.csv"
    file.write_text("p,label\n0.5,1\n")
    assert main(["score", str(file)]) == 2
    printed = capsys.readouterr().err
    assert "p, label" in printed and "--confidence COLUMN" in printed and len(printed.splitlines()) == 1
    assert json_output(capsys, file, "--confidence", "p", "--correct", "label")["n"] == 1


def test_records_as_json(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, run_file, "--intervals", "0")
    correct = [row["correct"] for row in ROWS]
    assert (result["n"], result["accuracy"]) == (40, np.mean(correct))
    p_ic = [row["assessment"]["signals"][0]["confidence"] for row in ROWS]
    assert result["signals"]["p_ic"]["auroc"] == approx(metrics.auroc(p_ic, correct))
    assert result["signals"]["p_ic"]["n"] == 40
    linguistic = result["signals"]["linguistic"]
    assert linguistic["n"] + sum(linguistic["without"].values()) == 40
    assert {pair["internal"] for pair in result["alignment"]} == {"p_ic"}
    assert {pair["expressed"] for pair in result["alignment"]} >= {
        "numeric",
        "p_true_third",
        "likert_third_oc_label",
    }
    assert set(result["markers"]["stability"]) == {"mic", "accuracy", "accuracy_published"}


def test_records_for_people(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(run_file), "--intervals", "100"]) == 0
    printed = capsys.readouterr().out
    assert "simulated, 40 graded answers" in printed
    assert (
        "alignment with p_ic" in printed
        and "stability of accuracy, mean, lowest" in printed
        and "C-AvgECE" in printed
    )
    assert main(["score", str(run_file), "--intervals", "0", "--signal", "linguistic"]) == 0
    assert "without it:" in capsys.readouterr().out


def test_an_unknown_signal_or_domain_is_one_sentence(
    run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, name in (("--signal", "nose"), ("--domain", "law")):
        assert main(["score", str(run_file), option, name]) == 2
        printed = capsys.readouterr().err
        assert name in printed and len(printed.splitlines()) == 1
    assert main(["score", str(run_file), "--paired", "p_ic", "nose"]) == 2
    assert "it has: p_ic, msp" in capsys.readouterr().err


def test_a_run_without_a_grade_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row, "correct": None, "ungraded": "?"} for row in ROWS[:3]]
    assert main(["score", str(write_run(tmp_path / "u.jsonl", rows))]) == 2
    assert "none of its 3 answers is graded (0 ended in an error, 3 could not" in capsys.readouterr().err


def test_a_cut_line_is_reported(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_file.write_bytes(run_file.read_bytes()[:-500])
    assert main(["score", str(run_file), "--intervals", "0"]) == 0
    assert "left out: the last line, which was cut off" in capsys.readouterr().out


def test_signals_that_few_answers_have(tmp_path: Path) -> None:
    rows = json.loads(json.dumps(ROWS[:4]))
    for row in rows:
        row["assessment"]["signals"][0].update(confidence=None, missing="no letter")
    del rows[0]["assessment"]["signals"][1]
    run = read_run(write_run(tmp_path / "few.jsonl", rows))
    signals = {signal.name: signal for signal in score_run(run, 0)}
    assert (signals["p_ic"].n, dict(signals["p_ic"].missing)) == (0, {"no letter": 4})
    assert (signals["msp"].n, dict(signals["msp"].missing)) == (3, {"it was not requested": 1})
    assert {(pair.internal, pair.n) for pair in alignments(run, 0)} == {("msp", 3)}  # no answer has P_IC


def test_paired_signals_use_the_answers_that_have_both(
    run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = json_output(capsys, run_file, "--paired", "p_ic", "linguistic", "--intervals", "100")
    assert result["n"] == sum(row["assessment"]["signals"][-2]["confidence"] is not None for row in ROWS)


def test_markers_of_a_run(run_file: Path) -> None:
    run = read_run(run_file)
    assert [human_norms()[marker] for marker in (NO_HEDGE, "probable", "may")] == [1.0, 0.75, 0.4]
    items = marker_items(run.records, "accuracy")
    assert len(items) == 40
    rows = {row.marker: row for row in marker_rows(run)}
    probable = [item for item in items if item.marker == "probable"]
    assert rows["probable"].accuracy.n == len(probable)
    assert rows["probable"].accuracy.mic == approx(np.mean([record.target for record in probable]))
    assert rows["probable"].gap == approx(rows["probable"].mic.mic - 0.75)  # type: ignore[operator]


def test_cmfg_of_a_run_by_hand(run_file: Path) -> None:
    run = read_run(run_file)
    norms = human_norms()
    bins: dict[int, list[float]] = {}
    for record in run.records:
        sure = record.by_name["self_consistency"].confidence
        assert sure is not None
        markers = [m for m in ("probable", "may") if m[:4] in record.said]
        # one sentence, the letter belonging to it
        faithful = 1 - abs((norms[markers[0]] if markers else 1.0) - sure)
        bins.setdefault(min(int(sure * 10 + 1e-9), 9), []).append(faithful)
    assert run_cmfg(run).value == approx(np.mean([np.mean(bin_) for bin_ in bins.values()]))


def test_without_samples_the_mic_form_is_missing_with_its_reason(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run.jsonl", records(12, samples=0)))
    assert run_cmfg(run).missing == NO_SAMPLES
    metrics = run_stability(run, "mic")
    assert {figure.missing for figure in metrics.values()} == {NO_SAMPLES}
    assert marker_rows(run)[0].mic.missing == NO_SAMPLES


def test_a_model_is_never_touched(csv: Path, run_file: Path) -> None:
    code = (
        f"import sys; from {evaluation.__name__}.__main__ import main; "
        f"main(['score', {str(csv)!r}, '--intervals', '0']); main(['score', {str(run_file)!r}, '--intervals', '0']); "
        "print({'torch', 'transformers', 'xllamacpp', 'sklearn', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_reading_only_the_head_is_no_error(csv: Path) -> None:
    command = f"{sys.executable} -m {evaluation.__name__} score {csv} --intervals 0 | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stderr == "" and "4 answers" in done.stdout


@pytest.mark.repository
def test_the_page_on_metrics_names_every_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [metric.name for metric in METRICS if f"`{metric.name}`" not in page] == []
    functions = set(re.findall(r"^\| `[^|]*\| `(\w+)`", page, re.MULTILINE))
    assert len(functions) > 15 and functions <= set(metrics.__all__)
