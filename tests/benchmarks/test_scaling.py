"""The benchmark of many users, its queue simulation, and the cost model."""

import json
import random
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from pytest import approx

from benchmarks import many_users, scaling
from benchmarks._engine_queue import Arrival, EngineSpeed, simulated
from benchmarks.many_users import SCHEMA, random_times
from benchmarks.scaling import VLLM, Measured, check_rows, cost_rows, read_measured, seconds_at

ASKED = {"first_word": 1.0, "seconds": 4.0, "calls": 6, "read_tokens": 300, "new_tokens": 40}
MEASURED = Measured("m", "here", 2, 4, (4.0, 8.0), 6.0, 300.0, 40.0, (Arrival(0.0, 5.0),))


def measurement(**changes: Any) -> dict[str, Any]:
    single = [{"seconds": 12.0, "asked": [ASKED, {**ASKED, "seconds": 8.0}]}]
    many = [{"seconds": 6.0, "asked": [ASKED, ASKED]}]
    record = {
        "schema": SCHEMA, "model": "m", "engine": "script", "machine": "here", "chats": 2, "max_tokens": 64, "places": 4,
        "one_by_one": single, "all_at_once": many, "arrivals": [{"at": 0.0, "seconds": 5.0}],
    }  # fmt: skip
    return record | changes


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "measured.json"
    path.write_text(json.dumps(measurement(**changes)), encoding="utf-8")
    return path


def test_the_simulation_agrees_with_the_formulas_for_one_engine() -> None:
    times = random_times(20_000, 0.6 / 5.0)
    # all share the engine: mean seconds = work / (1 − load), whatever the spread of the work
    spread = random.Random(1).choices((2.0, 8.0), k=len(times))
    ended = simulated(times, spread, EngineSpeed(10_000, 1.0))
    assert fmean(arrival.seconds for arrival in ended) == approx(5.0 / (1 - 0.6), rel=0.08)
    # one after another, constant work: work · (1 + load / (2 (1 − load)))
    ended = simulated(times, [5.0] * len(times), EngineSpeed(1, 1.0))
    assert fmean(arrival.seconds for arrival in ended) == approx(5.0 * (1 + 0.6 / 0.8), rel=0.05)


def test_an_engine_that_gains_from_company_is_faster_with_it() -> None:
    engine = EngineSpeed(2, 1.5)
    # two of 3 s at speed 1.5 share it until both end; the third is then alone
    ended = simulated([0.0, 0.0, 0.0], [3.0, 3.0, 3.0], engine)
    assert [arrival.seconds for arrival in ended] == approx([4.0, 4.0, 7.0])
    # the second comes at 1 s: 2 s of the first are left, both get 0.75 a second
    ended = simulated([0.0, 1.0], [3.0, 3.0], engine)
    assert [arrival.seconds for arrival in ended] == approx([1 + 2 / 0.75, 2 / 0.75 + 1.0])


def test_the_cost_is_that_of_the_busiest_hour() -> None:
    # 2 answers in 6 s are ⅓ a second; 100,000 a day with the triple rate are 3.47 a second, at 60 % load 17.4 engines
    rows = {row[0]: row for row in cost_rows(MEASURED, 3.0, 0.6)[1:]}
    assert rows["100,000"][1:3] == ["3.47", "18"] and rows["1,000"][2] == "1"
    # 40 of 128 written tokens bind: 3.87 requests a second are 12.4 answers, of which 60 % are 7.4
    assert VLLM.answers_a_second(300, 40) == approx(75 * 6.6 / 128 / (40 / 128))
    assert rows["10,000,000"][4] == "47"


def test_a_fuller_engine_takes_longer() -> None:
    assert seconds_at(MEASURED, 0.3)[0] < seconds_at(MEASURED, 0.6)[0] < seconds_at(MEASURED, 0.9)[0]
    assert check_rows(MEASURED)[1:] == [
        ["measured, n = 1", "5.0", "5.0", "5.0"], ["simulated, n = 1", "4.0", "4.0", "4.0"]
    ]  # fmt: skip


def test_a_measurement_is_read_as_it_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read_measured(written(tmp_path)) == MEASURED
    assert scaling.main([str(written(tmp_path))]) == 0
    assert "gives 20.0 assessed answers a minute with 2 at once, 2.00 times" in capsys.readouterr().out


@pytest.mark.parametrize("changes", [{"schema": "other"}, {"all_at_once": []}, {"chats": 5}])
def test_another_file_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any]
) -> None:
    assert scaling.main([str(written(tmp_path, **changes))]) == 2
    assert "is no measurement of many users" in capsys.readouterr().err


def test_the_benchmark_measures_a_scripted_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scripted.json"
    few = ["--model", "scripted", "--chats", "2", "--repeats", "1", "--arrivals", "2", "--json", str(path)]
    assert many_users.main(few) == 0
    measured = read_measured(path)
    assert (measured.model, measured.chats, len(measured.arrivals)) == ("scripted", 2, 2)
    assert measured.together > 0 and measured.written > 0
    assert "| 2 at once |" in capsys.readouterr().out
