"""Sessions from link to completion: they resume anywhere, are stored once, and end correctly."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from study.errors import BadAnswer, NotThisScreen, SessionForbidden
from study.session.participants import free_places
from study.session.service import AGAIN
from study.store.database import Store
from study.store.schema import PARTICIPANTS
from tests.study.studies import design_text, honest, rows, running, submission, walk

MORE = """\
instructions: [First page., "Second page.\\n\\nIts second paragraph."]
practice:
  - {id: p1, question: "Which one?", options: [x, y], gold: x, answer: B. y, correct: false, feedback: It was x.}
attention_checks:
  - {id: c1, after: 2, question: Choose beta., options: [alpha, beta], expected: beta}
questionnaires:
  - {id: before, when: before-trials, questions: [{name: mood, kind: likert, label: Mood}]}
  - {id: after, questions: [{name: why, kind: text, label: "Why?", required: false}]}
"""


def status(store: Store, participant: str) -> str:
    return next(str(row.status) for row in store.participants("small") if row.id == participant)


def test_the_screens_come_in_the_order_of_the_plan(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more=MORE)) as study:
        _, end = walk(study)
        assert (end.kind, end.outcome, end.code, end.redirect) == (
            "end", "completed", "DONE1", "https://example.org/done",
        )  # fmt: skip
        shown = [row.screen for row in rows(study.store, "small", "shown")]
        assert shown == [
            "consent", "instructions-1", "instructions-2", "practice-1.own", "practice-1.final", "practice-1.feedback",
            "questionnaire-before", "trial-01.own", "trial-01.final", "trial-02.own", "trial-02.final", "check-c1",
            "trial-03.own", "trial-03.final", "trial-04.own", "trial-04.final", "questionnaire-after", "debriefing",
        ]  # fmt: skip
        assert [row.screen for row in rows(study.store, "small", "answer")] == shown
        kinds = [row.kind for row in rows(study.store)]
        assert kinds[0] == "enter" and kinds[-1] == "completed"
        (row,) = study.store.participants("small")
        assert (row.status, row.steps_done, row.steps_total) == ("completed", 18, 18)
        assert (row.checks_passed, row.checks_failed) == (0, 1)  # `alpha` was chosen
        assert {row.design_sha256 for row in rows(study.store)} == {study.sha256}


@pytest.mark.parametrize(
    ("flow", "phases"),
    [
        ("own-answer-first", "own final"),
        ("accept-reject", "decide"),
        ("free-chat", "chat"),
        ("annotation", "label"),
    ],
)
def test_every_flow_runs_to_its_end(tmp_path: Path, flow: str, phases: str) -> None:
    more = "annotation: {overlap: 1, items_each: 4}" if flow == "annotation" else ""
    with running(tmp_path, design_text(flow, more)) as study:
        _, end = walk(study)
        assert end.outcome == "completed"
        actual = [
            json.loads(row.payload)["phase"]
            for row in rows(study.store, "small", "answer")
            if "." in row.screen
        ]
        assert actual == phases.split() * 4


def test_nothing_secret_reaches_the_page(tmp_path: Path) -> None:
    """No frozen answer, right answer or condition is revealed too early."""
    with running(tmp_path, design_text(options=False).replace("alpha", "zyzzyva")) as study:
        entry = study.enter({})
        screen, token = entry.screen, entry.token
        while screen.kind != "debriefing":
            sent = json.dumps(screen.to_json())
            assert "zyzzyva" not in sent and "numbers" not in sent
            values = {**honest(screen), **({"answer": "mine"} if "answer" in honest(screen) else {})}
            screen = study.answer(token, screen.participant, screen.id, submission(), values)
        assert [row["correct"] for row in screen.to_json()["seen"]].count(False) == 2


def test_it_resumes_at_the_very_screen_also_in_another_process(tmp_path: Path) -> None:
    text = design_text(more=MORE)
    with running(tmp_path, text) as study:
        token, screen = walk(study, until="trial-02.final")
        assert screen.own == {"answer": "alpha", "confidence": 0}
    with running(tmp_path, text) as study:
        again = study.screen(token)
        assert (again.id, again.own, again.done) == (screen.id, screen.own, screen.done)
        assert study.enter({}, token).screen.id == screen.id  # the link opened again, or a second tab
        assert len(study.store.participants("small")) == 1
        shown = [row.screen for row in rows(study.store, "small", "shown")]
        assert shown.count("trial-02.final") == 1


def test_a_submission_sent_again_is_stored_once(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        entry = study.enter({})
        sent = (entry.token, entry.screen.participant, "consent", "same", {"agree": True})
        assert study.answer(*sent).id == study.answer(*sent).id == "trial-01.own"
        assert [row.submission for row in rows(study.store, "small", "answer", "answer-again")] == ["same"]


def test_a_second_tab_does_not_answer_twice(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        values = {"answer": "alpha", "confidence": 10}
        study.answer(token, screen.participant, screen.id, "tab 1", values)
        late = study.answer(token, screen.participant, screen.id, "tab 2", {**values, "answer": "beta"})
        assert (late.id, late.notice) == ("trial-01.final", AGAIN)
        mine = [
            row for row in rows(study.store, "small", "answer", "answer-again") if row.screen == screen.id
        ]
        assert [(row.kind, json.loads(row.payload)["values"]["answer"]) for row in mine] == [
            ("answer", "alpha"), ("answer-again", "beta"),
        ]  # fmt: skip


def test_two_tabs_at_the_same_moment_store_one_answer(tmp_path: Path, url: str) -> None:
    with running(tmp_path, design_text(), url) as study:
        token, screen = walk(study, until="trial-01.own")
        begin = threading.Barrier(6)

        def tab(name: int) -> None:
            begin.wait()
            study.answer(
                token, screen.participant, screen.id, f"tab {name}", {"answer": "alpha", "confidence": 1}
            )

        tabs = [threading.Thread(target=tab, args=(name,)) for name in range(6)]
        for thread in tabs:
            thread.start()
        for thread in tabs:
            thread.join()
        kinds = [row.kind for row in rows(study.store) if row.screen == screen.id and row.kind != "shown"]
        assert sorted(kinds) == ["answer"] + ["answer-again"] * 5


def test_a_screen_cannot_be_jumped_to(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        for name in ("debriefing", "trial-01.final", "no-such"):
            with pytest.raises(NotThisScreen):
                study.answer(token, screen.participant, name, submission(), {})
        assert study.screen(token).id == "trial-01.own"


def test_a_wrong_value_stores_nothing(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        before = len(rows(study.store))
        event = [{"id": "e1", "kind": "click"}]
        with pytest.raises(BadAnswer, match="needs one of its options"):
            study.answer(
                token, screen.participant, screen.id, "s", {"answer": "gamma", "confidence": 1}, event
            )
        assert len(rows(study.store)) == before
        # the same submission, mended
        assert (
            study.answer(token, screen.participant, screen.id, "s", honest(screen), event).id
            == "trial-01.final"
        )
        assert [row.submission for row in rows(study.store, "small", "click")] == ["event:e1"]


def test_declined_screened_out_and_failed_checks_end_the_session(tmp_path: Path) -> None:
    more = MORE + "attention: {then: screen-out}\n" + (
        "screening:\n  questions: [{name: age, kind: choice, label: Age, options: [young, old]}]\n  keep: {age: young}\n"
        "  message: Only young people this time.\n"
    )  # fmt: skip
    with running(tmp_path, design_text(more=more)) as study:
        entry = study.enter({})
        no = study.answer(entry.token, entry.screen.participant, "consent", submission(), {"agree": False})
        assert (no.outcome, no.code) == ("declined", "")
        assert study.screen(entry.token).outcome == "declined"
        old = walk(
            study,
            values=lambda screen: {**honest(screen), **({"age": "old"} if screen.id == "screening" else {})},
        )
        assert (old[1].outcome, old[1].text, old[1].seen) == (
            "screened-out",
            ("Only young people this time.",),
            (),
        )
        careless = walk(study)[1]  # takes the first option of the check, too
        assert (
            careless.outcome == "screened-out" and len(careless.seen) == 2
        )  # learns which answers were wrong
        careful = walk(
            study,
            values=lambda screen: {
                **honest(screen),
                **({"answer": "beta"} if screen.kind == "check" else {}),
            },
        )
        assert careful[1].outcome == "completed"
        counts = [row.status for row in study.store.participants("small")]
        assert counts == ["declined", "screened-out", "screened-out", "completed"]


def test_a_code_of_ones_own_comes_at_the_end_and_stays(tmp_path: Path) -> None:
    with running(tmp_path, design_text().replace("code: DONE1", "code: random")) as study:
        (first_token, first), (_, second) = walk(study), walk(study)
        assert first.code != second.code and len(first.code) == 8
        assert study.screen(first_token).code == first.code
        assert all(row.code for row in study.store.participants("small"))


def test_the_code_comes_only_after_everything_is_stored(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="debriefing")
        assert (screen.code, screen.redirect) == ("", "") and "DONE1" not in json.dumps(screen.to_json())
        study.log(token, screen.participant, [{"id": "late", "kind": "click"}])
        end = study.answer(
            token, screen.participant, screen.id, submission(), {}, [{"id": "last", "kind": "click"}]
        )
        assert end.code == "DONE1"
        assert [row.kind for row in rows(study.store)][-3:] == ["click", "answer", "completed"]


def test_time_limits_run_from_the_first_showing(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="time_limits: {own: 30}")) as study:
        token, screen = walk(study, until="trial-01.own")
        assert 29 <= (screen.seconds_left or 0) <= 30
        assert (study.screen(token).seconds_left or 0) <= (screen.seconds_left or 0)
        after = study.answer(token, screen.participant, screen.id, submission(), {"timed_out": True})
        assert (after.id, after.seconds_left) == ("trial-01.final", None)
        payload = json.loads(rows(study.store, "small", "answer")[-1].payload)
        assert (payload["values"], payload["timed_out"], payload["late"]) == ({}, True, False)
        assert (payload["said_correct"], payload["agrees_with_ai"]) == (None, None)


def test_answers_are_judged_when_they_are_stored(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        walk(study)
        actual = {}
        for row in rows(study.store, "small", "answer"):
            payload = json.loads(row.payload)
            if payload.get("phase") == "final":
                actual[payload["item"]] = (
                    payload["said_correct"],
                    payload["ai_correct"],
                    payload["agrees_with_ai"],
                )
        # everybody says alpha, which is right; the frozen answers of q1 and q3 are beta
        assert actual == {
            "q0": (True, True, True),
            "q1": (True, False, False),
            "q2": (True, True, True),
            "q3": (True, False, False),
        }


def test_free_answers_are_judged_by_the_one_grader(tmp_path: Path) -> None:
    with running(tmp_path, design_text(options=False)) as study:
        walk(
            study,
            values=lambda screen: {**honest(screen), **({"answer": "It is Alpha."} if screen.phase else {})},
        )
        payloads = [
            json.loads(row.payload)
            for row in rows(study.store, "small", "answer")
            if row.screen.endswith("final")
        ]
        assert {payload["said_correct"] for payload in payloads} == {True}
        assert {(payload["ai_correct"], payload["agrees_with_ai"]) for payload in payloads} == {
            (True, True),
            (False, False),
        }


def test_what_the_page_saw_is_stored_once_and_within_limits(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        events: list[dict[str, Any]] = [
            {"id": "a", "kind": "focus-lost", "time": "t1", "screen": screen.id, "data": {"x": 1}},
            {"id": "a", "kind": "focus-lost"},
            {"id": "b", "kind": "telepathy", "data": {"long": "x" * 20_000}},
            {"kind": "click"},
        ]
        assert study.log(token, screen.participant, events) == ("a", "a", "b")
        assert study.log(token, screen.participant, events[:1]) == ("a",)
        actual = [(row.kind, row.submission, json.loads(row.payload)) for row in rows(study.store)][-2:]
        assert actual == [
            ("focus-lost", "event:a", {"x": 1}),
            ("other", "event:b", {"cut": 20_012, "name": "telepathy"}),
        ]


def test_a_live_chat_is_logged_whole_and_resumes(tmp_path: Path) -> None:
    with running(tmp_path, design_text("free-chat")) as study:
        token, screen = walk(study, until="trial-01.chat")
        turn = {"question": "hi", "answer": "It is alpha.", "assessment": {"a": 1}}
        for _ in range(2):
            study.chat(token, screen.participant, screen.id, "turn 1", turn)
        assert [turn["answer"] for turn in study.screen(token).chat] == ["It is alpha."]
        study.answer(token, screen.participant, screen.id, submission(), honest(screen))
        assert json.loads(rows(study.store, "small", "answer")[-1].payload)["agrees_with_ai"] is True
        with pytest.raises(NotThisScreen):
            study.chat(token, screen.participant, "trial-01.own", "turn 2", turn)


def test_a_changed_design_leaves_those_who_began_in_the_old_one(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, _ = walk(study, until="trial-01.own")
        old = study.sha256
    with running(tmp_path, design_text().replace("Which letter", "Whatever letter")) as study:
        assert study.sha256 != old and len(study.store.designs("small")) == 2
        assert study.screen(token).question.startswith("Which letter")
        new = walk(study, until="trial-01.own")[1]
        assert new.question.startswith("Whatever letter")
        assert [row.design_sha256 for row in study.store.participants("small")] == [old, study.sha256]


def test_withdrawal_deletes_every_trace(tmp_path: Path) -> None:
    secret = "my-very-own-words"
    with running(tmp_path, design_text(options=False)) as study:
        token, screen = walk(study, {"PROLIFIC_PID": "pid-of-mine"}, until="trial-01.own")
        study.answer(token, screen.participant, screen.id, submission(), {"answer": secret, "confidence": 1})
        other = walk(study, {"PROLIFIC_PID": "another"}, until="trial-02")[1]
        gone = study.withdraw(token, screen.participant)
        assert gone.outcome == "withdrawn" and len(gone.seen) == 1  # and learns whether that answer was wrong
        assert study.withdraw(token, screen.participant).outcome == study.screen(token).outcome == "withdrawn"
        study.log(token, screen.participant, [{"id": "late", "kind": "click"}])
        assert study.answer(token, screen.participant, screen.id, submission(), {}).outcome == "withdrawn"
        assert {row.participant for row in rows(study.store)} == {other.participant}
        (row,) = [row for row in study.store.participants("small") if row.id == screen.participant]
        assert (row.external_id, row.status, row.assignment, row.cell) == (None, "withdrawn", "{}", -1)
        files = b"".join(path.read_bytes() for path in tmp_path.glob("study.sqlite*"))
        assert secret.encode() not in files and b"pid-of-mine" not in files
        assert b"another" in files


def test_leaving_keeps_the_data_and_frees_the_place(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="participants: 1")) as study:
        token, screen = walk(study, until="trial-01.final")
        assert study.enter({}).screen.outcome == "full"
        left = study.leave(token, screen.participant)
        assert left.outcome == "left" and len(left.seen) == 1
        assert study.leave(token, screen.participant).outcome == "left"
        assert status(study.store, screen.participant) == "left"
        assert len(rows(study.store, "small", "answer")) == 2
        assert study.enter({}).screen.id == "consent"


def test_whoever_is_idle_too_long_frees_the_place_and_can_come_back(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="participants: 1\ntime_limits: {session_minutes: 5}")) as study:
        token, screen = walk(study, until="trial-02.own")
        assert study.store.write(lambda connection: free_places(connection, study.design)) == 0
        ago = PARTICIPANTS.update().values(last_seen="2020-01-01T00:00:00.000Z")
        study.store.write(lambda connection: connection.execute(ago))
        assert study.enter({}).screen.id == "consent"
        assert status(study.store, screen.participant) == "timed-out"
        back = study.answer(token, screen.participant, screen.id, submission(), honest(screen))
        assert back.id == "trial-02.final" and status(study.store, screen.participant) == "active"
        assert [row.kind for row in rows(study.store) if row.kind in ("timed-out", "resumed")] == [
            "timed-out",
            "resumed",
        ]


def test_an_unknown_secret_opens_nothing(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        for wrong in (None, "", "x", token[:-1], token + "x", "\ud83d", screen.participant):
            with pytest.raises(SessionForbidden):
                study.screen(wrong)
        stranger = walk(study, until="trial-01.own")[0]
        for call in (study.leave, study.withdraw):
            with pytest.raises(SessionForbidden):
                call(stranger, screen.participant)
        with pytest.raises(SessionForbidden):
            study.answer(stranger, screen.participant, screen.id, submission(), honest(screen))
        with pytest.raises(SessionForbidden):
            study.log(stranger, screen.participant, [])
        with pytest.raises(SessionForbidden):
            study.chat(stranger, screen.participant, screen.id, submission(), {})
        assert study.screen(token).id == screen.id
