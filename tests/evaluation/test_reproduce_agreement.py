"""Agreement across models: right answers where another model says the same, and where it does not."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx
from sklearn.metrics import roc_auc_score

from evaluation.__main__ import main
from evaluation.metrics.bootstrap import exact_interval
from evaluation.reproductions.model_agreement import agreement_rows
from evaluation.reproductions.run_files import read_sources
from tests.evaluation.run_files import HEADER, records, write_run


class Never:
    """An embedder for runs in which nothing has to be embedded."""

    def embed(self, texts: Any) -> np.ndarray:
        raise AssertionError(f"options need no embedding: {texts}")


def other_run(path: Path, rows: Sequence[Mapping[str, Any]], agreeing: int) -> Path:
    """The same questions to another model, which says the same in the first ``agreeing`` answers only."""
    changed = json.loads(json.dumps(rows))
    for place, row in enumerate(changed):
        answer = row["assessment"]["evidence"]["answer"]
        if place >= agreeing:
            letter = "C" if answer["text"].startswith("B") else "B"
            answer.update(text=f"{letter}. It is so.", tokens=[])
    header = json.loads(json.dumps(HEADER))
    header["run"]["model"] = "Other-1B"
    return write_run(path, changed, header)


def test_shares_and_ranking_are_those_of_the_answers_that_agree_and_do_not(tmp_path: Path) -> None:
    rows = list(records(40, domains=("arc",)))
    first = write_run(tmp_path / "first.jsonl", rows, HEADER)
    second = other_run(tmp_path / "second.jsonl", rows, 25)
    sources = read_sources([first, second])
    table = agreement_rows(sources, Never(), 200)
    (row,) = [row for row in table[1:] if row[1] == "Other-1B"]
    by_id = {record.id: record for record in sources[0].run.graded}
    same = {row["id"]: place < 25 for place, row in enumerate(rows)}
    agreed = [float(bool(by_id[name].correct)) for name in by_id if same[name]]
    right = [float(bool(by_id[name].correct)) for name in by_id]
    share = exact_interval(int(sum(agreed)), len(agreed))
    assert row[2:5] == ["with options", "40", "25"]
    assert row[5] == f"{sum(agreed) / 25:.3f} [{share.low:.3f}, {share.high:.3f}]"
    assert float(row[7]) == approx(roc_auc_score(right, [same[name] for name in by_id]), abs=5e-4)
    tokens = [by_id[name].by_name["msp"].confidence for name in by_id]
    assert float(row[8]) == approx(roc_auc_score(right, tokens), abs=5e-4)


def test_one_model_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "first.jsonl", records(12, domains=("arc",)), HEADER)
    assert main(["reproduce", "agreement", str(run), str(run)]) == 2
    assert "at least two models" in capsys.readouterr().err
