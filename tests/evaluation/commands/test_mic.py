"""Marker internal confidence: by hand, by property, and end to end on a scripted model."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.calibration.mic_store import MicFile
from chains.command_line import CommandParser
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import CredenceError, ReplyNotWhole
from estimators.markers.mic import ALL
from estimators.types import Cost
from evaluation.commands import mic
from evaluation.metrics.markers.confidence import Item, marker_confidence
from evaluation.mic.sentences import read_sentences
from evaluation.mic.work import claims_nothing, open_work, planned, sample
from evaluation.questions.reader import AskedQuestion
from files.errors import BadFile

QUESTIONS = (
    {"id": "a", "domain": "art", "question": "Who painted the ceiling?"},
    {"id": "b", "domain": "geo", "question": "Which river is it?", "answers": ["Rhine"]},
)


def test_mic_by_hand() -> None:
    items = [
        Item("likely", "art", 1.0, "a"), Item("likely", "art", 0.5, "a"), Item("likely", "geo", 0.0, "b"),
        Item("perhaps", "geo", 0.25, "b"),
    ]  # fmt: skip
    confidences = marker_confidence(items, min_count=2)
    assert confidences["art"]["likely"].missing == "seen in only one question"
    assert confidences["geo"]["likely"].missing == "seen only 1 time"
    assert confidences[ALL]["perhaps"].n == 1 and confidences[ALL]["perhaps"].mic is None
    entry = confidences[ALL]["likely"]
    assert (entry.mic, entry.n) == (0.5, 3)  # (1 + 0.5 + 0) / 3
    # questions are drawn whole: only b gives 0 (p = 1/4), only a gives 0.75 (p = 1/4)
    assert (entry.low, entry.high) == (0.0, 0.75)


def test_correctness_as_target_gives_the_share_that_is_correct() -> None:
    correct = [("likely", "geo", float(place < 7)) for place in range(10)]
    entry = marker_confidence(correct)["geo"]["likely"]
    assert entry.mic == pytest.approx(0.7)
    # binomial(10, 0.7): P(≤ 3) = 0.011, P(≤ 4) = 0.047; P(≥ 10) = 0.028
    assert (entry.low, entry.high) == pytest.approx((0.4, 1.0))


ITEMS = st.lists(
    st.tuples(
        st.sampled_from(["likely", "perhaps", "<no_hedge>"]), st.sampled_from(["art", "geo"]),
        st.floats(0, 1), st.sampled_from(["", "1", "2", "3"]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@given(items=ITEMS, least=st.integers(1, 6))
def test_every_item_counts_once_and_the_interval_holds_the_mean(
    items: list[tuple[str, str, float, str]], least: int
) -> None:
    confidences = marker_confidence([Item(*item) for item in items], least, draws=50)
    assert sum(entry.n for entry in confidences[ALL].values()) == len(items)
    for domain, markers in confidences.items():
        for marker, entry in markers.items():
            mine = [x for m, d, x, _ in items if m == marker and domain in (d, ALL)]
            assert entry.n == len(mine)
            if entry.mic is None:
                assert len(mine) < least or "one question" in entry.missing
            else:
                assert entry.mic == pytest.approx(sum(mine) / len(mine))
                assert min(mine) - 1e-9 <= entry.low <= entry.mic <= entry.high <= max(mine) + 1e-9  # type: ignore[operator]


@given(items=ITEMS)
def test_the_order_of_the_markers_changes_nothing(items: list[tuple[str, str, float, str]]) -> None:
    forward = marker_confidence([Item(*item) for item in items], 2, draws=20)
    assert forward == marker_confidence([Item(*item) for item in items], 2, draws=20)  # seeded


@pytest.mark.parametrize(
    ("item", "least", "message"),
    [
        (("m", "d", 1.5), 1, "m: target 1.5"),
        (("m", "d", float("nan")), 1, "target nan"),
        (("m", "all", 0.5), 1, 'named "all"'),
        (("m", "d", 0.5), 0, "min_count 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(item: tuple[str, str, float], least: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        marker_confidence([item], least)


def test_an_answer_is_never_judged_against_itself() -> None:
    plan = planned("?", range(1, 7), 6, 5, None)  # type: ignore[arg-type]
    assert [judging.seed for judging in plan] == [1, 2, 3, 4, 5, 6]
    assert all(sorted((judging.seed, *judging.others)) == [1, 2, 3, 4, 5, 6] for judging in plan)


@pytest.mark.parametrize(
    "sentence", ["Certainly.", "", "—", "I do not know.", "Sure, of course!", "No.", "It is not so.", "Yes."]
)
def test_a_sentence_that_claims_nothing(sentence: str) -> None:
    assert claims_nothing(sentence, "Who painted it?")


@pytest.mark.parametrize("sentence", ["No.", "Yes.", "It is not so.", "No, it is not so."])
def test_a_bare_reply_claims_something_where_it_is_asked_for(sentence: str) -> None:
    assert not claims_nothing(sentence, "Is it Newton?")


class Seeded(ScriptedChatModel):
    """Gives another reply for every seed; as a judge it agrees where sentence and sample share the name."""

    def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
        text = str(messages[-1].text)
        if "Reply with one word" in text:
            said = "Yes" if text.count("Raphael") == 2 or text.count("Rhine") == 2 else "No"
        elif "ceiling" in text:
            said = {1: "It is likely Raphael.", 2: "Likely Raphael.", 3: "It is Titian."}[options["seed"]]
        else:
            said = {1: "Likely the Rhine.", 2: "Certainly. The Rhine.", 3: "The Rhine."}[options["seed"]]
        self.replies = (ScriptedReply.of(said, 0.9),)
        yield from super()._stream(messages, stop, run_manager, **options)


def mic_command(arguments: list[str]) -> int:
    """``python -m evaluation mic``, with its errors as they are raised."""
    return mic.run(CommandParser(module=mic.__name__).parse_args(arguments))


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> tuple[dict[str, Any], int]:
    """Measure, and say how often the model was called."""
    questions = folder / "questions.jsonl"
    questions.write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS))
    model = Seeded()
    monkeypatch.setattr(mic, "open_chat_model", lambda spec: model)
    common = ["--questions", str(questions), "--samples", "2", "--answers", "3", "--min-count", "2"]
    out = folder / "out.json"
    assert mic_command([*common, "--judge", "model", "--concurrency", "1", "--out", str(out), *more]) == 0
    return json.loads(out.read_text()), len(model.received)


def test_every_step_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, calls = run(tmp_path, monkeypatch)
    # ceiling: likely Raphael 1/2 (the other Raphael, Titian) twice, Titian 0/2 without a marker;
    # river: likely 2/2, and two plain ones 2/2. "Certainly." claims nothing.
    likely = record["domains"]["all"]["likely"]
    assert (likely["mic"], likely["n"]) == (0.6667, 3)  # (1/2 + 1/2 + 1) / 3
    plain = record["domains"]["all"]["<no_hedge>"]
    assert (plain["mic"], plain["n"]) == (0.6667, 3)  # (0 + 1 + 1) / 3
    assert record["domains"]["art"]["<no_hedge>"] == {"n": 1, "missing": "seen only 1 time"}
    assert record["counts"] == {
        "sentences": 7, "claims_nothing": 1, "no_verdict": 0, "verdicts": 12, "could_not_tell": 0
    }  # fmt: skip
    assert calls == 6 + 12
    assert record["cost"]["replies"] == 6 and record["cost"]["judge_calls"] == 12
    assert record["cost"]["prompt_tokens"] > 0
    assert str(tmp_path) not in json.dumps(record)  # of no machine
    assert MicFile.model_validate(record).own_markers("all") is not None
    kept = read_sentences(tmp_path / "out.sentences.jsonl")
    likely_ones = sorted((row.question, row.confidence) for row in kept if row.marker == "likely")
    assert likely_ones == [("a", 0.5), ("a", 0.5), ("b", 1.0)]
    assert len({(row.question, row.seed) for row in kept}) == 6
    # only the river has an accepted answer; the courtesy of "Certainly. The Rhine." (seed 2) is passed over
    grades = {(row.question, row.seed): row.correct for row in kept}
    assert grades == {
        ("a", 1): None,
        ("a", 2): None,
        ("a", 3): None,
        ("b", 1): True,
        ("b", 2): True,
        ("b", 3): True,
    }


def test_replies_of_a_question_come_in_a_row_while_questions_are_asked_at_once(tmp_path: Path) -> None:
    both = threading.Barrier(2, timeout=10)  # passed only while two questions are being asked

    class Meeting(ScriptedChatModel):
        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
            both.wait()
            asked.append((threading.get_ident(), str(messages[-1].text), options["seed"]))
            yield from super()._stream(messages, stop, run_manager, **options)

    asked: list[tuple[int, str, int]] = []
    questions = [AskedQuestion(id=name, domain="d", question=f"Which {name}?") for name in ("river", "town")]
    work = open_work(tmp_path / "w.jsonl", {})
    sample(work, Meeting(), questions, (1, 2, 3), 1.0, 2)
    assert len(work.replies) == len(open_work(tmp_path / "w.jsonl", {}).replies) == 6
    for name in ("river", "town"):
        threads, seeds = zip(*[(thread, seed) for thread, text, seed in asked if name in text], strict=True)
        assert len(set(threads)) == 1 and seeds == (1, 2, 3)


@pytest.mark.parametrize("breaks, text, ended", [(1, "It is the Rhine.", None), (2, "", "incomplete")])
def test_a_reply_that_breaks_off_is_asked_for_once_more(
    tmp_path: Path, breaks: int, text: str, ended: str | None
) -> None:
    calls: list[int] = []

    class Breaking(ScriptedChatModel):
        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
            calls.append(options["seed"])
            if len(calls) <= breaks:
                raise ReplyNotWhole("It broke off.", "incomplete")
            yield from super()._stream(messages, stop, run_manager, **options)

    question = AskedQuestion(id="a", domain="d", question="Which river?")
    work = open_work(tmp_path / "w.jsonl", {})
    sample(work, Breaking(replies=(ScriptedReply.of("It is the Rhine."),)), [question], (1, 2), 1.0, 1)
    reply = work.replies["Which river?", 1]
    assert (reply["text"], reply.get("ended")) == (text, ended)
    assert work.replies["Which river?", 2]["text"] == "It is the Rhine." and calls == [1, 1, 2]


def test_a_run_that_was_cut_off_resumes_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = run(tmp_path, monkeypatch)
    work = tmp_path / "out.work.jsonl"
    lines = work.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 + 6 + 6  # header, replies, judged answers
    work.write_bytes(b"".join(lines[:5]) + lines[5][:20])  # four replies and a torn one
    again, calls = run(tmp_path, monkeypatch)
    assert calls == 2 + 12
    assert again["domains"] == whole["domains"]
    assert run(tmp_path, monkeypatch)[1] == 0  # nothing is left to do


def test_all_files_of_a_folder_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    for question in QUESTIONS:
        (folder / f"{question['domain']}.jsonl").write_text(json.dumps(question) + "\n")
    record, _ = run(tmp_path, monkeypatch, "--questions", str(folder))
    assert record["questions"]["name"] == "both" and record["questions"]["n"] == 2
    assert len(record["questions"]["sha256"]) == 64


def test_the_work_of_another_model_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, monkeypatch)
    work = tmp_path / "out.work.jsonl"
    work.write_text(work.read_text().replace('"model": "scripted"', '"model": "other"', 1))
    with pytest.raises(BadFile, match="started with another model"):
        run(tmp_path, monkeypatch)


def test_replies_that_were_sampled_before_are_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "question": "Which river is it?",
        "seed": 1,
        "style": "hedged",
        "model": "scripted",
        "text": "The Po.",
    }
    replies = tmp_path / "replies.jsonl"
    replies.write_text(json.dumps(row) + "\n")
    record, calls = run(tmp_path, monkeypatch, "--replies", str(replies))
    assert calls == 5 + 12
    # the Po 0/2, the Rhine 1/2 twice, Titian 0/2
    assert record["domains"]["all"]["<no_hedge>"]["mic"] == 0.25
    replies.write_text(json.dumps({**row, "model": "other"}) + "\n")
    with pytest.raises(BadFile, match="line 1: not a hedged reply of scripted"):
        run(tmp_path, monkeypatch, "--replies", str(replies))


def test_saved_replies_are_judged_again_without_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = run(tmp_path, monkeypatch)
    out, questions = tmp_path / "out.json", tmp_path / "questions.jsonl"

    def never(spec: str) -> Any:
        raise AssertionError("the model was opened")

    monkeypatch.setattr(mic, "open_chat_model", never)
    monkeypatch.setattr(mic, "_judge", lambda name, model: Always())
    same = ["--questions", str(questions), "--samples", "2", "--answers", "3", "--min-count", "2"]
    assert mic_command([*same, "--judge", "embedding", "--rejudge", "--out", str(out)]) == 0
    again = json.loads(out.read_text())
    assert {entry.get("mic") for entry in again["domains"]["all"].values()} == {1.0}  # as this judge says
    assert again["judge"]["name"] == "always"
    kept = ("model", "model_sha256", "engine", "prompts", "temperature", "max_tokens", "seed")
    assert {name: again[name] for name in kept} == {name: whole[name] for name in kept}
    with pytest.raises(BadFile, match="lacks 2 of the 8 replies"):
        mic_command([*same, "--samples", "3", "--rejudge", "--out", str(out)])
    with pytest.raises(BadFile, match="nothing was sampled"):
        mic_command([*same, "--rejudge", "--out", str(tmp_path / "other.json")])
    with pytest.raises(CredenceError, match="--rejudge needs --out"):
        mic_command([*same, "--rejudge"])


class Always:
    """Agrees with everything."""

    name = "always"
    settings: Mapping[str, float | str] = {}
    cost = Cost()

    def __call__(self, question: str, sentence: str, sample: str) -> float:
        return 1.0


def test_sentences_that_are_now_stripped_differently_are_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, monkeypatch)
    work = tmp_path / "out.work.jsonl"
    rows = [json.loads(line) for line in work.read_text().splitlines()]
    judged = [row for row in rows if "judged" in row]
    del judged[0]["shown"]  # as it was written before it was kept
    judged[1]["shown"] = "other"
    work.write_text("".join(json.dumps(row) + "\n" for row in rows))
    again, calls = run(tmp_path, monkeypatch)
    assert calls == 2 * 2  # two answers, each against two samples; no reply is asked for
    assert again["counts"]["verdicts"] == 12
