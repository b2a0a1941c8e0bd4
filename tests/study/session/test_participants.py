"""Who may enter, and as whom; another person's id gives no access."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from study.session.participants import new_token
from tests.study.studies import design_text, rows, running, walk

ME = {"PROLIFIC_PID": "pid-1", "STUDY_ID": "study-1", "SESSION_ID": "session-1"}


def test_the_ids_of_the_link_are_kept_and_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        study.enter({**ME, "name": "Zoe", "ip": "192.0.2.1"})
        (row,) = study.store.participants("small")
        assert (row.external_id, row.external_study, row.external_session) == (
            "pid-1",
            "study-1",
            "session-1",
        )
        everything = "".join(
            str(tuple(row)) for row in (*study.store.participants("small"), *rows(study.store))
        )
        assert "Zoe" not in everything and "192.0.2.1" not in everything


def test_the_names_of_the_parameters_are_the_designs(tmp_path: Path) -> None:
    with running(
        tmp_path, design_text(more="ids: {participant: worker, study: hit, session: task}")
    ) as study:
        study.enter({"worker": "w", "hit": "h", "task": "t", "PROLIFIC_PID": "p"})
        (row,) = study.store.participants("small")
        assert (row.external_id, row.external_study, row.external_session) == ("w", "h", "t")


def test_another_browser_with_the_same_id_sees_nothing(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, mine = walk(study, ME, until="trial-02.own")
        for query in (ME, {"PROLIFIC_PID": "pid-1"}, {**ME, "SESSION_ID": "guess"}):
            guess = study.enter(query)
            assert (guess.token, guess.screen.outcome, guess.screen.participant) == (None, "elsewhere", "")
            assert mine.participant not in str(guess.screen.to_json())
        stranger = study.enter({}).token
        assert study.enter(ME, stranger).screen.outcome == "elsewhere"
        assert study.screen(token).id == "trial-02.own"
        assert len(study.store.participants("small")) == 2


def test_one_person_does_not_take_part_twice(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, _ = walk(study, ME)
        assert study.enter(ME).screen.outcome == "elsewhere"
        assert study.enter({**ME, "SESSION_ID": "session-2"}, token).screen.outcome == "completed"


def test_a_design_may_allow_them_to(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="repeat: true")) as study:
        token, _ = walk(study, ME)
        assert (
            study.enter(ME, token).screen.outcome == "completed"
        )  # a reload of the last page is no new visit
        again = study.enter({**ME, "SESSION_ID": "session-2"}, token)
        assert again.token and again.screen.id == "consent"
        assert (
            study.enter({**ME, "SESSION_ID": "session-3"}).screen.outcome == "elsewhere"
        )  # while that one goes on
        assert [row.visit for row in study.store.participants("small")] == [1, 2]


def test_a_link_with_its_session_resumes_where_the_design_says_so(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="resume: link")) as study:
        old, _ = walk(study, ME, until="trial-02.own")
        for query in ({**ME, "SESSION_ID": "guess"}, {"PROLIFIC_PID": "pid-1"}):
            assert study.enter(query).screen.outcome == "elsewhere"
        entry = study.enter(ME)
        assert entry.token not in (None, old) and entry.screen.id == "trial-02.own"
        assert len(study.store.participants("small")) == 1


def test_a_browser_with_another_persons_cookie_begins_their_own_session(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, _ = walk(study, ME, until="trial-02.own")
        other = study.enter({"PROLIFIC_PID": "pid-2"}, token)
        assert other.token not in (None, token) and other.screen.id == "consent"


def test_a_browser_that_lost_the_first_reply_comes_in_again(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token = new_token()  # set by the page itself, before anything was entered
        for _ in range(2):  # the first reply was lost
            assert study.enter(ME, token).screen.id == "consent"
        assert study.screen(token).id == "consent"
        assert len(study.store.participants("small")) == 1
        assert study.enter({}, "a guess").token not in (None, "a guess")


def test_a_placeholder_that_was_not_filled_in_is_no_id(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        for _ in range(2):
            assert study.enter({"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}).screen.id == "consent"
        assert [row.external_id for row in study.store.participants("small")] == [None, None]


@pytest.mark.parametrize(
    "strange", ["x\x00y", "\ud83d", "'; DROP TABLE events; --", "a" * 100_000, "{{7*7}}", "<script>"]
)
def test_a_strange_id_is_stored_harmlessly_or_not_at_all(tmp_path: Path, strange: str) -> None:
    with running(tmp_path, design_text()) as study:
        assert study.enter({"PROLIFIC_PID": strange}).screen.id == "consent"
        (row,) = study.store.participants("small")
        assert row.external_id is None or len(row.external_id) <= 200


def test_fifty_who_come_at_once_are_allocated_evenly_and_no_place_is_given_twice(
    tmp_path: Path, url: str
) -> None:
    with running(tmp_path, design_text(more="participants: 40"), url) as study:
        outcomes: list[str] = []

        def come() -> None:
            outcomes.append(study.enter({}).screen.outcome)

        people = [threading.Thread(target=come) for _ in range(50)]
        for person in people:
            person.start()
        for visitor in people:
            visitor.join()
        assert Counter(outcomes) == {"": 40, "full": 10}
        assert Counter(row.condition for row in study.store.participants("small")) == {
            "plain": 20,
            "numbers": 20,
        }


def test_the_same_person_in_many_tabs_at_once_begins_one_session(tmp_path: Path, url: str) -> None:
    with running(tmp_path, design_text(), url) as study:
        outcomes: list[str] = []
        people = [
            threading.Thread(target=lambda: outcomes.append(study.enter(ME).screen.outcome)) for _ in range(8)
        ]
        for person in people:
            person.start()
        for visitor in people:
            visitor.join()
        assert Counter(outcomes) == {"": 1, "elsewhere": 7}
        assert len(study.store.participants("small")) == 1


def test_whoever_left_is_replaced_in_the_same_condition(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more="participants: 8")) as study:
        began = [study.enter({}) for _ in range(8)]
        by_id = {row.id: row.condition for row in study.store.participants("small")}
        leaving = [visitor for visitor in began if by_id[visitor.screen.participant] == "plain"][:3]
        for visitor in leaving:
            study.leave(visitor.token, visitor.screen.participant)
        for _ in leaving:
            study.enter({})
        holding = [row.condition for row in study.store.participants("small") if row.status == "active"]
        assert Counter(holding) == {"plain": 4, "numbers": 4}


def test_paused_recruiting_lets_nobody_new_in_and_those_within_go_on(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.own")
        study.store.set_recruiting("small", False, study.sha256)
        assert study.enter({}).screen.outcome == "paused"
        assert study.enter({}, token).screen.id == screen.id
        study.store.set_recruiting("small", True, study.sha256)
        assert study.enter({}).screen.id == "consent"


def test_secrets_are_not_in_the_database(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01")
        study.store.checkpoint()
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("study.sqlite*"))
        assert token.encode() not in stored and screen.participant.encode() in stored
        assert len(token) >= 43  # 256 bits


def test_a_study_does_not_see_the_people_of_another_in_the_same_database(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/both.sqlite"
    (tmp_path / "a").mkdir()
    with running(tmp_path / "a", design_text(), address) as first:
        token, _ = walk(first, ME, until="trial-01")
    (tmp_path / "b").mkdir()
    with running(tmp_path / "b", design_text().replace("study: small", "study: other"), address) as second:
        assert second.enter(ME, token).screen.id == "consent"
        assert [len(second.store.participants(name)) for name in ("small", "other")] == [1, 1]
