"""The matcher on hand-labelled sentences, separately for constructed and real ones."""

import json
from pathlib import Path

import pytest

from evaluation.__main__ import main
from evaluation.validation.intervals import wilson_interval
from evaluation.validation.markers import SETS, core, labelled_sentences, same, score


@pytest.mark.parametrize("path", list(SETS.values()))
def test_precision_and_recall(path: Path) -> None:
    figures = score(labelled_sentences(path))
    assert figures.precision >= 0.95
    assert figures.recall >= 0.95


def test_enough_sentences_and_at_least_half_of_them_real() -> None:
    sizes = {name: len(labelled_sentences(path)) for name, path in SETS.items()}
    assert sum(sizes.values()) >= 300
    assert 2 * sizes["real"] >= sum(sizes.values())


def test_a_label_at_a_wrong_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({"id": "a", "text": "It may be.", "markers": [{"text": "may", "start": 4}]}))
    with pytest.raises(ValueError, match=r"labels.jsonl:1: 'may' is not at 4"):
        labelled_sentences(path)


def test_framing_words_may_be_in_or_out() -> None:
    text = "There is a good chance that it's likely."
    assert same(text, (0, 22), (11, 22)) and same(text, (0, 27), (11, 22))
    assert core(text, (28, 39)) == (33, 39)
    assert not same(text, (11, 22), (16, 22))


def test_wilson_against_its_formula() -> None:
    # p = 0.9, n = 10, z = 1.96: (0.9 + 0.192 ± 1.96·√(0.009 + 0.0096)) / 1.384
    assert wilson_interval(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-3)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_the_command_prints_each_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["markers", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {name for name, path in SETS.items() if path.exists()}
