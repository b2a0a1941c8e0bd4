"""Other packages beside Credence: timed in turn, merged into a record, and compared answer by answer."""

import math
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("benchmarks.speed", reason="benchmarks are not in the wheel")

from pytest import approx

from benchmarks.peers.agreement import Pair, equality_rows, pairs_of, quality_rows, unequal
from benchmarks.peers.child import Scored
from benchmarks.peers.environment import environment
from benchmarks.peers.quality import read_scores
from benchmarks.speed import __main__ as command
from benchmarks.speed import peers
from benchmarks.speed.page import peer_table
from benchmarks.speed.results import Peer, load_speed, save
from benchmarks.speed.targets import NOT_MEASURED, targets
from chains.engines.scripted import ScriptedChatModel
from chains.errors import CredenceError
from estimators.types import Answer, Assessment, Decision, Evidence, Question, Signal, Token
from evaluation.reproductions.run_files import Source
from evaluation.reproductions.signals.benchmark import Cell
from evaluation.runs.reader import Run
from evaluation.runs.record import Record
from files.errors import BadFile
from tests.benchmarks.speeds import PEERS, SPEED

HALF = math.log(0.5)
DECISION = Decision(False, 0.5, 0.0, "")


class Other:
    """A package that takes a known time."""

    name = "other 1.0"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def scored(self, question: str) -> Scored:
        self.asked.append(question)
        return Scored(7.0)


def compare(signals: tuple[str, ...], one_engine: bool) -> tuple[Peer, Other, ScriptedChatModel]:
    other, model = Other(), ScriptedChatModel()
    child: Any = other
    return (
        peers.in_turn(child, other.name, model, signals, "P(True)", one_engine=one_engine),
        other,
        model,
    )


def first_messages(model: ScriptedChatModel) -> list[str]:
    texts = [str(messages[0].text) for messages in model.received if len(messages) == 1]
    return [text for text in texts if text.startswith("Question ")]


def test_both_sides_get_every_question_and_the_first_is_not_counted() -> None:
    found, other, model = compare(("sequence_probability",), one_engine=False)
    assert found.theirs == (7.0,) * len(peers.QUESTIONS)
    assert len(found.ours) == len(peers.QUESTIONS) and found.left_out == 0
    assert found.measured is not None
    assert other.asked == first_messages(model)  # the same texts
    assert len(other.asked) == 1 + len(peers.QUESTIONS)


def test_on_one_engine_no_side_finds_the_prompt_of_the_other_in_the_cache() -> None:
    _, other, model = compare(("sequence_probability",), one_engine=True)
    assert not set(other.asked) & set(first_messages(model))


def test_a_question_whose_answer_was_cut_off_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "TOKENS", 1)
    with pytest.raises(CredenceError, match="Every answer was cut off"):
        compare(("sequence_probability",), one_engine=False)


def test_a_package_that_cannot_be_measured_gets_a_row_with_the_reason() -> None:
    reason = "pip could not install uqlm==0.6.7."
    missing = Peer("uqlm", "", "P(True)", (), (), missing=reason)
    assert missing.ratio is None
    assert f"| no: {reason} |" in peer_table([missing])
    row = next(row for row in targets(replace(SPEED, peers=(missing,))) if "uqlm" in row.what)
    assert row.outcome == NOT_MEASURED


def test_peers_alone_are_put_into_the_record_of_an_earlier_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "speed.json"
    save(file, replace(SPEED, peers=()))
    monkeypatch.setattr(command, "measured_peers", lambda model: PEERS)
    assert command.main(["--only", "peers", "--json", str(file), "--page", str(tmp_path / "page.md")]) == 0
    assert load_speed(file) == SPEED
    assert "| uqlm 1.0 |" in (tmp_path / "page.md").read_text()


def test_a_run_without_peers_keeps_those_of_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "speed.json"
    save(file, SPEED)
    monkeypatch.setattr(command, "measure", lambda *given: replace(SPEED, peers=(), seconds=1.0))
    assert command.main(["--json", str(file), "--page", str(tmp_path / "page.md")]) == 0
    assert load_speed(file) == replace(SPEED, seconds=1.0)


def record(name: str, text: str, tokens: tuple[Token, ...], confidence: float, correct: bool) -> Record:
    signals = (Signal("sequence_probability", confidence),)
    return Record(
        name,
        correct=correct,
        assessment=Assessment(Evidence(Question("?"), Answer(text, tokens)), signals, (), DECISION),
    )


TOKENS = (Token("Ro", HALF, (("Ro", HALF),)), Token("me", HALF, (("me", HALF),)))
SCORED = Scored(
    1.0, "Rome", True, (HALF, HALF, math.log(0.25)), (math.log(4), math.log(2), 0.5), {"Perplexity": 0.9}
)


def test_only_answers_in_the_same_words_are_paired() -> None:
    records = [record(name, "Rome", TOKENS, 0.5, True) for name in ("same", "other", "unscored")]
    scored = {"same": SCORED, "other": replace(SCORED, answer="Rome.")}
    assert [pair.record.id for pair in pairs_of(records, scored)] == ["same"]


def test_differences_are_those_of_the_end_token_and_of_the_alternatives() -> None:
    rows = equality_rows([Pair(record("a", "Rome", TOKENS, 0.5, True), SCORED)])
    means = [float(row[2].replace("−", "-")) for row in rows[1:]]
    # ours: H = ln 2 for each token, because the rest of the probability counts as one alternative
    assert means == approx([0.0, math.log(0.25), 0.0, math.log(2) / 2], abs=1e-6)


def test_the_same_words_with_another_log_probability_are_named() -> None:
    same = Pair(record("same", "Rome", TOKENS, 0.5, True), SCORED)
    apart = Pair(
        record("apart", "Rome", TOKENS, 0.5, True), replace(SCORED, logprobs=(HALF, HALF - 0.002, HALF))
    )
    assert unequal([same, apart]) == ("apart",)


def test_both_sides_are_measured_on_the_same_answers() -> None:
    pairs = [
        Pair(
            record(str(k), "Rome", TOKENS, 0.1 * k, k > 4),
            replace(SCORED, scores={"Perplexity": -k if k != 1 else 9}),
        )
        for k in range(1, 9)
    ]  # theirs orders all answers as ours does: the more certain, the larger k
    run = Run(Path("run.jsonl"), {}, tuple(pair.record for pair in pairs), False)
    rows = quality_rows(Cell(Source(run, ""), "free", run.records), pairs, 0)
    perplexity = next(row for row in rows if row[0] == "Perplexity")
    assert perplexity[1:4] == ["1.000", "sequence_probability", "1.000"]
    assert perplexity[-2:] == ["1.000", "8"]
    assert rows[1][-1] == "0"  # no answer has the others


def test_a_damaged_line_of_scores_is_named(tmp_path: Path) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text(
        '{"id": "a", "package": "other 1.0", "seconds": 1.0}\n{"package": "other 1.0", "seconds": 1.0}\n'
    )
    with pytest.raises(BadFile, match="line 2: it has no field 'id'"):
        read_scores(file)


def test_an_environment_is_made_again_unless_it_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bool] = []
    installed: list[list[str]] = []

    def create(folder: Path, *, clear: bool, **options: object) -> None:
        folder.mkdir(exist_ok=True)
        made.append(clear)

    def run(command: list[str]) -> subprocess.CompletedProcess[str]:
        installed.append(command)
        return subprocess.CompletedProcess(command, 1 if len(installed) == 1 else 0)

    monkeypatch.setattr("benchmarks.peers.environment.venv.create", create)
    monkeypatch.setattr("benchmarks.peers.environment.subprocess.run", run)
    folder = tmp_path / "other"
    with pytest.raises(CredenceError, match=r"pip could not install other==1\.0"):
        environment(folder, ("other==1.0",))
    for wanted in ("other==1.0", "other==1.0", "other==2.0"):
        environment(folder, (wanted,))
    assert made == [True] * 3  # the failed one, the one that completed it, the one with another pin
    assert [command[-1] for command in installed] == ["other==1.0", "other==1.0", "other==2.0"]
