"""The report: the figures of the measures, escaped, in one page that needs nothing else, and the same in Markdown."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from evaluation.metrics import Estimate
from evaluation.reports.page import html_page, markdown_page
from study.__main__ import main
from study.analysis.interval_drawing import intervals, scale
from study.analysis.measures import MEASURES, Measure
from study.analysis.report import Choice, chosen, conditions, study_report
from study.tables.tidy_files import BadData, csv_lines, jsonl_lines
from study.tables.trial_row import TRIALS

HOSTILE = '<script>alert(1)</script>"&{{x}}|*b*'


def row(**values: Any) -> dict[str, Any]:
    """A trial of a person who finished."""
    plain: dict[str, Any] = {column.name: None for column in TRIALS}
    return plain | {
        "study": "small", "design_sha256": "ab" * 32, "participant": "p1", "status": "completed", "checks_failed": 0,
        "flow": "accept-reject", "condition": "plain", "trial": 1, "practice": False, "item": "q", "timed_out": False,
    } | values  # fmt: skip


def decisions() -> list[dict[str, Any]]:
    """12 people in two conditions with 4 trials each: all answers are accepted in plain, only right ones with numbers."""
    return [
        row(participant=f"p{who}", condition=name, shows=shows, item=f"q{n}", ai_correct=n < 3, accepted=took, relied=took,
            outcome_correct=took == (n < 3), final_confidence=0.75, ai_confidence=0.5, seconds=float(10 + n),
            confidence_scale="probability", scale_low=0.0, scale_high=100.0, chance=0.5, final_slider=75.0)
        for who in range(12)
        for name, shows, took_of in (("numbers", "token-number", lambda n: n < 3), ("plain", None, lambda n: True))
        for n in range(4)
        for took in [took_of(n)]
    ]  # fmt: skip


def labels() -> list[dict[str, Any]]:
    return [
        row(
            participant=rater,
            flow="annotation",
            item=f"i{n}",
            label_correct=label,
            label_strength=float(10 * n + add),
            ai_correct=n > 1,
        )
        for rater, add in (("a", 0), ("b", 5))
        for n, label in enumerate(("wrong", "wrong", "correct", "unsure" if rater == "b" else "correct"))
    ]


class Page(HTMLParser):
    """Tags and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_figures_of_the_page_and_of_its_twin_are_those_of_the_measures() -> None:
    report = study_report(decisions(), Choice(), draws=200, seed=1)
    page, twin = html_page(report), markdown_page(report, "r.html")
    # plain accepts all: over-reliance 1, accuracy 3/4; numbers accepts what is right: over-reliance 0, accuracy 1
    # nobody differs from anybody: exact intervals of 12 people for the shares of 0 and 1, none for the rest
    assert re.search(r"\| Over-reliance ↓ \| 1\.00 \[0\.74, 1\.00\] \| 0\.00 \[0\.00, 0\.26\] \|", twin)
    assert re.search(r"\| Accuracy after ↑ \| 0\.75 \| 1\.00 \[0\.74, 1\.00\] \|", twin)
    assert "Difference from “plain”" in twin and "| Over-reliance | −1.00 |" in twin
    texts = Page(page).texts
    for line in twin.splitlines():
        if line.startswith("| ") and "[" in line:
            for cell in line.strip("| ").split(" | "):
                for part in cell.replace("\\", "").replace(" [", "\n[").split("\n"):
                    assert part in texts, part
    assert "12 participants and 96 trials were analysed." in texts


def test_the_page_is_whole_and_nothing_in_it_can_be_fetched_or_run() -> None:
    rows = [
        *decisions(),
        *(
            label | {"study": HOSTILE, "condition": HOSTILE, "item": HOSTILE + label["item"]}
            for label in labels()
        ),
    ]
    text = html_page(study_report(rows, Choice(), draws=0, seed=1, title=HOSTILE))
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"}
    addresses = [
        value or ""
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name.rpartition(":")[2] in ("src", "href")
    ]
    assert all(address.startswith("#") for address in addresses)
    assert {"default-src 'none'; style-src 'unsafe-inline'"} <= {
        attributes.get("content") for _, attributes in page.tags
    }
    assert HOSTILE in "\n".join(page.texts)
    twin = markdown_page(study_report(rows, Choice(), draws=0, seed=1, title=HOSTILE), "r.html")
    assert "<script" not in twin and r"\|\*b\*" in twin


def test_every_drawing_says_its_figures_in_words() -> None:
    page = Page(html_page(study_report(decisions(), Choice(), draws=0, seed=1)))
    descriptions = [attributes["aria-label"] or "" for tag, attributes in page.tags if tag == "svg"]
    assert "Over-reliance. plain 1.00; numbers 0.00." in descriptions
    assert any(
        description.startswith("Calibration of people, plain. confidence 0.75, share right 0.75, 48 trials")
        for description in descriptions
    )


def test_who_is_left_out_is_counted_with_the_reason() -> None:
    rows = [
        row(), row(practice=True), row(status="left"), row(status="active", checks_failed=3), row(checks_failed=2),
    ]  # fmt: skip
    kept, left_out = chosen(rows, Choice(failed_checks=1))
    assert len(kept) == 1
    assert dict(left_out) == {
        "practice": 1, "people who did not finish (left)": 1, "people who did not finish (active)": 1,
        "people who failed more than 1 attention checks": 1,
    }  # fmt: skip
    assert len(chosen(rows, Choice(everyone=True))[0]) == 4


def test_conditions_stand_in_one_order_whoever_came_first() -> None:
    rows = [
        row(condition=name, shows=shows)
        for name, shows in (("z", "a+b"), ("both", "c+d"), ("one", "a"), ("none", None))
    ]
    assert conditions(rows) == conditions(rows[::-1]) == ("none", "one", "both", "z")
    assert conditions(rows, "z") == ("z", "none", "one", "both")
    with pytest.raises(BadData, match="no condition nobody; the conditions are both, none, one, z"):
        conditions(rows, "nobody")


def test_agreement_of_raters_by_hand() -> None:
    twin = markdown_page(study_report(labels(), Choice(), draws=0, seed=1), "r.html")
    # 8 labels, 4 items: 3 of 4 pairs agree. n = (correct 3, wrong 4, unsure 1): D_e = (64 − 26)/56, D_o = 2/8;
    # α = 1 − 0.25 / 0.67857 = 0.632
    assert "| correctness | nominal | 0.63 | 0.75 | 4 | 2 | 8 |" in twin
    assert "| i3 | 2 | 1 | 0 | 1 | 32 | right |" in twin  # strength (30 + 35) / 2 = 32.5
    assert "Reliance" not in twin


def test_missing_figures_are_named_with_their_reason_never_zero() -> None:
    rows = [
        decision | {"ai_correct": True, "outcome_correct": decision["relied"]} for decision in decisions()
    ]
    twin = markdown_page(study_report(rows, Choice(), draws=0, seed=1), "r.html")
    assert "| Over-reliance | plain | no trial with a wrong AI answer |" in twin
    assert not re.search(r"\| Over-reliance ↓ \|", twin)


def test_the_command_reads_csv_and_jsonl_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, lines in (("trials.csv", csv_lines), ("trials.jsonl", jsonl_lines)):
        (tmp_path / name).write_text("".join(lines(TRIALS, decisions())), newline="")
        out = tmp_path / name.replace(".", "-") / "report.html"
        assert main(["analyse", str(tmp_path / name), "--out", str(out), "--intervals", "100"]) == 0
    assert "12 participants and 96 trials" in capsys.readouterr().out
    from_csv, from_jsonl = (
        (tmp_path / f"trials-{kind}" / "report.html").read_text() for kind in ("csv", "jsonl")
    )
    assert from_csv.replace("trials.csv", "") == from_jsonl.replace("trials.jsonl", "")
    assert f"-m {main.__module__.rpartition('.')[0]} analyse trials.csv --out report.html" in from_csv
    assert str(tmp_path) not in from_csv


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv", "--out", "r.html"], "There is no file none.csv"),
        (["none.csv", "--out", "r.pdf"], "must end in .html"),
    ],
)
def test_wrong_options_are_reported(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["analyse", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_was_edited_wrongly_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "trials.csv"
    for rows, descriptions in (
        (
            [row(final_confidence=70.0, confidence_scale="probability")],
            "trials.csv: final_confidence 70.0 of participant p1 is not in [0, 1].",
        ),
        (labels() * 2, "trials.csv: rater a has two labels for item i0: keep the last one."),
    ):
        path.write_text("".join(csv_lines(TRIALS, rows)), newline="")
        assert main(["analyse", str(path), "--out", str(tmp_path / "r.html")]) == 2
        assert descriptions in capsys.readouterr().err


def test_an_interval_is_drawn_where_it_lies() -> None:
    measure = next(measure for measure in MEASURES if measure.name == "reliance")
    drawn = intervals(measure, [("a", Estimate(0.5, "", 0.25, 0.75)), ("b", Estimate(None, "no trials"))])
    # the scale 0 to 1 runs from 4 to 316
    assert '<line x1="82.0" x2="238.0"' in drawn and 'cx="160.0"' in drawn
    assert drawn.count("<circle") == 1 and ">–<" in drawn


def test_scales_hold_every_interval() -> None:
    shift = Measure("x", "X", len, "", low=-1.0)
    assert scale(shift, [Estimate(0.1, "", -0.31, 0.2)]) == (-0.4, 0.4)
    assert scale(shift, [Estimate(0.0)]) == (-0.1, 0.1)
    seconds = Measure("t", "T", len, "", high=None)
    assert scale(seconds, [Estimate(12.0, "", 9.5, 31.0)]) == (0.0, 40.0)
    assert scale(seconds, [Estimate(None, "none")]) == (0.0, 1.0)
