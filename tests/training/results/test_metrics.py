"""Figures by hand, temperature, collapse, and the complete command on a tiny model."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from evaluation.metrics import log_loss
from training.data.replies import StatedReply
from training.results.drawings import draw
from training.results.metrics import differences, judge
from training.results.temperature import fit_temperature, scaled


def replies(*stated: tuple[int | None, bool | None]) -> list[StatedReply]:
    return [
        StatedReply(str(place), "?", "", "x", correct, tenths)
        for place, (tenths, correct) in enumerate(stated)
    ]


def test_figures_by_hand() -> None:
    judgement = judge(
        replies((9, True), (9, False), (2, False), (2, False), (None, True), (5, None)), draws=0
    )
    # |0.5 − 0.9| · 2/4 + |0 − 0.2| · 2/4
    assert judgement.figures["ece"].value == pytest.approx(0.3)
    # one right answer against 3 wrong ones: a tie with one, above two
    assert judgement.figures["auroc"].value == pytest.approx(2.5 / 3)
    assert judgement.accuracy_all.value == pytest.approx(2 / 5)  # includes the answer without a confidence
    assert judgement.parsable == pytest.approx(5 / 6) and judgement.graded == 5
    assert judgement.histogram == (0, 0, 2, 0, 0, 1, 0, 0, 0, 2, 0)
    assert not judgement.collapsed


def test_a_constant_confidence_is_collapsed() -> None:
    judgement = judge(replies(*[(4, True)] * 40, *[(4, False)] * 60), draws=0)
    assert judgement.figures["ece"].value == pytest.approx(0) and judgement.collapsed
    assert judgement.figures["auroc"].value == 0.5 and judgement.figures["evenness"].value == 0


def test_replies_without_any_confidence_have_no_figures() -> None:
    judgement = judge(replies((None, True), (None, None)), draws=0)
    assert judgement.figures == {} and judgement.parsable == 0 and judgement.temperature is None


@pytest.mark.parametrize(
    ("right", "t"), [(6, logit(0.9) / logit(0.6)), (9, 1.0), (8, logit(0.9) / logit(0.8))]
)
def test_the_temperature_of_a_single_value(right: int, t: float) -> None:
    assert fit_temperature([0.9] * 10, [1] * right + [0] * (10 - right)) == pytest.approx(t, rel=1e-3)


def test_no_other_temperature_has_a_lower_log_loss() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.integers(0, 11, 200) / 10
    correct = (rng.random(200) < 0.5 + 0.3 * (confidence - 0.5)).astype(int)
    best = fit_temperature(confidence, correct)
    least = log_loss(scaled(confidence, best), correct)
    assert all(log_loss(scaled(confidence, t), correct) >= least - 1e-9 for t in np.geomspace(0.4, 50, 60))


def test_the_temperature_is_fitted_on_other_questions() -> None:
    fitting = replies(*[(9, True)] * 6, *[(9, False)] * 4)
    judgement = judge(replies(*[(9, True)] * 3, *[(9, False)] * 7), fitting, draws=0)
    assert judgement.temperature == pytest.approx(5.42, abs=0.01)
    assert judgement.scaled["ece"].value == pytest.approx(0.6 - 0.3, abs=1e-3)  # 0.6 stated, 0.3 correct


def test_differences_use_questions_graded_in_both() -> None:
    before = replies((9, True), (9, False), (None, True))
    after = replies((9, True), (1, False), (5, True))
    changes = differences(before, after, draws=0)
    assert changes["n"] == 2
    ece = changes["ece"]
    assert isinstance(ece, dict) and ece["difference"] == pytest.approx(0.1 - 0.4)


def test_every_model_of_a_question_file_is_in_its_picture(tmp_path: Path) -> None:
    both = {"before": replies((9, True), (None, False)), "after": replies((None, None))}
    (path,) = draw(both, tmp_path, "task")
    assert path.read_bytes().startswith(b"\x89PNG") and list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore")
def test_evaluate_asks_scores_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("peft")
    from files.json_lines import write_objects
    from tests.chains.tiny_model import save_tiny_model
    from tests.training.tiny_policy import known_answers, tiny_policy
    from training.__main__ import main
    from training.data.rows import read_rows

    model = save_tiny_model(tmp_path / "model")
    policy = tiny_policy()
    policy.model.save_pretrained(tmp_path / "adapter")
    rows = [{"id": f"q{place}", "question": f"hard {place}?", "answers": ["yes"]} for place in range(6)]
    write_objects(tmp_path / "task.jsonl", rows)
    trained = known_answers(policy)[1]  # “hard 0?”
    write_objects(tmp_path / "adapter" / "answers.jsonl", [{"question": trained.question}])
    command = [
        "evaluate", "--model", str(model), "--after", str(tmp_path / "adapter"), "--task", str(tmp_path / "task.jsonl"),
        "--out", str(tmp_path / "out"), "--n", "3", "--fitting", "2", "--intervals", "0", "--device", "cpu",
    ]  # fmt: skip
    assert main(command) == 0
    record = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert record["files"]["task"]["judged"]["after"]["n"] == 3
    assert "## task" in capsys.readouterr().out and (tmp_path / "out" / "report.md").exists()
    kept = tmp_path / "out" / "replies-after-task.jsonl"
    asked = {row["id"] for row in read_rows(kept)}
    assert len(asked) == 5 and "q0" not in asked  # training questions are left out
    before = kept.read_bytes()
    assert main(command) == 0 and kept.read_bytes() == before  # replies are reused
    assert main([*command[:4], str(tmp_path / "model"), *command[5:]]) == 2
    assert "contains the replies of another model" in capsys.readouterr().err
