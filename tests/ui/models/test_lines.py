"""What the menu says of each model, in words."""

import pytest

from chains.calibration.fitting import Fit, fitting
from chains.model_files import TINY_SHA256
from chains.models.found import FoundModel, Place
from chains.models.names import not_open
from chains.models.speeds import Speed
from estimators.calibration.apply import NOT_YET
from ui.models.lines import ModelLine, model_line

NONE = Fit(None, NOT_YET)
TINY = FoundModel("tiny", "SmolLM2-135M-Instruct", "built in", size=98_362_432, sha256=TINY_SHA256)


def test_a_calibrated_model_says_how_good_its_confidence_was_and_which_signals_work() -> None:
    fit = fitting(not_open("tiny", "not open"))
    assert fit.calibration is not None
    line = model_line(TINY, fit, Speed(14.26, 8), "in use")
    assert line.state == "in use" and line.where == "98 MB, comes with Credence"
    assert line.calibrated == f"Calibrated on {fit.calibration.counted}."
    for part, confidence, signals in zip(fit.calibration.parts, line.confidence, line.signals, strict=True):
        assert f"AUROC {part.after.auroc:.2f}, ECE {part.after.ece:.2f} (n = {part.after.n})." in confidence
        assert part.after.n == part.tested
        assert signals.startswith("Signals that work on questions with") and "_" not in signals
    assert line.speed == "14 tokens per second in its last 8 answers, reading the question included."


def test_what_is_not_known_is_said_in_words() -> None:
    line = model_line(FoundModel("openai:gpt-5", "gpt-5", "elsewhere"), NONE, None)
    assert line == ModelLine(
        "openai:gpt-5", "gpt-5", "", "openai:gpt-5", "Not calibrated: this model has not been calibrated yet.",
        (), (), "Its speed was not measured on this machine yet.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "where", "size", "fetched", "says"),
    [
        ("built in", "", 93_000_000, False, "93 MB to download, comes with Credence"),
        ("folder", "~/models", 1_500_000_000, True, "1,500 MB, in ~/models"),
        ("server", "http://localhost:8080/v1", None, True, "on the server http://localhost:8080/v1"),
        ("hub", "org/name", 90_000_000, True, "90 MB, from the Hugging Face hub, on this machine"),
    ],
)
def test_where_a_model_is(place: Place, where: str, size: int | None, fetched: bool, says: str) -> None:
    assert model_line(FoundModel("x", "x", place, where, size, fetched=fetched), NONE, None).where == says
