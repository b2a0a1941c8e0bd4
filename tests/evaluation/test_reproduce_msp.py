"""The reproduction with seven chat models: by hand on small files, and against the paper on the published results."""

import gzip
import json
import os
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pytest import approx

from evaluation import metrics
from evaluation.__main__ import main
from evaluation.reports.tables import number
from evaluation.reproductions.chat_llm_msp import far_lines
from evaluation.reproductions.msp_authors import (
    SCALES,
    ScoreName,
    labelled_and_rest,
    pooled,
    pooled_calibration_error,
    withholding,
)
from evaluation.reproductions.msp_figures import (
    Abstaining,
    Reproduced,
    abstaining,
    cell_means,
    main_finding,
    reproduced,
)
from evaluation.reproductions.msp_results import COLUMNS, PUBLISHED, Cells, read_cells, read_results
from files.errors import BadFile

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared")) / "data" / "chat_llm_msp"
PAGE = ROOT / "docs" / "results" / "reproductions" / "chat-llm-msp.md"


def written(path: Path, rows: list[str], header: str = ",".join(COLUMNS)) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *rows]) + "\n")
    return path


def simulated(folder: Path, questions: int = 40) -> None:
    """Results of all seven models, the more accurate ones with the better order of their answers."""
    for place, name in enumerate(PUBLISHED):
        rng = np.random.default_rng(place)
        rows = []
        for data_set in ("arc", "mmlu"):
            for prompt in ("first", "second"):
                right = rng.random(questions) < 0.3 + 0.08 * place
                sure = np.clip(
                    0.5 + 0.08 * place * (right - 0.5) + 0.1 * rng.standard_normal(questions), 0, 1
                )
                logit = "" if PUBLISHED[name].auroc_logit is None else "7.5"
                rows += [
                    f"{data_set},{prompt},{k},{y:d},1,{p:.6f},{logit}"
                    for k, (y, p) in enumerate(zip(right, sure, strict=True))
                ]
        written(folder / f"{name}.csv.gz", rows)


def test_results_are_read(tmp_path: Path) -> None:
    rows = [
        "arc,second,1,1,1,0.7,3.5",
        "arc,second,0,1,0,0.9,9.5",
        "arc,first,0,0,1,0.5,2.5",
        "arc,first,1,1,1,0.6,4.5",
    ]
    cells = read_cells(written(tmp_path / "m.csv.gz", rows))
    assert list(cells) == [("arc", "first"), ("arc", "second")]
    second = cells["arc", "second"]
    assert second.index.tolist() == [0, 1]
    # the first reply held no answer: wrong, with score 0
    assert (second.correct.tolist(), second.msp.tolist()) == ([0, 1], [0, 0.7])
    assert second.max_logit is not None and second.max_logit.tolist() == [0, 3.5]
    # accuracies ½ and ½; AUROC 1 and 1
    assert cell_means(list(cells.values())) == {"accuracy": 0.5, "auroc_msp": 1.0, "auroc_logit": 1.0}


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        (["arc,first,0,1,1,0.5,"], "dataset,prompt", "the header is dataset, prompt, not dataset, prompt, index"),
        (["arc,first,0,1,1,0.5,", "arc,first,x,1,1,0.5,"], ",".join(COLUMNS), "line 3: arc,first,x,1,1,0.5, is not a row"),
        ([], ",".join(COLUMNS), "contains no results"),
        (["a,first,0,1,1,0.5,", "a,second,1,1,1,0.5,"], ",".join(COLUMNS), "do not ask the same questions of a"),
    ],
)  # fmt: skip
def test_errors_are_reported(tmp_path: Path, rows: list[str], header: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_cells(written(tmp_path / "m.csv.gz", [row for row in rows if row], header))


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "msp", str(tmp_path)]) == 2
    assert "There is no file" in capsys.readouterr().err
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(b"dataset,prompt")[:-4])
    with pytest.raises(BadFile, match="is a damaged gzip file"):
        read_cells(tmp_path / "m.csv.gz")


def test_the_command_prints_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulated(tmp_path)
    asked = ["reproduce", "msp", str(tmp_path), "--draws", "20", "--intervals", "100"]
    assert main([*asked, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    mistral = result["models"]["Mistral"]
    cells = read_cells(tmp_path / "Mistral.csv.gz")
    assert mistral["accuracy"] == approx(100 * np.mean([c.correct.mean() for c in cells.values()]))
    assert mistral["auroc_msp"] == approx(
        100 * np.mean([metrics.auroc(c.msp, c.correct) for c in cells.values()])
    )
    assert mistral["intervals"]["accuracy"][0] < mistral["accuracy"] < mistral["intervals"]["accuracy"][1]
    never = [100 * (2 * c.correct.mean() - 1) for c in cells.values()]  # +1 and −1
    assert mistral["balanced"]["never"] == approx(np.mean(never))
    low, high = mistral["balanced"]["single_choices"]
    assert low <= mistral["balanced"]["abstaining"] <= high
    assert result["models"]["gpt-3.5-turbo"]["auroc_logit"] is None
    assert result["main_finding"]["auroc"]["r"] > 0.9
    assert main(asked) == 0
    printed = capsys.readouterr().out
    assert (
        all(was.title in printed for was in PUBLISHED.values())
        and "(published: r = 0.96, p < 0.001)" in printed
    )


def test_the_threshold_of_one_prompt_is_not_chosen_on_the_other(tmp_path: Path) -> None:
    # With the first prompt every answer is right, with the second every one is wrong: a threshold for each gives
    # 100 and 0, one for both could only give everything (0) or nothing (0).
    rows = [
        f"a,{prompt},{k},{right},1,0.5,1.0"
        for prompt, right in (("first", 1), ("second", 0))
        for k in range(30)
    ]
    scores = abstaining(read_cells(written(tmp_path / "m.csv.gz", rows)), 1.0, draws=20)
    assert (scores.never, scores.mean, scores.range) == (0, 50, (50, 50))


def test_what_is_far_from_the_paper_is_said() -> None:
    single = np.array([-6.5, -6.0, 0.0, 0.0])
    odd, even = Abstaining(0, single), Abstaining(0, np.full(4, -6.6))
    figures = Reproduced(40, 57, 55, 0.3, 0.3, odd, even, 4, {})
    # the mean is −3.125, the published figure −6.4: one of four choices lies beyond it
    assert far_lines({"Llama-7b": figures}) == [
        "† Llama 2 7B, balanced: 25.0% of 4 single choices score −6.4 or lie further from the mean."
    ]


@cache
def published_results() -> dict[str, Cells]:
    return read_results(SHARED)


shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="the results of the seven models are not there; CREDENCE_SHARED names the folder that holds data/chat_llm_msp",
)


@shared
@pytest.mark.needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_accuracy_and_auroc_are_the_published_ones(name: str) -> None:
    was, cells = PUBLISHED[name], list(published_results()[name].values())
    means = {key: round(100 * value, 1) for key, value in cell_means(cells).items()}
    assert (len(cells), sum(cell.correct.size for cell in cells)) == (10, 42_814)
    assert (means["accuracy"], means["auroc_msp"]) == (was.accuracy, was.auroc_msp)
    assert means.get("auroc_logit") == was.auroc_logit


def test_the_authors_files_are_pooled_in_the_order_of_their_names(tmp_path: Path) -> None:
    rows = [
        f"a,{prompt},{k},1,1,{(k + 1) / 2000 + (prompt == 'second') / 4000},1.0"
        for prompt in ("second", "first")
        for k in range(1200)
    ]
    ((scores, _),) = pooled(read_cells(written(tmp_path / "m.csv.gz", rows)))
    files = [
        "0 first",
        "0 second",
        "1000 first",
        "1000 second",
        "500 first",
        "500 second",
    ]  # q1000 before q500
    starts = [0, 500, 1000, 1200, 1400, 1900]
    for file, start in zip(files, starts, strict=True):
        question, prompt = file.split()
        assert scores[start] == approx((int(question) + 1) / 2000 + (prompt == "second") / 4000)


def test_the_threshold_is_chosen_on_the_labelled_answers_and_scored_on_the_others(tmp_path: Path) -> None:
    # everything below .5 is wrong, everything above it right: only the right half is shown
    rows = [f"a,first,{k},{k >= 50:d},1,{0.2 if k < 50 else 0.9},1.0" for k in range(100)]
    cells = read_cells(written(tmp_path / "m.csv.gz", rows))
    ((scores, correct),) = pooled(cells)
    (labelled, _), (rest, right) = labelled_and_rest((scores, correct))
    assert (labelled.size, rest.size) == (20, 80)
    ours = withholding({"m": cells}, "msp", 2.0)["m"]
    assert ours.never == approx(100 * np.where(right == 1, 1, -2).mean())
    assert ours.score == approx(100 * right.mean())
    assert ours.withheld == approx(100 * (1 - right.mean()))


@shared
@pytest.mark.needs_shared
@pytest.mark.parametrize("score", SCALES)
@pytest.mark.parametrize(("place", "penalty"), [(0, 1.0), (1, 2.0)])
def test_the_authors_choice_gives_every_published_figure(
    score: ScoreName, place: int, penalty: float
) -> None:
    results = withholding(published_results(), score, penalty)
    assert set(results) == {
        name for name, was in PUBLISHED.items() if score == "msp" or was.max_logit is not None
    }
    for name, ours in results.items():
        was = PUBLISHED[name].withholding(score, place)
        never = (PUBLISHED[name].balanced, PUBLISHED[name].conservative)[place]
        assert (ours.never, ours.score, ours.withheld) == approx((never, was.score, was.withheld), abs=0.05)


@shared
@pytest.mark.needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_pooled_calibration_error_is_the_published_one(name: str) -> None:
    ours = pooled_calibration_error(published_results()[name])
    assert round(ours, 2) == PUBLISHED[name].calibration_error


@shared
@pytest.mark.needs_shared
def test_abstaining_is_close_to_the_published_scores_and_the_page_says_so() -> None:
    page = PAGE.read_text(encoding="utf-8")
    far = set()
    models: dict[str, Reproduced] = {}
    for name, was in PUBLISHED.items():
        figures = models[name] = reproduced(published_results()[name], draws=100, resamples=20)
        for score in ("balanced", "conservative"):
            ours = getattr(figures, score)
            if ours.differs(getattr(was, f"{score}_abstaining")):
                far.add((name, score))
            row = re.search(rf"\| {re.escape(was.title)} \| {number(ours.never, 1)} \|", page)
            assert row, f"{name}: the page does not say {ours.never:.1f}"
            mean = page[row.end() :].split("|")[1].strip(" †").replace("−", "-")
            assert float(mean) == approx(ours.mean, abs=1.0)  # other choices of the 20 questions
        row = re.search(rf"\| {re.escape(was.title)} \| 42,814 \| {figures.accuracy:.1f} \[", page)
        assert row and f" | {figures.calibration_error:.3f} |" in page
    assert far == {("Llama-7b", "balanced"), ("Llama-7b", "conservative")}
    finding = main_finding(models)
    assert [round(finding[side]["r"], 2) for side in ("auroc", "calibration_error")] == [0.96, 0.41]
    assert finding["auroc"]["p"] < 0.001 and round(finding["calibration_error"]["p"], 2) == 0.36
