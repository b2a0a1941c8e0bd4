"""The progress of a long command: plain lines in a file, a bar in a terminal, one object for all."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chains.progress import SLOW, Progress, tracked

ROOT = Path(__file__).parents[2]
# Every module with a loop that can take minutes.
LONG = {
    "benchmarks": "engines_agree interval_coverage long_chat guarantee_power score_speed study_kill study_load",
    "benchmarks/speed": "streaming turns",
    "chains": "downloads/transfer_line",
    "evaluation/commands": "calibrate reproductions/chat_llm_msp run validation/judges",
    "evaluation/validation": "equivalence",
    "evaluation/mic": "replies work",
    "evaluation/runs": "recompute",
    "evaluation/scoring": "comparison marker_scores signal_scores",
    "evaluation/reproductions": "alignment calibration shift split_half uncertainty_fidelity",
    "study/commands": "freeze",
    "training/data": "answers replies",
    "training/results": "export",
    "training/trainers": "trainers",
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Flushed(io.StringIO):
    """A file that counts what has reached it."""

    reached = ""

    def flush(self) -> None:
        self.reached = self.getvalue()


class Terminal(Flushed):
    def isatty(self) -> bool:
        return True


def test_a_line_at_the_start_at_each_tenth_and_at_the_end() -> None:
    clock, file = Clock(), Flushed()
    with Progress("asking", "questions", 1000, stream=file, clock=clock) as progress:
        for _ in range(1000):
            clock.now += 0.5
            progress.advance()
            assert file.reached == file.getvalue()  # nothing is held back
    lines = file.getvalue().splitlines()
    assert lines[:3] == [
        "asking: 0 of 1,000 questions (0%)",
        "asking: 100 of 1,000 questions (10%), about 8 min left",
        "asking: 200 of 1,000 questions (20%), about 7 min left",
    ]
    assert lines[-1] == "asking: 1,000 of 1,000 questions (100%), took 8 min"
    assert len(lines) == 11


def test_a_line_every_minute_also_while_no_step_ends() -> None:
    clock, file = Clock(), Flushed()
    with Progress("asking", "questions", 4, stream=file, clock=clock) as progress:
        for second in range(1, 151):
            clock.now = float(second)
            progress.look()
        progress.advance()
        clock.now = 209.0
        progress.look()
        clock.now = 210.0
        progress.look()
    assert file.getvalue().splitlines() == [
        "asking: 0 of 4 questions (0%)",
        "asking: 0 of 4 questions (0%), 60 s so far",
        "asking: 0 of 4 questions (0%), 2 min so far",
        "asking: 1 of 4 questions (25%), about 8 min left",
        "asking: 1 of 4 questions (25%), about 10 min left",
    ]


def test_a_line_is_written_every_minute_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    monkeypatch.setattr(Progress, "look", lambda self: looked.set())
    monkeypatch.setattr("chains.progress.LOOK", 0.01)
    with Progress("asking", "questions", 2, stream=io.StringIO()):
        assert looked.wait(10)


def test_what_was_done_before_counts_but_not_for_the_time_left() -> None:
    clock, file = Clock(), Flushed()
    with Progress("asking", "questions", 100, done=50, stream=file, clock=clock) as progress:
        clock.now = 10.0
        progress.advance(10)  # one a second: 40 s for the other 40
    assert file.getvalue().splitlines() == [
        "asking: 50 of 100 questions (50%)",
        "asking: 60 of 100 questions (60%), about 40 s left",
    ]


def test_stopped_in_the_middle_the_last_line_says_how_far_it_came() -> None:
    clock, file = Clock(), Flushed()
    with Progress("asking", "questions", 100, stream=file, clock=clock) as progress:
        progress.advance(10)
        clock.now = 1.0
        progress.advance(3)
    assert file.getvalue().splitlines()[-1] == "asking: 13 of 100 questions (13%), about 7 s left"


@pytest.mark.parametrize(("total", "done"), [(0, 0), (5, 5)])
def test_nothing_left_to_do_says_nothing(total: int, done: int) -> None:
    file = Flushed()
    with Progress("asking", "questions", total, done=done, stream=file):
        pass
    assert file.getvalue() == ""


def test_what_cannot_be_counted_says_how_long_it_has_taken() -> None:
    clock, file = Clock(), Flushed()
    with Progress("fetching", "files", None, stream=file, clock=clock) as progress:
        clock.now = 61.0
        progress.look()
    assert file.getvalue().splitlines() == ["fetching: started", "fetching: 61 s so far"]


def test_what_is_usually_quick_is_silent_for_a_while() -> None:
    clock, file = Clock(), Flushed()
    with Progress("scoring", "signals", 10, after=SLOW, stream=file, clock=clock) as progress:
        for _ in range(9):
            clock.now += 1.0
            progress.advance()
        assert file.getvalue() == ""
        clock.now += 1.0
        progress.advance()
    assert file.getvalue().splitlines() == ["scoring: 10 of 10 signals (100%), took 10 s"]


def test_a_terminal_has_a_bar_and_other_lines_stand_above_it() -> None:
    screen = Terminal()
    with Progress("asking", "questions", 4, done=1, stream=screen) as progress:
        progress.say("q1: right")
        progress.advance(3)
    shown = screen.getvalue()
    assert "\r" in shown and "4/4" in shown and "q1: right\n" in shown
    assert "asking: 1 of 4 questions" not in shown


def test_in_a_file_other_lines_come_at_once() -> None:
    file = Flushed()
    with Progress("freezing", "answers", 4, stream=file) as progress:
        progress.say("q1: right")
        assert file.reached.endswith("q1: right\n")


def test_tracked_gives_the_items(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(tracked("abc", "reading", "letters", done=1)) == ["a", "b", "c"]
    assert list(tracked(iter("abc"), "counting", "letters", total=3)) == ["a", "b", "c"]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "reading: 1 of 4 letters (25%)"
    assert lines[-1].startswith("counting: 3 of 3 letters (100%)")


def test_steps_of_several_threads_all_count() -> None:
    file = Flushed()
    with Progress("asking", "questions", 4000, stream=file) as progress:

        def work() -> None:
            for _ in range(500):
                progress.advance()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert progress.done == 4000
    assert [line.split()[1] for line in file.getvalue().splitlines()][-1] == "4,000"


def test_a_killed_run_with_its_output_in_a_file_goes_on_counting(tmp_path: Path) -> None:
    out, log = tmp_path / "run.jsonl", tmp_path / "log"
    command = [
        sys.executable,
        "-m",
        "evaluation",
        "run",
        "--draw",
        "60",
        "--model",
        "scripted",
        "--out",
        str(out),
    ]

    def started() -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file, env=dict(os.environ))

    def records() -> int:
        return max(0, out.read_bytes().count(b"\n") - 1) if out.exists() else 0

    with started() as process:
        end = time.monotonic() + 120
        while records() < 5:
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert "\nasking: 0 of " in log.read_text()  # not held back until the end
    there = records()
    with started() as process:
        process.wait(240)
    lines = [line for line in log.read_text().splitlines() if line.startswith("asking: ")]
    done, total = (int(text) for text in re.findall(r"\d+", lines[0])[:2])
    assert (done, total) == (there, records())
    tenths = [int(re.findall(r"\((\d+)%\)", line)[0]) // 10 for line in lines[1:]]
    assert tenths == list(range(tenths[0], 11)), lines
    assert "\r" not in log.read_text()


@pytest.mark.repository
def test_every_long_command_shows_the_same_progress() -> None:
    packages = ("benchmarks", "chains", "evaluation", "study", "training", "ui")
    texts = {
        str(path.relative_to(ROOT).with_suffix("")): path.read_text(encoding="utf-8")
        for package in packages
        for path in (ROOT / package).rglob("*.py")
    }
    assert {name for name, text in texts.items() if "from chains.progress import" in text} >= {
        f"{package}/{module}" for package, modules in LONG.items() for module in modules.split()
    }
    own = {name for name, text in texts.items() if re.search(r'from tqdm|print\(\s*f?"\\r', text)}
    assert own == {"chains/progress"}
