"""``python -m evaluation report``: one page without network and its Markdown version, with the figures of ``score``."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from pytest import approx

from estimators.types import ChainEnd, FidelityChain
from evaluation import metrics
from evaluation.__main__ import main
from evaluation.reports.reliability import reliability_diagram
from evaluation.reports.risk_coverage import risk_coverage_curve
from evaluation.run_report.alignment_scatter import alignment_scatter
from evaluation.run_report.overconfident import overconfident
from evaluation.run_report.run_section import reliability_rows
from evaluation.runs.reader import read_run
from evaluation.scoring.costs import chain_calls, signal_cost, whole_cost
from evaluation.scoring.signal_scores import alignments, score_run
from tests.evaluation.run_files import HEADER, records, write_run

ROWS = records(40)
OTHER = records(40, skill=0.2)
NASTY = "<script>alert(1)</script> ${x} `y` ![z](http://example.org/z.png)"


def copied(rows: Any) -> Any:
    return json.loads(json.dumps(rows))


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return write_run(tmp_path / "first.jsonl", ROWS, HEADER)


def reported(folder: Path, *arguments: object) -> tuple[str, str]:
    out = folder / "out" / "page.html"
    assert main(["report", *map(str, arguments), "--out", str(out), "--intervals", "0"]) == 0
    return out.read_text(encoding="utf-8"), out.with_suffix(".md").read_text(encoding="utf-8")


def table(markdown: str, title: str) -> list[list[str]]:
    """The rows of a Markdown table, without its rule."""
    lines = markdown.split(f"### {title}\n\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return [[text.strip() for text in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]


def test_both_hold_the_figures_of_the_metrics(tmp_path: Path, run_file: Path) -> None:
    page, markdown = reported(tmp_path, run_file)
    p_ic = [row["assessment"]["signals"][0]["confidence"] for row in ROWS]
    correct = [row["correct"] for row in ROWS]
    head, first, *_ = table(markdown, "Signals")
    row = dict(zip(head, first, strict=True))
    assert (row["signal"], row["n"]) == ("Internal confidence p_ic", "40")
    assert row["AUROC ↑"] == f"{metrics.auroc(p_ic, correct):.3f}"
    assert row["ECE ↓"] == f"{metrics.ece(p_ic, correct):.3f}"
    assert row["IPR ↓"] == f"{metrics.ipr(p_ic, correct):.3f}"
    assert row["Evenness ↑"] == f"{metrics.confidence_evenness(p_ic, correct):.3f}"
    assert f"<td>{metrics.auroc(p_ic, correct):.3f}</td>" in page
    numeric = [row["assessment"]["signals"][4]["confidence"] for row in ROWS]
    rho = {line[0].split()[-1]: line[-1] for line in table(markdown, "Signals")}
    assert rho["numeric"] == f"{metrics.spearman(p_ic, numeric):.3f}" and rho["p_ic"] == "–"
    for part in ("Markers", "Cost", "All metrics", "Share of wrong answers among the most confident"):
        assert len(table(markdown, part)) > 1
        assert part in page
    assert "infinite" in markdown  # why a log loss is missing


def test_intervals_are_shown_with_the_figures(tmp_path: Path, run_file: Path) -> None:
    out = tmp_path / "page.html"
    assert (
        main(["report", str(run_file), "--out", str(out), "--intervals", "100", "--signal", "numeric"]) == 0
    )
    row = table(out.with_suffix(".md").read_text(), "Signals")[1]
    assert re.fullmatch(r"0\.\d{3} \[0\.\d{3}, [01]\.\d{3}\]", row[2])
    assert re.search(r"<td>0\.\d{3}<small>\[0\.\d{3}, ", out.read_text())
    assert "100 resamples" in out.read_text()


def test_the_page_needs_nothing_from_outside(tmp_path: Path, run_file: Path) -> None:
    page, _ = reported(tmp_path, run_file)
    assert set(re.findall(r"https?://[^\s\"']+", page)) == {
        "http://www.w3.org/1999/xlink"
    }  # a name, not an address
    assert not re.search(r"<(script|link|img|iframe|object|image)\b|\bsrc=|@import|url\((?!#)", page)
    assert "default-src 'none'" in page
    named = re.findall(r'\bid="([^"]+)"', page)
    assert len(named) == len(set(named)) > 50
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', page))
    assert used <= set(named)
    assert not re.search(r"#0[1-6]0[1-6]0[1-6]\b", page)  # every colour is the page's


def test_text_of_others_is_text(tmp_path: Path) -> None:
    rows = copied(ROWS)
    for row in rows:
        row["correct"] = False
        row["question"] = f"question {NASTY}"
        row["domain"] = f"domain {NASTY}"
        row["assessment"]["evidence"]["answer"].update(text=f"answer {NASTY}", tokens=[], span=[0, 1])
    header = copied(HEADER)
    header["run"].update(model=f"model {NASTY}", engine=f"engine {NASTY}")
    path = write_run(tmp_path / "nasty.jsonl", rows, header)
    page, markdown = reported(tmp_path, path, "--by-domain", "--title", f"title {NASTY}")
    assert "<script" not in page
    for field in ("question", "domain", "answer", "model", "engine", "title"):
        assert f"{field} &lt;script&gt;alert(1)&lt;/script&gt;" in page, field
    assert "<script" not in markdown and "\\`y\\`" in markdown and "![z]" not in markdown


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, run_file: Path) -> None:
    assert reported(tmp_path, run_file) == reported(tmp_path, run_file)


def test_several_runs_stand_side_by_side(tmp_path: Path, run_file: Path) -> None:
    other = write_run(tmp_path / "second.jsonl", OTHER, {"schema": 1, "run": {"model": "better"}})
    page, markdown = reported(tmp_path, run_file, other)
    assert page.count("<section ") == 3
    rows = table(markdown, "AUROC ↑")
    assert rows[0] == ["signal", "first", "second"]
    for place, run in enumerate((ROWS, OTHER), 1):
        p_ic = [row["assessment"]["signals"][0]["confidence"] for row in run]
        assert rows[1][place] == f"{metrics.auroc(p_ic, [row['correct'] for row in run]):.3f}"
    assert [row[0] for row in table(markdown, "ρ ↑")][1] != "Internal confidence p_ic"


def test_a_section_for_each_domain(tmp_path: Path, run_file: Path) -> None:
    _, markdown = reported(tmp_path, run_file, "--by-domain")
    assert "## first, arc\n" in markdown and "## first, csqa\n" in markdown
    arc = [row["correct"] for row in ROWS if row["domain"] == "arc"]
    assert table(markdown, "Runs")[1][2:] == ["20", f"{np.mean(arc):.3f}"]


def test_what_is_left_out_is_reported(tmp_path: Path) -> None:
    rows = [*copied(ROWS), {"schema": 1, "id": "x", "error": "timed out", "assessment": None}]
    rows[0].update(correct=None, ungraded="two letters")
    _, markdown = reported(tmp_path, write_run(tmp_path / "run.jsonl", rows, HEADER))
    assert "left out: 1 ended in an error; 1 not graded (two letters)" in markdown
    absent = table(markdown, "Graded answers without a signal")
    assert [row[0] for row in absent[1:]] == ["linguistic"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "r.pdf"], "must end in .html"),
        (["--out", "r.html", "--signal", "nose"], "has no signal nose"),
        (["--out", "r.html", "--overconfident-by", "nose"], "has no signal nose"),
    ],
)
def test_errors_are_one_sentence(
    run_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["report", str(run_file), *arguments]) == 2
    printed = capsys.readouterr().err
    assert message in printed and len(printed.splitlines()) == 1


def test_signals_that_no_answer_has(tmp_path: Path) -> None:
    rows = copied(ROWS[:4])
    for row in rows:
        for signal in row["assessment"]["signals"]:
            signal.update(confidence=None, missing="the engine gives no tokens", per_option=[])
    page, markdown = reported(tmp_path, write_run(tmp_path / "none.jsonl", rows, HEADER))
    assert "No graded answer has a confidence." in page
    assert ["p_ic", "4", "the engine gives no tokens"] in table(markdown, "Graded answers without a signal")
    assert "NaN" not in page and "nan" not in markdown


def test_the_most_overconfident_come_first(run_file: Path) -> None:
    run = read_run(run_file)
    shown = overconfident(run, "numeric").shown
    wrong = sorted(
        (row["assessment"]["signals"][4]["confidence"] for row in ROWS if not row["correct"]), reverse=True
    )
    assert [answer.confidence for answer in shown] == [f"{value:.2f}" for value in wrong[:20]]
    assert all(answer.right[0] != answer.said[0] for answer in shown)


def test_costs_by_hand(run_file: Path) -> None:
    run = read_run(run_file)
    assert signal_cost(run.records, "p_ic").calls == 0
    numeric = signal_cost(run.records, "numeric")
    sent = [
        sum(len(m["content"]) for m in row["assessment"]["evidence"]["probes"]["numeric"]["messages"])
        for row in ROWS
    ]
    assert (numeric.calls, numeric.new_tokens) == (1, 1)
    assert numeric.characters == approx(np.mean(sent))
    sampled = signal_cost(run.records, "self_consistency")
    tokens = [sum(len(s["tokens"]) for s in row["assessment"]["evidence"]["samples"]) for row in ROWS]
    assert (sampled.calls, sampled.characters) == (3, None)
    assert sampled.new_tokens == approx(np.mean(tokens))
    assert whole_cost(run.records)["calls"] == 7  # the answer, three samples, three probes
    assert whole_cost(run.records)["cached_tokens"] is None


@pytest.mark.parametrize(
    ("labels", "end", "calls"),
    [
        ("A", "kept", 1),  # it stays with A
        ("AC", "kept", 2),  # it goes to C, then stays
        ("ACBD", "kept", 3),  # of four letters nothing is left to ask
        ("AC", "capped", 1),
        ("AC", "settled", 1),
        ("A", "settled", 0),
        ("AC", "unreadable", 2),
        ("AC", "failed", 2),
    ],
)
def test_calls_of_a_chain(labels: str, end: ChainEnd, calls: int) -> None:
    ended = "" if end == "kept" else "any words"
    assert chain_calls(FidelityChain(tuple(labels), ended, end), 4) == calls


def test_drawings_say_what_they_show(run_file: Path) -> None:
    run = read_run(run_file)
    signal = score_run(run, 0, names=["p_ic"])[0]
    counts = [f"({bin_.n})" for bin_ in metrics.bins(signal.confidence, signal.correct)]
    assert [text.split("\n")[1] for text in reliability_rows([signal])[1][1:] if text != "–"] == counts
    drawn = reliability_diagram("p_ic", metrics.bins(signal.confidence, signal.correct))
    for filled in metrics.bins(signal.confidence, signal.correct):
        assert f"accuracy {filled.accuracy:.2f}, {filled.n} answers" in drawn
        assert re.search(rf">{filled.n}</text>", drawn)
    curve = risk_coverage_curve("p_ic", signal.confidence, signal.correct)
    assert f"{1 - signal.correct.mean():.2f} at 100%" in curve
    scatter = alignment_scatter(alignments(run, 0)[0])
    assert scatter.count("<use ") >= 40 and "40 answers; Spearman ρ" in scatter


def test_at_either_end_of_the_scale_drawings_hold() -> None:
    confidence, correct = np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0])
    drawn = reliability_diagram("x", metrics.bins(confidence, correct))
    assert "confidence 1.00, accuracy 0.50, 2 answers" in drawn
    assert "at 100%" in risk_coverage_curve("x", confidence, correct)


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_in_a_browser_it_fits_and_follows_the_scheme(
    tmp_path: Path, run_file: Path, page: Page, width: int, dark: bool
) -> None:
    page_file, _ = reported(tmp_path, run_file)
    address = "http://localhost:9/report.html"
    page.route(address, lambda route: route.fulfill(body=page_file, content_type="text/html; charset=utf-8"))
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, paper)]
    assert (light[0] > light[1]) == dark
    axis = page.locator("svg text").first
    assert page.evaluate("e => getComputedStyle(e).fill", axis.element_handle()) != "rgb(0, 0, 0)"
    page.get_by_text("All metrics", exact=True).click()
    assert page.get_by_role("region", name="All metrics").is_visible()
    page.get_by_role("region", name="Signals").focus()  # it scrolls by keyboard
    assert page.evaluate("document.documentElement.scrollWidth") <= width
