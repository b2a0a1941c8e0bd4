"""The record of a speed benchmark as JSON, and its page."""

import json
from pathlib import Path

import pytest

pytest.importorskip("benchmarks.speed", reason="benchmarks are not in the wheel")

from benchmarks.speed import page
from benchmarks.speed.results import load_speed, save
from files.errors import BadFile
from tests.benchmarks.speeds import SPEED


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    save(file, SPEED)
    assert load_speed(file) == SPEED
    written = json.loads(file.read_text())
    assert written["schema"] == "credence.speed/1"
    assert written["machine"]["loads"] == [0.5, 1.5]
    assert written["turns"]["rows"][0]["runs"][0] == {
        "seconds": 0.5,
        "calls": 1,
        "evaluated": 20,
        "cached": 30,
        "decoded": 10,
        "samples": None,
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": "credence.speed/2"}, "schema: input should be 'credence.speed/1'"),
        ({"turns": None}, "turns: "),
    ],
)
def test_another_record_is_refused(tmp_path: Path, change: dict[str, object], fault: str) -> None:
    file = tmp_path / "speed.json"
    save(file, SPEED)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(BadFile, match=fault):
        load_speed(file)


def test_the_page_shows_command_machine_spread_and_every_target(tmp_path: Path) -> None:
    page.write_page(SPEED, tmp_path / "performance.md")
    text = (tmp_path / "performance.md").read_text()
    assert (
        "make bench\n" in text and "Some processor, 2 processors, Linux, 2026-11-28; load 0.5 before" in text
    )
    assert "3 repeats, 10 min" in text
    assert "| one line | answer and panel | 3 | 1.50 (1.00–2.00) | 3.00 | 5 | 120 | 30 | 20 |  |" in text
    assert (
        "| samples differ | consistency check | 1 | 60.00 (60.00–60.00) |  | 60 | 2000 | 30 | 170 | 10 |"
        in text
    )
    assert (
        "| samples agree | consistency check, stopped early | 1 | 4.00 (4.00–4.00) |  | 5 | 20 | 30 | 10 | 4 |"
        in text
    )
    assert "| the engine alone | 3 | 0.50 (0.40–0.60) | 40 (40–40) | 20.0 (20.0–20.0) |" in text
    assert "| ratio of medians | | 1.20 | | 0.95 |" in text
    peer = "| uqlm 1.0 | P(True) | Some-Model | 3 | 1 | 4.00 (3.00–5.00) | 2.00 (1.00–3.00) | 2.00 | Some processor, "
    assert peer in text
    assert "`mean_entropy`, `numeric`; for choices `p_ic`" in text
    assert text.count("| met |") == 7 and text.count("missed.") == 5
    assert "![Seconds of each way to ask](performance.svg)" in text
    assert (tmp_path / "performance.svg").read_text().startswith("<?xml")


def test_the_same_record_gives_the_same_picture(tmp_path: Path) -> None:
    for name in ("a", "b"):
        page.write_page(SPEED, tmp_path / f"{name}.md")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_file_that_is_none_ends_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert page.main([str(tmp_path / "none.json"), "--page", str(tmp_path / "page.md")]) == 1
    assert "none.json" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


@pytest.mark.repository
@pytest.mark.skipif(not page.RESULT.exists(), reason="make bench has not been run in this tree")
def test_the_page_in_the_docs_is_the_one_of_its_record() -> None:
    speed = load_speed(page.RESULT)
    assert page.PAGE.read_text(encoding="utf-8") == page.page_text(speed, page.PAGE.with_suffix(".svg").name)
