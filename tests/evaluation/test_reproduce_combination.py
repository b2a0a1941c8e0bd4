"""The combined score against the best single signal: splits that share nothing, and figures by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.__main__ import main
from evaluation.metrics import auroc, ece, log_loss
from evaluation.reproductions.combination import (
    Floats,
    combination_rows,
    figures,
    in_hindsight,
    intervals,
    rivals,
)
from evaluation.reproductions.run_files import read_sources
from evaluation.reproductions.split_half import Pool, _with_whole_letter, pooled
from tests.evaluation.run_files import HEADER, records, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "arc.jsonl", records(100, seed=1, domains=("arc",), samples=0), HEADER)


@pytest.fixture
def pool(run: Path) -> Pool:
    return pooled(read_sources([run]))


def test_what_calibrates_is_never_tested_and_the_same_seed_gives_the_same(pool: Pool) -> None:
    made = rivals(pool, 60, 3)
    for split in made:
        assert split.rest.size == 40 and len(set(split.rest)) == 40
        assert split.correct == pytest.approx(pool.correct[split.rest])
    again = rivals(pool, 60, 3)
    assert all((one.shown == other.shown).all() for one, other in zip(made, again, strict=True))


def test_the_figures_by_hand(pool: Pool) -> None:
    made = rivals(pool, 60, 2)
    means = figures(made)
    metrics: tuple[Callable[[Floats, Floats], float], ...] = (auroc, log_loss, ece)
    for k, metric in enumerate(metrics):
        assert means.combined[k] == pytest.approx(np.mean([metric(s.shown, s.correct) for s in made]))
        assert means.single[k] == pytest.approx(np.mean([metric(s.single, s.correct) for s in made]))
    name, area = in_hindsight(made)
    assert area == pytest.approx(np.mean([auroc(s.raw[name], s.correct) for s in made]))
    assert all(area >= np.mean([auroc(s.raw[other], s.correct) for s in made]) for other in made[0].raw)
    between = intervals(pool, made, 50)
    assert between is not None and (between[:, 0] <= between[:, 1]).all()


def test_a_cell_with_too_few_answers_says_so(run: Path) -> None:
    rows = combination_rows(read_sources([run]), (60, 90), 2, 0)
    assert [row[3:5] for row in rows[1:]] == [["60", "40"], ["90", "too few: 100 answers"]]
    assert {len(row) for row in rows} == {len(rows[0])}


def test_the_command(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [
                "reproduce",
                "combination",
                str(run),
                "--n",
                "60",
                "--splits",
                "2",
                "--intervals",
                "100",
                "--markdown",
            ]
        )
        == 0
    )
    printed = capsys.readouterr().out
    assert "| simulated | arc | with options | 60 | 40 |" in printed and "best in hindsight" in printed


def test_a_letter_that_the_token_limit_ended_is_a_whole_answer_if_only_a_letter_was_asked_for(
    run: Path,
) -> None:
    record = read_sources([run])[0].run.records[0]
    assert record.assessment is not None
    evidence = record.assessment.evidence

    def cut(text: str, asking: str) -> str:
        options = {**evidence.provenance.options, "asking": asking}
        changed = replace(
            evidence, answer=replace(evidence.answer, text=text, tokens=(), finish="length"),
            provenance=replace(evidence.provenance, options=options),
        )  # fmt: skip
        assert record.assessment is not None
        whole = _with_whole_letter(replace(record, assessment=replace(record.assessment, evidence=changed)))
        assert whole.assessment is not None
        return whole.assessment.evidence.answer.finish

    assert (cut("B.", "letter_first"), cut("B", "letter_first")) == ("stop", "stop")
    assert (cut("B. The", "letter_first"), cut("B.", "as_typed")) == ("length", "length")
