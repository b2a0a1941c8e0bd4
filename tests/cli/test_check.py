"""`credence check`: files of every layout, the figures, and exit codes that a pipeline can rely on."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from pytest import approx

from cli.__main__ import main


def completion(text: str, *probabilities: float, **more: Any) -> dict[str, Any]:
    """A response of OpenAI's API whose tokens are the words of the text."""
    words = [word if place == 0 else f" {word}" for place, word in enumerate(text.split(" "))]
    entries = [
        {"token": word, "bytes": list(word.encode()), "logprob": math.log(p), "top_logprobs": []}
        for word, p in zip(words, probabilities, strict=True)
    ]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "logprobs": {"content": entries, "refusal": None},
        "finish_reason": "stop",
    }
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt", "choices": [choice], **more}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def checked(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, Any]:
    code = main(["check", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def rows_csv(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("question", "answer", "confidence", "correct"),
                ("a?", "a", "0.9", "yes"),
                ("b?", "b", "0.4", "no"),
            ]
        )
    return path


def test_a_csv_with_its_own_confidence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, printed = checked(capsys, rows_csv(tmp_path / "answers.csv"))
    assert (code, printed["n"], printed["graded"], printed["layout"]) == (0, 2, 2, "questions and answers")
    assert printed["mean_confidence"]["value"] == approx(0.65) and printed["accuracy"]["value"] == 0.5
    assert printed["ece"]["value"] == approx((0.1 + 0.4) / 2)  # |1 − .9| and |0 − .4|, a bin each
    assert [answer["method"] for answer in printed["answers"]] == ["the file's own confidence"] * 2


def test_saved_responses_are_scored_by_their_tokens(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    body = completion("It is Rome", 0.9, 0.8, 0.5)
    batch = {"custom_id": "q1", "response": {"status_code": 200, "body": body}}
    with_request = {**body, "messages": [{"role": "user", "content": "Which city?"}]}
    legacy = {
        "id": "cmpl-1",
        "choices": [{"text": " Rome", "logprobs": {"tokens": [" Rome"], "token_logprobs": [math.log(0.25)]}}],
    }
    code, printed = checked(capsys, write(tmp_path / "openai.jsonl", batch, with_request, legacy))
    assert code == 0 and printed["layout"] == "chat completions"
    assert [answer["confidence"] for answer in printed["answers"]] == approx([0.5, 0.5, 0.25])  # of "Rome"
    assert [answer["question"] for answer in printed["answers"]] == ["", "Which city?", ""]
    assert (
        printed["answers"][0]["id"] == "q1"
        and printed["ece"]["missing"] == "no answer is graded and has a confidence"
    )


def harness(likelihoods: tuple[float, ...], acc: float, target: str) -> dict[str, Any]:
    """A sample of lm-evaluation-harness for a question with options."""
    return {
        "doc_id": 0,
        "doc": {"question": "Which one flies?", "choices": ["dog", "bee"]},
        "target": target,
        "arguments": {
            f"gen_args_{n}": {"arg_0": "Which one flies?", "arg_1": f" {option}"}
            for n, option in enumerate(("dog", "bee"))
        },
        "resps": [[[str(value), "False"]] for value in likelihoods],
        "filtered_resps": [[str(value), "False"] for value in likelihoods],
        "doc_hash": "x",
        "acc": acc,
    }


def test_samples_of_lm_evaluation_harness(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    generated = {
        "doc_id": 1, "doc": {"question": "2 + 2?"}, "target": "4", "arguments": [["2 + 2?", {}]],
        "resps": [["4"]], "filtered_resps": ["4"], "exact_match": 1.0,
    }  # fmt: skip
    sample = harness((-2.0 - math.log(3), -2.0), 1.0, "1")
    code, printed = checked(capsys, write(tmp_path / "samples.jsonl", sample, generated))
    first, second = printed["answers"]
    assert code == 0 and (first["answer"], first["correct"]) == ("bee", True)
    assert first["confidence"] == approx(0.75) and "likelihoods of all options" in first["method"]
    assert second["confidence"] is None and second["missing"] == "the server sends no log-probabilities"
    assert second["correct"] is True and printed["with_confidence"] == 1


def inspect_log() -> dict[str, Any]:
    """A log of Inspect with two samples."""
    output = completion("Rome", 0.5)
    choice = {
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Rome"}]},
        "stop_reason": "stop",
    }
    choice["logprobs"] = output["choices"][0]["logprobs"]
    return {
        "version": 2,
        "status": "success",
        "eval": {"model": "openai/gpt", "task": "capitals"},
        "samples": [
            {
                "id": 1, "epoch": 1, "input": "Which city?", "target": "Rome",
                "output": {"model": "gpt", "choices": [choice]}, "scores": {"match": {"value": "C", "answer": "Rome"}},
            },
            {
                "id": 2, "epoch": 1, "input": [{"role": "user", "content": "Which river?"}], "target": "Tiber",
                "output": {"model": "gpt", "choices": [choice]}, "scores": {"match": {"value": "I"}},
            },
        ],
    }  # fmt: skip


def test_logs_of_inspect_as_json_and_as_an_archive(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import zipfile

    whole = tmp_path / "log.json"
    whole.write_text(json.dumps(inspect_log()))
    archive = tmp_path / "log.eval"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("header.json", json.dumps({"eval": {}}))
        for sample in inspect_log()["samples"]:
            file.writestr(f"samples/{sample['id']}_epoch_1.json", json.dumps(sample))
    for path in (whole, archive):
        code, printed = checked(capsys, path)
        assert (code, printed["layout"]) == (0, "Inspect log")
        assert [answer["confidence"] for answer in printed["answers"]] == approx([0.5, 0.5])
        assert [answer["correct"] for answer in printed["answers"]] == [True, False]
        assert [answer["question"] for answer in printed["answers"]] == ["Which city?", "Which river?"]


@pytest.mark.parametrize(
    ("limits", "code", "line"),
    [
        ((), 0, ""),
        (("--fail-below", "0.3"), 0, "holds: --fail-below: 0 of 2 answers are below 30 %"),
        (("--fail-below", "0.5"), 1, "FAILS: --fail-below: 1 of 2 answers are below 50 %"),
        (("--max-ece", "0.3"), 0, "holds: --max-ece: ECE 0.250, limit 0.300"),
        (("--max-ece", "0.2"), 1, "FAILS: --max-ece: ECE 0.250, limit 0.200"),
        (("--max-ece", "0.3", "--fail-below", "0.5"), 1, "FAILS: --fail-below"),
    ],
)
def test_limits_decide_the_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, limits: tuple[str, ...], code: int, line: str
) -> None:
    assert main(["check", str(rows_csv(tmp_path / "answers.csv")), *limits]) == code
    assert line in capsys.readouterr().out


def test_a_limit_that_cannot_be_checked_does_not_pass(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write(
        tmp_path / "a.jsonl",
        {"question": "a?", "answer": "a"},
        {"question": "b?", "answer": "b", "confidence": 0.9},
    )
    assert main(["check", str(path), "--fail-below", "0.5"]) == 3
    assert (
        "UNKNOWN: --fail-below: 0 of 2 answers are below 50 %, and 1 have no confidence"
        in capsys.readouterr().out
    )
    assert main(["check", str(path), "--max-ece", "0.1"]) == 3
    assert "UNKNOWN: --max-ece: no ECE: no answer is graded and has a confidence" in capsys.readouterr().out


def test_a_model_can_judge_the_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = ({"question": "Which city?", "answer": "Rome", "answers": ["Rome"]}, {"answer": "no question"})
    code, printed = checked(capsys, write(tmp_path / "a.jsonl", *rows), "--model", "scripted")
    first, second = printed["answers"]
    assert code == 0 and first["confidence"] == approx(0.9) and first["correct"] is True
    assert second["missing"] == "the file does not have the question"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no answers"),
        ('{"question": "a?"}\n', "line 1: there is no answer in this row. The fields are question, answer"),
        ('{"answer": "a"}\nnonsense\n', "line 2: not JSON"),
        ('{"answer": "a", "confidence": 7}', "line 1: confidence: 7.0 is not from 0 to 1"),
        ('{"answer": "a", "correct": "maybe"}', "line 1: correct: 'maybe' is neither"),
        ('{"answer": 5}', "line 1: answer: this must be a text"),
        ("[1]", "must hold JSON objects"),
        ('{"choices": []}', "choices: the response has none"),
    ],
)
def test_a_bad_file_gets_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert main(["check", str(path)]) == 2
    assert sentence in capsys.readouterr().err


def test_a_missing_file_gets_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", str(tmp_path / "none.csv")]) == 2
    assert "There is no file" in capsys.readouterr().err
