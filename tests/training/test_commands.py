"""The commands: readable errors; questions, plan and export on a tiny model."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("accelerate")

from chains.command_line import CommandParser
from files.json_lines import write_objects
from tests.chains.tiny_model import save_tiny_model
from training.__main__ import main
from training.commands import rewarding_doubt
from training.commands.arguments import settings_of
from training.data.arithmetic import arithmetic_questions
from training.data.reader import TrainingQuestion, read_training_questions
from training.data.rows import append_rows, read_rows
from training.settings import TrainingSettings

pytestmark = pytest.mark.filterwarnings("ignore")  # the libraries' warnings


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "line 2: not JSON"),
        ('{"id": "a", "question": "?"}', "line 2: neither choices with answer nor answers"),
        (
            '{"id": "a", "question": "?", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": ""}',
            "line 2: neither choices with answer nor answers: training needs the right answer (if the test split has no",
        ),
        (
            '{"id": "a", "question": "?", "choices": ["x", "y"], "answer": 2}',
            "line 2: answer is not an index",
        ),
        ('{"id": "ok", "question": "?", "answers": ["x"]}', "line 2: the id 'ok' is used twice"),
        ('{"id": "a", "answers": ["x"]}', "line 2: not in the Credence layout of the other rows"),
    ],
)
def test_a_malformed_question_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "ok", "question": "?", "answers": ["x"]}\n' + line + "\n")
    assert main(["rewarding-doubt", "--questions", str(file), "--out", str(tmp_path / "out")]) == 2
    assert f"q.jsonl, {message}" in capsys.readouterr().err


def test_training_reads_the_layouts_of_data_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "arc.jsonl"
    choices = {"text": ["dog", "bee"], "label": ["1", "2"]}
    write_objects(file, [{"question": "Which flies?", "choices": choices, "answerKey": "2"}])
    (question,) = read_training_questions(file)
    assert (question.choices, question.answer, question.right) == (("dog", "bee"), 1, "B. bee")
    assert capsys.readouterr().err == f"{file}: ARC layout, 1 question\n"


def test_the_answer_kl_penalty_needs_the_exact_mode(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_objects(tmp_path / "q.jsonl", arithmetic_questions(4, 0))
    command = ["rewarding-doubt", "--questions", str(tmp_path / "q.jsonl"), "--out", str(tmp_path / "out")]
    assert main([*command, "--mode", "grpo", "--answer-kl", "3"]) == 2
    assert "--answer-kl has no effect with --mode grpo" in capsys.readouterr().err
    parser = CommandParser(module=rewarding_doubt.__name__)
    weights = [
        settings_of(parser.parse_args([*command[1:], *options])).answer_kl
        for options in ([], ["--answer-kl", "0"])
    ]
    assert weights == [TrainingSettings("", "", "").answer_kl, 0]


def test_a_missing_file_or_chat_template_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "q.jsonl"
    assert main(["warm-up", "--questions", str(questions), "--out", str(tmp_path / "out")]) == 2
    assert "There is no file" in capsys.readouterr().err
    write_objects(questions, arithmetic_questions(4, 0))
    model = save_tiny_model(tmp_path / "bare", template=None)
    options = [
        "--model",
        str(model),
        "--questions",
        str(questions),
        "--out",
        str(tmp_path / "out"),
        "--held-out",
        "0",
    ]
    assert main(["rewarding-doubt", *options]) == 2
    assert "has no chat template" in capsys.readouterr().err


def test_arithmetic_is_right_and_reproducible(tmp_path: Path) -> None:
    rows = arithmetic_questions(300, 7)
    assert rows == arithmetic_questions(300, 7) != arithmetic_questions(300, 8)
    for row in rows:
        name, a, b = str(row["id"]).split("-")
        expected = {"plus": int(a) + int(b), "minus": int(a) - int(b), "times": int(a) * int(b)}[name]
        assert row["answers"] == [str(expected)] and expected >= 0
    write_objects(tmp_path / "q.jsonl", rows)
    questions = read_training_questions(tmp_path / "q.jsonl")
    assert len({question.text for question in questions}) == 300
    assert all(question.grade(question.answers[0]) is True for question in questions)
    assert questions[0].grade(f"{int(questions[0].answers[0]) + 1}") is False


def test_all_parts_of_the_file_are_equally_hard() -> None:
    short = [
        len(str(question["id"])) <= len("minus-1-1") for question in arithmetic_questions(2000, 1, digits=2)
    ]
    # nearly all one-digit questions are included
    assert sum(short[:1000]) == pytest.approx(sum(short[1000:]), rel=0.2)


def test_there_are_only_so_many_one_digit_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len({question["id"] for question in arithmetic_questions(255, 1, digits=1)}) == 100 + 55 + 100
    out = tmp_path / "q.jsonl"
    command = ["questions", "--out", str(out), "--digits", "1", "--n"]
    assert main([*command, "256"]) == 2 and not out.exists()
    assert "at most 1 digits give 255 different questions, not 256: ask for fewer" in capsys.readouterr().err
    assert main([*command, "20"]) == 0
    assert all(
        len(number) == 1 for question in read_training_questions(out) for number in question.id.split("-")[1:]
    )


def test_choices_are_graded_by_letter_or_text() -> None:
    question = TrainingQuestion(id="a", question="Which flies?", choices=("dog", "bee"), answer=1)
    assert question.text == "Which flies?\nA. dog\nB. bee"
    assert (question.grade("B"), question.grade("dog"), question.grade("neither")) == (True, False, None)


def test_an_incomplete_line_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    append_rows(file, [{"a": 1}])
    with file.open("a") as cut:
        cut.write('{"a": 2')
    assert read_rows(file) == [{"a": 1}]
    append_rows(file, [{"a": 3}])
    assert read_rows(file) == [{"a": 1}, {"a": 3}]


def test_the_adapter_is_merged_and_opens_in_the_chat(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    from chains import open_chat_model
    from tests.training.tiny_policy import tiny_policy

    model, policy = save_tiny_model(tmp_path / "model"), tiny_policy()
    with torch.no_grad():
        for name, weights in policy.model.named_parameters():
            if "lora_B" in name:
                weights.copy_(torch.randn_like(weights))
    policy.model.save_pretrained(tmp_path / "adapter")
    command = [
        "export",
        "--model",
        str(model),
        "--adapter",
        str(tmp_path / "adapter"),
        "--out",
        str(tmp_path / "merged"),
    ]
    assert main(command) == 0
    prompt = policy.prefix("Where?", "Rome")
    with torch.no_grad():
        expected = policy.model(input_ids=torch.tensor([prompt])).logits[0, -1].log_softmax(-1)
    merged = open_chat_model(str(tmp_path / "merged"), device="cpu")
    assert merged.engine.logprobs(prompt, [5])[0] == pytest.approx(float(expected[5]), abs=1e-3)  # type: ignore[attr-defined]
    assert main(command) == 2 and "is not empty" in capsys.readouterr().err


def test_gguf_needs_the_converter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.training.tiny_policy import tiny_policy

    model = save_tiny_model(tmp_path / "model")
    tiny_policy().model.save_pretrained(tmp_path / "adapter")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LLAMA_CPP_CONVERTER", raising=False)
    command = [
        "export",
        "--model",
        str(model),
        "--adapter",
        str(tmp_path / "adapter"),
        "--gguf",
        str(tmp_path / "m.gguf"),
    ]
    assert main([*command, "--out", str(tmp_path / "without")]) == 2
    assert "converter (convert_hf_to_gguf.py) was not found" in capsys.readouterr().err
    assert (tmp_path / "without" / "config.json").exists()  # the merged model is written anyway
    broken = tmp_path / "convert_hf_to_gguf.py"
    broken.write_text("raise SystemExit('no such architecture')")
    assert main([*command, "--out", str(tmp_path / "with"), "--converter", str(tmp_path)]) == 2
    assert "could not convert" in (error := capsys.readouterr().err) and "no such architecture" in error


def test_a_plan_estimates_time_and_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_tiny_model(tmp_path / "model")
    write_objects(tmp_path / "q.jsonl", arithmetic_questions(12, 0))
    options = [
        "--model",
        str(model),
        "--questions",
        str(tmp_path / "q.jsonl"),
        "--held-out",
        "2",
        "--batch",
        "4",
    ]
    assert main(["plan", *options, "--steps", "50", "--device", "cpu"]) == 0
    output = capsys.readouterr().out
    assert (
        "answers              12 ×" in output
        and "steps                50 ×" in output
        and "GiB at most" in output
    )


def test_progress_has_a_line_per_step(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    write_objects(tmp_path / "q.jsonl", arithmetic_questions(8, 0))
    options = [
        "--model",
        str(model),
        "--questions",
        str(tmp_path / "q.jsonl"),
        "--out",
        str(tmp_path / "out"),
    ]
    code = main(["warm-up", *options, "--steps", "2", "--batch", "4", "--device", "cpu"])
    assert code == 0
    rows = [row for row in read_rows(tmp_path / "out" / "progress.jsonl") if "loss" in row]
    assert [row["step"] for row in rows] == [1, 2] and all(0 <= row["parsable"] <= 1 for row in rows)
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["mode"] == "warm-up"
