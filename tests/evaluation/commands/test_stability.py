"""``python -m evaluation stability``: markers over data sets, from judged sentences and from runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest import approx

from evaluation.__main__ import main
from tests.evaluation.run_files import HEADER, records, write_run

MIC = {"arc": {"likely": 0.8, "may": 0.4}, "csqa": {"likely": 0.6, "may": 0.4}}


def sentences(
    path: Path, conf: Mapping[str, Mapping[str, float]], questions: int = 40, correct: bool | None = None
) -> Path:
    """For every question of a data set one answer of one sentence with each marker, always of the same conf(s)."""
    rows = [
        {
            "question": f"q-{k}",
            "seed": seed,
            "domain": name,
            "marker": marker,
            "confidence": value,
            "correct": correct,
        }
        for name, markers in conf.items()
        for k in range(questions)
        for seed, (marker, value) in enumerate(markers.items())
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def json_output(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["stability", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = json_output(capsys, sentences(tmp_path / "a.sentences.jsonl", MIC))
    mic = result["mic"]
    assert mic["I-AvgMAE"] == approx(0)  # a marker has one value in a data set
    assert mic["C-AvgMAE"] == approx(0.1)  # off by 0.2 for likely, by 0 for may
    # arc: std(.8, .4) / .6 = .4714; csqa: std(.6, .4) / .5 = .2828
    assert mic["I-AvgCV"] == approx((0.47140 + 0.28284) / 2, abs=1e-4)
    assert mic["C-AvgCV"] == approx(0.20203 / 2, abs=1e-4)  # likely: std(.8, .6) / .7; may: 0
    assert mic["MRC"] is None and "3 markers" in mic["missing"]["MRC"]
    # people take likely for .75 and may for .4: faithful to .95 and 1 in two tenths, to .85 and 1 in two
    assert result["cmfg"] == {"arc": approx(0.975), "csqa": approx(0.925)}
    assert mic["markers"]["all"]["likely"]["value"] == approx(0.7) and mic["markers"]["arc"]["may"]["n"] == 40
    assert set(result["accuracy"]["missing"].values()) == {"there are no graded answers"}


def test_runs_give_the_accuracies_and_the_other_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = records(60, domains=("arc", "csqa"), samples=0)
    run = write_run(tmp_path / "run.jsonl", rows, HEADER)
    result = json_output(capsys, sentences(tmp_path / "a.sentences.jsonl", MIC), run, "--min-count", "3")
    for name in MIC:
        right = [row["correct"] for row in rows if row["domain"] == name]
        assert result["accuracies"][name] == approx(sum(right) / len(right))
    assert result["accuracy"]["I-AvgECE"] is not None and result["accuracy"]["NumECE"] is not None
    assert result["mic"]["C-AvgMAE"] == approx(0.1)


def test_answers_of_the_sentences_are_graded_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = sentences(tmp_path / "right.sentences.jsonl", {"arc": {"likely": 0.8}}, 20, correct=True)
    wrong = sentences(
        tmp_path / "wrong.sentences.jsonl", {"arc": {"likely": 0.8, "<no_hedge>": 0.8}}, 30, correct=False
    )
    result = json_output(capsys, right, wrong)
    assert result["accuracies"] == {"arc": 20 / 80}
    markers = result["accuracy"]["markers"]["arc"]
    assert (markers["likely"]["value"], markers["likely"]["n"]) == (0.4, 50)
    assert (markers["<no_hedge>"]["value"], markers["<no_hedge>"]["n"]) == (0, 30)


def test_five_data_sets_correlate_with_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: Sequence[Mapping[str, Any]] = records(10, samples=0)
    files = []
    for place in range(5):
        # the surer the marker, the more of the answers are right
        files.append(
            sentences(tmp_path / f"d{place}.sentences.jsonl", {"x": {"likely": 0.5 + place / 10, "may": 0.4}})
        )
        graded = [{**row, "correct": k < 5 + place} for k, row in enumerate(rows)]
        files.append(write_run(tmp_path / f"d{place}.jsonl", graded, HEADER))
    result = json_output(capsys, *files, "--by-file")
    assert list(result["accuracies"].values()) == approx([0.5, 0.6, 0.7, 0.8, 0.9])
    assert result["mic"]["MAC"] == approx(0.9999)  # likely correlates at 1, clipped; may does not differ
    assert result["mic"]["MCC"] is not None


def test_for_people_and_for_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = sentences(tmp_path / "a.sentences.jsonl", MIC)
    assert main(["stability", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "0.80 [0.80, 0.80] (40)" in printed and "there are no graded answers" in printed
    assert main(["stability", str(file), "--markdown"]) == 0
    assert "| likely | 0.75 | 0.70 " in capsys.readouterr().out
    assert main(["stability", str(file), "--markdown", "--min-count", "41"]) == 0  # 40 a data set, 80 in all
    assert "others" not in capsys.readouterr().out
    assert main(["stability", str(file), "--markdown", "--min-count", "81"]) == 0
    printed = capsys.readouterr().out
    assert "| 2 others, each too rare |  |  |  |  |" in printed and "| likely" not in printed


def test_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = sentences(tmp_path / "a.sentences.jsonl", MIC)
    runs = [
        write_run(tmp_path / f"{name}.jsonl", records(4, samples=0), {"schema": 1, "run": {"model": name}})
        for name in ("one", "another")
    ]
    broken = tmp_path / "c.sentences.jsonl"
    broken.write_text(
        good.read_text() + '{"question": "q", "seed": 1, "domain": "x", "marker": "may", "confidence": 2}\n'
    )
    named_all = sentences(tmp_path / "d.sentences.jsonl", {"all": {"may": 0.4}})
    empty = tmp_path / "e.sentences.jsonl"
    empty.write_text("")
    for files, text in (
        (runs, "runs of several models (another, one)"),
        ((broken,), "line 161: confidence: input should be less than or equal to 1"),
        ((named_all,), 'a domain cannot be named "all"'),
        ((empty,), "contains no records"),
        ((tmp_path / "none.jsonl",), "There is no file"),
    ):
        assert main(["stability", *map(str, files)]) == 2
        printed = capsys.readouterr().err
        assert text in printed and len(printed.splitlines()) == 1


def test_a_denial_is_faithful_where_the_denial_is_held_as_people_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sentences(
        tmp_path / "a.sentences.jsonl", {"arc": {"unlikely": 0.8}, "nq": {"probably not": 0.735}}
    )
    result = json_output(capsys, file)
    assert result["cmfg"] == {"arc": approx(1), "nq": approx(1)}
    unlikely = result["mic"]["markers"]["arc"]["unlikely"]
    assert (unlikely["norm"], unlikely["denies"], unlikely["value"]) == (0.8, True, approx(0.8))
    assert result["mic"]["markers"]["all"]["probably not"]["norm"] == approx(0.735)
    assert main(["stability", str(file), "--markdown"]) == 0
    assert "| unlikely | 0.80 (not so) | 0.80 " in capsys.readouterr().out


def test_both_variants_of_cmfg_and_of_the_accuracy_form_stand_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sentences(tmp_path / "a.sentences.jsonl", {"arc": {"likely": 0.8, "may": 0.0}}, correct=True)
    result = json_output(capsys, file, "--published")
    assert result["cmfg"] == {"arc": approx((0.95 + 0.6) / 2)}
    assert result["cmfg_published"] == {
        "arc": approx(0.95 / 10)
    }  # “may” at 0 is left out, nine bins are empty
    assert result["accuracy"]["I-AvgECE"] == result["accuracy_published"]["I-AvgECE"] == approx(0)
    assert result["published"]["GPT-4o"]["MRC"] == 0.2754
    assert main(["stability", str(file), "--markdown", "--published"]) == 0
    printed = capsys.readouterr().out
    assert "| data set | accuracy | cMFG | cMFG, authors' code |" in printed
    assert "| I-AvgECE | marker accuracy | 0.000" in printed
    assert "| I-AvgECE | marker accuracy, authors' code | 0.000" in printed
    assert "| GPT-4o | 0.0855 | 0.1184 | 0.0756 | 0.1572 | 0.7644 | 0.2754 | 0.1430 |" in printed
    assert "| this model | 0.0000 |" in printed
    assert main(["stability", str(file)]) == 0
    assert "GPT-4o" not in capsys.readouterr().out


def test_a_page_is_printed_by_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conf = {"x": {"likely": 0.6, "might": 0.4, "<no_hedge>": 0.7}}
    files = [sentences(tmp_path / f"{name}.sentences.jsonl", conf, correct=True) for name in ("arc", "nq")]
    measurement = {
        "model": "tiny", "questions": {"name": "arc.jsonl", "n": 40}, "counts": {"sentences": 130, "claims_nothing": 10},
        "cost": {"replies": 120, "prompt_tokens": 5000, "evaluated_tokens": None},
    }  # fmt: skip
    (tmp_path / "arc.json").write_text(json.dumps(measurement), encoding="utf-8")
    assert main(["stability", "--by-file", "--markdown", "--published", *map(str, files)]) == 0
    printed = capsys.readouterr().out
    assert "| arc (arc.jsonl) | tiny | 40 | 120 | 130 | 10 | 5,000 | – | " in printed
    assert "| nq | – | 40 | 120 | 120 | – | – | – | " in printed
    assert "| I-AvgMAE by sentence | 0.000 [0.000, 0.000] | 0.000 [0.000, 0.000] |" in printed
    assert "| might | 0.46 | 0.43 | 0.40 | 0.40 | 0.40 |" in printed
    assert (
        "| I-AvgMAE, I-AvgECE | 0.000 [0.000, 0.000] | 0.000 [0.000, 0.000] | 0.000 [0.000, 0.000] | 0.082 |"
        in printed
    )
