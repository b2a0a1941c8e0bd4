"""The two sides before and after training, as markup."""

from chains.pipeline.verbalized import read_stated
from estimators.types import Answer
from ui.before_after import side


def test_a_side_shows_answer_and_confidence() -> None:
    shown = side(
        "After training", "tiny + adapter", read_stated(Answer("Answer: Rome\nConfidence: 7")), whole=True
    )
    assert '<p class="cr-said">Rome</p>' in shown
    assert '<span class="cr-number">70 %</span>' in shown and "stated 7 out of 10 · about 7 in 10" in shown
    assert shown.count('class="cr-on"') == 7
    assert "tiny + adapter" in shown


def test_without_a_stated_confidence_there_is_no_number() -> None:
    shown = side("Before training", "tiny", read_stated(Answer("Rome is the capital.")), whole=True)
    assert "No readable confidence was stated." in shown and "cr-number" not in shown
    running = side("Before training", "tiny", read_stated(Answer("Rome")))
    assert "No readable confidence" not in running  # it may still come


def test_model_text_is_escaped() -> None:
    shown = side(
        "Before training", "<b>", read_stated(Answer("Answer: <img src=x>`${1}`\nConfidence: 1")), whole=True
    )
    assert "<img" not in shown and "<b>" not in shown


def test_an_error_shows_its_message() -> None:
    assert "The model was closed." in side("Before training", "tiny", error="The model was closed.")
