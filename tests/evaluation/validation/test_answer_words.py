"""The answer words, on real answers that were labelled by hand."""

import json
from collections import Counter
from pathlib import Path

import pytest

from evaluation.__main__ import main
from evaluation.validation.answer_words import labelled_answers, shares


@pytest.mark.repository
def test_the_published_shares() -> None:
    """docs/methods.md and this say the same; `python -m evaluation answer-words --errors` shows what is missed."""
    figures = shares(labelled_answers())
    assert {part: (figures[part]["right"], figures[part]["n"]) for part in ("development", "held out")} == {
        "development": (135, 140),
        "held out": (65, 70),
    }
    methods = Path(__file__).parents[3].joinpath("docs/methods.md").read_text(encoding="utf-8")
    assert "65 of 70" in methods and "135 of the 140" in methods


def test_both_models_are_in_both_parts_and_each_answer_appears_once() -> None:
    answers = labelled_answers()
    assert min(Counter((answer.part, answer.model) for answer in answers).values()) >= 35
    assert len({(answer.model, answer.id) for answer in answers}) == len(answers)


def test_a_label_that_is_not_in_the_answer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(
        json.dumps(
            {"id": "a", "part": "p", "model": "m", "question": "?", "text": "Rome", "words": ["Paris"]}
        )
    )
    with pytest.raises(ValueError, match=r"labels.jsonl:1: 'Paris' is not in the answer"):
        labelled_answers(path)


def test_the_command_prints_the_share_with_its_interval(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["answer-words"]) == 0
    assert "held out: 65 of 70 right, 0.929 (95 %: 0.843 to 0.969)" in capsys.readouterr().out
    assert main(["answer-words", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["held out"]["n"] == 70
