"""The blind comparison of everyday answers with and without a system message."""

from pathlib import Path

import pytest

from chains.command_line import CommandParser
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from evaluation.commands import everyday
from evaluation.everyday.answers import RequestAnswer, ask_requests, requests
from evaluation.everyday.comparison import Pair, outcome, write_sheet
from files.errors import BadFile
from files.json_lines import read_rows, write_objects
from tests.estimators.evidence import token

SYSTEM = "Say where you are not sure."


@pytest.fixture
def answered(tmp_path: Path) -> Path:
    """A file in which every request is answered twice."""
    rows = [
        RequestAnswer(
            model="m", id=request.id, way=way, system=SYSTEM if way == "system" else "",
            text=f"{way} {request.id}", tokens=30 if way == "plain" else 10, finish=finish,
        ).model_dump()
        for request in requests()
        for way, finish in (("plain", "stop"), ("system", "length"))
    ]  # fmt: skip
    path = tmp_path / "answers.jsonl"
    write_objects(path, rows)
    return path


def _filled(sheet: Path, prefer: str, ties: int = 0) -> None:
    pairs = read_rows(sheet, Pair)
    verdicts = [
        "same" if place < ties else ("first" if pair.first.startswith(prefer) else "second")
        for place, pair in enumerate(pairs)
    ]
    rows = [
        pair.model_dump() | {"more_complete": verdict} for pair, verdict in zip(pairs, verdicts, strict=True)
    ]
    write_objects(sheet, rows)


def test_thirty_requests_of_five_kinds() -> None:
    kinds = [request.id.rpartition("-")[0] for request in requests()]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(
        ("code", "letter", "list", "explain", "translate"), 6
    )


def test_both_ways_are_asked_once_and_resumed(tmp_path: Path) -> None:
    model = ScriptedChatModel(replies=(ScriptedReply((token("Certainly", 0.9), token(".", 0.9)), ""),))
    out = tmp_path / "answers.jsonl"
    ask_requests(model, out, SYSTEM, 100, 2)
    whole = out.read_bytes()
    out.write_bytes(b"\n".join(whole.split(b"\n")[:7]) + b'\n{"cut')  # killed while writing the eighth
    ask_requests(model, out, SYSTEM, 100, 2)
    answers = read_rows(out, RequestAnswer)
    assert len({(answer.id, answer.way) for answer in answers}) == len(answers) == 60
    assert {answer.way for answer in answers if answer.system} == {"system"}
    with pytest.raises(BadFile, match="another system message"):
        ask_requests(model, out, "Say nothing.", 100, 2)


def test_the_sheet_hides_which_is_which_and_mixes_the_order(answered: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.jsonl"
    assert write_sheet(sheet, read_rows(answered, RequestAnswer)) == 30
    pairs = read_rows(sheet, Pair)
    assert set(pairs[0].model_dump()) == {"id", "request", "first", "second", "more_complete"}
    assert 8 <= sum(pair.first.startswith("plain") for pair in pairs) <= 22
    assert [pair.id for pair in pairs] != [request.id for request in requests()]


def test_verdicts_are_counted_by_way(answered: Path, tmp_path: Path) -> None:
    answers, sheet = read_rows(answered, RequestAnswer), tmp_path / "sheet.jsonl"
    write_sheet(sheet, answers)
    _filled(sheet, "plain", ties=20)
    result = outcome(sheet, answers)
    assert (result.plain, result.system, result.same) == (10, 0, 20)
    assert result.p == pytest.approx(2 / 2**10)
    assert result.tokens == {"plain": 30, "system": 10} and result.cut == {"plain": 0, "system": 30}
    with pytest.raises(BadFile, match="contains verdicts"):
        write_sheet(sheet, answers)


def test_what_is_missing_is_named(answered: Path, tmp_path: Path) -> None:
    answers, sheet = read_rows(answered, RequestAnswer), tmp_path / "sheet.jsonl"
    with pytest.raises(BadFile, match="translate-6 has not been answered in both ways"):
        write_sheet(sheet, answers[:-1])
    write_sheet(sheet, answers)
    with pytest.raises(BadFile, match="has no verdict"):
        outcome(sheet, answers)


def test_the_command_prints_the_counts(
    answered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser, sheet = CommandParser(), tmp_path / "sheet.jsonl"
    everyday.add_arguments(parser)
    everyday.run(parser.parse_args([str(answered), "--sheet", str(sheet)]))
    _filled(sheet, "system")
    everyday.run(parser.parse_args([str(answered), "--verdicts", str(sheet)]))
    printed = capsys.readouterr().out.splitlines()
    assert printed[1:] == [
        "without the system message: more complete in 0 pairs, median length 30 tokens, 0 cut off",
        "with the system message: more complete in 30 pairs, median length 10 tokens, 30 cut off",
        "equally complete: 0; sign test p = 0.000",
    ]
