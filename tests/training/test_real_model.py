"""Real training: the embedded model, and killed processes. Takes minutes, so not in the default tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("accelerate")

from files.json_lines import write_objects
from tests.chains.tiny_model import save_tiny_model
from training.data.arithmetic import arithmetic_questions
from training.data.rows import read_rows
from training.trainers.checkpoints import WEIGHTS, last_checkpoint

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]


@pytest.mark.repository
def test_a_run_resumes_after_kill_9(tmp_path: Path) -> None:
    model, questions, out = save_tiny_model(tmp_path / "model"), tmp_path / "q.jsonl", tmp_path / "out"
    write_objects(questions, arithmetic_questions(40, 0))
    command = [
        sys.executable, "-m", "training", "rewarding-doubt", "--model", str(model), "--questions", str(questions),
        "--out", str(out), "--steps", "30", "--batch", "4", "--held-out", "8", "--save-every", "2", "--device", "cpu",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        while last := not (out / "checkpoints").exists() or not last_sealed(out):
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert not last and not (out / "finished.json").exists()
    answers = (out / "answers.jsonl").read_bytes()
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert (out / WEIGHTS).exists() and (out / "answers.jsonl").read_bytes() == answers
    steps = [row["step"] for row in read_rows(out / "progress.jsonl") if "loss" in row]
    assert steps == list(range(1, 31))


@pytest.mark.repository
@pytest.mark.parametrize("mode", ["exact", "rloo"])
def test_several_processes_train_one_adapter_on_answers_sampled_once(tmp_path: Path, mode: str) -> None:
    model, questions, out = save_tiny_model(tmp_path / "model"), tmp_path / "q.jsonl", tmp_path / "out"
    write_objects(questions, arithmetic_questions(40, 0))
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "-m", "training", "rewarding-doubt",
        "--model", str(model), "--questions", str(questions), "--out", str(out), "--mode", mode, "--steps", "3",
        "--batch", "4", "--group", "4", "--held-out", "8", "--save-every", "2",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    process = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    ids = [row["id"] for row in read_rows(out / "answers.jsonl")]
    assert len(ids) == len(set(ids)) == 40
    assert [row["step"] for row in read_rows(out / "progress.jsonl") if "loss" in row] == [1, 2, 3]
    assert (out / WEIGHTS).exists() and (out / "finished.json").exists()


def last_sealed(out: Path) -> bool:
    """Whether there is a complete checkpoint; changes nothing."""
    return any((out / "checkpoints").glob("checkpoint-*/complete"))


def test_the_embedded_model_learns_from_one_step(tmp_path: Path) -> None:
    from training.data.reader import read_training_questions
    from training.run import train
    from training.settings import TrainingSettings

    questions = tmp_path / "sums.jsonl"
    write_objects(questions, arithmetic_questions(12, 0))
    settings = TrainingSettings(
        model="tiny", questions=str(questions), questions_sha256="", device="cpu", batch=4, steps=1, held_out=4,
        learning_rate=1e-3, evaluate_every=1,
    )  # fmt: skip
    train(settings, read_training_questions(questions), tmp_path / "out")
    checks = [row for row in read_rows(tmp_path / "out" / "progress.jsonl") if "held_out/reward" in row]
    assert len(checks) == 2
    assert checks[-1]["held_out/reward"] > checks[0]["held_out/reward"]
    checkpoint = last_checkpoint(tmp_path / "out" / "checkpoints")
    assert checkpoint is not None and checkpoint[1] == 1
