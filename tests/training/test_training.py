"""Training runs on a tiny model: all modes, resuming after a kill, and readable errors."""

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("accelerate")

import torch

from tests.training.tiny_policy import (
    QUESTIONS,
    known_answers,
    settings,
    tiny_policy,
    willing_policy,
    write_answers,
)
from training.__main__ import main
from training.data.answers import collect
from training.data.reader import TrainingQuestion
from training.data.rows import read_rows
from training.errors import TrainingStopped, explained
from training.policy import Policy
from training.rewards import log_score_reward
from training.run import train
from training.trainers.checkpoints import WEIGHTS, last_checkpoint
from training.trainers.monitor import held_out_figures
from training.trainers.warm_up import collated_form

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' warnings


def prepared(out: Path) -> Policy:
    """A policy that states confidences, with its frozen answers written."""
    policy = willing_policy()
    write_answers(policy, out)
    return policy


def rows(out: Path) -> list[dict[str, float]]:
    return [row for row in read_rows(out / "progress.jsonl") if "held_out/ece" in row]


def test_exact_training_calibrates_and_ranks(tmp_path: Path) -> None:
    train(settings(steps=36, save_every=36, evaluate_every=36), QUESTIONS, tmp_path, prepared(tmp_path))
    first, last = rows(tmp_path)[0], rows(tmp_path)[-1]
    # Hard questions are recognisable, so the best confidences are 0 and 10.
    assert last["held_out/reward"] > first["held_out/reward"] + 5
    assert last["held_out/ece"] < 0.5 * first["held_out/ece"]
    assert last["held_out/auroc_expected"] > 0.9
    assert last["held_out/parsable"] > 0.9
    assert not last["held_out/collapsed"]
    assert (tmp_path / WEIGHTS).exists() and (tmp_path / "README.md").read_text().startswith("---\n")
    steps = [row["step"] for row in read_rows(tmp_path / "progress.jsonl") if "loss" in row]
    assert steps == list(range(1, 37))


def test_a_linear_schedule_ends_at_zero(tmp_path: Path) -> None:
    train(settings(schedule="linear", steps=4, save_every=4), QUESTIONS, tmp_path, prepared(tmp_path))
    rates = [row["learning_rate"] for row in read_rows(tmp_path / "progress.jsonl") if "learning_rate" in row]
    assert rates == pytest.approx([1e-2, 7.5e-3, 5e-3, 2.5e-3])


def test_compare_prints_runs_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, kl in (("little", 0.01), ("much", 5.0)):
        train(settings(steps=2, kl=kl), QUESTIONS, tmp_path / name, prepared(tmp_path / name))
    assert main(["compare", str(tmp_path / "little"), str(tmp_path / "much")]) == 0
    header, _, *lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in capsys.readouterr().out.strip().splitlines()
    ]
    table = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["run"] for row in table] == ["little, before", "little", "much"]
    assert header[:4] == ["run", "kl", "step", "minutes"]
    assert [row["step"] for row in table] == ["0", "2", "2"]
    last = rows(tmp_path / "much")[-1]
    assert float(table[2]["ECE"]) == pytest.approx(last["held_out/ece"], abs=5e-4)
    assert main(["compare", "--minutes", "0", str(tmp_path / "much")]) == 2
    assert "has not checked any held-out answers yet" in capsys.readouterr().err
    assert main(["compare", str(tmp_path)]) == 2
    assert f"There is no run in {tmp_path}" in capsys.readouterr().err


def test_a_killed_run_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(settings(batch=6), QUESTIONS, whole, prepared(whole))
    train(settings(steps=3, batch=6), QUESTIONS, killed, prepared(killed))  # checkpoints at 2 and 3
    # A kill while writing the next checkpoint; the later steps are lost:
    shutil.rmtree(killed / "checkpoints" / "checkpoint-3")
    (killed / "checkpoints" / "checkpoint-4").mkdir()
    (killed / "checkpoints" / "checkpoint-4" / "optimizer.pt").write_bytes(b"half")
    train(settings(batch=6), QUESTIONS, killed, prepared(killed))
    from safetensors.torch import load_file

    whole_weights, killed_weights = load_file(whole / WEIGHTS), load_file(killed / WEIGHTS)
    assert all(torch.allclose(whole_weights[name], killed_weights[name], atol=1e-6) for name in whole_weights)
    lost = [row["loss"] for row in read_rows(killed / "progress.jsonl") if "loss" in row]
    kept = [row["loss"] for row in read_rows(whole / "progress.jsonl") if "loss" in row]
    assert lost == pytest.approx(kept, abs=1e-4)


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    assert train(settings(steps=1), QUESTIONS, tmp_path, prepared(tmp_path)) is not None
    assert train(settings(steps=1), QUESTIONS, tmp_path) is None


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    train(settings(steps=1), QUESTIONS, tmp_path, prepared(tmp_path))
    with pytest.raises(TrainingStopped, match=r"was started with kl 0\.05, not 1\.0: use another --out"):
        train(settings(steps=2, kl=1.0), QUESTIONS, tmp_path)


@pytest.mark.parametrize("mode", ["grpo", "rloo"])
def test_sampled_training_raises_the_reward(tmp_path: Path, mode: str) -> None:
    pytest.importorskip("trl")
    policy = prepared(tmp_path)
    frozen = known_answers(policy)[0]
    run_settings = settings(mode=mode, steps=3, group=4, batch=2, save_every=3, evaluate_every=3)
    train(run_settings, QUESTIONS, tmp_path, policy)
    logged = [row for row in read_rows(tmp_path / "progress.jsonl") if "reward" in row]
    assert [row["step"] for row in logged] == [1, 2, 3]
    assert all(-30 <= row["reward"] <= 12.5 and 0 <= row["parsable"] <= 1 for row in logged)
    with torch.no_grad():
        now = policy.logprobs([policy.prefix(frozen.question, frozen.answer)])[0]
    assert float((now - torch.tensor(frozen.reference)).abs().max()) > 0.01  # it learned something
    assert (tmp_path / WEIGHTS).exists()


def test_answers_are_sampled_only_once_even_after_a_kill(tmp_path: Path) -> None:
    policy, file = tiny_policy(), tmp_path / "answers.jsonl"
    answers = collect(policy, QUESTIONS, file, batch=8, seed=3)
    assert [answer.id for answer in answers] == [question.id for question in QUESTIONS]
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:8]) + lines[8][:20])  # a kill in the second batch
    assert collect(policy, QUESTIONS, file, batch=8, seed=3) == answers
    assert file.read_bytes() == whole


def test_a_warm_up_can_teach_the_right_answers(tmp_path: Path) -> None:
    policy = tiny_policy()
    run_settings = settings(mode="warm-up", teach_answers=True, steps=12, save_every=12, evaluate_every=12)
    questions = [question.model_copy(update={"answers": ("17",)}) for question in QUESTIONS]
    train(run_settings, questions, tmp_path, policy)
    answers = [row["answer"] for row in read_rows(tmp_path / "answers.jsonl")]
    assert "17" not in answers[:8] and answers[8:] == ["17"] * 16  # held-out answers are the model's own
    form = [row["form"] for row in read_rows(tmp_path / "progress.jsonl") if "form" in row]
    assert form[-1] < 0.8 * form[0]


@pytest.mark.parametrize("taught", [True, False])
def test_the_tokens_a_warm_up_learns(taught: bool) -> None:
    policy = tiny_policy()
    batch = collated_form(policy, taught)(known_answers(policy)[:2])
    for learnt, ids in zip(batch["form"], batch["input_ids"], strict=True):
        text = policy.tokenizer.decode(ids[learnt])
        assert text.split() == (["Answer:", "yes", "Confidence:"] if taught else ["Answer:", "Confidence:"])


def test_the_right_answer_as_a_reply_states_it() -> None:
    chosen = TrainingQuestion(id="1", question="Which flies?", choices=("dog", "bee"), answer=1)
    short = TrainingQuestion(id="2", question="Where?", answers=(" ", "Rome", "Roma"))
    assert (chosen.right, short.right) == ("B. bee", "Rome")
    assert chosen.grade(chosen.right) is True and short.grade(short.right) is True


def test_a_model_without_answers_needs_a_warm_up(tmp_path: Path) -> None:
    choices = [
        TrainingQuestion(id=str(place), question=f"Which, {place}?", choices=("dog", "bee"), answer=0)
        for place in range(10)
    ]
    with pytest.raises(TrainingStopped, match=r"Only 0 of 2 answers can be graded.*Warm it up first"):
        train(settings(), choices, tmp_path, tiny_policy())


def test_too_few_questions(tmp_path: Path) -> None:
    with pytest.raises(TrainingStopped, match="8 questions minus 8 held out leave 0"):
        train(settings(), QUESTIONS[:8], tmp_path, tiny_policy())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "The disk is full"),
        (RuntimeError("[enforce fail] PytorchStreamWriter failed writing file data/1"), "The disk is full"),
        (MemoryError(), "The model ran out of memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"),
            "The model ran out of memory",
        ),
    ],
)
def test_full_memory_and_disk_are_explained(tmp_path: Path, error: Exception, message: str) -> None:
    with (
        pytest.raises(TrainingStopped, match=rf"{message}.*resumes from the last checkpoint"),
        explained(tmp_path),
    ):
        raise error


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import Trainer

    policy, save = prepared(tmp_path), Trainer._save_optimizer_and_scheduler

    def full(self: Trainer, folder: str) -> None:
        if folder.endswith("-4"):
            raise OSError(28, "No space left on device")
        save(self, folder)

    monkeypatch.setattr(Trainer, "_save_optimizer_and_scheduler", full)
    with pytest.raises(TrainingStopped, match="The disk is full"):
        train(settings(), QUESTIONS, tmp_path, policy)
    checkpoint = last_checkpoint(tmp_path / "checkpoints")
    assert checkpoint is not None and checkpoint[1] == 2
    monkeypatch.undo()
    train(settings(), QUESTIONS, tmp_path, prepared(tmp_path))
    assert json.loads((tmp_path / "finished.json").read_text())["step"] == 4


def test_held_out_figures_detect_a_collapse() -> None:
    policy = willing_policy(5)

    class ConstantPolicy:
        """A policy that states 4 for everything."""

        model, prefix = policy.model, policy.prefix

        def scored(self, prefixes: list[list[int]], before: int) -> tuple[torch.Tensor, torch.Tensor]:
            logprobs = torch.full((len(prefixes), 11), -9.0).index_fill(1, torch.tensor([4]), -0.01)
            return logprobs, torch.zeros(len(prefixes), before, 5)

    figures = held_out_figures(ConstantPolicy(), known_answers(policy), log_score_reward)  # type: ignore[arg-type]
    assert figures["collapsed"] == 1
    assert figures["ece"] == pytest.approx(0.1)  # half are right, 0.4 is stated
    assert figures["auroc"] == 0.5
